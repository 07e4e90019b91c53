//! A network in memory, which counts: names that are asked for and connections that are opened.

use std::{
    collections::HashMap,
    future::{Future, pending},
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use palisade_core::BoxFuture;
use palisade_egress::{Connect, Network, Resolve, Stream};
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex},
    task::JoinSet,
};

use crate::server::Peer;

/// Where the one public host of this network is.
pub(crate) const PUBLIC: &str = "93.184.216.34";

type Serve = Arc<dyn Fn(Peer<DuplexStream>) -> BoxFuture<'static, ()> + Send + Sync>;

/// What stands for the internet.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<State>);

#[derive(Default)]
struct State {
    /// Names and their addresses. A name without addresses is never answered; one that is not here does not exist.
    names: Mutex<HashMap<String, Vec<IpAddr>>>,
    serve: Mutex<Option<Serve>>,
    /// Who is said to be at the other end, instead of who was asked for.
    peer: Mutex<Option<SocketAddr>>,
    /// Who never takes a connection, and who refuses one.
    silent: Mutex<Vec<SocketAddr>>,
    refusing: Mutex<Vec<SocketAddr>>,
    asked: Mutex<Vec<String>>,
    connected: Mutex<Vec<SocketAddr>>,
    tasks: Mutex<JoinSet<()>>,
}

impl Memory {
    /// With `api.example.com`, served so.
    pub(crate) fn serving<F>(serve: impl Fn(Peer<DuplexStream>) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let memory = Self::default();
        memory.name("api.example.com", &[PUBLIC]);
        *memory.0.serve.lock().unwrap() = Some(Arc::new(move |peer| Box::pin(serve(peer))));
        memory
    }

    /// With `api.example.com`, whose connections are never opened.
    pub(crate) fn silent() -> Self {
        let memory = Self::default();
        memory.name("api.example.com", &[PUBLIC]);
        memory
    }

    /// Gives a name these addresses.
    pub(crate) fn name(&self, name: &str, addresses: &[&str]) {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        self.0.names.lock().unwrap().insert(name.to_owned(), addresses);
    }

    /// Has connections lead to somebody else.
    pub(crate) fn redirect_to(&self, peer: SocketAddr) {
        *self.0.peer.lock().unwrap() = Some(peer);
    }

    /// Has these sockets never take a connection, and those refuse it.
    pub(crate) fn close(&self, silent: &[SocketAddr], refusing: &[SocketAddr]) {
        *self.0.silent.lock().unwrap() = silent.to_vec();
        *self.0.refusing.lock().unwrap() = refusing.to_vec();
    }

    pub(crate) fn network(&self) -> Network {
        Network { resolve: Arc::new(self.clone()), connect: Arc::new(self.clone()), ..Network::default() }
    }

    /// Which names were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.0.asked.lock().unwrap().clone()
    }

    /// Which sockets were connected to.
    pub(crate) fn connected(&self) -> Vec<SocketAddr> {
        self.0.connected.lock().unwrap().clone()
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Memory")
    }
}

impl Resolve for Memory {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        self.0.asked.lock().unwrap().push(name.to_owned());
        let found = self.0.names.lock().unwrap().get(name).cloned();
        Box::pin(async move {
            match found {
                None => Err(io::ErrorKind::NotFound.into()),
                Some(addresses) if addresses.is_empty() => pending().await,
                Some(addresses) => Ok(addresses),
            }
        })
    }
}

impl Connect for Memory {
    fn connect(&self, place: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        self.0.connected.lock().unwrap().push(place);
        Box::pin(async move {
            if self.0.refusing.lock().unwrap().contains(&place) {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            if self.0.silent.lock().unwrap().contains(&place) {
                return pending().await;
            }
            let Some(serve) = self.0.serve.lock().unwrap().clone() else { return pending().await };
            let (stream, other) = duplex(64 << 10);
            self.0.tasks.lock().unwrap().spawn(serve(Peer::new(other)));
            let peer = self.0.peer.lock().unwrap().unwrap_or(place);
            Ok(Box::new(Pipe { stream, peer }) as Box<dyn Stream>)
        })
    }
}

struct Pipe {
    stream: DuplexStream,
    peer: SocketAddr,
}

impl Stream for Pipe {
    fn peer(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

impl AsyncRead for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
