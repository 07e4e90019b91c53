//! A request that goes to the best provider, and to the next best when that one fails.
//!
//! ```text
//! latest snapshot ─► Index::choose(need, tried) ─► Service::attempt ─► served
//!        ▲                                              │ failed
//!        └── tried, time that is left, retry budget ◄── fallback::after
//! ```
//!
//! Whoever is asked next is chosen at that moment, by what is known then: the registry and the figures may have changed since
//! the request began.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use palisade_core::{Capability, Error, ErrorKind, EventSink, FailedAttempt, Operation, PicoUsd, Request, Result};
use palisade_routing::{Attempt, Ending, Endpoint, Need, RetryBudget};
use palisade_storage::Lease;

use crate::{
    accounts::{self, Accounts, Claim},
    background::Background,
    call::{CallSettings, Completion},
    decide,
    event_bus::EventBus,
    events::HostEvent,
    fallback::{self, Bill, Fallback, Next},
    hedge::{self, Race},
    in_flight::InFlight,
    resume,
    service::{self, Bought, JOB_TIMEOUT, Service},
    snapshot::Snapshot,
    started::Started,
    supervisor::Supervisor,
};

/// How many times longer than usual an attempt may take before the time is better spent on another.
const PATIENCE: u32 = 4;
/// The first pause before somebody is asked a second time. It doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// What all requests of a host are routed with.
pub(crate) struct Router {
    pub(crate) supervisor: Supervisor,
    pub(crate) in_flight: Arc<InFlight>,
    pub(crate) accounts: Arc<Accounts>,
    events: EventBus,
    /// What the host does for nobody who waits.
    pub(crate) background: Weak<Background>,
    /// Counts the requests.
    requests: AtomicU64,
    retries: [RetryBudget; Capability::ALL.len()],
    hedges: RetryBudget,
}

impl Router {
    pub(crate) fn new(
        supervisor: Supervisor,
        in_flight: Arc<InFlight>,
        accounts: Arc<Accounts>,
        events: EventBus,
        background: Weak<Background>,
    ) -> Self {
        let (requests, retries, hedges) = (AtomicU64::new(0), Default::default(), RetryBudget::for_hedges());
        Self { supervisor, in_flight, accounts, events, background, requests, retries, hedges }
    }

    pub(crate) fn events(&self) -> &EventBus {
        &self.events
    }

    /// How many requests there were.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    fn retries(&self, capability: Capability) -> Option<&RetryBudget> {
        let place = Capability::ALL.iter().position(|&known| known == capability)?;
        self.retries.get(place)
    }
}

/// A request on its way.
pub(crate) struct Route {
    router: Arc<Router>,
    /// Its number, in events.
    number: u64,
    need: Need,
    fallback: Fallback,
    request: Arc<Request>,
    settings: CallSettings,
    /// Whether the caller repeats it under the same key.
    has_key: bool,
    /// When all attempts together have had their time; none before the first begins.
    deadline: Option<Instant>,
    /// Those who are not asked again.
    tried: Vec<Arc<Endpoint>>,
    failed: Vec<FailedAttempt>,
    /// Who wants to know that a job was submitted: then nobody is asked whose work is none.
    started: Option<Started>,
}

/// Whose turn it is.
struct Turn {
    service: Arc<Service>,
    endpoint: Arc<Endpoint>,
    is_last_resort: bool,
    expected_seconds: f64,
}

impl Turn {
    /// Begins an attempt, unless others have taken the places that there are for one.
    fn begin(&self, need: &Need) -> Option<Attempt<'_>> {
        let (live, now) = (&self.endpoint.live, Instant::now());
        let begun = if self.is_last_resort { live.begin_alone(now) } else { live.try_begin(now) };
        Some(begun?.with_workload(&need.workload, now))
    }

    /// How long the request takes there as usual, by what is known.
    fn usual_time(&self) -> Duration {
        Duration::try_from_secs_f64(self.expected_seconds).unwrap_or(Duration::MAX)
    }
}

impl Route {
    pub(crate) fn new(
        router: Arc<Router>,
        need: Need,
        fallback: Fallback,
        request: Arc<Request>,
        settings: CallSettings,
    ) -> Self {
        let deadline = settings.timeout.map(|timeout| Instant::now() + timeout);
        let number = router.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let (tried, failed) = (Vec::new(), Vec::new());
        let has_key = settings.idempotency_key.is_some();
        let started = None;
        Self { router, number, need, fallback, request, settings, has_key, deadline, tried, failed, started }
    }

    /// Has it tell what its job is known by, when it is noted.
    pub(crate) fn tell_when_submitted(mut self, started: Started) -> Self {
        self.started = Some(started);
        self
    }

