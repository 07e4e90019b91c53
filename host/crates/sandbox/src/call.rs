//! One call in a sandbox of its own: made, bounded, measured and taken down here.

use std::{collections::BTreeMap, panic::AssertUnwindSafe, pin::pin, sync::Arc, time::Instant};

use futures_util::FutureExt as _;
use palisade_core::{
    Call, CallReport, CancelResult, Catalogue, Error, ErrorKind, JobCall, JobState, JobToken, Limits, Request,
    ResourceUsage, Response, Result, Scope, http::Outlet,
};
use palisade_world::{Answer, Exports, Guest, Invocation};
use wasmtime::{
    PoolConcurrencyLimitError, Store, UpdateDeadline,
    component::{Instance, InstancePre},
};

use crate::{
    Sandbox,
    bounded::{Bounded, Elapsed},
    classify,
    clock::Clock,
    code::Code,
    state::{Ends, State, charge_host_call},
    warm::{AllKept, Live, Reuse, Warm},
};

/// What is needed to call a component.
pub(crate) struct Callee {
    pre: InstancePre<State>,
    pub(crate) exports: Exports,
    config: Arc<BTreeMap<String, String>>,
    /// Instances that wait for their next call, where the operator wants that.
    warm: Option<Warm>,
    /// The same of all providers.
    all_kept: Arc<AllKept>,
    /// Keeps the code where others find it who load the same component.
    _code: Arc<Code>,
}

/// How a guest is to be run.
struct Terms<'a> {
    limits: &'a Limits,
    /// When the call began, from which its time counts.
    start: Instant,
    ends: Ends,
    /// For whom it is, where an instance may be kept for the same.
    scope: Option<&'a Scope>,
}

impl<'a> Terms<'a> {
    fn of(limits: &'a Limits) -> Self {
        Self { limits, start: Instant::now(), ends: Ends::default(), scope: None }
    }

    fn of_job(limits: &'a Limits, job: &'a JobCall, start: Instant) -> Self {
        Self { limits, start, ends: Ends::of_job(job), scope: Some(&job.scope) }
    }
}

impl Callee {
    pub(crate) fn new(
        sandbox: &Sandbox,
        pre: InstancePre<State>,
        exports: Exports,
        config: BTreeMap<String, String>,
        reuse: Option<Reuse>,
        code: Arc<Code>,
    ) -> Self {
        let all_kept = Arc::clone(&sandbox.kept);
        let warm = reuse.map(|reuse| Warm::new(reuse, &all_kept));
        Self { pre, exports, config: Arc::new(config), warm, all_kept, _code: code }
    }

    /// Asks the guest for its catalogue, after the types of all its exports were checked.
    pub(crate) async fn describe(&self, limits: &Limits) -> (Result<Catalogue>, CallReport) {
        let limits = limits.for_catalogue();
        self.run(Terms::of(&limits), async |store, guest, exports| match exports.check_types(store, guest) {
            Ok(()) => exports.catalogue(store, guest).await,
            Err(error) => Ok(Err(error)),
        })
        .await
    }

    /// Asks the guest whether it could work now.
    pub(crate) async fn check(&self, limits: &Limits, outlet: Outlet) -> (Result<()>, CallReport) {
        let limits = limits.for_catalogue();
        let check = async |store: &mut _, guest: &mut _, exports: &Exports| exports.check_health(store, guest).await;
        let ends = Ends { outlet, ..Ends::default() };
        self.run(Terms { ends, ..Terms::of(&limits) }, check).await
    }

    /// Drops the instances that wait for their next call.
    pub(crate) fn rest(&self) {
        self.warm.as_ref().inspect(|warm| warm.clear());
    }

    /// Whether instances are kept between calls.
    pub(crate) fn keeps_instances(&self) -> bool {
        self.warm.is_some()
    }

