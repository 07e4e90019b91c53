//! How a component becomes code that this machine can run.
//!
//! ```text
//! bytes ─► validate ─► Cranelift ─► code        in a process of its own, which has limits and can be killed
//! ```
//!
//! A component of some hundred bytes can keep a compiler busy for minutes and gigabytes. Nothing stops a compiler from the
//! inside, so it runs in a child of this process: the same program again, or a helper, which gives up files, threads and
//! memory beyond its limits before it reads the component.

mod order;
mod process;
mod worker;

use std::path::PathBuf;

use palisade_core::{Error, ErrorKind, Limits, Result, text::escape};
use wasmtime::Engine;

use crate::{Sandbox, validate_component};

pub use worker::init;

/// Most characters that are kept of the engine's words, which may name functions of the guest.
const MAX_REASON: usize = 300;

/// Who compiles components.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Compiler {
    /// This program, run again in a process with limits. Its `main` calls [`init`] first.
    #[default]
    ThisProgram,
    /// Another program whose `main` calls [`init`] first, for example the `palisade` command of the same version. Run in
    /// a process with limits.
    Program(PathBuf),
    /// This process, where only the size and the structure of a component are bounded, and neither the time nor the
    /// memory that it takes: for components that are trusted not to be made against the compiler.
    InProcess,
}

impl Compiler {
    /// Compiles a component.
    pub(crate) async fn compile(&self, sandbox: &Sandbox, component: Vec<u8>, limits: &Limits) -> Result<Vec<u8>> {
        let program = match self {
            Self::ThisProgram => worker::this_program()?,
            Self::Program(program) => program.clone(),
            Self::InProcess => {
                let engine = sandbox.engine.clone();
                let compile = move || compile(&engine, &component);
                return tokio::task::spawn_blocking(compile).await.map_err(|error| {
                    Error::new(ErrorKind::Malformed, "the compiler panicked on it").with_source(error)
                })?;
            }
        };
        process::compile(&program, &component, sandbox.allocation(), limits).await
    }
}

/// Checks a component and compiles it, here and now.
fn compile(engine: &Engine, component: &[u8]) -> Result<Vec<u8>> {
    validate_component(component)?;
    engine.precompile_component(component).map_err(|error| {
        let reason = escape(&format!("{error:#}"), MAX_REASON);
        Error::new(ErrorKind::Malformed, format!("the component cannot be compiled: {reason}"))
    })
}
