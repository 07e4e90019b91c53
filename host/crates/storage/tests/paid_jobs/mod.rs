//! Paid jobs, done by a process that is killed again and again: what the tests and the example share.
//!
//! ```text
//! parent ─► child: a host with a ledger, and many clients, some of which go away
//!   │         └► upstream: a file with a line for each job that was submitted, and so paid
//!   └► reads what the child prints, kills it with SIGKILL after some line, and starts another with what has no answer yet
//! ```

mod child;
mod parent;
mod upstream;

use std::{env, path::PathBuf};

pub(crate) use parent::Start;

/// Set for a child: the folder of its files.
const FOLDER: &str = "PALISADE_PAID_JOBS_FOLDER";
/// Set for a child: what its random choices begin with.
const SEED: &str = "PALISADE_PAID_JOBS_SEED";
/// What a line begins with that is meant for the parent.
const MARK: &str = "@ ";
/// What is reserved for an attempt, and what a job costs in the end.
const RESERVED: u64 = 100;
const COST: u64 = 60;

/// Does the work of a child if this process is one. Says whether it was.
pub(crate) fn was_child() -> anyhow::Result<bool> {
    let Some(folder) = env::var_os(FOLDER) else { return Ok(false) };
    let seed = env::var(SEED)?.parse()?;
    child::run(&PathBuf::from(folder), seed)?;
    Ok(true)
}
