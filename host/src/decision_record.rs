//! A decision with all that it was made from, to be kept and explained elsewhere.

use std::{sync::Arc, time::Duration};

use palisade_core::{Capability, Error, ErrorKind, RejectReason, Rejection, Result};
use palisade_routing::{Decision, Nobody, OtherDecision, Record, Saved};
use serde::{Deserialize, Serialize};

/// What a decision was made from: the models, what was measured of them at that moment, the need and its seed. Whenever and wherever it
/// is explained, the decision is the same.
///
/// ```no_run
/// # async fn example(host: palisade::Host) -> Result<(), Box<dyn std::error::Error>> {
/// use palisade::{Capability, DecisionRecord};
///
/// let record = host.find_best_provider(Capability::Chat).record();
/// std::fs::write("decision.cbor", record.to_bytes()?)?;
/// // In another process, which needs no provider for it:
/// let record = DecisionRecord::from_bytes(&std::fs::read("decision.cbor")?)?;
/// println!("{}", record.explain()?.reason());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct DecisionRecord {
    pub(crate) record: Arc<Record>,
    /// Everybody who was not loaded, or not to serve.
    pub(crate) refused: Vec<Rejection>,
}

/// What is in the bytes.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// The version of Palisade that has kept it.
    version: String,
    saved: Saved,
    refused: Vec<Rejection>,
}

impl DecisionRecord {
    /// The decision.
    ///
    /// # Errors
    ///
    /// `no-provider`, with everybody and their reasons.
    pub fn explain(&self) -> Result<Decision> {
        let refused = self.refused.iter().cloned();
        match self.record.explain() {
            Ok(decision) => Ok(decision.with_rejected(refused)),
            Err(Nobody { mut rejected, suggestions }) => {
                rejected.extend(refused);
                Err(no_provider(self.record.need().capability, rejected).with_suggestions(suggestions))
            }
        }
    }

    /// The record as bytes, about a kilobyte for each model: what providers say of their models is in it, what was measured of them,
    /// and the parameters of the request, a negative prompt among them; its prompt and its media are not.
    ///
    /// # Errors
    ///
    /// `internal` when it cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let kept = Kept { version, saved: Saved::of(&self.record), refused: self.refused.clone() };
        let mut bytes = Vec::new();
        let written = ciborium::into_writer(&kept, &mut bytes);
        written.map_err(|error| Error::new(ErrorKind::Internal, format!("a decision cannot be kept: {error}")))?;
        Ok(bytes)
    }

    /// Makes a decision again from what [`to_bytes`](Self::to_bytes) has given.
    ///
    /// # Errors
    ///
    /// `invalid-input` when the bytes are something else, or another version decides otherwise.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let unreadable =
            |_| Error::invalid_input("record", "it is no decision that was kept by `palisade explain --save`");
        let Kept { version, saved, refused } = ciborium::from_reader(bytes).map_err(unreadable)?;
        let record = saved.replay().map_err(|OtherDecision| {
            let version = palisade_core::text::escape(&version, 20);
            Error::invalid_input("record", format!("version {version} has kept it, and this one chooses somebody else"))
        })?;
        Ok(Self { record: Arc::new(record), refused })
    }
}

fn no_provider(capability: Capability, rejected: Vec<Rejection>) -> Error {
    // Who is not loaded has no models, and says why beside those that do not fit.
    let models = rejected.iter().filter(|rejection| rejection.model.is_some()).count();
    let message = match (models, rejected.len() - models) {
        (0, 0) => format!("no provider of {capability} is registered"),
        (1, 0) => format!("the one provider that is registered does not fit this request for {capability}"),
        (0, 1) => "the one provider that is registered does not serve now".to_owned(),
        (0, count) => format!("none of the {count} providers that are registered serves now"),
        (1, _) => format!("the one model that serves does not fit this request for {capability}"),
        (count, _) => format!("none of {count} models fits this request for {capability}"),
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
