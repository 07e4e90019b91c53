//! Which program is run as a worker, and what it is asked to do.

use std::{
    env,
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicBool, Ordering},
};

use palisade_core::{Error, ErrorKind, Result};
use tokio::process::Command;

/// The first argument of a program that is asked to be a worker.
pub(crate) const ARGUMENT: &str = "__palisade-worker";

/// Whether this program can be its own worker.
static INITIALISED: AtomicBool = AtomicBool::new(false);

/// What a worker is to do: its second argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Job {
    /// Compile a component.
    Compile,
    /// Serve a provider.
    Serve,
    /// Say what confines it.
    Probe,
}

impl Job {
    const ALL: [Self; 3] = [Self::Compile, Self::Serve, Self::Probe];

    fn name(self) -> &'static str {
        match self {
            Self::Compile => "compile",
            Self::Serve => "serve",
            Self::Probe => "probe",
        }
    }

    /// The job of this name.
    pub(crate) fn of(name: &OsStr) -> Option<Self> {
        Self::ALL.into_iter().find(|job| name == job.name())
    }
}

/// Notes that `main` hands workers over.
pub(crate) fn mark_initialised() {
    INITIALISED.store(true, Ordering::Relaxed);
}

/// How to run this program again.
pub(crate) fn this_program() -> Result<PathBuf> {
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

/// Why a program did not become a worker.
pub(crate) fn not_started(program: &Path, error: io::Error) -> Error {
    let message = format!("the worker `{}` does not start", program.display());
    let kind = if lacks_means(&error) { ErrorKind::HostBusy } else { ErrorKind::NoCompiler };
    Error::new(kind, message).with_source(error)
}

/// Whether the machine has too little of something at this moment: processes, files, memory.
fn lacks_means(error: &io::Error) -> bool {
    #[cfg(unix)]
    let files = [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE].map(rustix::io::Errno::raw_os_error);
    #[cfg(not(unix))]
    let files: [i32; 0] = [];
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory)
        || error.raw_os_error().is_some_and(|number| files.contains(&number))
}

/// A program as a worker, with nothing of this process but three pipes. It is killed when it is dropped. In a process
/// group of its own: what a person types to the host at a terminal, such as Ctrl-C, is for the host to answer.
pub(crate) fn command(program: &Path, job: Job) -> Command {
    let mut command = Command::new(program);
    command.args([ARGUMENT, job.name()]).env_clear().kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    command.process_group(0);
    command
}

#[cfg(all(test, unix))]
mod tests {
    use rustix::io::Errno;

    use super::*;

    #[test]
    fn a_machine_without_means_is_busy_and_a_program_that_is_missing_no_worker() {
        let kind = |number: Errno| not_started(Path::new("worker"), io::Error::from(number)).kind();
        for number in [Errno::AGAIN, Errno::NOMEM, Errno::MFILE, Errno::NFILE] {
            assert_eq!(kind(number), ErrorKind::HostBusy, "{number}");
        }
        for number in [Errno::NOENT, Errno::ACCESS, Errno::NOEXEC] {
            assert_eq!(kind(number), ErrorKind::NoCompiler, "{number}");
        }
    }
}
