//! Encrypted connections, with certificates made for the test.

use std::sync::{Arc, Mutex};

use palisade_core::http::{Error, Method, Request};
use palisade_egress::{Egress, Grant, Network, Settings};
use rcgen::CertifiedKey;
use rustls::{HandshakeKind, ServerConfig, pki_types::PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::{
    server::{Peer, Server, ok},
    setup::{Call, granted, read, settings, short},
};

const HOST: &str = "models.example.com";

/// A server with a certificate for this host, and the certificate.
async fn serving(host: &str, answer: &'static str) -> (Server, Vec<u8>) {
    let (server, root, _) = noting(host, answer).await;
    (server, root)
}

type Handshakes = Arc<Mutex<Vec<Option<HandshakeKind>>>>;

/// The same, and what kind of handshakes there were.
async fn noting(host: &str, answer: &'static str) -> (Server, Vec<u8>, Handshakes) {
    let handshakes = Handshakes::default();
    let noted = handshakes.clone();
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(builder.with_single_cert(vec![cert.der().clone()], key).unwrap()));
    let server = Server::start(move |peer| {
        let (acceptor, noted) = (acceptor.clone(), noted.clone());
        async move {
            let Ok(stream) = acceptor.accept(peer.stream).await else { return };
            noted.lock().unwrap().push(stream.get_ref().1.handshake_kind());
            let mut peer = Peer::new(stream);
            while peer.request().await.is_some() && peer.write(ok(answer)).await {}
        }
    });
    (server.await, cert.der().to_vec(), handshakes)
}

async fn send(server: &Server, own_roots: Vec<Vec<u8>>, settings: Settings) -> (Result<Vec<u8>, Error>, Call) {
    let egress = Egress::new(settings, Network { own_roots, ..Network::default() }).unwrap();
    let url = format!("https://{HOST}:{}/", server.address.port());
    let grant = Grant { allow_private: vec![server.address], ..Grant::new(format!("{url}*")) };
    let call = Call::new(&egress, &granted([grant]), "a");
    let answer = match call.send(Request::new(Method::Get, url)).await {
        Ok(mut response) => read(&mut response).await,
        Err(error) => Err(error),
    };
    (answer, call)
}

#[tokio::test]
async fn an_upstream_with_a_certificate_for_its_host_is_reached() {
    let (server, root) = serving(HOST, "hello").await;
    let (answer, call) = send(&server, vec![root], settings()).await;
    assert_eq!(answer.unwrap(), b"hello");
    assert_eq!((call.traffic.requests(), call.traffic.answers()), (1, 1));
    // What is counted is the request itself.
    assert!((50..500).contains(&call.traffic.bytes_out()), "{:?}", call.traffic);
}

#[tokio::test]
async fn nothing_is_sent_to_who_cannot_prove_to_be_the_host() {
    let (other_host, root) = serving("other.example.com", "hello").await;
    let (nobody, _) = serving(HOST, "hello").await;
    let plain = Server::start(|mut peer| async move {
        peer.write(ok("hello")).await;
        peer.closed().await;
    })
    .await;
    let silent = Server::start(|mut peer| async move { peer.closed().await }).await;
    let gone = Server::start(async |_peer| {}).await;
    for (server, roots, settings, expected) in [
        (other_host, vec![root], settings(), "another host"),
        (nobody, vec![], settings(), "nobody who is trusted"),
        (plain, vec![], settings(), "does not agree"),
        (silent, vec![], short(), "in time"),
        (gone, vec![], settings(), "broke the connection off"),
    ] {
        let (answer, call) = send(&server, roots, settings).await;
        assert!(matches!(&answer, Err(Error::Connect(why)) if why.contains(expected)), "{expected}: {answer:?}");
        assert_eq!((call.traffic.requests(), call.traffic.bytes_out()), (0, 0), "{expected}");
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn no_scope_takes_up_the_session_of_another() {
    let (server, root, handshakes) = noting(HOST, "hello").await;
    let egress = Egress::new(settings(), Network { own_roots: vec![root], ..Network::default() }).unwrap();
    let url = format!("https://{HOST}:{}/", server.address.port());
    let grant = Grant { allow_private: vec![server.address], ..Grant::new(format!("{url}*")) };
    let grants = granted([grant]);
    for scope in ["a", "b"] {
        let mut response = Call::new(&egress, &grants, scope).send(Request::new(Method::Get, &url)).await.unwrap();
        read(&mut response).await.unwrap();
    }
    assert_eq!(*handshakes.lock().unwrap(), [Some(HandshakeKind::Full), Some(HandshakeKind::Full)]);
}

#[test]
fn a_root_that_is_no_certificate_is_refused() {
    let network = Network { own_roots: vec![b"nonsense".to_vec()], ..Network::default() };
    assert!(Egress::new(Settings::default(), network).unwrap_err().message().starts_with("root certificate 1"));
}
