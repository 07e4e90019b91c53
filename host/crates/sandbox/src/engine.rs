//! The one engine of the process, its profile, and the clock that stops guests.

use std::{sync::OnceLock, thread, time::Duration};

use palisade_core::{Error, ErrorKind, GUEST_STACK_BYTES, Result};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Strategy, WasmBacktraceDetails,
    WasmFeatures, component::Linker,
};

use crate::{
    code::{Codes, engine_name},
    gate,
    state::State,
};

/// How often the epoch moves on: how long a guest may run before it yields, and how late a deadline may come.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Stack on which a guest and the host functions that it calls run.
const FIBER_STACK: usize = 2 << 20;
/// Calls that can run at one time.
const POOL_CALLS: u32 = 256;
/// Core instances, memories and tables of all calls together. A component of an interpreter has several.
const POOL_INSTANCES: u32 = 2048;
const POOL_MEMORIES: u32 = 512;
const POOL_TABLES: u32 = 2048;
/// Elements that a table of the pool has room for. The limiter of a call decides below that.
const POOL_TABLE_ELEMENTS: usize = 100_000;
/// Bytes that a memory of the pool has room for: all that 32 bits reach. The limiter of a call decides below that.
const POOL_MEMORY: usize = 4 << 30;
/// Tables of one module. Interpreters have more than one.
const POOL_TABLES_PER_MODULE: u32 = 8;
/// What the engine itself may need for an instance: function tables of large interpreters.
const POOL_INSTANCE_BYTES: usize = 4 << 20;
/// Bytes of a slot that stay mapped between calls, which saves giving them back and faulting them in again.
const KEEP_RESIDENT: usize = 1 << 20;
/// The same of a stack, which is zeroed after each call: what a shallow call touches. Without it, giving the stack back
/// is a quarter of a small call.
const KEEP_STACK_RESIDENT: usize = 16 << 10;

/// How instances get their memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    /// From a pool, mapped once: calls start in microseconds.
    Pooled,
    /// From the operating system for each call, because this machine has no room for the pool.
    OnDemand,
}

/// The engine that all providers of the process share, with everything linked that a guest may import.
///
/// There is one for each process: compiled code must never meet another engine.
pub struct Sandbox {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<State>,
    /// The code that is loaded.
    pub(crate) codes: Codes,
    /// What code for this engine is kept under.
    pub(crate) engine_name: String,
    allocation: Allocation,
}

/// Checks that a component is valid and uses no feature of WebAssembly that is off, before it is compiled.
///
/// It reads every type and instruction, and types inside of each other recursively: call it where a crash harms nobody,
/// after [`check_component`](crate::check_component).
///
/// # Errors
///
/// `malformed`, with the offset; `unsupported-feature`, with the names of the features.
pub fn validate_component(component: &[u8]) -> Result<()> {
    gate::validate(component, features())
}

impl Sandbox {
    /// The sandbox of this process, made at the first call.
    ///
    /// # Errors
    ///
    /// `internal` when this machine cannot run it; the same error each time.
    pub fn shared() -> Result<&'static Self> {
        static SHARED: OnceLock<Result<Sandbox, String>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start().map_err(|error| format!("{error:#}"))).as_ref().map_err(|reason| {
            Error::new(ErrorKind::Internal, format!("the WebAssembly engine does not start: {reason}"))
        })
    }

    /// How instances get their memory.
    #[must_use]
    pub fn allocation(&self) -> Allocation {
        self.allocation
    }

    fn start() -> wasmtime::Result<Self> {
        let mut config = strict_profile();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
        let (engine, allocation) = match Engine::new(&config) {
            Ok(engine) => (engine, Allocation::Pooled),
            // Under a small address-space limit the pool cannot be mapped.
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "no pool for sandboxes: each call is slower");
                (Engine::new(&strict_profile())?, Allocation::OnDemand)
            }
        };
        let mut linker = Linker::new(&engine);
        palisade_world::add_to_linker(&mut linker)?;
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        start_clock(&engine)?;
        Ok(Self { codes: Codes::default(), engine_name: engine_name(&engine), engine, linker, allocation })
    }
}

/// The features of WebAssembly that a guest may use: what all toolchains make of a component. Threads, memories beyond 4
/// GiB, a garbage collector with what needs one, exceptions and instructions whose results differ between machines are
/// off, and so is the asynchronous component model.
fn features() -> WasmFeatures {
    (WasmFeatures::WASM2 - WasmFeatures::GC_TYPES)
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::COMPONENT_MODEL
}

/// Everything that a guest does not need is off, and every way of stopping it is on.
pub(crate) fn strict_profile() -> Config {
    let mut config = Config::new();
    config.strategy(Strategy::Cranelift);
    config.consume_fuel(true).epoch_interruption(true);
    config.concurrency_support(false);
    config.wasm_features(WasmFeatures::all() - features(), false).wasm_features(features(), true);
    // The default reads an environment variable.
    config.wasm_backtrace_details(WasmBacktraceDetails::Disable);
    config.async_stack_zeroing(true).max_wasm_stack(GUEST_STACK_BYTES).async_stack_size(FIBER_STACK);
    config
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(POOL_CALLS).total_stacks(POOL_CALLS);
    pool.total_core_instances(POOL_INSTANCES).total_memories(POOL_MEMORIES).total_tables(POOL_TABLES);
    pool.max_memory_size(POOL_MEMORY).table_elements(POOL_TABLE_ELEMENTS);
    pool.max_tables_per_module(POOL_TABLES_PER_MODULE);
    pool.max_core_instance_size(POOL_INSTANCE_BYTES).max_component_instance_size(POOL_INSTANCE_BYTES);
    pool.max_unused_warm_slots(POOL_MEMORIES);
    pool.linear_memory_keep_resident(KEEP_RESIDENT).table_keep_resident(KEEP_RESIDENT);
    pool.async_stack_keep_resident(KEEP_STACK_RESIDENT);
    pool.pagemap_scan(Enabled::Auto);
    pool
}

/// Moves the epoch on, on a thread of its own, so that no busy executor can hold it up. It ends with the engine.
fn start_clock(engine: &Engine) -> wasmtime::Result<()> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    };
    thread::Builder::new().name("palisade-epoch".to_owned()).spawn(tick)?;
    Ok(())
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
