//! Accepts connections, and serves each in a task that ends with the server.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// A port that is listened to. Dropping it closes the port and all connections.
#[derive(Debug)]
pub(crate) struct Accepting {
    connections: Arc<AtomicUsize>,
    task: JoinSet<()>,
}

/// A port that nobody serves yet.
pub(crate) struct Bound {
    listener: TcpListener,
    address: SocketAddr,
}

impl Accepting {
    pub(crate) async fn bind(address: SocketAddr) -> io::Result<Bound> {
        let listener = TcpListener::bind(address).await?;
        Ok(Bound { address: listener.local_addr()?, listener })
    }

    /// How many connections there were.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Waits until the port is closed.
    pub(crate) async fn stop(mut self) {
        self.task.shutdown().await;
    }
}

impl Bound {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves each connection so.
    pub(crate) fn serve<F>(self, serve: impl Fn(TcpStream) -> F + Send + 'static) -> Accepting
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = self.listener;
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = connections.clone();
        let mut task = JoinSet::new();
        task.spawn(async move {
            let mut serving = JoinSet::new();
            loop {
                tokio::select! {
                    // One that failed before it was accepted is none.
                    Ok((stream, _)) = listener.accept() => {
                        counted.fetch_add(1, Ordering::Relaxed);
                        serving.spawn(serve(stream));
                    }
                    // Those that have ended are forgotten.
                    Some(_) = serving.join_next() => {}
                    else => tokio::task::yield_now().await,
                }
            }
        });
        Accepting { connections, task }
    }
}
