//! The calls and registrations that are under way, so that a host can wait for them when it shuts down, and a provider when it
//! is stopped.
//!
//! ```text
//! open ─► draining: no new calls, those under way go on with their parts, registrations end ─► aborting: those under way end
//!   ▲                                                                              │
//!   └────────────────────────── a provider that is started again ◄─────────────────┘
//! ```
//!
//! A call of a provider is one of its host too.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::Duration,
};

use palisade_core::{Error, ErrorKind, Result};
use tokio::sync::watch;

/// How much later than its deadline a call that somebody polls has ended by itself, in a worker as well.
const LATE: Duration = Duration::from_millis(200);

/// What a shutdown found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShutdownReport {
    /// Calls, checks and registrations that were under way and ended without being aborted: calls within the time,
    /// registrations and checks because the host shuts down.
    pub drained: usize,
    /// Those that were aborted. Each ends with `shutdown`, and gives back its sandbox, when it is polled next; a guest that
    /// computes at this moment goes on until it yields, which it does every 10 ms.
    pub aborted: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Open,
    Draining,
    Aborting,
}

/// The calls of a host, or of a provider of it.
pub(crate) struct InFlight {
    /// The host's, where this is a provider's.
    host: Option<Arc<InFlight>>,
    phase: watch::Sender<Phase>,
    count: AtomicUsize,
    /// Told when a call ends after the host is no longer open.
    ended: tokio::sync::Notify,
}

/// A call that is under way.
pub(crate) struct Guard {
    own: Counted,
    _host: Option<Counted>,
}

/// Counts as one of those under way until it is dropped.
struct Counted(Arc<InFlight>);

impl Default for InFlight {
    fn default() -> Self {
        let phase = watch::Sender::new(Phase::Open);
        Self { host: None, phase, count: AtomicUsize::new(0), ended: tokio::sync::Notify::new() }
    }
}

impl InFlight {
    /// The calls of a provider of this host.
    pub(crate) fn of_provider(self: &Arc<Self>) -> Arc<Self> {
        Arc::new(Self { host: Some(Arc::clone(self)), ..Self::default() })
    }

    /// Begins a call.
    pub(crate) fn begin(self: &Arc<Self>) -> Result<Guard> {
        let host = self.host.as_ref().map(|host| host.count(Phase::Open)).transpose()?;
        Ok(Guard { own: self.count(Phase::Open)?, _host: host })
    }

    /// Begins a call that is a part of one under way: a host that waits for that one waits for this one as well.
    pub(crate) fn begin_part(self: &Arc<Self>) -> Result<Guard> {
        let host = self.host.as_ref().map(|host| host.count(Phase::Draining)).transpose()?;
        Ok(Guard { own: self.count(Phase::Open)?, _host: host })
    }

    /// Has a provider wait for whoever may still call it, as for a call. Its host waits for the call that this is for.
    pub(crate) fn hold(self: &Arc<Self>) -> Result<Guard> {
        Ok(Guard { own: self.count(Phase::Open)?, _host: None })
    }

    /// Counts one that may begin until this phase is over.
    fn count(self: &Arc<Self>, until: Phase) -> Result<Counted> {
        // Counted first: who drains either sees this call or this call sees that.
        self.count.fetch_add(1, Ordering::SeqCst);
        let counted = Counted(Arc::clone(self));
        if *self.phase.borrow() <= until { Ok(counted) } else { Err(self.closed()) }
    }

    /// Lets calls begin again.
    pub(crate) fn reopen(&self) {
        self.phase.send_replace(Phase::Open);
    }

    /// Whether calls can begin.
    pub(crate) fn is_open(&self) -> bool {
        *self.phase.borrow() == Phase::Open
    }

