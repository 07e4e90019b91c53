//! Encrypts a connection, and has the upstream prove that it is the host that was asked for.

use std::sync::Arc;

use palisade_core::{Error as HostError, ErrorKind, Result, http::Error};
use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    pki_types::{CertificateDer, IpAddr, ServerName},
};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{connect::Stream, target::Host};

/// The only protocol that is spoken.
const HTTP_1_1: &[u8] = b"http/1.1";

/// Trusts what Mozilla's list of authorities vouches for, and these certificates besides. The list is a part of the program:
/// what it trusts does not depend on the machine that it runs on.
///
/// # Errors
///
/// `config` for what is no certificate.
pub(crate) fn configuration(own_roots: &[Vec<u8>]) -> Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for (index, root) in own_roots.iter().enumerate() {
        roots.add(CertificateDer::from(root.as_slice())).map_err(|error| {
            let message = format!("root certificate {}: it is none in DER, or cannot vouch for others", index + 1);
            HostError::new(ErrorKind::Config, message).with_source(error)
        })?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(|error| HostError::new(ErrorKind::Internal, "set up encryption").with_source(error))?;
    let mut configuration = builder.with_root_certificates(roots).with_no_client_auth();
    configuration.alpn_protocols = vec![HTTP_1_1.to_vec()];
    // A ticket of one scope must not be shown by another, and the saving is small.
    configuration.resumption = Resumption::disabled();
    Ok(Arc::new(configuration))
}

/// Agrees with the upstream on encryption.
///
/// # Errors
///
/// `Connect` when there is no agreement in time, or with somebody else than this host.
pub(crate) async fn encrypt(
    configuration: &Arc<ClientConfig>,
    host: &Host,
    stream: Box<dyn Stream>,
    until: Instant,
) -> Result<TlsStream<Box<dyn Stream>>, Error> {
    let name = match host {
        Host::Address(address) => ServerName::IpAddress(IpAddr::from(*address)),
        Host::Name(name) => ServerName::try_from(name.clone())
            .map_err(|_| Error::InvalidRequest(format!("no certificate can be for `{name}`")))?,
    };
    match timeout_at(until, TlsConnector::from(configuration.clone()).connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => {
            tracing::debug!(host = host.to_text(), %error, "no encryption");
            Err(Error::Connect(reason(error.get_ref().and_then(|error| error.downcast_ref())).to_owned()))
        }
        Err(_) => Err(Error::Connect("the upstream did not agree on encryption in time".to_owned())),
    }
}

fn reason(error: Option<&rustls::Error>) -> &'static str {
    match error {
        Some(rustls::Error::InvalidCertificate(rustls::CertificateError::Expired)) => {
            "the certificate of the upstream has expired"
        }
        Some(rustls::Error::InvalidCertificate(
            rustls::CertificateError::NotValidForName | rustls::CertificateError::NotValidForNameContext { .. },
        )) => "the certificate of the upstream is for another host",
        Some(rustls::Error::InvalidCertificate(_)) => {
            "nobody who is trusted vouches for the certificate of the upstream"
        }
        Some(_) => "the upstream does not agree on encryption",
        None => "the upstream broke the connection off",
    }
}
