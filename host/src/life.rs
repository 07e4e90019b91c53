//! The life of a provider that was loaded: made ready before its first call, stopped, and given back.
//!
//! ```text
//! idle ─► initialised, once for however many come first ─► serves ─► drained ─► disposed of ─► idle
//! ```

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use palisade_core::{Error, ErrorKind, Provider, Result};
use tokio::sync::Mutex;

use crate::in_flight::{InFlight, ShutdownReport};

/// How long a provider may take to be made ready, and to give back what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LifeLimits {
    /// To be made ready; 30 s by default.
    pub initialize: Duration,
    /// To give back what it holds; 10 s by default. What takes longer is left to itself.
    pub dispose: Duration,
}

impl Default for LifeLimits {
    fn default() -> Self {
        Self { initialize: Duration::from_secs(30), dispose: Duration::from_secs(10) }
    }
}

/// The life of one provider.
pub(crate) struct Life {
    pub(crate) in_flight: Arc<InFlight>,
    limits: LifeLimits,
    is_ready: AtomicBool,
    /// Held by who makes it ready, or gives it back.
    turn: Mutex<()>,
}

impl Life {
    pub(crate) fn new(host: &Arc<InFlight>, limits: LifeLimits) -> Self {
        let in_flight = host.of_provider();
        Self { in_flight, limits, is_ready: AtomicBool::new(false), turn: Mutex::new(()) }
    }

    /// Makes the provider ready, unless it is. Of those who come at one time, one does it and the others wait; when that fails,
    /// or is given up, the next one tries.
    pub(crate) async fn initialize(&self, provider: &dyn Provider) -> Result<()> {
        if self.is_ready.load(Ordering::Acquire) {
            return Ok(());
        }
        let _turn = self.turn.lock().await;
        if self.is_ready.load(Ordering::Acquire) {
            return Ok(());
        }
        let late = || {
            let limit = self.limits.initialize;
            Error::new(ErrorKind::Deadline, format!("the provider took longer than {limit:?} to be made ready"))
        };
        tokio::time::timeout(self.limits.initialize, provider.initialize()).await.map_err(|_| late())??;
        self.is_ready.store(true, Ordering::Release);
        Ok(())
    }

    /// Whether it was made ready.
    pub(crate) fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Acquire)
    }

    /// Lets no call begin, and waits for those under way; after the limit they are aborted.
    pub(crate) async fn drain(&self, limit: Duration) -> ShutdownReport {
        self.in_flight.drain(limit).await
    }

    /// Has the provider give back what it holds, once its last call has ended.
    ///
    /// # Errors
    ///
    /// `deadline` when it takes longer than it may.
    pub(crate) async fn dispose(&self, provider: &dyn Provider) -> Result<()> {
        self.in_flight.none_left().await;
        let _turn = self.turn.lock().await;
        if !self.is_ready.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        let limit = self.limits.dispose;
        let late = |_| Error::new(ErrorKind::Deadline, format!("the provider took longer than {limit:?} to end"));
        tokio::time::timeout(limit, provider.dispose()).await.map_err(late)
    }

    /// Lets no call begin; those under way go on.
    pub(crate) fn close(&self) {
        self.in_flight.close();
    }

    /// Lets calls begin again.
    pub(crate) fn reopen(&self) {
        self.in_flight.reopen();
    }
}
