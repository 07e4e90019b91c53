//! The seam between the host and whatever does the work.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::{
    BoxFuture, CallReport, CancelResult, Capability, Catalogue, Error, ErrorKind, Event, JobCall, JobState, JobToken,
    KeyValue, ModelId, ProgressSink, Request, Response, Result, Scope, http::Outlet, lending::Stores,
};

/// Something that serves capabilities: a sandboxed component, a native Rust provider, a provider elsewhere.
pub trait Provider: Send + Sync {
    /// The capabilities that it serves.
    fn capabilities(&self) -> &[Capability];

    /// What it says of itself and its models.
    fn catalogue(&self) -> &Catalogue;

    /// Serves one call.
    ///
    /// # Errors
    ///
    /// Any kind of the classes `Request`, `Sandbox` and `Provider`; with a [`CallReport`] when something ran.
    fn call(&self, call: Call) -> BoxFuture<'_, Result<Outcome>>;

    /// Those of its capabilities whose work is a job: it is [submitted](Self::submit) and asked after, where others are
    /// [called](Self::call). None by default.
    fn jobs(&self) -> &[Capability] {
        &[]
    }

    /// Submits work of one of its [jobs](Self::jobs), once. Gives what finds it again.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    fn submit(&self, call: Call) -> BoxFuture<'_, Result<(JobToken, CallReport)>> {
        let capability = call.request.capability();
        Box::pin(async move { Err(no_job(capability)) })
    }

    /// Asks once, without waiting, where a job is.
    ///
    /// # Errors
    ///
    /// When that cannot be told now. A job that has failed is no error here.
    fn poll(&self, job: JobCall) -> BoxFuture<'_, Result<(JobState, CallReport)>> {
        Box::pin(async move { Err(no_job(job.capability)) })
    }

    /// Asks that a job be stopped.
    ///
    /// # Errors
    ///
    /// When it cannot be told whether it stops.
    fn cancel(&self, job: JobCall) -> BoxFuture<'_, Result<CancelResult>> {
        Box::pin(async move { Err(no_job(job.capability)) })
    }

    /// Whether a call can reach anything beyond this machine. What cannot has submitted nothing when it fails, whatever it
    /// says; of what can, a call that is cut off may have.
    fn reaches_out(&self) -> bool {
        true
    }

    /// Makes it ready to serve, before its first call. Once, however many calls come first; again after
    /// [`dispose`](Self::dispose).
    ///
    /// # Errors
    ///
    /// Says why it cannot be made ready; the call that came first ends with that.
    fn initialize(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// Gives back what it holds. No call is under way, and none comes before it is initialised again.
    fn dispose(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }

    /// Whether it could serve a call now: by what it knows, or by asking its upstream on the way out. Free of charge.
    ///
    /// # Errors
    ///
    /// Says why it could not.
    fn check(&self, outlet: Outlet) -> BoxFuture<'_, Result<()>> {
        drop(outlet);
        Box::pin(async { Ok(()) })
    }
}

fn no_job(capability: Capability) -> Error {
    Error::new(ErrorKind::Unsupported, format!("no work of {capability} is a job of this provider"))
}

/// One call of a provider.
#[derive(Debug, Clone)]
pub struct Call {
    /// What to do. Shared, because it may be large, and may be tried elsewhere.
    pub request: Arc<Request>,
    /// How.
    pub options: CallOptions,
    /// Who wants to hear how far it is.
    pub progress: ProgressSink,
    /// The way to upstreams, as far as it was granted. A native provider may have ways of its own.
    pub outlet: Outlet,
    /// What the provider keeps between its calls, as far as room was granted.
    pub key_value: KeyValue,
    /// The stores that it was lent.
    pub stores: Stores,
    /// Who wants the pieces of a response that comes piece by piece. Whoever serves the call sends all pieces or none:
    /// the response tells it all.
    pub events: EventSink,
}

/// What comes with every request, whatever the capability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallOptions {
    /// The model that serves it.
    pub model: ModelId,
    /// The same key means the same request: whoever supports it does the work once. Never empty.
    pub idempotency_key: String,
    /// How long it may take. The provider's own limit holds as well.
    pub timeout: Option<Duration>,
    /// Options of the provider's own, checked against its catalogue.
    pub provider_options: BTreeMap<String, serde_json::Value>,
    /// For whom it is made.
    pub scope: Scope,
    /// Whether an adjusted or ignored parameter is a failure rather than a warning.
    pub strict: bool,
}

/// What a call gave.
#[derive(Debug)]
pub struct Outcome {
    /// The result.
    pub response: Response,
    /// What it used and logged.
    pub report: CallReport,
}

/// Who wants the pieces of a response as they come. A provider goes on when the last one was taken.
///
/// All pieces or none: where one was sent, nothing of the whole response is given to the listener but its end.
#[derive(Clone, Default)]
pub struct EventSink(Option<Arc<Listener>>);

struct Listener {
    take: Box<Take>,
    /// Nanoseconds for which the provider waited.
    waited: AtomicU64,
    /// Whether any piece was passed on.
    has_sent: AtomicBool,
}

type Take = dyn Fn(Event) -> BoxFuture<'static, ()> + Send + Sync;

impl EventSink {
    /// Calls `take` for each piece, and waits for it.
    pub fn new(take: impl Fn(Event) -> BoxFuture<'static, ()> + Send + Sync + 'static) -> Self {
        let (waited, has_sent) = (AtomicU64::new(0), AtomicBool::new(false));
        Self(Some(Arc::new(Listener { take: Box::new(take), waited, has_sent })))
    }

    /// Whether anybody listens.
    #[must_use]
    pub fn is_listened_to(&self) -> bool {
        self.0.is_some()
    }

    /// Passes a piece on, and waits until it is taken.
    pub async fn send(&self, event: impl Into<Event>) {
        if let Some(listener) = &self.0 {
            listener.has_sent.store(true, Ordering::Relaxed);
            // Counted when the wait is given up as well.
            let _wait = Wait { start: Instant::now(), waited: &listener.waited };
            (listener.take)(event.into()).await;
        }
    }

    /// Whether any piece was passed on: then nobody else can answer in the provider's place.
    #[must_use]
    pub fn has_sent(&self) -> bool {
        self.0.as_ref().is_some_and(|listener| listener.has_sent.load(Ordering::Relaxed))
    }

    /// For how long the provider waited until its pieces were taken: time that is the listener's.
    #[must_use]
    pub fn waited(&self) -> Duration {
        let waited = self.0.as_ref().map_or(0, |listener| listener.waited.load(Ordering::Relaxed));
        Duration::from_nanos(waited)
    }
}

impl fmt::Debug for EventSink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "EventSink(listened to)" } else { "EventSink(none)" })
    }
}

struct Wait<'a> {
    start: Instant,
    waited: &'a AtomicU64,
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let nanoseconds = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.waited.fetch_add(nanoseconds, Ordering::Relaxed);
    }
}
