//! A provider that can be called, and one attempt to have it serve a request.
//!
//! ```text
//! request ─► options fit? ─► a place (admission) ─► ready (life) ─► Provider::call ─► how it ended
//!                                                                        └─► the endpoint's live figures, events, alarms
//! ```

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use arc_swap::ArcSwapOption;
use palisade_core::{
    Call, CallOptions, Capability, Digest, Error, ErrorClass, ErrorKind, EventSink, Operation, Outcome, PicoUsd,
    Provider, ProviderId, Request, Result, Scope, http::Traffic,
};
use palisade_routing::{Attempt, Ending, Endpoint, Need};
use palisade_storage::Lease;
use serde_json::Value;

use crate::{
    accounts::{Accounts, Payment},
    admission::{Admission, Permit},
    alarm::{Alarm, Alarms, Crashes},
    call::{CallSettings, Completion},
    drift::{Bills, Finding, Settlement},
    event_bus::EventBus,
    events::HostEvent,
    fallback::{self, Bill},
    health_report::HealthReport,
    hedge::{self, Recent},
    life::Life,
    loan::Loans,
    permissions::Permissions,
    polling::Polling,
    reach::Reach,
    started::Started,
    status::CallCounts,
    work::{Handover, Work},
};

/// A provider that was loaded, with its models.
pub(crate) struct Service {
    pub(crate) id: ProviderId,
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) admission: Admission,
    pub(crate) life: Life,
    pub(crate) endpoints: Vec<Arc<Endpoint>>,
    pub(crate) watch: Watch,
    pub(crate) tally: Tally,
    /// Of calls that are short, whatever their model.
    pub(crate) recent: Recent,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) bills: Bills,
    /// What it may reach; none where nothing was granted.
    pub(crate) reach: Option<Reach>,
    /// How often it is asked after its jobs.
    pub(crate) polling: Polling,
    /// Bytes that it may keep between its calls, for each scope; none where no room was granted.
    pub(crate) room: Option<u64>,
    /// The stores that it is lent.
    pub(crate) loans: Loans,
}

/// How many calls have ended.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    served: AtomicU64,
    failed: AtomicU64,
}

/// Who hears of what happens to a provider.
pub(crate) struct Watch {
    pub(crate) events: EventBus,
    pub(crate) alarms: Alarms,
    /// SHA-256 of the component, where it is one.
    pub(crate) digest: Option<Digest>,
    pub(crate) crashes: Crashes,
    /// What the latest check in the background has found.
    pub(crate) health: ArcSwapOption<HealthReport>,
}

/// What an attempt is paid with.
pub(crate) struct Bought<'a> {
    pub(crate) payment: Payment<'a>,
    pub(crate) bill: Bill,
    /// Of a call with an idempotency key, and of one whose work is a job.
    pub(crate) lease: Option<&'a mut Lease>,
    /// Who wants to know that a job was submitted.
    pub(crate) started: Option<&'a Started>,
    /// Whether it is a part of a call of somebody else, whose provider is lent this one.
    pub(crate) is_part: bool,
}

impl<'a> Bought<'a> {
    /// Reserves what the attempt may cost at most; not known is never free.
    pub(crate) fn reserve(
        accounts: &'a Accounts,
        endpoint: &'a Endpoint,
        capability: Capability,
        scope: &Scope,
        high: Option<PicoUsd>,
        lease: Option<&'a mut Lease>,
    ) -> Result<Self> {
        let bill = Bill::of(endpoint, high);
        Ok(Self {
            payment: accounts.reserve(endpoint, capability, scope, high)?,
            bill,
            lease,
            started: None,
            is_part: false,
        })
    }
}

/// What an attempt gave.
pub(crate) struct Served {
    pub(crate) outcome: Outcome,
    pub(crate) cost: Option<PicoUsd>,
}

