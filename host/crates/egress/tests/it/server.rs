//! Servers that speak HTTP by hand, so that they can speak it badly.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// A server on this machine. Ends with the test.
pub(crate) struct Server {
    pub(crate) place: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

/// One connection of it.
pub(crate) struct Peer<S = TcpStream> {
    pub(crate) stream: S,
    requests: Arc<Mutex<Vec<String>>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, requests: Arc::default() }
    }

    /// Reads a request, head and body; none when the client has closed the connection.
    pub(crate) async fn request(&mut self) -> Option<String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.ok()?);
        }
        let mut request = String::from_utf8(head).unwrap();
        let length = request.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        self.stream.read_exact(&mut body).await.ok()?;
        request.push_str(&String::from_utf8_lossy(&body));
        self.requests.lock().unwrap().push(request.clone());
        Some(request)
    }

    /// Writes, as far as the client listens. Says whether it does.
    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok() && self.stream.flush().await.is_ok()
    }

    /// Waits until the client closes the connection.
    pub(crate) async fn closed(&mut self) {
        let mut rest = [0; 1024];
        while self.stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
    }
}

impl Server {
    /// Serves each connection so.
    pub(crate) async fn start<F>(serve: impl Fn(Peer) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = listener.local_addr().unwrap();
        let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (counted, heard) = (connections.clone(), requests.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut serving = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::Relaxed);
                serving.spawn(serve(Peer { stream, requests: heard.clone() }));
            }
        });
        Self { place, connections, requests, _tasks: tasks }
    }

    /// Answers the first request of each connection with these bytes, and closes it.
    pub(crate) async fn saying(bytes: impl AsRef<[u8]> + Clone + Send + Sync + 'static) -> Self {
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
    pub(crate) async fn keeping(bytes: impl AsRef<[u8]> + Clone + Send + Sync + 'static) -> Self {
        Self::start(move |mut peer| {
            let bytes = bytes.clone();
            async move { while peer.request().await.is_some() && peer.write(bytes.clone()).await {} }
        })
        .await
    }

    /// How many connections there were.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// A whole answer with this body.
pub(crate) fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}
