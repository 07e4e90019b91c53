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

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    time::{Duration, Instant},
};

use palisade_core::{Error, ErrorKind, Limits, Result};
use wasmtime::{Engine, OutOfMemory};

use crate::{
    Confinement, Sandbox,
    reason::reason,
    validate_component,
    worker::{probe, this_program},
};

pub(crate) use worker::serve;

/// Who compiles components.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Compiler {
    /// This program, run again in a process with limits. Its `main` calls [`init`](crate::init) first.
    #[default]
    ThisProgram,
    /// Another program whose `main` calls [`init`](crate::init) first, for example the `palisade` command of the same version. Run in
    /// a process with limits.
    Program(PathBuf),
    /// This process, where only the size and the structure of a component are bounded, and neither the time nor the
    /// memory that it takes: for components that are trusted not to be made against the compiler.
    InProcess,
}

impl Compiler {
    /// Compiles a component.
    pub(crate) async fn compile(&self, sandbox: &Sandbox, component: Vec<u8>, limits: &Limits) -> Result<Vec<u8>> {
        if *self == Self::InProcess {
            let engine = sandbox.engine.clone();
            let compile = move || compile(&engine, &component);
            return tokio::task::spawn_blocking(compile)
                .await
                .map_err(|error| Error::new(ErrorKind::Internal, "the compiler was not run").with_source(error))?;
        }
        process::compile(&self.worker()?, &component, sandbox.allocation(), limits).await
    }

    /// Compiles the smallest component there is, and says how long that took.
    ///
    /// # Errors
    ///
    /// `no-compiler` when it does not start; anything else is a defect.
    pub async fn try_out(&self, sandbox: &Sandbox) -> Result<Duration> {
        const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";
        let start = Instant::now();
        self.compile(sandbox, EMPTY.to_vec(), &Limits::default()).await?;
        Ok(start.elapsed())
    }

    /// What confines a process that compiles, or serves a provider, on this machine.
    ///
    /// # Errors
    ///
    /// `no-compiler` when it does not start.
    pub async fn confinement(&self) -> Result<Confinement> {
        probe(&self.worker()?).await
    }

    /// The program that is run as a worker.
    pub(crate) fn worker(&self) -> Result<PathBuf> {
        match self {
            Self::Program(program) => Ok(program.clone()),
            Self::ThisProgram | Self::InProcess => this_program(),
        }
    }
}

/// Checks a component and compiles it, here and now.
fn compile(engine: &Engine, component: &[u8]) -> Result<Vec<u8>> {
    without_panic(|| {
        validate_component(component)?;
        engine.precompile_component(component).map_err(|error| uncompilable(&error))
    })
}

/// Why the engine makes no code of a component. That memory ran out says something about this machine and this moment too.
fn uncompilable(error: &wasmtime::Error) -> Error {
    let reason = reason(format!("{error:#}"));
    let no_memory = |cause: &(dyn std::error::Error + 'static)| {
        let code = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        cause.is::<OutOfMemory>() || code == Some(io::ErrorKind::OutOfMemory)
    };
    if error.is::<OutOfMemory>() || error.chain().any(no_memory) {
        return out_of_memory(&reason);
    }
    Error::new(ErrorKind::Malformed, format!("the component cannot be compiled: {reason}"))
}

fn out_of_memory(reason: &str) -> Error {
    Error::new(ErrorKind::CompileLimit, format!("compiling the component costs more memory than there is: {reason}"))
}

/// A panic of the compiler is a defect that this component finds, and finds again: it is refused like one that is broken.
/// Where the engine has no way to pass on that memory ran out it panics too, and says so.
fn without_panic(compile: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    // What a panic leaves half-done is dropped: of the engine, a compilation changes nothing.
    catch_unwind(AssertUnwindSafe(compile)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        let reason = reason(said.unwrap_or("it did not say why"));
        if reason.contains("out-of-memory") || reason.contains("out of memory") {
            return Err(out_of_memory(&reason));
        }
        Err(Error::new(ErrorKind::Malformed, format!("the compiler panicked on the component: {reason}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::{Remembered, tests::SHAPE};

    #[test]
    fn a_panic_of_the_compiler_is_a_refusal_that_is_remembered() {
        let panics: [fn() -> Result<Vec<u8>>; 2] = [|| panic!("index {} is \x1b", 7), || panic!("why")];
        for (panics, says) in panics.into_iter().zip(["index 7 is", "why"]) {
            let error = without_panic(panics).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Malformed);
            assert!(error.message().contains(says) && !error.message().contains('\x1b'), "{error}");
            assert!(Remembered::of(&error, &Limits::default(), SHAPE).is_some());
        }
        assert_eq!(without_panic(|| Ok(vec![1])).unwrap(), [1]);
    }

    #[test]
    fn that_memory_ran_out_is_a_cost_however_the_engine_says_it() {
        let mapped = io::Error::from(io::ErrorKind::OutOfMemory);
        let errors = [
            uncompilable(&OutOfMemory::new(8).into()),
            uncompilable(&wasmtime::Error::from(OutOfMemory::new(8)).context("a table")),
            uncompilable(&wasmtime::Error::from(mapped).context("the code cannot be mapped")),
            without_panic(|| panic!("unhandled out-of-memory error: {}", OutOfMemory::new(8))).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::CompileLimit, "{error}");
        }
        assert_eq!(uncompilable(&wasmtime::format_err!("odd")).kind(), ErrorKind::Malformed);
    }
}