    /// Has the guest serve a call that began at `start`. Media of its request are handed over, and copied before if somebody
    /// else holds the request. An answer that does not pass `check` is an error, and its instance is not kept.
    pub(crate) async fn serve(
        &self,
        limits: &Limits,
        call: &mut Call,
        start: Instant,
        check: impl Fn(&Request, &Response) -> Result<()>,
    ) -> (Result<Response>, CallReport) {
        let ends = Ends::of(call);
        let Call { request, options, events, .. } = call;
        let (request, options) = (Arc::make_mut(request), &*options);
        let terms = Terms { limits, start, ends, scope: Some(&options.scope) };
        self.run(terms, async |store, guest, exports| {
            let deadline_ms = milliseconds_left(store);
            let invocation = Invocation { request: &mut *request, options, deadline_ms, events };
            let answer = exports.invoke(store, guest, invocation).await?;
            Ok(answer.and_then(|response| check(request, &response).map(|()| response)))
        })
        .await
    }

    /// Has the guest submit work that is a job. Media of its request are handed over, as in [`serve`](Self::serve).
    pub(crate) async fn submit(
        &self,
        limits: &Limits,
        call: &mut Call,
        start: Instant,
    ) -> (Result<JobToken>, CallReport) {
        let ends = Ends::of(call);
        let Call { request, options, events, .. } = call;
        let (request, options) = (Arc::make_mut(request), &*options);
        let terms = Terms { limits, start, ends, scope: Some(&options.scope) };
        self.run(terms, async |store, guest, exports| {
            let deadline_ms = milliseconds_left(store);
            let invocation = Invocation { request: &mut *request, options, deadline_ms, events };
            exports.submit(store, guest, invocation).await
        })
        .await
    }

    /// Asks the guest once where a job is, in a call that began at `start`.
    pub(crate) async fn poll(&self, limits: &Limits, job: &JobCall, start: Instant) -> (Result<JobState>, CallReport) {
        let (capability, token) = (job.capability, &job.token);
        let poll =
            async |store: &mut _, guest: &mut _, exports: &Exports| exports.poll(store, guest, capability, token).await;
        self.run(Terms::of_job(limits, job, start), poll).await
    }

    /// Asks the guest that a job be stopped, in a call that began at `start`.
    pub(crate) async fn cancel(
        &self,
        limits: &Limits,
        job: &JobCall,
        start: Instant,
    ) -> (Result<CancelResult>, CallReport) {
        let (capability, token) = (job.capability, &job.token);
        let cancel = async |store: &mut _, guest: &mut _, exports: &Exports| {
            exports.cancel(store, guest, capability, token).await
        };
        self.run(Terms::of_job(limits, job, start), cancel).await
    }

    /// Runs `work` on an instance under the limits, which bound everything from here to the drop of the store. The
    /// instance is fresh, or has served this scope before and nobody else.
    async fn run<R>(
        &self,
        terms: Terms<'_>,
        work: impl AsyncFnOnce(&mut Store<State>, &mut Guest, &Exports) -> Answer<R>,
    ) -> (Result<R>, CallReport) {
        let Terms { limits, start, ends, scope } = terms;
        let clock = Arc::new(Clock::new(limits, start));
        let mut report = CallReport::default();
        let warm = self.warm.as_ref().zip(scope);
        let result = match self.live(limits, Arc::clone(&clock), ends, warm) {
            Ok(mut live) => {
                let end = {
                    let Live { store, guest, .. } = &mut live;
                    let served = pin!(async {
                        let guest = match guest {
                            Some(guest) => guest,
                            place => {
                                let made = match self.pre.instantiate_async(&mut *store).await {
                                    Err(error) if error.is::<PoolConcurrencyLimitError>() => {
                                        // On the heap: the room for it would be moved about with every other call.
                                        Box::pin(self.instantiate_anew(store, limits, &clock)).await
                                    }
                                    made => made,
                                };
                                place.insert(made?.into())
                            }
                        };
                        work(store, guest, &self.exports).await
                    });
                    AssertUnwindSafe(Bounded::new(served, &clock)).catch_unwind().await
                };
                let store = &mut live.store;
                let result = match end {
                    Ok(Ok(Ok(answer))) => answer,
                    Ok(Ok(Err(error))) => Err(classify::guest_error(&error, store.data(), limits)),
                    Ok(Err(Elapsed)) => Err(clock.error(limits)),
                    Err(_panic) => Err(Error::new(ErrorKind::Internal, "the host panicked in a call of the provider")),
                };
                report_on(store, limits, &mut report);
                if let (Ok(_), Some((warm, scope))) = (&result, warm) {
                    warm.keep(live, scope.clone());
                }
                result
            }
            Err(error) => Err(Error::new(ErrorKind::Internal, "the sandbox cannot be made").with_source(error)),
        };
        report.resources.guest_time = clock.computed();
        report.resources.wall_time = start.elapsed();
        (result, report)
    }