impl Service {
    /// Checks what this provider cannot serve.
    pub(crate) fn check_request(&self, capability: Capability, request: &Request) -> Result<()> {
        if !self.provider.capabilities().contains(&capability) {
            return Err(self.unsupported(capability));
        }
        self.provider.catalogue().check_request(request).map_err(|error| self.own(error))
    }

    /// Has the provider serve a request with a model. `begun` hears how it ended.
    pub(crate) async fn attempt(
        &self,
        endpoint: &Endpoint,
        begun: Attempt<'_>,
        request: Arc<Request>,
        settings: CallSettings,
        events: EventSink,
        Bought { mut payment, bill, lease, started, is_part }: Bought<'_>,
    ) -> Result<Served> {
        let is_job = self.works_by_job(request.capability());
        // What is free may be done again after a crash, but for a job, which goes on.
        let mut lease = lease.filter(|_| bill != Bill::Free || is_job);
        let until = is_job.then(|| job_deadline(settings.timeout));
        check_options(endpoint, &settings.options).map_err(|error| self.own(error))?;
        let entered = if is_part {
            Box::pin(self.admission.enter_part(settings.timeout)).await
        } else {
            self.admission.enter(settings.timeout).await
        };
        let permit = entered.map_err(|error| self.own(error))?;
        let given = match self.ready(&permit).await {
            Ok(time) => time,
            Err(error) => {
                self.record(endpoint, begun, Err(&error), &events, true);
                return Err(self.own(error));
            }
        };
        let options = CallOptions {
            model: endpoint.model.id.clone(),
            idempotency_key: settings.idempotency_key.unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
            timeout: Some(given),
            provider_options: settings.options,
            strict: settings.strict,
            scope: settings.scope,
        };
        match lease.as_deref_mut() {
            Some(lease) => {
                let submitted = permit.guard.unless_aborted(payment.submit_under(lease));
                Box::pin(submitted).await.map_err(|error| self.own(error))?;
            }
            None => payment.submit(),
        }
        // Nobody holds the request while it is served: its media are handed over rather than copied.
        let need = Settlement::need(endpoint, &request);
        let fingerprint = self.watch.crashes.fingerprint(&request, Instant::now());
        let traffic = self.reach.as_ref().map(|reach| (reach, Arc::<Traffic>::default()));
        let way = |(reach, traffic): &(&Reach, Arc<Traffic>)| reach.outlet(&options.scope, traffic);
        let outlet = traffic.as_ref().map(way).unwrap_or_default();
        let key_value =
            self.accounts.key_value(&self.id, &options.scope, self.room).map_err(|error| self.own(error))?;
        let stores = self.loans.stores(&options.scope, given);
        let (progress, events_of_call) = (settings.progress, events.clone());
        let call = Call { request, options, progress, outlet, key_value, stores, events: events_of_call };
        let mut is_submitted = false;
        let result = match until {
            Some(until) => {
                let (lease, is_submitted) = (lease.as_deref_mut(), &mut is_submitted);
                let handover = Handover { lease, until, started, is_submitted };
                Box::pin(self.work().carry_out(call, permit, handover)).await
            }
            None => {
                let result = permit.guard.unless_aborted(self.provider.call(call)).await;
                drop(permit);
                result
            }
        };
        // Somebody who is lent it, and asks for what takes too long, says nothing of it.
        let is_fair = !is_part && (given >= self.admission.timeout(None) || given >= fair_time(endpoint));
        self.record(endpoint, begun, result.as_ref(), &events, is_fair);
        let counted = if result.is_ok() { &self.tally.served } else { &self.tally.failed };
        counted.fetch_add(1, Ordering::Relaxed);
        self.look_for_crash(fingerprint, result.as_ref().err());
        let traffic = traffic.map(|(_, traffic)| traffic);
        let outcome = match result {
            Ok(outcome) => outcome,
            Err(error) => {
                // What became of a job is known.
                let error = if is_submitted { error } else { self.with_submitted(error, traffic.as_deref()) };
                let error = self.own(error);
                Box::pin(pay_for_failure(payment, lease, &error, bill)).await;
                return Err(error);
            }
        };
        tracing::debug!(provider = %self.id, model = %endpoint.model.id, "a call succeeded");
        let settlement = Settlement::of(endpoint, need.as_ref(), outcome.response.usage());
        self.settle(endpoint, settlement);
        let cost = settlement.cost();
        payment.settle(settlement.charged());
        Ok(Served { outcome, cost })
    }

