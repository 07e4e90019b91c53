//! The process that compiles: this program again, asked to do nothing else.

use std::{
    env,
    ffi::OsStr,
    io::{self, Read as _, Write as _},
    path::PathBuf,
    process,
    sync::atomic::{AtomicBool, Ordering},
};

use palisade_core::{Error, ErrorKind, Result};
use wasmtime::Engine;

use super::order::{COMPILED, Order, REFUSED};
use crate::{engine::strict_profile, refusal::Refusal};

/// The first argument of a program that is asked to be a worker.
pub(super) const ARGUMENT: &str = "__palisade-worker";
/// The second one: what it is to do.
pub(super) const COMPILE: &str = "compile";

/// Whether this program can be its own worker.
static INITIALISED: AtomicBool = AtomicBool::new(false);

/// Lets this program be run again as a worker, which compiles components for it in a process with limits.
///
/// Call it first in `main`. Where the program was started as a worker it does that work and ends the process; else it
/// returns at once.
pub fn init() {
    let mut arguments = env::args_os().skip(1);
    if arguments.next().as_deref() == Some(OsStr::new(ARGUMENT)) {
        let is_known = arguments.next().as_deref() == Some(OsStr::new(COMPILE));
        process::exit(if is_known && serve().is_ok() { 0 } else { 1 });
    }
    INITIALISED.store(true, Ordering::Relaxed);
}

/// How to run this program again.
pub(super) fn this_program() -> Result<PathBuf> {
    if !INITIALISED.load(Ordering::Relaxed) {
        return Err(Error::new(ErrorKind::NoCompiler, "this program never called `palisade::init()`"));
    }
    // The link leads to what runs, even after an upgrade put another program in its place.
    if cfg!(target_os = "linux") {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    env::current_exe()
        .map_err(|error| Error::new(ErrorKind::NoCompiler, "this program was not found").with_source(error))
}

/// Compiles what comes in.
fn serve() -> io::Result<()> {
    let mut input = io::stdin().lock();
    let order = Order::read(&mut input)?;
    confine(&order)?;
    let mut component = Vec::new();
    input.read_to_end(&mut component)?;
    let (status, payload) = match Engine::new(&strict_profile(order.allocation)) {
        Ok(engine) => match super::compile(&engine, &component) {
            Ok(code) => (COMPILED, code),
            Err(error) => (REFUSED, serde_json::to_vec(&Refusal::from(&error))?),
        },
        Err(error) => return Err(io::Error::other(format!("{error:#}"))),
    };
    let mut output = io::stdout().lock();
    output.write_all(&[status])?;
    output.write_all(&payload)?;
    output.flush()
}

/// Gives up for good what compiling does not need, before anything of the component is read.
#[cfg(unix)]
fn confine(order: &Order) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let limit = |resource, soft: u64, hard: u64| {
        setrlimit(resource, Rlimit { current: Some(soft), maximum: Some(hard) }).map_err(io::Error::from)
    };
    // The signal of the soft limit is what tells the host why; the hard one kills.
    limit(Resource::Cpu, order.cpu_seconds, order.cpu_seconds.saturating_add(1))?;
    let memory = mapped_bytes().saturating_add(order.memory_bytes);
    limit(Resource::As, memory, memory)?;
    limit(Resource::Core, 0, 0)?;
    limit(Resource::Fsize, 0, 0)?;
    // No file can be opened any more, and no process or thread started.
    limit(Resource::Nofile, 0, 0)?;
    limit(Resource::Nproc, 0, 0)
}

#[cfg(not(unix))]
fn confine(_order: &Order) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no limits for a process"))
}

/// What the program itself has mapped: it is no cost of the component. Where the system does not tell, a generous guess.
#[cfg(unix)]
fn mapped_bytes() -> u64 {
    const GUESS: u64 = 512 << 20;
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    pages.map_or(GUESS, |pages| pages.saturating_mul(rustix::param::page_size() as u64))
}
