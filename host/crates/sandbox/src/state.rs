//! What a store holds beside the guest: its accounts, its log, its resources.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use palisade_core::{
    Call, CallReport, JobCall, KeyValue, Limits, LogLevel, Progress, ProgressSink,
    http::{self, Outlet},
    lending::Stores,
};
use palisade_world::{Account, EventPlace, Imports, LeakAlarm, end_requests};
use wasmtime::{CallHook, StoreContextMut, Trap, component::ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use crate::{
    clock::Clock,
    limiter::{Exceeded, Limiter},
    lock::lock,
    log::Log,
    random::Counted,
    stdio::Captured,
};

/// Most random bytes that a guest gets at a time.
const MAX_RANDOM_BYTES: u64 = 64 << 10;

/// The state of one call.
pub(crate) struct State {
    pub(crate) limiter: Limiter,
    pub(crate) clock: Arc<Clock>,
    pub(crate) host_calls: u64,
    /// How many functions of the guest there are on the stack that the host called: one, and another one inside of a call
    /// of the host that asks the guest for memory.
    depth: u32,
    /// The depth from which a host function was called that is not charged yet.
    called_host: Option<u32>,
    allowance: Allowance,
    config: Arc<BTreeMap<String, String>>,
    progress: ProgressSink,
    outlet: Outlet,
    leak_alarm: LeakAlarm,
    key_value: KeyValue,
    stores: Stores,
    log: Arc<Mutex<Log>>,
    resources: ResourceTable,
    /// Made when the guest first calls WASI: most never do.
    wasi: Option<Wasi>,
}

/// Whom a guest can reach in one call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ends {
    /// Who hears how far it is.
    pub(crate) progress: ProgressSink,
    /// The way to upstreams.
    pub(crate) outlet: Outlet,
    /// What the provider keeps between its calls.
    pub(crate) key_value: KeyValue,
    /// The stores that it was lent.
    pub(crate) stores: Stores,
}

impl Ends {
    /// Those of a call.
    pub(crate) fn of(call: &Call) -> Self {
        let Call { progress, outlet, key_value, stores, .. } = call;
        Self {
            progress: progress.clone(),
            outlet: outlet.clone(),
            key_value: key_value.clone(),
            stores: stores.clone(),
        }
    }

    /// Those of who asks after a job.
    pub(crate) fn of_job(job: &JobCall) -> Self {
        let JobCall { outlet, key_value, stores, .. } = job;
        let progress = ProgressSink::default();
        Self { progress, outlet: outlet.clone(), key_value: key_value.clone(), stores: stores.clone() }
    }
}

/// What of the limits is asked for while the guest runs.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    host_calls: u64,
    host_call_fuel: u64,
    random_bytes: u64,
    first_event: Duration,
    event_gap: Duration,
}

impl Allowance {
    fn of(limits: &Limits) -> Self {
        Self {
            host_calls: limits.host_calls,
            host_call_fuel: limits.host_call_fuel,
            random_bytes: limits.random_bytes,
            first_event: limits.first_event_timeout,
            event_gap: limits.event_gap_timeout,
        }
    }
}

struct Wasi {
    context: WasiCtx,
    /// Random bytes that were given.
    random_bytes: Arc<AtomicU64>,
    streams: [Captured; 2],
}

impl State {
    pub(crate) fn new(limits: &Limits, clock: Arc<Clock>, config: Arc<BTreeMap<String, String>>, ends: Ends) -> Self {
        let mut resources = ResourceTable::new();
        resources.set_max_capacity(limits.handles as usize);
        Self {
            limiter: Limiter::new(limits),
            clock,
            host_calls: 0,
            depth: 0,
            called_host: None,
            allowance: Allowance::of(limits),
            config,
            progress: ends.progress,
            outlet: ends.outlet,
            leak_alarm: LeakAlarm::default(),
            key_value: ends.key_value,
            stores: ends.stores,
            log: Arc::new(Mutex::new(Log::new(limits))),
            resources,
            wasi: None,
        }
    }

    /// Begins another call. What the guest holds on to stays charged, and what the caller has got does not.
    pub(crate) fn renew(&mut self, limits: &Limits, clock: Arc<Clock>, ends: Ends) {
        self.limiter.renew();
        self.clock = clock;
        let Ends { progress, outlet, key_value, stores } = ends;
        (self.progress, self.outlet, self.key_value, self.stores) = (progress, outlet, key_value, stores);
        self.leak_alarm = LeakAlarm::default();
        self.host_calls = 0;
        self.depth = 0;
        self.called_host = None;
        self.allowance = Allowance::of(limits);
        *lock(&self.log) = Log::new(limits);
        if let Some(wasi) = &self.wasi {
            wasi.random_bytes.store(0, Ordering::Relaxed);
        }
    }

    /// Whom the guest can reach in this call.
    pub(crate) fn ends(&self) -> Ends {
        let (progress, outlet) = (self.progress.clone(), self.outlet.clone());
        Ends { progress, outlet, key_value: self.key_value.clone(), stores: self.stores.clone() }
    }

