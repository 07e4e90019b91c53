//! What the system itself lets a worker have.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{
    confine::{Bounds, Memory},
    mapped::Mapped,
};

/// Stack of the first thread: what most systems give.
const STACK: u64 = 8 << 20;
/// Address space that is reserved and not used: the allocator does so for each thread.
const RESERVED: u64 = 4 << 30;

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
        Memory::Written(bytes) => {
            limit(Resource::Data, bytes, bytes)?;
            // A stack that grows is counted apart.
            let stack = getrlimit(Resource::Stack).current.unwrap_or(u64::MAX).min(STACK);
            limit(Resource::Stack, stack, stack)?;
        }
    }
    limit(Resource::Core, 0, 0)
}

/// Lets a worker that has reserved what it needs map no more than it may write to. Where the system does not tell what is
/// reserved, what it may write to is the only limit.
pub(super) fn no_more_addresses(memory: Memory, mapped: &mut Mapped) -> io::Result<()> {
    match (memory, mapped.told_bytes()) {
        (Memory::Written(bytes), Some(mapped)) => {
            let bytes = mapped.saturating_add(bytes).saturating_add(RESERVED);
            limit(Resource::As, bytes, bytes)
        }
        (Memory::Mapped(_), _) | (_, None) => Ok(()),
    }
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

/// Sets a limit, below that of the host where that is lower: none can be raised.
fn limit(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    let most = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let limit = Rlimit { current: Some(soft.min(most)), maximum: Some(hard.min(most)) };
    setrlimit(resource, limit).map_err(io::Error::from)
}
