//! Learns where a host is, and refuses it if any of its addresses is not public.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
};

use palisade_core::{BoxFuture, http::Error};
use tokio::time::{Instant, timeout_at};

use crate::{
    address::is_global,
    name,
    rule::Rule,
    target::{Host, Target},
};

/// Most addresses of a host that are kept in mind.
const MAX_ADDRESSES: usize = 16;

/// Asks for the addresses of a host.
pub trait Resolve: fmt::Debug + Send + Sync {
    /// All addresses of the host of this name.
    ///
    /// # Errors
    ///
    /// `NotFound` when there is no such host; anything else when nobody could be asked.
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// Where a request goes: to the sockets that the operator named, or to addresses of which each one is public.
///
/// # Errors
///
/// `Connect` for a host without an address, or with any that is not public: that is the doing of whoever answers for its name,
/// and not of who asks. `Denied` for a name of a local network.
pub(crate) async fn places(
    rule: &Rule,
    target: &Target,
    resolver: &dyn Resolve,
    until: Instant,
) -> Result<Vec<SocketAddr>, Error> {
    if !rule.own_places().is_empty() {
        return Ok(rule.own_places().to_vec());
    }
    let addresses = match &target.host {
        Host::Address(address) => vec![*address],
        Host::Name(name) => lookup(name, resolver, until).await?,
    };
    if !addresses.iter().all(|address| is_global(*address)) {
        return Err(Error::Connect(format!("`{}` leads to an address that is not public", target.host.to_text())));
    }
    let mut places: Vec<SocketAddr> = addresses.into_iter().map(|address| (address, target.port).into()).collect();
    // In order, so that the same answer makes the same key of the connections that are kept.
    places.sort_unstable();
    places.dedup();
    places.truncate(MAX_ADDRESSES);
    Ok(places)
}

async fn lookup(name: &str, resolver: &dyn Resolve, until: Instant) -> Result<Vec<IpAddr>, Error> {
    if name::kind(name) != name::Kind::Public {
        return Err(Error::Denied(format!("`{name}` is a name of a local network")));
    }
    let failed = |why: &str| Err(Error::Connect(format!("`{name}` {why}")));
    match timeout_at(until, resolver.resolve(name)).await {
        Err(_) => failed("was not found in time"),
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => failed("is no host that anybody knows"),
        Ok(Err(error)) => {
            tracing::debug!(name, %error, "no addresses");
            failed("could not be looked up: no name server answered")
        }
        Ok(Ok(addresses)) if addresses.is_empty() => failed("has no address"),
        Ok(Ok(addresses)) => Ok(addresses),
    }
}
