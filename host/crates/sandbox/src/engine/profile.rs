//! What the engine is made of: which features, which ways to stop a guest, which memory.

use palisade_core::GUEST_STACK_BYTES;
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Strategy, WasmBacktraceDetails,
    WasmFeatures,
};

use super::settings::Allocation;

/// Stack on which a guest and the host functions that it calls run.
const FIBER_STACK: usize = 2 << 20;
/// Core instances, memories and tables that the pool has for each call. A component of an interpreter has several.
pub(super) const INSTANCES_PER_CALL: u32 = 8;
pub(super) const MEMORIES_PER_CALL: u32 = 2;
pub(super) const TABLES_PER_CALL: u32 = 8;
/// Elements that a table of the pool has room for: more than any limit allows, so that it is the limiter of a call that
/// refuses, and says so.
const POOL_TABLE_ELEMENTS: usize = 128 << 10;
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
/// Bytes that a memory may grow without being moved, where there is no pool.
const GROWTH_RESERVATION: u64 = 16 << 20;
/// Bytes behind a memory that are never mapped, where there is no pool.
const GUARD: u64 = 64 << 10;

/// The features of WebAssembly that a guest may use: what all toolchains make of a component. Threads, memories beyond 4
/// GiB, a garbage collector with what needs one, exceptions and instructions whose results differ between machines are
/// off, and so is the asynchronous component model.
pub(crate) fn features() -> WasmFeatures {
    (WasmFeatures::WASM2 - WasmFeatures::GC_TYPES)
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::COMPONENT_MODEL
}

/// Everything that a guest does not need is off, and every way of stopping it is on.
pub(crate) fn strict_profile(allocation: Allocation) -> Config {
    let mut config = Config::new();
    config.strategy(Strategy::Cranelift);
    config.consume_fuel(true).epoch_interruption(true);
    config.concurrency_support(false);
    config.wasm_features(WasmFeatures::all() - features(), false).wasm_features(features(), true);
    // The default reads an environment variable.
    config.wasm_backtrace_details(WasmBacktraceDetails::Disable);
    config.async_stack_zeroing(true).max_wasm_stack(GUEST_STACK_BYTES).async_stack_size(FIBER_STACK);
    if allocation == Allocation::OnDemand {
        // Nothing is reserved but what a guest has, which costs it a check for each access.
        config.memory_reservation(0).memory_reservation_for_growth(GROWTH_RESERVATION).memory_guard_size(GUARD);
    }
    config
}

/// An engine that can hold so many calls at one time.
pub(super) fn engine(allocation: Allocation, calls: u32) -> wasmtime::Result<Engine> {
    let mut config = strict_profile(allocation);
    if allocation == Allocation::Pooled {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(calls)));
    }
    Engine::new(&config)
}

/// What a pool has room for, of all calls together.
pub(super) struct PoolRoom {
    pub(super) instances: u32,
    pub(super) memories: u32,
    pub(super) tables: u32,
    pub(super) table_elements: usize,
}

pub(super) fn room_of(calls: u32) -> PoolRoom {
    PoolRoom {
        instances: calls.saturating_mul(INSTANCES_PER_CALL),
        memories: calls.saturating_mul(MEMORIES_PER_CALL),
        tables: calls.saturating_mul(TABLES_PER_CALL),
        table_elements: POOL_TABLE_ELEMENTS,
    }
}

fn pool(calls: u32) -> PoolingAllocationConfig {
    let room = room_of(calls);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls).total_stacks(calls).total_memories(room.memories);
    pool.total_core_instances(room.instances).total_tables(room.tables);
    pool.max_memory_size(POOL_MEMORY).table_elements(room.table_elements);
    pool.max_tables_per_module(POOL_TABLES_PER_MODULE);
    pool.max_core_instance_size(POOL_INSTANCE_BYTES).max_component_instance_size(POOL_INSTANCE_BYTES);
    pool.max_unused_warm_slots(room.memories);
    pool.linear_memory_keep_resident(KEEP_RESIDENT).table_keep_resident(KEEP_RESIDENT);
    pool.async_stack_keep_resident(KEEP_STACK_RESIDENT);
    pool.pagemap_scan(Enabled::Auto);
    pool
}
