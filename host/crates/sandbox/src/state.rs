//! What a store holds beside the guest: its accounts, its log, its resources.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Instant,
};

use palisade_core::{CallReport, Limits, LogLevel, Progress, ProgressSink};
use palisade_world::Imports;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use crate::{
    limiter::{Exceeded, Limiter},
    lock::lock,
    log::Log,
    stdio::Captured,
};

/// Most random bytes that a guest gets at a time.
const MAX_RANDOM_BYTES: u64 = 64 << 10;

/// The state of one call.
pub(crate) struct State {
    pub(crate) limiter: Limiter,
    pub(crate) deadline: Instant,
    pub(crate) host_calls: u64,
    max_host_calls: u64,
    config: Arc<BTreeMap<String, String>>,
    progress: ProgressSink,
    log: Arc<Mutex<Log>>,
    resources: ResourceTable,
    /// Made when the guest first calls WASI: most never do.
    wasi: Option<Wasi>,
}

struct Wasi {
    context: WasiCtx,
    streams: [Captured; 2],
}

impl State {
    pub(crate) fn new(
        limits: &Limits,
        deadline: Instant,
        config: Arc<BTreeMap<String, String>>,
        progress: ProgressSink,
    ) -> Self {
        let mut resources = ResourceTable::new();
        resources.set_max_capacity(limits.handles as usize);
        Self {
            limiter: Limiter::new(limits),
            deadline,
            host_calls: 0,
            max_host_calls: limits.host_calls,
            config,
            progress,
            log: Arc::new(Mutex::new(Log::new(limits))),
            resources,
            wasi: None,
        }
    }

    /// The last thing that the guest logged as an error.
    pub(crate) fn last_error(&self) -> Option<String> {
        lock(&self.log).last_error().map(str::to_owned)
    }

    /// Hands the log over.
    pub(crate) fn drain_log(&mut self, report: &mut CallReport) {
        for stream in self.wasi.iter().flat_map(|wasi| &wasi.streams) {
            stream.finish();
        }
        lock(&self.log).drain_into(report);
    }
}

impl Wasi {
    fn closed(log: &Arc<Mutex<Log>>) -> Self {
        let stream = |level| Captured::new(Arc::clone(log), level);
        let streams = [stream(LogLevel::Info), stream(LogLevel::Warn)];
        let [stdout, stderr] = streams.clone();
        let mut context = WasiCtxBuilder::new();
        context.stdout(stdout).stderr(stderr).max_random_size(MAX_RANDOM_BYTES);
        context.allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false);
        Self { context: context.build(), streams }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let wasi = self.wasi.get_or_insert_with(|| Wasi::closed(&self.log));
        WasiCtxView { ctx: &mut wasi.context, table: &mut self.resources }
    }
}

impl Imports for State {
    fn count_host_call(&mut self) -> wasmtime::Result<()> {
        if self.host_calls >= self.max_host_calls {
            self.limiter.exceeded = Some(Exceeded::HostCalls);
            wasmtime::bail!("too many calls of host functions");
        }
        self.host_calls += 1;
        Ok(())
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
        let charged = if self.limiter.has_room_for(wanted) { wanted } else { needed };
        self.limiter.charge(charged).map(|()| charged)
    }

    fn release_memory(&mut self, bytes: u64) {
        self.limiter.release(bytes);
    }
}
