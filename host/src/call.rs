//! How a call is to be made, and what it gives.

use std::{collections::BTreeMap, time::Duration};

use palisade_core::{CallReport, FailedAttempt, ModelId, PicoUsd, ProgressSink, ProviderId, Scope};
use serde_json::Value;

/// How a call is to be made, beside what it is to do.
#[derive(Debug, Clone, Default)]
pub struct CallSettings {
    /// How long it may take; the provider's own limit holds as well.
    pub timeout: Option<Duration>,
    /// The same key means the same request, for each scope: who repeats it gets the result of the first, waits for it while it
    /// is made, or gets the error `maybe-billed` where it may have been paid for and its result is not known. What is known of
    /// keys outlives the process where the host has a [storage](crate::HostBuilder::storage). By default every call is new.
    pub idempotency_key: Option<String>,
    /// Options of the provider's own.
    pub options: BTreeMap<String, Value>,
    /// For whom it is made: calls of different scopes never meet in one instance of a provider.
    pub scope: Scope,
    /// Whether an adjusted or ignored parameter is a failure rather than a warning.
    pub strict: bool,
    /// Who wants to hear how far it is.
    pub progress: ProgressSink,
}

/// A call that succeeded.
#[derive(Debug, Clone)]
pub struct Completion<R> {
    /// What was made.
    pub response: R,
    /// Who made it.
    pub provider: ProviderId,
    /// With which model.
    pub model: ModelId,
    /// What it cost: what the provider reports, else its usage at its prices; none when that is not known.
    pub cost: Option<PicoUsd>,
    /// What it used and logged.
    pub report: CallReport,
    /// Attempts at this request that failed before; empty where the first provider has served it.
    pub failed_attempts: Vec<FailedAttempt>,
    /// Whether it was served before, to a call with the same idempotency key: then nothing was done or paid for now, and the
    /// report is empty.
    pub is_repeated: bool,
}
