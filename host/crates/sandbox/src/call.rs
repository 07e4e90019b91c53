//! One call in a sandbox of its own: made, bounded, measured and taken down here.

use std::{
    collections::BTreeMap,
    panic::AssertUnwindSafe,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;
use palisade_core::{CallReport, Error, ErrorKind, Limits, ProgressSink, ResourceUsage, Result};
use palisade_world::{Answer, Exports};
use wasmtime::{
    Store, UpdateDeadline,
    component::{Instance, InstancePre},
};

use crate::{classify, code::Code, engine::TICK, metered::Metered, state::State};

/// How much later than the guest's own deadline the outer timeout comes: the guest is stopped by its epoch, which keeps
/// the reason exact; the timeout is for a guest that waits in a host function.
const GRACE: Duration = TICK.saturating_mul(2);

/// A deadline for those who asked for none.
const FAR_FUTURE: Duration = Duration::from_secs(365 * 24 * 3600);

/// What is needed to call a component.
pub(crate) struct Callee {
    pub(crate) pre: InstancePre<State>,
    pub(crate) exports: Exports,
    pub(crate) config: Arc<BTreeMap<String, String>>,
    /// Keeps the code where others find it who load the same component.
    pub(crate) _code: Arc<Code>,
}

impl Callee {
    /// Runs `work` on a fresh instance under `limits`, which bound everything from here to the drop of the store.
    pub(crate) async fn run<R>(
        &self,
        limits: &Limits,
        progress: ProgressSink,
        work: impl AsyncFnOnce(&mut Store<State>, &Instance, &Exports) -> Answer<R>,
    ) -> (Result<R>, CallReport) {
        let start = Instant::now();
        let mut running = Duration::ZERO;
        let mut report = CallReport::default();
        let result = match self.store(limits, start, progress) {
            Ok(mut store) => {
                let end = {
                    let guest = pin!(async {
                        let instance = self.pre.instantiate_async(&mut store).await?;
                        work(&mut store, &instance, &self.exports).await
                    });
                    let guest = AssertUnwindSafe(Metered::new(guest, &mut running)).catch_unwind();
                    tokio::time::timeout(limits.timeout.saturating_add(GRACE), guest).await
                };
                let result = match end {
                    Ok(Ok(Ok(answer))) => answer,
                    Ok(Ok(Err(error))) => Err(classify::guest_error(&error, store.data(), limits)),
                    Ok(Err(_panic)) => {
                        Err(Error::new(ErrorKind::Internal, "the host panicked in a call of the provider"))
                    }
                    Err(_elapsed) => Err(classify::deadline(limits)),
                };
                let fuel_left = store.get_fuel().unwrap_or_default();
                store.data_mut().drain_log(&mut report);
                let state = store.data();
                report.resources = ResourceUsage {
                    fuel: Some(limits.fuel.saturating_sub(fuel_left)),
                    peak_memory_bytes: state.limiter.peak(),
                    host_calls: state.host_calls,
                    ..ResourceUsage::default()
                };
                result
            }
            Err(error) => Err(Error::new(ErrorKind::Internal, "the sandbox cannot be made").with_source(error)),
        };
        report.resources.guest_time = running;
        report.resources.wall_time = start.elapsed();
        (result, report)
    }

    fn store(&self, limits: &Limits, start: Instant, progress: ProgressSink) -> wasmtime::Result<Store<State>> {
        // What a clock cannot count to is no deadline that anybody waits for.
        let deadline = start.checked_add(limits.timeout).unwrap_or(start + FAR_FUTURE);
        let state = State::new(limits, deadline, Arc::clone(&self.config), progress);
        let mut store = Store::new(self.pre.engine(), state);
        store.limiter(|state| &mut state.limiter);
        store.set_fuel(limits.fuel)?;
        store.set_hostcall_fuel(usize::try_from(limits.result_bytes).unwrap_or(usize::MAX));
        store.set_max_component_handles(limits.handles as usize);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|context| {
            let out_of_time = Instant::now() >= context.data().deadline;
            Ok(if out_of_time { UpdateDeadline::Interrupt } else { UpdateDeadline::Yield(1) })
        });
        Ok(store)
    }
}