    /// Whether its work of this capability is a job.
    pub(crate) fn works_by_job(&self, capability: Capability) -> bool {
        self.provider.jobs().contains(&capability)
    }

    /// What its jobs are seen to with.
    pub(crate) fn work(&self) -> Work<'_> {
        Work {
            id: &self.id,
            provider: &*self.provider,
            admission: &self.admission,
            reach: self.reach.as_ref(),
            events: &self.watch.events,
            polling: self.polling,
            accounts: &self.accounts,
            room: self.room,
            loans: &self.loans,
        }
    }

    /// Makes the provider ready where it is not. Gives how much of the time is left.
    async fn ready(&self, permit: &Permit<'_>) -> Result<Duration> {
        if self.life.is_ready() {
            return Ok(permit.timeout);
        }
        // On the heap: the room for it would be moved about with every call.
        Box::pin(permit.guard.unless_aborted(self.make_ready(permit.timeout))).await
    }

    async fn make_ready(&self, timeout: Duration) -> Result<Duration> {
        let start = Instant::now();
        let late = || {
            let message = format!("it took longer than {timeout:?} until the provider was ready for its first call");
            Error::new(ErrorKind::Deadline, message)
        };
        let ready = tokio::time::timeout(timeout, self.initialize()).await;
        ready.map_err(|_| late())??;
        // Less than a millisecond is not worth another number in an error.
        let took = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(timeout.saturating_sub(Duration::from_millis(took)))
    }

    /// Makes the provider ready, unless it is.
    pub(crate) async fn initialize(&self) -> Result<()> {
        let result = self.life.initialize(&*self.provider).await;
        result.inspect_err(|error| self.tell_error(error))
    }

    /// Has the provider give back what it holds, once its last call has ended.
    pub(crate) async fn dispose(&self) -> Result<()> {
        let result = self.life.dispose(&*self.provider).await;
        result.inspect_err(|error| self.tell_error(error))
    }

    pub(crate) fn calls(&self) -> CallCounts {
        let Tally { served, failed } = &self.tally;
        let (served, failed) = (served.load(Ordering::Relaxed), failed.load(Ordering::Relaxed));
        CallCounts { under_way: self.life.in_flight.under_way(), served, failed }
    }

    /// Whether the provider could serve a call now. Takes the place of a call meanwhile.
    pub(crate) async fn check(&self) -> Result<()> {
        let permit = self.admission.enter(None).await.map_err(|error| self.own(error))?;
        let outlet = self.reach.as_ref().map(|reach| reach.outlet(&Scope::default(), &Arc::default()));
        let checked = self.provider.check(outlet.unwrap_or_default());
        permit.guard.unless_aborted(checked).await.map_err(|error| self.own(error))
    }

    /// Puts in force what was approved of what it asks for.
    pub(crate) fn approve(&self, approved: &Permissions) {
        let Some(reach) = &self.reach else { return };
        match reach.approve(approved) {
            Ok(let_in) if let_in.is_empty() => {}
            Ok(Permissions { hosts, credentials }) => {
                let provider = self.id.clone();
                self.watch.events.emit(|| HostEvent::ProviderApproved { provider, hosts, credentials });
            }
            Err(error) => self.tell_error(&error),
        }
    }

    fn tell_error(&self, error: &Error) {
        let (provider, code, message) = (&self.id, error.kind(), error.message());
        tracing::warn!(%provider, code = code.code(), message, "a provider could not be made ready, or be ended");
        self.watch.events.emit(|| HostEvent::ProviderError {
            provider: provider.clone(),
            code,
            message: message.to_owned(),
        });
    }

    /// Counts a crash of the component, and sounds the alarm when it is one too many.
    fn look_for_crash(&self, request: Option<u64>, error: Option<&Error>) {
        let (Some(digest), crashes) = (self.watch.digest, &self.watch.crashes) else { return };
        let Some(error) = error.filter(|error| error.kind() == ErrorKind::Trap) else {
            crashes.passed();
            return;
        };
        let provider = &self.id;
        self.watch.events.emit(|| HostEvent::PluginTrap {
            provider: provider.clone(),
            digest,
            message: error.message().to_owned(),
        });
        if let Some(count) = crashes.crashed(request, Instant::now()) {
            let reason = format!("{count} different requests crashed it within a minute: {}", error.message());
            // Where nobody listens, the host is gone.
            let _unheard = self.watch.alarms.send(Alarm { provider: provider.clone(), digest, reason });
        }
    }

    /// Takes the bill of a call into account, and tells what is odd about it.
    fn settle(&self, endpoint: &Endpoint, settlement: Settlement) {
        let Some(finding) = self.bills.settle(&endpoint.model.id, settlement) else { return };
        let (provider, model) = (self.id.clone(), endpoint.model.id.clone());
        self.watch.events.emit(|| match finding {
            Finding::Unknown => HostEvent::PriceUnknown { provider, model },
            Finding::Drift { expected, settled, ratio } => {
                HostEvent::PriceDrift { provider, model, expected, settled, ratio }
            }
        });
    }

    /// Tells the endpoint how an attempt ended, where that says something of it.
    fn record(
        &self,
        endpoint: &Endpoint,
        begun: Attempt<'_>,
        result: Result<&Outcome, &Error>,
        events: &EventSink,
        is_fair: bool,
    ) {
        if let Ok(outcome) = result {
            begun.has_used(outcome.response.usage(), !endpoint.overrides.doubts_prices);
        }
        let Some(ending) = ending(result, events, is_fair) else { return };
        if let (Ending::Succeeded { took }, Ok(outcome)) = (ending, result)
            && hedge::is_short(outcome.response.capability())
        {
            self.recent.push(took);
        }
        if let Some(change) = begun.ended(ending, Instant::now()) {
            self.watch.events.emit_change(endpoint, change);
        }
    }

    /// What is told of a call that was served.
    pub(crate) fn complete<O: Operation>(
        &self,
        endpoint: &Endpoint,
        served: Served,
    ) -> Result<Completion<O::Response>> {
        let Served { outcome, cost } = served;
        let other = || self.own(Error::new(ErrorKind::BadOutput, "the response is of another capability"));
        Ok(Completion {
            response: O::response(outcome.response).ok_or_else(other)?,
            provider: self.id.clone(),
            model: endpoint.model.id.clone(),
            cost,
            report: outcome.report,
            failed_attempts: Vec::new(),
            is_repeated: false,
        })
    }

    pub(crate) fn unsupported(&self, capability: Capability) -> Error {
        let message = format!("provider `{}` does not serve {capability}", self.id);
        self.own(Error::new(ErrorKind::Unsupported, message))
    }

    pub(crate) fn own(&self, error: Error) -> Error {
        error.with_provider(self.id.clone())
    }

    /// The error with what is believed of what the provider says of work that was handed over.
    fn with_submitted(&self, error: Error, traffic: Option<&Traffic>) -> Error {
        let submitted = fallback::submitted(&error, self.provider.reaches_out(), traffic);
        let upstream_id = error.upstream_id().map(str::to_owned);
        error.with_upstream(submitted, upstream_id)
    }
}

