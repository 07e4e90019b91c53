//! What a check of a provider has found.

use std::time::{Duration, SystemTime};

use palisade_core::{Error, Result};
use serde::{Serialize, Serializer};

/// What a check of a provider has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HealthReport {
    /// When, as seconds since 1970.
    #[serde(serialize_with = "unix_seconds")]
    pub checked_at: SystemTime,
    /// Whether it could serve a call then.
    pub is_well: bool,
    /// What was wrong.
    pub message: Option<String>,
    /// How long the check took, in milliseconds.
    #[serde(rename = "ms", serialize_with = "milliseconds")]
    pub took: Duration,
}

impl HealthReport {
    /// What there is to say of a check that took so long.
    #[must_use]
    pub fn of(result: &Result<()>, took: Duration) -> Self {
        let message = result.as_ref().err().map(|error: &Error| error.message().to_owned());
        Self { checked_at: SystemTime::now(), is_well: result.is_ok(), message, took }
    }
}

fn unix_seconds<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs())
}

fn milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64() * 1e3)
}
