//! The way into a program that may be asked to be a worker.

use std::{
    env,
    ffi::OsStr,
    io::{self, Write as _},
    process,
};

use crate::{
    compile, serve,
    worker::{self, ARGUMENT, Job},
};

/// Lets this program be run again as a worker, which compiles components for it, or serves a provider, in a process that
/// has limits and can reach nothing.
///
/// Call it first in `main`, before a runtime is started. Where the program was started as a worker it does that work and ends
/// the process; else it returns at once. A worker that finds other threads running could not take everything from them: it
/// says so, and does nothing.
pub fn init() {
    let mut arguments = env::args_os().skip(1);
    if arguments.next().as_deref() == Some(OsStr::new(ARGUMENT)) {
        let job = arguments.next().and_then(|name| Job::of(&name));
        let Some(Err(error)) = job.map(work) else { process::exit(job.map_or(1, |_done| 0)) };
        // What it says there, the host tells.
        let _unheard = writeln!(io::stderr(), "{error}");
        process::exit(1);
    }
    worker::mark_initialised();
}

fn work(job: Job) -> io::Result<()> {
    match job {
        Job::Compile => compile::serve(),
        Job::Serve => serve::serve(),
        Job::Probe => worker::answer(io::stdout().lock()),
    }
}
