//! The way into a program that may be asked to be a worker.

use std::{env, ffi::OsStr, io, process};

use crate::{
    compile,
    worker::{self, ARGUMENT, Job},
};

/// Lets this program be run again as a worker, which compiles components for it in a process with limits.
///
/// Call it first in `main`. Where the program was started as a worker it does that work and ends the process; else it
/// returns at once.
pub fn init() {
    let mut arguments = env::args_os().skip(1);
    if arguments.next().as_deref() == Some(OsStr::new(ARGUMENT)) {
        let job = arguments.next().and_then(|name| Job::of(&name));
        process::exit(if job.is_some_and(|job| work(job).is_ok()) { 0 } else { 1 });
    }
    worker::mark_initialised();
}

fn work(job: Job) -> io::Result<()> {
    match job {
        Job::Compile => compile::serve(),
        Job::Probe => worker::answer(io::stdout().lock()),
    }
}
