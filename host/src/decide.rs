//! Who of a snapshot serves a need, and the error when nobody does.

use std::time::{Duration, Instant};

use palisade_core::{Capability, Error, ErrorKind, RejectReason, Rejection, Result};
use palisade_routing::{Decision, Need, Nobody};

use crate::{entry::Entry, supervisor::Snapshot};

/// The decision, with everybody who was refused when it was loaded among the rejected.
///
/// # Errors
///
/// `no-provider`, with everybody and their reasons.
pub(crate) fn decide(snapshot: &Snapshot, need: &Need) -> Result<Decision> {
    let refused = snapshot.entries.values().filter_map(|entry| refusal(entry));
    match snapshot.index.explain(need, Instant::now()) {
        Ok(mut decision) => {
            decision.rejected.extend(refused);
            Ok(decision)
        }
        Err(Nobody { mut rejected, suggestions }) => {
            rejected.extend(refused);
            Err(no_provider(need.capability, rejected).with_suggestions(suggestions))
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
        [RejectReason::BreakerOpen { retry_in_ms } | RejectReason::Throttled { retry_in_ms: Some(retry_in_ms) }] => {
            Some(Duration::from_millis(*retry_in_ms))
        }
        [RejectReason::BreakerProbation | RejectReason::Throttled { .. }] => Some(Duration::ZERO),
        _ => None,
    };
    rejected.iter().filter_map(wait).min()
}

fn refusal(entry: &Entry) -> Option<Rejection> {
    let reasons = vec![entry.reject_reason()?];
    Some(Rejection { provider: entry.id.clone(), model: None, reasons })
}