    /// Goes from one to the next until somebody has served the request, or nobody will.
    pub(crate) async fn run<O: Operation>(self, events: EventSink) -> Result<Completion<O::Response>> {
        let (router, request) = (Arc::clone(&self.router), self.number);
        self.travel_once::<O>(events).await.inspect_err(|error| {
            let (code, message) = (error.kind(), error.message());
            let refused =
                || HostEvent::RouteRefused { request, capability: O::CAPABILITY, code, message: message.to_owned() };
            router.events.emit(refused);
        })
    }

    /// Goes nowhere where another call with its idempotency key has been, or is on its way.
    async fn travel_once<O: Operation>(mut self, events: EventSink) -> Result<Completion<O::Response>> {
        let mut lease = match self.claim::<O>().await? {
            Some(Claim::Kept(completion)) => return Ok(completion),
            Some(Claim::Submitted(lease)) => {
                self.started.as_ref().inspect(|started| started.tell(lease.id()));
                // On the heap, like all that few calls need.
                return Box::pin(self.see_through::<O>(lease)).await;
            }
            Some(Claim::New(lease)) => Some(lease),
            None => None,
        };
        // All attempts are one request: whoever keeps keys does its work once.
        self.settings.idempotency_key.get_or_insert_with(|| uuid::Uuid::new_v4().to_string());
        let result = self.travel::<O>(events, &mut lease).await;
        if let Err(error) = &result
            && error.job().is_some()
            && error.kind() == ErrorKind::NotServing
            && let Some(lease) = lease.take()
        {
            // Its provider was replaced, or stopped: the next one may know the job.
            return Box::pin(self.see_through::<O>(lease)).await;
        }
        if let Some(kept) = Accounts::end::<O>(lease, &result) {
            kept.await;
        }
        result
    }

    /// Sees whether its work was done before, or is being done.
    async fn claim<O: Operation>(&self) -> Result<Option<Claim<O::Response>>> {
        let started = self.started.as_ref();
        self.router.accounts.claim::<O>(&self.request, &self.settings, &self.need.model, started).await
    }

    /// Asks after a job that was submitted before, until it has ended.
    async fn see_through<O: Operation>(&self, lease: Lease) -> Result<Completion<O::Response>> {
        let until = self.deadline.unwrap_or_else(|| service::job_deadline(None));
        let made = resume::see_through(&self.router.supervisor, lease, until, &self.settings.progress).await?;
        accounts::typed::<O>(made)
            .ok_or_else(|| Error::new(ErrorKind::BadOutput, "the response is of another capability"))
    }

    async fn travel<O: Operation>(
        &mut self,
        events: EventSink,
        lease: &mut Option<Lease>,
    ) -> Result<Completion<O::Response>> {
        let router = Arc::clone(&self.router);
        let retries = router.retries(O::CAPABILITY);
        retries.inspect(|retries| retries.earn(Instant::now()));
        router.hedges.earn(Instant::now());
        let mut last: Option<Error> = None;
        loop {
            let snapshot = self.router.supervisor.snapshot();
            let Some(turn) = self.next(&snapshot) else {
                let Some(error) = last.take() else { return Err(decide::nobody(&snapshot, &self.need)) };
                if !self.pause_before_repeating(&error).await {
                    return Err(error.with_attempts(std::mem::take(&mut self.failed)));
                }
                last = Some(error);
                continue;
            };
            let is_job = turn.service.works_by_job(O::CAPABILITY);
            if self.started.is_some() && !is_job {
                self.tried.push(Arc::clone(&turn.endpoint));
                last.get_or_insert_with(|| no_job(&turn.service, O::CAPABILITY));
                continue;
            }
            if is_job && lease.is_none() {
                // It outlives the call, and has to be found again.
                if let Some(Claim::New(new)) = self.claim::<O>().await? {
                    *lease = Some(new);
                }
            }
            let Some(begun) = turn.begin(&self.need) else {
                self.tried.push(Arc::clone(&turn.endpoint));
                continue;
            };
            let endpoint = &*turn.endpoint;
            // Where it makes no difference, nobody asks what it costs.
            let may_matter = router.accounts.asks_for_costs(lease.as_ref()) || self.may_hedge();
            let high = may_matter.then(|| self.high(endpoint)).flatten();
            let (capability, scope) = (self.need.capability, self.settings.scope.clone());
            let bought = Bought::reserve(&router.accounts, endpoint, capability, &scope, high, lease.as_mut());
            let bought = match bought {
                Ok(bought) => bought,
                Err(error) => {
                    // Another may cost less.
                    self.tried.push(Arc::clone(&turn.endpoint));
                    last.get_or_insert(error);
                    continue;
                }
            };
            self.tell_decision(&turn, snapshot.version);
            let start = Instant::now();
            let slice = self.slice(&turn, start);
            let attempt = self.attempt::<O>(&turn, begun, slice, events.clone(), bought);
            let completed = match self.patience(&turn, high) {
                Some(patience) => {
                    let hedge = self.hedge::<O>(&snapshot, &turn);
                    let Race { result, first_failed, first_outrun } = hedge::race(attempt, patience, hedge).await;
                    if let Some(error) = first_failed {
                        self.note(&turn, &error, start.elapsed());
                    }
                    if first_outrun {
                        self.note_outrun(&turn, start.elapsed());
                    }
                    result
                }
                None => attempt.await,
            };
            let error = match completed {
                Ok(completion) => {
                    let failed_attempts = std::mem::take(&mut self.failed);
                    return Ok(Completion { failed_attempts, ..completion });
                }
                Err(error) => error,
            };
            self.note(&turn, &error, start.elapsed());
            let bill = Bill::of(&turn.endpoint, self.high(&turn.endpoint));
            let may_go_on = (self.failed.len() as u32) < self.fallback.attempts
                // What was heard cannot be taken back.
                && !events.has_sent()
                && self.left(Instant::now()).is_none_or(|left| !left.is_zero())
                && self.leave(&turn, fallback::after(&error, bill, self.fallback))
                && retries.is_none_or(|retries| retries.spend(Instant::now()));
            if !may_go_on {
                return Err(error.with_attempts(std::mem::take(&mut self.failed)));
            }
            self.tell_fallback();
            last = Some(error);
        }
    }

