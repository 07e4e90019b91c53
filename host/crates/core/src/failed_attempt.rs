//! What there is to say of an attempt to serve a request that failed.

use std::{fmt, time::Duration};

use serde::{Serialize, Serializer};

use crate::{ErrorKind, ModelId, ProviderId, Submitted};

/// An attempt to serve a request that failed. A request that is routed may take several until one serves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedAttempt {
    /// Who was asked.
    pub provider: ProviderId,
    /// For which model.
    pub model: ModelId,
    /// The kind of error.
    pub code: ErrorKind,
    /// Its message.
    pub message: String,
    /// Whether paid work had been handed over.
    pub submitted: Submitted,
    /// From its start to its end; as JSON in milliseconds.
    #[serde(rename = "ms", serialize_with = "milliseconds")]
    pub took: Duration,
}

impl fmt::Display for FailedAttempt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { provider, model, code, message, took, .. } = self;
        write!(formatter, "{provider}/{model}: {}: {message} ({:.0} ms)", code.code(), took.as_secs_f64() * 1e3)
    }
}

fn milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}
