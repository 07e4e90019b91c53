//! Whether a failed call may be on a bill.

use serde::{Deserialize, Serialize};

/// Whether paid work had been handed to an upstream when a call failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Submitted {
    /// Nothing has left: calling again is safe.
    #[default]
    No,
    /// The upstream has the request.
    Yes,
    /// It may have it.
    Unknown,
}
