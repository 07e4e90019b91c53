//! Who of a snapshot serves a need, and the error when nobody does.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use palisade_core::{Capability, Error, ErrorKind, RejectReason, Rejection, Result};
use palisade_routing::{Decision, Endpoint, Need, Nobody, Record};

use crate::{entry::Entry, supervisor::Snapshot};

/// A choice, and what it was made from.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) endpoint: Arc<Endpoint>,
    record: Record,
    /// Everybody who was refused when it was loaded.
    refused: Vec<Rejection>,
    /// Why, once somebody has asked.
    decision: OnceLock<Option<Decision>>,
}

impl Chosen {
    /// Why.
    pub(crate) fn decision(&self) -> Option<&Decision> {
        let decide = || explain(&self.record, self.refused.clone()).ok();
        self.decision.get_or_init(decide).as_ref()
    }
}

/// Who serves a need, and what is needed to say why.
///
/// # Errors
///
/// `no-provider`, with everybody and their reasons.
pub(crate) fn choose(snapshot: &Snapshot, need: Need) -> Result<Chosen> {
    let (record, refused) = (snapshot.index.record(need, Instant::now()), refused(snapshot));
    match record.chosen().cloned() {
        Some(endpoint) => Ok(Chosen { endpoint, record, refused, decision: OnceLock::new() }),
        None => explain(&record, refused).and_then(|_| Err(Error::new(ErrorKind::Internal, "nobody was chosen"))),
    }
}

/// The decision, with everybody who was refused when it was loaded among the rejected.
///
/// # Errors
///
/// `no-provider`, with everybody and their reasons.
pub(crate) fn decide(snapshot: &Snapshot, need: &Need) -> Result<Decision> {
    explain(&snapshot.index.record(need.clone(), Instant::now()), refused(snapshot))
}

fn explain(record: &Record, refused: Vec<Rejection>) -> Result<Decision> {
    match record.explain() {
        Ok(mut decision) => {
            decision.rejected.extend(refused);
            Ok(decision)
        }
        Err(Nobody { mut rejected, suggestions }) => {
            rejected.extend(refused);
            Err(no_provider(record.need().capability, rejected).with_suggestions(suggestions))
        }
    }
}

/// The error for a request that nobody can serve now.
pub(crate) fn nobody(snapshot: &Snapshot, need: &Need) -> Error {
    let busy = || {
        let message = format!("everybody who can serve this request for {} was taken at this moment", need.capability);
        Error::new(ErrorKind::NoProvider, message).with_retry_after(Some(Duration::ZERO))
    };
    decide(snapshot, need).map_or_else(|error| error, |_| busy())
}

fn no_provider(capability: Capability, rejected: Vec<Rejection>) -> Error {
    let message = match rejected.len() {
        0 => format!("no provider of {capability} is registered"),
        1 => format!("the one provider that is registered does not fit this request for {capability}"),
        count => format!("none of {count} models fits this request for {capability}"),
    };
    let retry_after = retry_after(&rejected);
    Error::new(ErrorKind::NoProvider, message).with_retry_after(retry_after).with_rejected(rejected)
}

/// When the first of those who only have to be waited for is tried again.
fn retry_after(rejected: &[Rejection]) -> Option<Duration> {
    let wait = |rejection: &Rejection| match rejection.reasons.as_slice() {
        [
            RejectReason::BreakerOpen { retry_in_ms }
            | RejectReason::Quota { retry_in_ms, .. }
            | RejectReason::Throttled { retry_in_ms: Some(retry_in_ms) },
        ] => Some(Duration::from_millis(*retry_in_ms)),
        [RejectReason::BreakerProbation | RejectReason::Throttled { .. }] => Some(Duration::ZERO),
        _ => None,
    };
    rejected.iter().filter_map(wait).min()
}

fn refused(snapshot: &Snapshot) -> Vec<Rejection> {
    let refusal = |entry: &Arc<Entry>| {
        let reasons = vec![entry.reject_reason()?];
        Some(Rejection { provider: entry.id.clone(), model: None, reasons })
    };
    snapshot.entries.values().filter_map(refusal).collect()
}
