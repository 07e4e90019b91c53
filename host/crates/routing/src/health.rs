//! Whether an endpoint is to be called, as it is told.

use std::time::Duration;

use palisade_core::ErrorKind;
use serde::{Serialize, Serializer};

/// Whether an endpoint is to be called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Health {
    /// It is.
    #[default]
    Closed,
    /// It has just recovered, and gets a share of its calls.
    Ramp {
        /// The share, 0 to 1.
        share: f64,
    },
    /// It is tried: another call may begin now.
    Probation,
    /// It is tried, by as many calls as are good for now.
    Tried,
    /// It has failed, and is left alone for a while.
    Open {
        /// For how long.
        #[serde(rename = "retry_in_ms", serialize_with = "milliseconds")]
        retry_in: Duration,
        /// For how long even where there is nobody else.
        #[serde(rename = "last_resort_in_ms", serialize_with = "milliseconds")]
        last_resort_in: Duration,
    },
    /// It has become slow, and is left alone, but where there is nobody else.
    Slow {
        /// For how long; nothing while it is tried by as many calls as are good for now.
        #[serde(rename = "retry_in_ms", serialize_with = "milliseconds")]
        retry_in: Duration,
    },
    /// It has said that it does not serve, for a reason that no waiting mends: it is not called until somebody enables it, or for a
    /// while.
    Disabled {
        /// What it said.
        error: ErrorKind,
        /// For how long.
        #[serde(rename = "retry_in_ms", serialize_with = "milliseconds")]
        retry_in: Duration,
    },
}

pub(crate) fn milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(in_milliseconds(*time))
}

pub(crate) fn in_milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