/// How long a job may take where nobody says how long it is waited for.
pub(crate) const JOB_TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// When nobody waits for a job any more.
pub(crate) fn job_deadline(timeout: Option<Duration>) -> Instant {
    Instant::now() + timeout.unwrap_or(JOB_TIMEOUT)
}

/// Takes what an attempt that failed has cost from the budgets, and notes whether it may have cost anything.
async fn pay_for_failure(payment: Payment<'_>, lease: Option<&mut Lease>, error: &Error, bill: Bill) {
    if !fallback::is_maybe_billed(error, bill) && error.job().is_none() {
        payment.release();
        lease.map(Lease::not_billed);
        return;
    }
    payment.settle(None);
    if let (Some(lease), Some(id)) = (lease, error.upstream_id())
        && let Err(error) = lease.accepted(id).await
    {
        tracing::warn!(%error, "what an upstream calls a job is not kept");
    }
}

/// What the end of an attempt says of its endpoint, where it says anything.
fn ending(result: Result<&Outcome, &Error>, events: &EventSink, is_fair: bool) -> Option<Ending> {
    match result {
        Ok(outcome) => {
            let took = outcome.report.resources.wall_time.saturating_sub(events.waited());
            Some(Ending::Succeeded { took })
        }
        // Who listens too slowly, or gives too little time, has nobody to blame.
        Err(error) if error.kind() == ErrorKind::Deadline && (!is_fair || was_kept_waiting(error, events)) => None,
        Err(error) if error.kind() == ErrorKind::RateLimited => Some(Ending::Throttled { wait: error.retry_after() }),
        Err(error) if error.kind() == ErrorKind::Overloaded => Some(Ending::Overloaded { wish: error.retry_after() }),
        Err(error) if is_mended_by_hand(error.kind()) => Some(Ending::Disabled { error: error.kind() }),
        Err(error) if is_providers_fault(error.kind()) => Some(Ending::Failed { wish: error.retry_after() }),
        Err(_) => None,
    }
}

