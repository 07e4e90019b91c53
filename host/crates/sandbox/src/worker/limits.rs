//! What the system itself lets a worker have.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

use super::{
    confine::{Bounds, Memory},
    mapped::Mapped,
};

/// Sets the limits of a worker that do not keep it from confining itself further.
pub(super) fn apply(bounds: &Bounds, mapped: &mut Mapped) -> io::Result<()> {
    if let Some(seconds) = bounds.cpu_seconds {
        // The signal of the soft limit is what tells the host why; the hard one kills.
        limit(Resource::Cpu, seconds, seconds.saturating_add(1))?;
    }
    match bounds.memory {
        Memory::Mapped(bytes) => {
            // What the program itself has mapped is no cost of the component.
            let bytes = mapped.bytes().saturating_add(bytes);
            limit(Resource::As, bytes, bytes)?;
        }
        Memory::Written(bytes) => limit(Resource::Data, bytes, bytes)?,
    }
    limit(Resource::Core, 0, 0)
}

/// Lets no process and no thread be started any more.
pub(super) fn no_processes() -> io::Result<()> {
    limit(Resource::Nproc, 0, 0)
}

/// Lets nothing be opened and written any more but what is open.
pub(super) fn no_files() -> io::Result<()> {
    limit(Resource::Nofile, 0, 0)?;
    limit(Resource::Fsize, 0, 0)
}

fn limit(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    setrlimit(resource, Rlimit { current: Some(soft), maximum: Some(hard) }).map_err(io::Error::from)
}
