//! The way out of a host: shared by all providers and calls, each of which sees its own part of it.

use std::{fmt, sync::Arc};

use palisade_core::{Result, Scope, http::Traffic};
use rustls::ClientConfig;

use crate::{
    client::{Client, Shared},
    connect::{Connect, Tcp},
    grants::Grants,
    name_servers::NameServers,
    pool::Pool,
    rate::Buckets,
    resolve::Resolve,
    room::Room,
    settings::Settings,
    sockets::Sockets,
    tls,
};

/// What is below the policy. By default the network of this machine.
#[derive(Debug, Clone)]
pub struct Network {
    /// Who knows where a host is.
    pub resolve: Arc<dyn Resolve>,
    /// Who opens connections.
    pub connect: Arc<dyn Connect>,
    /// Certificates, in DER, that are trusted to vouch for hosts besides the usual ones.
    pub own_roots: Vec<Vec<u8>>,
}

impl Default for Network {
    fn default() -> Self {
        Self { resolve: Arc::new(NameServers::default()), connect: Arc::new(Tcp), own_roots: Vec::new() }
    }
}

/// The way out of a host. Cheap to clone; there is one of it in a host, so that its limits are those of the host.
#[derive(Clone)]
pub struct Egress(Arc<Shared>);

impl Egress {
    /// A way out into this network, with these limits. Opens nothing.
    ///
    /// # Errors
    ///
    /// `config` when a certificate is none.
    pub fn new(settings: Settings, network: Network) -> Result<Self> {
        let tls: Arc<ClientConfig> = tls::configuration(&network.own_roots)?;
        let sockets = Sockets::new(settings.connections);
        let pool = Arc::new(Pool::new(&settings, sockets.clone()));
        let room = Room::new(settings.request_bytes_in_all);
        Ok(Self(Arc::new(Shared {
            settings,
            network: (network.resolve, network.connect),
            tls,
            sockets,
            pool,
            buckets: Buckets::default(),
            room,
        })))
    }

    /// What one call of a provider may send, in this scope. What leaves is counted in `traffic`.
    #[must_use]
    pub fn client(&self, grants: Arc<Grants>, scope: Scope, traffic: Arc<Traffic>) -> Client {
        Client::new(self.0.clone(), grants, scope, traffic)
    }

    /// How many connections are kept for the next request.
    #[must_use]
    pub fn idle_connections(&self) -> usize {
        self.0.pool.len()
    }
}

impl fmt::Debug for Egress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Egress").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}