    /// Lets go of what belongs to the call that has ended.
    pub(crate) fn rest(&mut self) {
        (self.progress, self.outlet, self.key_value, self.stores) = Default::default();
        end_requests(&mut self.resources);
    }

    /// The last thing that the guest logged as an error.
    pub(crate) fn last_error(&self) -> Option<String> {
        lock(&self.log).last_error().map(str::to_owned)
    }

    fn random_bytes(&self) -> u64 {
        self.wasi.as_ref().map_or(0, |wasi| wasi.random_bytes.load(Ordering::Relaxed))
    }

    fn exceed(&mut self, limit: Exceeded) -> wasmtime::Result<()> {
        self.limiter.exceed(limit);
        wasmtime::bail!("the guest wants more of the host than it may have")
    }

    /// Hands the log over.
    pub(crate) fn drain_log(&mut self, report: &mut CallReport) {
        for stream in self.wasi.iter().flat_map(|wasi| &wasi.streams) {
            stream.finish();
        }
        lock(&self.log).drain_into(report);
    }
}

/// Charges a call of a host function when it returns. Whatever else the engine does for the guest costs fuel already.
pub(crate) fn charge_host_call(mut store: StoreContextMut<'_, State>, hook: CallHook) -> wasmtime::Result<()> {
    let state = store.data_mut();
    match hook {
        CallHook::CallingWasm => state.depth = state.depth.saturating_add(1),
        CallHook::ReturningFromWasm => state.depth = state.depth.saturating_sub(1),
        CallHook::CallingHost | CallHook::ReturningFromHost => {}
    }
    // The engine's own functions return here as well, and from inside of a host function that called the guest: fuel that
    // was taken there would be given back by the code that runs.
    if !matches!(hook, CallHook::ReturningFromHost) || state.called_host != Some(state.depth) {
        return Ok(());
    }
    state.called_host = None;
    if state.leak_alarm.is_raised() {
        return Err(http::Error::Leak.into());
    }
    if state.host_calls >= state.allowance.host_calls {
        return state.exceed(Exceeded::HostCalls);
    }
    state.host_calls += 1;
    if state.random_bytes() > state.allowance.random_bytes {
        return state.exceed(Exceeded::RandomBytes);
    }
    let cost = state.allowance.host_call_fuel;
    let left = store.get_fuel()?.checked_sub(cost);
    store.set_fuel(left.unwrap_or(0))?;
    if left.is_none() { Err(Trap::OutOfFuel.into()) } else { Ok(()) }
}

impl Wasi {
    fn closed(log: &Arc<Mutex<Log>>) -> Self {
        let stream = |level| Captured::new(Arc::clone(log), level);
        let streams = [stream(LogLevel::Info), stream(LogLevel::Warn)];
        let [stdout, stderr] = streams.clone();
        let random_bytes = Arc::<AtomicU64>::default();
        let generator = || Counted::new(Arc::clone(&random_bytes));
        let mut context = WasiCtxBuilder::new();
        context.secure_random(generator()).insecure_random(generator()).max_random_size(MAX_RANDOM_BYTES);
        context.stdout(stdout).stderr(stderr);
        context.allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false);
        Self { context: context.build(), random_bytes, streams }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.called_host = Some(self.depth);
        let wasi = self.wasi.get_or_insert_with(|| Wasi::closed(&self.log));
        WasiCtxView { ctx: &mut wasi.context, table: &mut self.resources }
    }
}

impl Imports for State {
    fn enter_host(&mut self) {
        self.called_host = Some(self.depth);
    }

    fn expect_event(&mut self, place: EventPlace) {
        self.clock.expect_event(match place {
            EventPlace::First => self.allowance.first_event,
            EventPlace::Later => self.allowance.event_gap,
        });
    }

    fn event_came(&mut self) {
        self.clock.event_came();
    }

    fn log(&mut self, level: LogLevel, message: &str) {
        lock(&self.log).push(level, message);
    }

    fn config(&self) -> &BTreeMap<String, String> {
        &self.config
    }

    fn report_progress(&mut self, progress: Progress) {
        self.progress.report(progress);
    }

    fn resources(&mut self) -> &mut ResourceTable {
        &mut self.resources
    }

    fn charge_memory(&mut self, wanted: u64, needed: u64) -> Result<u64, u64> {
        self.limiter.account().charge_up_to(wanted, needed)
    }

    fn release_memory(&mut self, bytes: u64) {
        self.limiter.account().release(bytes);
    }

    fn hand_over_memory(&mut self, bytes: u64) {
        self.limiter.hand_over(bytes);
    }

    fn account(&self) -> Arc<Account> {
        Arc::clone(self.limiter.account())
    }

    fn leak_alarm(&self) -> LeakAlarm {
        self.leak_alarm.clone()
    }

    fn outlet(&self) -> Outlet {
        self.outlet.clone()
    }

    fn key_value(&self) -> KeyValue {
        self.key_value.clone()
    }

    fn stores(&self) -> Stores {
        self.stores.clone()
    }

    fn deadline(&self) -> Instant {
        self.clock.deadline()
    }
}
