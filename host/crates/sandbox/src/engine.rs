//! The one engine of the process, and the clock that stops guests.

mod profile;
mod settings;
mod share;

use std::{
    sync::{Arc, OnceLock},
    thread,
    time::Duration,
};

use palisade_core::{Error, ErrorKind, Result};
use wasmtime::{Engine, component::Linker};

pub use settings::{Allocation, SandboxSettings};

pub(crate) use profile::{features, strict_profile};
pub(crate) use share::places;

use crate::{
    code::{Codes, engine_name},
    gate,
    state::State,
    warm::AllKept,
};

/// How often the epoch moves on: how long a guest may run before it yields, and how late a deadline may come.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// The engine that all providers of the process share, with everything linked that a guest may import.
///
/// There is one for each process: compiled code must never meet another engine.
pub struct Sandbox {
    pub(crate) engine: Engine,
    linker: Linker<State>,
    /// The same, with `wasi:http`: for who may reach something.
    reaching: Linker<State>,
    /// The code that is loaded.
    pub(crate) codes: Codes,
    /// The instances that wait for their next call, of all providers.
    pub(crate) kept: Arc<AllKept>,
    /// What code for this engine is kept under.
    pub(crate) engine_name: String,
    settings: SandboxSettings,
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
    /// The sandbox of this process, made at the first call: with these settings, or the default ones.
    ///
    /// # Errors
    ///
    /// `config` when it was made with other settings than these, or none can be made with them; `internal` when this
    /// machine cannot run it, the same error each time.
    pub fn shared(settings: Option<SandboxSettings>) -> Result<&'static Self> {
        static SHARED: OnceLock<Result<Sandbox, String>> = OnceLock::new();
        let wanted = settings.unwrap_or_default();
        wanted.check()?;
        let shared = SHARED.get_or_init(|| Self::start(wanted).map_err(|error| format!("{error:#}")));
        let sandbox = shared.as_ref().map_err(|reason| {
            Error::new(ErrorKind::Internal, format!("the WebAssembly engine does not start: {reason}"))
        })?;
        if settings.is_some_and(|wanted| wanted != sandbox.settings) {
            let message = "a process has one sandbox, and it was made with other settings";
            return Err(Error::new(ErrorKind::Config, format!("{message}: {:?}", sandbox.settings)));
        }
        Ok(sandbox)
    }

    /// What it was made with.
    #[must_use]
    pub fn settings(&self) -> SandboxSettings {
        self.settings
    }

    /// What is linked for a component that may, or may not, be given a way out.
    pub(crate) fn linker(&self, reaches_out: bool) -> &Linker<State> {
        if reaches_out { &self.reaching } else { &self.linker }
    }

    /// How instances get their memory.
    #[must_use]
    pub fn allocation(&self) -> Allocation {
        self.allocation
    }

    fn start(settings: SandboxSettings) -> wasmtime::Result<Self> {
        let (engine, allocation) = match settings.allocation {
            Some(allocation) => (profile::engine(allocation, settings.calls)?, allocation),
            None => match profile::engine(Allocation::Pooled, settings.calls) {
                Ok(engine) => (engine, Allocation::Pooled),
                // Under a small address-space limit the pool cannot be mapped.
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "no pool for sandboxes: each call is slower");
                    (profile::engine(Allocation::OnDemand, settings.calls)?, Allocation::OnDemand)
                }
            },
        };
        let mut linker = Linker::new(&engine);
        palisade_world::add_to_linker(&mut linker)?;
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        let mut reaching = linker.clone();
        palisade_world::add_wasi_http_to_linker(&mut reaching)?;
        start_clock(&engine)?;
        Ok(Self {
            codes: Codes::default(),
            kept: Arc::default(),
            engine_name: engine_name(&engine),
            engine,
            linker,
            reaching,
            settings,
            allocation,
        })
    }
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
