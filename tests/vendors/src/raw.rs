//! A server that speaks HTTP by hand, so that it can speak it badly.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

use crate::accept::Accepting;

/// A server on this machine. Dropping it closes its port and all connections.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    accepting: Accepting,
    requests: Requests,
}

/// One connection of it.
#[derive(Debug)]
pub struct Peer<S = TcpStream> {
    /// What is spoken over.
    pub stream: S,
    requests: Requests,
}

#[derive(Clone, Debug, Default)]
struct Requests(Arc<Mutex<Vec<String>>>);

impl Requests {
    fn all(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    /// A connection of no server.
    pub fn new(stream: S) -> Self {
        Self { stream, requests: Requests::default() }
    }

    /// Reads a request, head and body; none when the client has closed the connection.
    pub async fn request(&mut self) -> Option<String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.ok()?);
        }
        let mut request = String::from_utf8_lossy(&head).into_owned();
        let length = request.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        let mut body = vec![0; length.unwrap_or(0)];
        self.stream.read_exact(&mut body).await.ok()?;
        request.push_str(&String::from_utf8_lossy(&body));
        self.requests.all().push(request.clone());
        Some(request)
    }

    /// Writes, as far as the client listens. Says whether it does.
    pub async fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok() && self.stream.flush().await.is_ok()
    }

    /// Waits until the client closes the connection.
    pub async fn closed(&mut self) {
        let mut rest = [0; 1024];
        while self.stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
    }
}

impl Server {
    /// Serves each connection so.
    ///
    /// # Panics
    ///
    /// Where this machine has no free port.
    #[expect(clippy::expect_used, reason = "without a server there is no test, and every test would say so itself")]
    pub async fn start<F>(serve: impl Fn(Peer) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self::start_on(0, serve).await.expect("this machine has a free port")
    }

    /// Serves each connection to this port so.
    ///
    /// # Errors
    ///
    /// Where the port is taken.
    pub async fn start_on<F>(port: u16, serve: impl Fn(Peer) -> F + Send + Sync + 'static) -> io::Result<Self>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let bound = Accepting::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
        let (address, requests) = (bound.address(), Requests::default());
        let heard = requests.clone();
        let accepting = bound.serve(move |stream| serve(Peer { stream, requests: heard.clone() }));
        Ok(Self { address, accepting, requests })
    }

    /// Answers the first request of each connection with these bytes, and closes it.
    pub async fn saying(bytes: impl AsRef<[u8]> + Clone + Send + Sync + 'static) -> Self {
        Self::start(move |mut peer| {
            let bytes = bytes.clone();
            async move {
                peer.request().await;
                peer.write(bytes).await;
            }
        })
        .await
    }

    /// Answers every request with these bytes, and keeps connections.
    pub async fn keeping(bytes: impl AsRef<[u8]> + Clone + Send + Sync + 'static) -> Self {
        Self::start(move |mut peer| {
            let bytes = bytes.clone();
            async move { while peer.request().await.is_some() && peer.write(bytes.clone()).await {} }
        })
        .await
    }

    /// Returns how many connections there were.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.accepting.connections()
    }

    /// Returns all requests so far, head and body.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.requests.all().clone()
    }
}

/// A whole answer with this body.
#[must_use]
pub fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}
