//! The same call on the engine alone, as a program would make it that runs this one provider and nothing else: what no
//! host can be quicker than.

use std::{thread, time::Duration};

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, ResourceLimiter, Result, Store,
    Strategy, WasmBacktraceDetails, bail,
    component::{Component, InstancePre, Linker},
    error::Context as _,
};

mod bindings {
    #![allow(
        missing_docs,
        unreachable_pub,
        dead_code,
        unused_qualifications,
        clippy::all,
        clippy::allow_attributes_without_reason,
        reason = "generated code"
    )]

    /// What the imports that are linked as traps take for a resource.
    pub type Blob = ();

    wasmtime::component::bindgen!({
        path: "../wit",
        world: "text-to-image-provider",
        exports: { default: async },
        with: { "palisade:provider/blobs.blob": Blob },
    });
}

use bindings::{
    exports::palisade::provider::text_to_image::{Guest, GuestIndices, Request},
    palisade::provider::types::{CallOptions, Dimensions, InlineMedia, Media},
};

// The limits and the pool of `palisade-sandbox`.
const FUEL: u64 = 20_000_000_000;
const MEMORY_BYTES: usize = 256 << 20;
const TABLE_ELEMENTS: usize = 100_000;
const RESULT_BYTES: usize = 32 << 20;
const HANDLES: usize = 4096;
const TICK: Duration = Duration::from_millis(10);
const POOL_CALLS: u32 = 256;

/// How guests are metered, and how the bounds of their memory are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) fuel: bool,
    pub(crate) epochs: bool,
    /// Whether an access out of bounds is a signal of the processor, and not a branch in the code.
    pub(crate) signals: bool,
    /// Whether there is space behind each memory that is never mapped.
    pub(crate) guards: bool,
}

impl Profile {
    /// That of the sandbox.
    pub(crate) const SANDBOX: Self = Self { fuel: true, epochs: true, signals: true, guards: true };
}

/// An engine beside the one that a process of the product has, for comparison.
pub(crate) fn engine(profile: Profile) -> Result<Engine> {
    let engine = Engine::new(&configuration(profile))?;
    start_clock(&engine)?;
    Ok(engine)
}

/// A provider on the engine alone.
pub(crate) struct Bare {
    profile: Profile,
    pre: InstancePre<Limiter>,
    generate: GuestIndices,
}

/// An instance that serves one call after the other.
pub(crate) struct Live {
    store: Store<Limiter>,
    guest: Guest,
}

impl Bare {
    /// A provider on an engine of its own.
    pub(crate) fn load(component: &[u8], profile: Profile) -> Result<Self> {
        Self::on(&engine(profile)?, component, profile)
    }

    /// A provider on this engine.
    pub(crate) fn on(engine: &Engine, component: &[u8], profile: Profile) -> Result<Self> {
        let component = Component::from_binary(engine, component)?;
        let mut linker = Linker::new(engine);
        linker.define_unknown_imports_as_traps(&component)?;
        let pre = linker.instantiate_pre(&component)?;
        Ok(Self { profile, generate: GuestIndices::new(&pre)?, pre })
    }

    /// Store, instance, call, drop. Gives the bytes of the picture.
    pub(crate) async fn call(&self, prompt: &str, reference: Option<&[u8]>) -> Result<Vec<u8>> {
        self.live().await?.call(prompt, reference).await
    }

    /// Store and instance.
    pub(crate) async fn live(&self) -> Result<Live> {
        let mut store = Store::new(self.pre.engine(), Limiter { memory: 0 });
        store.limiter(|limiter| limiter);
        if self.profile.fuel {
            store.set_fuel(FUEL)?;
        }
        store.set_hostcall_fuel(RESULT_BYTES);
        store.set_max_component_handles(HANDLES);
        if self.profile.epochs {
            store.set_epoch_deadline(1);
            store.epoch_deadline_async_yield_and_update(1);
        }
        let instance = self.pre.instantiate_async(&mut store).await?;
        let guest = self.generate.load(&mut store, &instance)?;
        Ok(Live { store, guest })
    }
}

impl Live {
    /// Gives the bytes of the picture.
    pub(crate) async fn call(&mut self, prompt: &str, reference: Option<&[u8]>) -> Result<Vec<u8>> {
        // What the calls before have used up.
        self.store.set_hostcall_fuel(RESULT_BYTES);
        let request = request(prompt, reference);
        let response = self.guest.call_generate(&mut self.store, &request, &options()).await?;
        let image = response?.images.pop().context("no picture")?;
        match image.content {
            Media::Inline(media) => Ok(media.data),
            Media::Stored(_) => bail!("the picture is a blob"),
        }
    }
}

fn request(prompt: &str, reference: Option<&[u8]>) -> Request {
    let inline = |data: &[u8]| InlineMedia { media_type: "image/x-raw".to_owned(), data: data.to_vec() };
    Request {
        prompt: prompt.to_owned(),
        negative_prompt: None,
        n: 1,
        size: Dimensions::Auto,
        resolution: None,
        quality: None,
        seed: None,
        output_format: None,
        references: reference.map(|data| Media::Inline(inline(data))).into_iter().collect(),
        mask: None,
    }
}

fn options() -> CallOptions {
    CallOptions {
        model: "zeros".to_owned(),
        idempotency_key: "67e55044-10b1-426f-9247-bb680e5fe0c8".to_owned(),
        deadline_ms: 30_000,
        provider_options: Vec::new(),
        strict: false,
    }
}

/// Sums the memories, as the sandbox does.
struct Limiter {
    memory: usize,
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, _max: Option<usize>) -> Result<bool> {
        let memory = self.memory.saturating_add(desired.saturating_sub(current));
        let fits = memory <= MEMORY_BYTES;
        if fits {
            self.memory = memory;
        }
        Ok(fits)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _max: Option<usize>) -> Result<bool> {
        Ok(desired <= TABLE_ELEMENTS)
    }
}

/// The profile of `palisade-sandbox`, setting for setting, but for what is varied.
fn configuration(profile: Profile) -> Config {
    let mut config = Config::new();
    config.strategy(Strategy::Cranelift);
    config.consume_fuel(profile.fuel).epoch_interruption(profile.epochs).signals_based_traps(profile.signals);
    if !profile.guards {
        config.memory_guard_size(0);
    }
    config.concurrency_support(false);
    config.gc_support(false).wasm_gc(false).wasm_exceptions(false).wasm_function_references(false);
    config.wasm_threads(false).wasm_memory64(false).wasm_relaxed_simd(false);
    config.wasm_backtrace_details(WasmBacktraceDetails::Disable);
    config.async_stack_zeroing(true).max_wasm_stack(512 << 10).async_stack_size(2 << 20);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    config
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(POOL_CALLS).total_stacks(POOL_CALLS);
    pool.total_core_instances(2048).total_memories(512).total_tables(2048);
    pool.max_memory_size(4 << 30).table_elements(128 << 10);
    pool.max_tables_per_module(8).max_core_instance_size(4 << 20).max_component_instance_size(4 << 20);
    pool.max_unused_warm_slots(512);
    pool.linear_memory_keep_resident(1 << 20).table_keep_resident(1 << 20);
    pool.async_stack_keep_resident(16 << 10);
    pool.pagemap_scan(Enabled::Auto);
    pool
}

fn start_clock(engine: &Engine) -> Result<()> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    };
    thread::Builder::new().name("bare-epoch".to_owned()).spawn(tick)?;
    Ok(())
}
