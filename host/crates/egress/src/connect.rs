//! Opens connections, to exactly the addresses that were checked.

use std::{fmt, io, net::SocketAddr, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use palisade_core::{BoxFuture, http::Error};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{Instant, timeout_at},
};

use crate::moment::after;

/// Most addresses of a host that are tried.
const MAX_TRIED: usize = 6;
/// How long an address is waited for before the next is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);

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

/// A connection to the first of these sockets that takes one. Each has a head start, and the next is tried beside it, or at once
/// when it fails: so a machine that has only one of IPv4 and IPv6, or one of them badly, does not wait for the other.
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
    let mut places = in_turn(places).peekable();
    let mut under_way = FuturesUnordered::new();
    loop {
        under_way.extend(places.next().map(|place| to(network, place)));
        let enough = places.peek().map_or(until, |_| until.min(after(HEAD_START)));
        match timeout_at(enough, under_way.next()).await {
            Ok(Some(Ok(stream))) => return Ok(stream),
            Ok(Some(Err(error))) => failure = error,
            Ok(None) => return Err(failure),
            Err(_) if Instant::now() >= until => {
                return Err(Error::Connect("the upstream did not take a connection in time".to_owned()));
            }
            Err(_) => {}
        }
    }
}

/// Those that are tried: IPv4 first, which is nearly everywhere, and then the two in turn.
fn in_turn(places: &[SocketAddr]) -> impl Iterator<Item = SocketAddr> {
    let (v4, v6): (Vec<SocketAddr>, Vec<_>) = places.iter().partition(|place| place.is_ipv4());
    let turns = (0..v4.len().max(v6.len())).flat_map(move |turn| [v4.get(turn).copied(), v6.get(turn).copied()]);
    turns.flatten().take(MAX_TRIED)
}

async fn to(network: &dyn Connect, place: SocketAddr) -> Result<Box<dyn Stream>, Error> {
    match network.connect(place).await {
        // What is connected to may be something else than what was asked for, where a machine redirects connections.
        Ok(stream) if stream.peer().is_ok_and(|peer| peer == place) => Ok(stream),
        Ok(_) => Err(Error::Connect("the connection leads somewhere else than to the upstream".to_owned())),
        Err(error) => {
            // For the operator; a guest is told no address.
            tracing::debug!(%place, %error, "no connection");
            Err(Error::Connect(reason(&error).to_owned()))
        }
    }
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
