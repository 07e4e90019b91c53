//! Opens connections, to exactly the addresses that were checked.

use std::{fmt, io, net::SocketAddr};

use palisade_core::{BoxFuture, http::Error};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{Instant, timeout_at},
};

use crate::moment::after;

/// Most addresses of a host that are tried.
const MAX_TRIED: usize = 4;

/// Opens connections.
pub trait Connect: fmt::Debug + Send + Sync {
    /// Opens a connection to this socket and to no other.
    ///
    /// # Errors
    ///
    /// Says why there is none.
    fn connect(&self, place: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>>;
}

/// An open connection.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {
    /// Who is at its other end.
    ///
    /// # Errors
    ///
    /// When there is nobody any more.
    fn peer(&self) -> io::Result<SocketAddr>;
}

impl Stream for TcpStream {
    fn peer(&self) -> io::Result<SocketAddr> {
        self.peer_addr()
    }
}

/// The network of this machine.
#[derive(Debug)]
pub(crate) struct Tcp;

impl Connect for Tcp {
    fn connect(&self, place: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        Box::pin(async move {
            let stream = TcpStream::connect(place).await?;
            // A request is written at once, and should leave at once.
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }
}

/// A connection to the first of these sockets that takes one. Each has its share of the time that is left.
///
/// # Errors
///
/// `Connect`, without an address.
pub(crate) async fn to_first(
    network: &dyn Connect,
    places: &[SocketAddr],
    until: Instant,
) -> Result<Box<dyn Stream>, Error> {
    let mut failure = Error::Connect("the upstream has no address".to_owned());
    let tried = places.len().min(MAX_TRIED);
    for (index, &place) in places.iter().take(tried).enumerate() {
        let left = until.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(tried - index).unwrap_or(1);
        failure = match timeout_at(after(share), network.connect(place)).await {
            // What is connected to may be something else than what was asked for, where a machine redirects connections.
            Ok(Ok(stream)) if stream.peer().is_ok_and(|peer| peer == place) => return Ok(stream),
            Ok(Ok(_)) => Error::Connect("the connection leads somewhere else than to the upstream".to_owned()),
            Ok(Err(error)) => {
                // For the operator; a guest is told no address.
                tracing::debug!(%place, %error, "no connection");
                Error::Connect(reason(&error).to_owned())
            }
            Err(_) => Error::Connect("the upstream did not take a connection in time".to_owned()),
        };
    }
    Err(failure)
}

/// The message of the system itself may hold addresses.
fn reason(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "the upstream refused the connection",
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => "the upstream broke the connection off",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => "there is no way to the upstream",
        io::ErrorKind::TimedOut => "the upstream did not take a connection in time",
        _ => "the upstream could not be connected to",
    }
}