    /// How many are under way.
    pub(crate) fn under_way(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Why no call can begin or go on.
    fn closed(&self) -> Error {
        match &self.host {
            Some(_) => Error::new(ErrorKind::NotServing, "the provider was stopped"),
            None => Error::new(ErrorKind::Shutdown, "the host is shutting down"),
        }
    }

    /// Lets no call begin; those under way go on.
    pub(crate) fn close(&self) {
        self.phase.send_if_modified(|phase| {
            *phase == Phase::Open && {
                *phase = Phase::Draining;
                true
            }
        });
    }

    /// Lets no call begin, waits until those under way have ended, and aborts them when the time is over.
    pub(crate) async fn drain(&self, limit: Duration) -> ShutdownReport {
        self.close();
        let before = self.count.load(Ordering::SeqCst);
        let drained = tokio::time::timeout(limit, self.none_left()).await.is_ok();
        let aborted = if drained { 0 } else { self.count.load(Ordering::SeqCst) };
        self.phase.send_replace(Phase::Aborting);
        ShutdownReport { drained: before.saturating_sub(aborted), aborted }
    }

    /// Is done when a call that begins now and may take so long has had more than all of its time, or is to end with the host.
    pub(crate) async fn over(self: Arc<Self>, timeout: Duration) {
        tokio::select! {
            biased;
            _closed = self.reached(Phase::Aborting) => {}
            () = tokio::time::sleep(timeout.saturating_add(LATE)) => {}
        }
    }

    /// Is done when this, or its host, has come so far. Gives the error for who is to end.
    async fn reached(&self, end: Phase) -> Error {
        let Some(host) = &self.host else { return self.reached_alone(end).await };
        tokio::select! {
            biased;
            error = host.reached_alone(end) => error,
            error = self.reached_alone(end) => error,
        }
    }

    async fn reached_alone(&self, end: Phase) -> Error {
        let mut phase = self.phase.subscribe();
        // The sender lives as long as this.
        let _closed = phase.wait_for(|phase| *phase >= end).await;
        self.closed()
    }

    /// Is done when no call is under way.
    pub(crate) async fn none_left(&self) {
        loop {
            let ended = self.ended.notified();
            if self.count.load(Ordering::SeqCst) == 0 {
                return;
            }
            ended.await;
        }
    }
}

impl Guard {
    /// Does the work of the call, unless it is aborted.
    pub(crate) async fn unless_aborted<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.unless(Phase::Aborting, work).await
    }

    /// Does work that is of no use to a host that shuts down.
    pub(crate) async fn unless_closed<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.unless(Phase::Draining, work).await
    }

    async fn unless<T>(&self, end: Phase, work: impl Future<Output = Result<T>>) -> Result<T> {
        let in_flight = &self.own.0;
        let mut work = pin!(work);
        let mut over = None;
        // Polled once each time: work that yields is left until it is woken.
        poll_fn(|context| {
            if let Poll::Ready(result) = work.as_mut().poll(context) {
                return Poll::Ready(result);
            }
            // Most calls never wait: to listen costs more than to look, and room that would be moved about with every call.
            over.get_or_insert_with(|| Box::pin(in_flight.reached(end))).as_mut().poll(context).map(Err)
        })
        .await
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::SeqCst);
        // Whoever waits for the last one listens before it looks.
        self.0.ended.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_part_of_a_call_begins_as_long_as_the_call_goes_on() {
        let host = Arc::new(InFlight::default());
        let provider = host.of_provider();
        let call = provider.begin().unwrap();
        host.close();
        assert!(provider.begin().is_err());
        let part = provider.begin_part().unwrap();
        assert_eq!((host.under_way(), provider.under_way()), (2, 2));
        drop((part, call));
        host.phase.send_replace(Phase::Aborting);
        assert!(provider.begin_part().is_err());
        let stopped = Arc::new(InFlight::default()).of_provider();
        stopped.close();
        assert!(stopped.begin_part().is_err(), "what is stopped is stopped for everybody");
        assert_eq!((host.under_way(), provider.under_way()), (0, 0));
    }

    #[test]
    fn work_that_yields_is_polled_once_at_a_time() {
        let in_flight = Arc::new(InFlight::default());
        let guard = in_flight.begin().unwrap();
        let mut polled = 0;
        let work = poll_fn(|_| {
            polled += 1;
            if polled < 3 { Poll::Pending } else { Poll::Ready(Ok(())) }
        });
        let mut call = Box::pin(guard.unless_aborted(work));
        let mut poll = || call.poll_unpin(&mut Context::from_waker(Waker::noop())).is_ready();
        assert_eq!([poll(), poll(), poll()], [false, false, true]);
    }
}
