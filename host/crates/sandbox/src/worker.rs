//! This program, run again to do one thing with bytes that nobody trusts, in a process that has given up everything else.
//!
//! ```text
//! start ─► order ─► limits, no files, no network ─► threads, where the job needs some ─► no system calls but a few ─► work
//! ```
//!
//! What a worker gives up it gives up for good, and before it reads anything hostile. Where the kernel lacks a piece, the
//! worker says which: whoever wants a wall is told that there is none.

mod confine;
mod confinement;
#[cfg(unix)]
mod limits;
mod mapped;
mod probe;
mod program;
#[cfg(target_os = "linux")]
mod system_calls;

pub(crate) use confine::{Bounds, Loading, Memory, Unsealed};
pub use confinement::{Confinement, Piece, PieceStatus};
pub(crate) use probe::{answer, probe};
pub use probe::{confine_but_for_system_calls, confine_like_a_worker};
pub(crate) use program::{ARGUMENT, Job, command, mark_initialised, not_started, this_program};
