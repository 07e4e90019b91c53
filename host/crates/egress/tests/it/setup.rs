//! What the tests have in common: a provider with its grants, and a call of it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use palisade_core::{
    Scope,
    http::{Client as _, Error, Method, Request, Response, Traffic},
};
use palisade_egress::{Client, Credential, Egress, Grant, Grants, Network, Place, Settings};

/// The secret of every provider here.
pub(crate) const SECRET: &str = "sk-canary/0123456789+abcdef";
/// The name of the credential that holds it.
pub(crate) const CREDENTIAL: &str = "main";
/// What a test waits for at most. Ten times what anything here takes.
pub(crate) const WATCHDOG: Duration = Duration::from_secs(30);

/// Limits that nothing here runs into which does not mean to, however busy the machine is.
pub(crate) fn settings() -> Settings {
    let long = WATCHDOG / 3;
    Settings {
        connect: long,
        handshake: long,
        first_byte: long,
        between_bytes: long,
        response_bytes: 1 << 20,
        ..Settings::default()
    }
}

/// Times that are short enough to be waited for.
pub(crate) fn short() -> Settings {
    let short = Duration::from_millis(300);
    Settings { handshake: short, first_byte: short, between_bytes: short, ..settings() }
}

/// A call of a provider, and what left during it.
pub(crate) struct Call {
    pub(crate) client: Client,
    pub(crate) traffic: Arc<Traffic>,
}

impl Call {
    pub(crate) fn new(egress: &Egress, grants: &Arc<Grants>, scope: &str) -> Self {
        let traffic = Arc::new(Traffic::default());
        Self { client: egress.client(grants.clone(), Scope::new(scope), traffic.clone()), traffic }
    }

    /// A call of a provider that may reach this server.
    pub(crate) fn to(place: SocketAddr) -> Self {
        Self::new(&egress(settings()), &grants(place), "tenant")
    }

    pub(crate) async fn send(&self, request: Request) -> Result<Response, Error> {
        tokio::time::timeout(WATCHDOG, self.client.send(request)).await.expect("a request ends by itself")
    }

    /// How a request fails that is not answered.
    pub(crate) async fn failure(&self, request: Request) -> Error {
        self.client.send(request).await.expect_err("it is not answered")
    }

    /// Sends a GET to this path of a server with the credential, and reads the whole answer.
    pub(crate) async fn get(&self, place: SocketAddr, path: &str) -> Result<(Response, Vec<u8>), Error> {
        let mut response = self.send(get(place, path)).await?;
        let body = read(&mut response).await?;
        Ok((response, body))
    }
}

pub(crate) fn egress(settings: Settings) -> Egress {
    Egress::new(settings, Network::default()).unwrap()
}

pub(crate) fn credential() -> Credential {
    Credential::new(CREDENTIAL, Place::Header("authorization".into()), "Bearer {}", Some(SECRET.into())).unwrap()
}

/// Everything at this server, with the credential.
pub(crate) fn grant(place: SocketAddr) -> Grant {
    Grant { credential: Some(credential()), allow_private: vec![place], ..Grant::new(format!("http://{place}/*")) }
}

pub(crate) fn grants(place: SocketAddr) -> Arc<Grants> {
    granted([grant(place)])
}

pub(crate) fn granted(grants: impl IntoIterator<Item = Grant>) -> Arc<Grants> {
    Arc::new(Grants::new("provider".parse().unwrap(), grants).unwrap())
}

pub(crate) fn get(place: SocketAddr, path: &str) -> Request {
    let credential = Some(CREDENTIAL.to_owned());
    Request { credential, ..Request::new(Method::Get, format!("http://{place}{path}")) }
}

/// The rest of a body.
pub(crate) async fn read(response: &mut Response) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    loop {
        let read = tokio::time::timeout(WATCHDOG, response.body.read(usize::MAX)).await.expect("a body ends by itself");
        match read? {
            piece if piece.is_empty() => return Ok(body),
            piece => body.extend_from_slice(&piece),
        }
    }
}