    async fn attempt<O: Operation>(
        &self,
        turn: &Turn,
        begun: Attempt<'_>,
        timeout: Duration,
        events: EventSink,
        bought: Bought<'_>,
    ) -> Result<Completion<O::Response>> {
        let Turn { service, endpoint, .. } = turn;
        let settings = CallSettings { timeout: Some(timeout), ..self.settings.clone() };
        let bought = Bought { started: self.started.as_ref(), ..bought };
        let served = service.attempt(endpoint, begun, Arc::clone(&self.request), settings, events, bought).await?;
        service.complete::<O>(endpoint, served)
    }

    /// How long an attempt may take until another is made beside it; none where it is waited for.
    fn patience(&self, turn: &Turn, high: Option<PicoUsd>) -> Option<Duration> {
        (self.may_hedge() && self.is_cheap(high)).then(|| turn.service.recent.usual())?
    }

    /// Whether another attempt may be made beside one, as far as the request goes.
    fn may_hedge(&self) -> bool {
        hedge::is_short(self.need.capability) && !self.has_key && self.fallback.hedge_up_to.is_some()
    }

    fn is_cheap(&self, high: Option<PicoUsd>) -> bool {
        high.zip(self.fallback.hedge_up_to).is_some_and(|(high, most)| high <= most)
    }

    /// Another attempt beside one that takes long; none where there is nobody, or enough are made.
    async fn hedge<O: Operation>(&self, snapshot: &Snapshot, first: &Turn) -> Option<Result<Completion<O::Response>>> {
        let passed_over = self.tried.iter().chain(&first.service.endpoints).cloned().collect();
        let turn = self.next_but(snapshot, passed_over)?;
        let high = self.high(&turn.endpoint);
        if turn.service.admission.is_full() || !self.is_cheap(high) || !self.router.hedges.spend(Instant::now()) {
            return None;
        }
        let begun = turn.begin(&self.need)?;
        let (accounts, scope) = (&self.router.accounts, &self.settings.scope);
        let bought = Bought::reserve(accounts, &turn.endpoint, self.need.capability, scope, high, None).ok()?;
        self.tell_decision(&turn, snapshot.version);
        let left = self.left(Instant::now()).unwrap_or(turn.service.admission.timeout(None));
        Some(self.attempt::<O>(&turn, begun, left, EventSink::default(), bought).await)
    }

    fn tell_decision(&self, turn: &Turn, snapshot: u64) {
        self.router.events.emit(|| HostEvent::RouteDecided {
            request: self.number,
            capability: self.need.capability,
            provider: turn.service.id.clone(),
            model: turn.endpoint.model.id.clone(),
            snapshot,
            seed: self.need.seed,
        });
    }

    fn tell_fallback(&self) {
        if let Some(failed) = self.failed.last() {
            self.router.events.emit(|| HostEvent::RouteFellBack { request: self.number, failed: failed.clone() });
        }
    }

    /// The best of those who were not tried; one whose calls would have to wait only where nobody else is there.
    fn next(&self, snapshot: &Snapshot) -> Option<Turn> {
        self.next_but(snapshot, self.tried.clone())
    }

