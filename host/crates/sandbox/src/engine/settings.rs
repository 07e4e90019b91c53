//! What an operator may choose of the sandbox as a whole.

use palisade_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// How instances get their memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Allocation {
    /// From a pool, which takes terabytes of address space and no memory of its own: calls start in microseconds.
    Pooled,
    /// From the operating system for each call, as small as it can be: for machines without room for the pool. Guests
    /// compute more slowly, because each of their accesses to memory is checked.
    OnDemand,
}

/// The settings of the one sandbox of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SandboxSettings {
    /// Calls that can run at one time, of all providers together; the pool has room for eight core instances, two
    /// memories and eight tables for each. 1 to 8192. Default 256.
    pub calls: u32,
    /// How instances get their memory; none takes the pool where this machine has room for it. That is the default.
    pub allocation: Option<Allocation>,
}

impl SandboxSettings {
    /// Most calls: what 47 bits of address space hold.
    pub const MAX_CALLS: u32 = 8192;

    /// Refuses what no machine can give.
    ///
    /// # Errors
    ///
    /// `config`.
    pub fn check(&self) -> Result<()> {
        if (1..=Self::MAX_CALLS).contains(&self.calls) {
            return Ok(());
        }
        let message = format!("a sandbox holds 1 to {} calls, not {}", Self::MAX_CALLS, self.calls);
        Err(Error::new(ErrorKind::Config, message))
    }
}

impl Default for SandboxSettings {
    fn default() -> Self {
        Self { calls: 256, allocation: None }
    }
}
