//! How much may be used in a time.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Unit;

/// How much may be used in a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quota {
    /// What is counted.
    pub unit: Unit,
    /// Length of the window in milliseconds.
    pub per_ms: u64,
    /// Units in one window.
    pub amount: u64,
}

impl fmt::Display for Quota {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { unit, per_ms, amount } = self;
        write!(formatter, "{amount} {unit} in {} s", *per_ms as f64 / 1e3)
    }
}