    fn next_but(&self, snapshot: &Snapshot, mut passed_over: Vec<Arc<Endpoint>>) -> Option<Turn> {
        let mut waits = None;
        loop {
            let Some(choice) = snapshot.index.choose(&self.need, Instant::now(), &passed_over) else { return waits };
            let service = snapshot.entries.get(&choice.endpoint.provider)?.service().ok()?;
            let is_full = service.admission.is_full();
            let (service, endpoint) = (Arc::clone(service), choice.endpoint);
            let (is_last_resort, expected_seconds) = (choice.is_last_resort, choice.score.seconds);
            let turn = Turn { service, endpoint, is_last_resort, expected_seconds };
            if !is_full {
                return Some(turn);
            }
            passed_over.extend(turn.service.endpoints.iter().cloned());
            waits.get_or_insert(turn);
        }
    }

    /// Keeps from who has failed. Says whether anybody else is to be asked.
    fn leave(&mut self, turn: &Turn, next: Next) -> bool {
        match next {
            Next::Stop => return false,
            Next::OtherEndpoint => self.tried.push(Arc::clone(&turn.endpoint)),
            Next::OtherProvider => self.tried.extend(turn.service.endpoints.iter().cloned()),
        }
        true
    }

    /// Where nobody else is left, those who may do better a second time are asked again after a pause. Says whether they are.
    async fn pause_before_repeating(&mut self, error: &Error) -> bool {
        if self.tried.is_empty() || !fallback::may_repeat(error.kind()) {
            return false;
        }
        let doublings = u32::try_from(self.failed.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(doublings));
        let pause = error.retry_after().map_or(pause, |wait| wait.max(pause));
        if self.left(Instant::now()).is_none_or(|left| pause >= left) {
            return false;
        }
        self.tried.clear();
        tokio::time::sleep(pause).await;
        true
    }

    fn note(&mut self, turn: &Turn, error: &Error, took: Duration) {
        let (provider, model) = (turn.service.id.clone(), turn.endpoint.model.id.clone());
        tracing::debug!(%provider, %model, code = error.kind().code(), "an attempt failed");
        let (code, message, submitted) = (error.kind(), error.message().to_owned(), error.submitted());
        self.failed.push(FailedAttempt { provider, model, code, message, submitted, took });
    }

    /// An attempt was given up, since one that was made beside it has served first. So that one that hangs each time is not asked each
    /// time, that counts for half a failure.
    fn note_outrun(&self, turn: &Turn, after: Duration) {
        let endpoint = &turn.endpoint;
        let (request, provider, model) = (self.number, turn.service.id.clone(), endpoint.model.id.clone());
        let after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        self.router.events.emit(|| HostEvent::RouteOutrun { request, provider, model, after_ms });
        let now = Instant::now();
        if let Some(change) = endpoint.live.begin(now).ended(Ending::Outrun, now) {
            self.router.events.emit_change(endpoint, change);
        }
    }

    fn left(&self, now: Instant) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(now))
    }

    /// How long an attempt that begins now may take: half of what is left, so that another can follow; but not so little that
    /// who works as usual is cut off. Whoever is the last to be asked has all of it.
    fn slice(&mut self, turn: &Turn, now: Instant) -> Duration {
        let is_job = turn.service.works_by_job(self.need.capability);
        let own = if is_job { JOB_TIMEOUT / 2 } else { turn.service.admission.timeout(None) };
        // Without a timeout of the caller's, there is time for two.
        let deadline = *self.deadline.get_or_insert(now + own.saturating_mul(2));
        let left = deadline.saturating_duration_since(now);
        // Nobody else is asked once a job was submitted.
        if is_job || self.failed.len() as u32 + 1 >= self.fallback.attempts {
            return left;
        }
        (left / 2).max(turn.usual_time().saturating_mul(PATIENCE)).min(left)
    }

    /// The most that the request may cost there; none when that is not known.
    fn high(&self, endpoint: &Endpoint) -> Option<PicoUsd> {
        endpoint.highest_cost(&self.need)
    }

    /// The time after which the request has ended, whoever polls it: the caller's, or what the first who is asked may take
    /// for two attempts.
    pub(crate) fn timeout(&self) -> Duration {
        self.left(Instant::now()).unwrap_or_else(|| {
            let first = self.next(&self.router.supervisor.snapshot());
            first.map_or(Duration::ZERO, |turn| turn.service.admission.timeout(None).saturating_mul(2))
        })
    }
}

fn no_job(service: &Service, capability: Capability) -> Error {
    let message = format!("provider `{}` answers {capability} at once: call it, there is no job to submit", service.id);
    service.own(Error::new(ErrorKind::Unsupported, message))
}
