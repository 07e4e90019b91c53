//! How many calls of one provider run and wait at one time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use palisade_core::{Error, ErrorKind, Limits, Result};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::in_flight::{Guard, InFlight};

/// The entrance of a provider: so many calls are let in, so many more may wait.
pub(crate) struct Admission {
    in_flight: Arc<InFlight>,
    places: Semaphore,
    waiting: AtomicU32,
    concurrency: u32,
    queue: u32,
    timeout: Duration,
}

/// The right to call the provider.
pub(crate) struct Permit<'a> {
    pub(crate) guard: Guard,
    /// How long the call may take, after it has waited.
    pub(crate) timeout: Duration,
    _place: SemaphorePermit<'a>,
}

impl Admission {
    pub(crate) fn new(limits: &Limits, in_flight: Arc<InFlight>) -> Self {
        let Limits { concurrency, queue, timeout, .. } = *limits;
        let places = Semaphore::new((concurrency as usize).min(Semaphore::MAX_PERMITS));
        Self { in_flight, places, waiting: AtomicU32::new(0), concurrency, queue, timeout }
    }

    /// Waits for a place, no longer than the call itself may take.
    ///
    /// # Errors
    ///
    /// `shutdown`; `provider-busy` when too many wait; `deadline` when the wait took all the time there was.
    pub(crate) async fn enter(&self, timeout: Option<Duration>) -> Result<Permit<'_>> {
        self.enter_with(self.in_flight.begin()?, timeout).await
    }

    /// The same for a part of a call that is under way.
    ///
    /// # Errors
    ///
    /// As [`enter`](Self::enter).
    pub(crate) async fn enter_part(&self, timeout: Option<Duration>) -> Result<Permit<'_>> {
        self.enter_with(self.in_flight.begin_part()?, timeout).await
    }

    async fn enter_with(&self, guard: Guard, timeout: Option<Duration>) -> Result<Permit<'_>> {
        let timeout = self.timeout(timeout);
        if let Ok(place) = self.places.try_acquire() {
            return Ok(Permit { guard, timeout, _place: place });
        }
        // On the heap: the room for it would be moved about with every call.
        Box::pin(self.enter_in_turn(guard, timeout)).await
    }

    async fn enter_in_turn(&self, guard: Guard, timeout: Duration) -> Result<Permit<'_>> {
        let _waiting = self.wait()?;
        let start = tokio::time::Instant::now();
        let late = || {
            let message = format!("all {} calls that the provider may serve at one time took longer", self.concurrency);
            Error::new(ErrorKind::Deadline, format!("{message} than {timeout:?}"))
        };
        let wait = async { self.places.acquire().await.map_err(|_closed| late()) };
        let place =
            guard.unless_aborted(async { tokio::time::timeout(timeout, wait).await.map_err(|_| late())? }).await?;
        Ok(Permit { guard, timeout: timeout.saturating_sub(start.elapsed()), _place: place })
    }

    /// Does nothing for so long, on behalf of a job that is under way.
    ///
    /// # Errors
    ///
    /// `shutdown` and `not-serving`, at once, when no call can begin any more.
    pub(crate) async fn pause(&self, time: Duration) -> Result<()> {
        let guard = self.in_flight.begin()?;
        let slept = async {
            tokio::time::sleep(time).await;
            Ok(())
        };
        guard.unless_closed(slept).await
    }

    /// Is done when a call that begins now has had more than all of its time, or is to end with the host.
    pub(crate) fn over(&self, timeout: Option<Duration>) -> impl Future<Output = ()> + Send + use<> {
        Arc::clone(&self.in_flight).over(self.timeout(timeout))
    }

    /// Whether a call would have to wait.
    pub(crate) fn is_full(&self) -> bool {
        self.places.available_permits() == 0
    }

    /// How long a call may take that wants so much time.
    pub(crate) fn timeout(&self, wanted: Option<Duration>) -> Duration {
        wanted.map_or(self.timeout, |wanted| wanted.min(self.timeout))
    }

    fn wait(&self) -> Result<Waiting<'_>> {
        let waiting = Waiting(&self.waiting);
        if self.waiting.fetch_add(1, Ordering::Relaxed) < self.queue {
            return Ok(waiting);
        }
        let message = format!("{} calls of the provider are under way, and {} wait", self.concurrency, self.queue);
        Err(Error::new(ErrorKind::ProviderBusy, message))
    }
}

/// A call that waits, counted until it no longer does.
struct Waiting<'a>(&'a AtomicU32);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