/// The time in which a call of this endpoint ought to have ended: several times what it takes; for ever when nobody knows.
fn fair_time(endpoint: &Endpoint) -> Duration {
    const TIMES: f64 = 3.0;
    let measured = endpoint.live.figures(Instant::now()).latency;
    let usual = measured.or_else(|| endpoint.prior_latency.map(|latency| latency.as_secs_f64()));
    usual.map_or(Duration::MAX, |usual| Duration::try_from_secs_f64(usual * TIMES).unwrap_or(Duration::MAX))
}

/// The most that a request can cost there; none when that is not known.
pub(crate) fn high(endpoint: &Endpoint, request: &Request) -> Option<PicoUsd> {
    endpoint.highest_cost(&Need::new(request))
}

/// Options of the provider's own must be in its catalogue.
fn check_options(endpoint: &Endpoint, options: &BTreeMap<String, Value>) -> Result<()> {
    for (name, value) in options {
        let known = || endpoint.model.parameters.iter().map(|parameter| parameter.name.as_str()).collect::<Vec<_>>();
        match endpoint.model.parameter(name) {
            Some(parameter) if parameter.spec.accepts(value) => {}
            Some(parameter) => {
                return Err(Error::invalid_input(name, format!("{value} is not taken: use {}", parameter.spec)));
            }
            None => {
                let reason = format!("the model knows no such option; it knows: {}", known().join(", "));
                return Err(Error::invalid_input(name, reason));
            }
        }
    }
    Ok(())
}

/// Whether a call spent most of its time waiting for who listens to it.
fn was_kept_waiting(error: &Error, events: &EventSink) -> bool {
    let wall_time = error.report().map(|report| report.resources.wall_time);
    wall_time.is_some_and(|wall_time| events.waited() > wall_time / 2)
}

/// Whether an error says that the provider does not serve until somebody mends its account or its configuration.
fn is_mended_by_hand(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Auth | ErrorKind::InsufficientCredit | ErrorKind::ModelNotFound)
}

/// Whether an error speaks against the provider, rather than against the request or the state of an account.
fn is_providers_fault(kind: ErrorKind) -> bool {
    match kind.class() {
        ErrorClass::Sandbox => true,
        ErrorClass::Provider => kind.is_retryable() && kind != ErrorKind::RateLimited,
        ErrorClass::Request | ErrorClass::Routing | ErrorClass::Component | ErrorClass::Host => false,
    }
}
