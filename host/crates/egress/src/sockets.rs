//! How many connections a host has at one time, whoever they are for.

use std::sync::Arc;

use palisade_core::http::Error;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

/// So many connections. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Sockets(Arc<Semaphore>);

/// One of them. Dropping it makes room for another.
#[derive(Debug)]
pub(crate) struct Socket {
    _place: OwnedSemaphorePermit,
}

impl Sockets {
    pub(crate) fn new(number: usize) -> Self {
        Self(Arc::new(Semaphore::new(number.min(Semaphore::MAX_PERMITS))))
    }

    pub(crate) fn are_all_taken(&self) -> bool {
        self.0.available_permits() == 0
    }

    /// Takes one, and waits for it where there is none.
    ///
    /// # Errors
    ///
    /// `Connect` when there is none in time.
    pub(crate) async fn take(&self, until: Instant) -> Result<Socket, Error> {
        match timeout_at(until, self.0.clone().acquire_owned()).await {
            Ok(Ok(place)) => Ok(Socket { _place: place }),
            _ => Err(Error::Connect("this host has as many connections as it may: try again later".to_owned())),
        }
    }
}