    /// Makes an instance where the pool was full: those that wait for a call that may never come make room for one that
    /// has.
    async fn instantiate_anew(
        &self,
        store: &mut Store<State>,
        limits: &Limits,
        clock: &Arc<Clock>,
    ) -> wasmtime::Result<Instance> {
        self.all_kept.clear();
        // What the first attempt took is given back with its store.
        *store = self.store(limits, Arc::clone(clock), store.data().ends())?;
        self.pre.instantiate_async(store).await
    }

    /// An instance that was kept, or a store to make one in.
    fn live(
        &self,
        limits: &Limits,
        clock: Arc<Clock>,
        ends: Ends,
        warm: Option<(&Warm, &Scope)>,
    ) -> wasmtime::Result<Live> {
        let Some(mut live) = warm.and_then(|(warm, scope)| warm.take(scope)) else {
            return self.store(limits, clock, ends).map(Live::new);
        };
        live.store.data_mut().renew(limits, clock, ends);
        refill(&mut live.store, limits)?;
        Ok(live)
    }

    fn store(&self, limits: &Limits, clock: Arc<Clock>, ends: Ends) -> wasmtime::Result<Store<State>> {
        let state = State::new(limits, clock, Arc::clone(&self.config), ends);
        let mut store = Store::new(self.pre.engine(), state);
        store.limiter(|state| &mut state.limiter);
        store.set_max_component_handles(limits.handles as usize);
        store.epoch_deadline_callback(|context| {
            if context.data().clock.check().is_some() {
                return Ok(UpdateDeadline::Interrupt);
            }
            // Not the engine's own way of yielding: that is next in line at once, and a runtime looks at timers and input
            // only when nobody is, or when it has polled many tasks, each of which may take a tick here.
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
        });
        store.call_hook(charge_host_call);
        refill(&mut store, limits)?;
        Ok(store)
    }
}

/// What a guest is told of its deadline.
fn milliseconds_left(store: &Store<State>) -> u32 {
    let left = store.data().clock.deadline().saturating_duration_since(Instant::now());
    u32::try_from(left.as_millis()).unwrap_or(u32::MAX).max(1)
}

/// Says what the guest of a store has used, and what it has logged.
fn report_on(store: &mut Store<State>, limits: &Limits, report: &mut CallReport) {
    let fuel_left = store.get_fuel().unwrap_or_default();
    store.data_mut().drain_log(report);
    let state = store.data();
    report.resources = ResourceUsage {
        fuel: Some(limits.fuel.saturating_sub(fuel_left)),
        peak_memory_bytes: state.limiter.account().peak(),
        host_calls: state.host_calls,
        ..ResourceUsage::default()
    };
}

/// Gives a store what one call may use up.
fn refill(store: &mut Store<State>, limits: &Limits) -> wasmtime::Result<()> {
    store.set_fuel(limits.fuel)?;
    store.set_hostcall_fuel(usize::try_from(limits.result_bytes).unwrap_or(usize::MAX));
    store.set_epoch_deadline(1);
    Ok(())
}
