//! Finding the best provider: criteria, then `.await`.

use std::{
    fmt,
    future::IntoFuture,
    sync::Arc,
    time::{Duration, Instant},
};

use palisade_core::{BoxFuture, Capability, Error, ErrorKind, PicoUsd, RejectReason, Rejection, Request, Result};
use palisade_routing::{Decision, Feature, Need, Preference, Weights};
use serde_json::Value;

use crate::{
    entry::{Body, Entry},
    handle::ProviderHandle,
    supervisor::{Snapshot, Supervisor},
};

/// A search for the best provider. Add criteria, then await it, or ask it to [`explain`](Self::explain).
#[derive(Clone)]
#[must_use = "a search does nothing until it is awaited"]
pub struct FindProvider {
    supervisor: Arc<Supervisor>,
    need: Need,
}

impl FindProvider {
    pub(crate) fn new(supervisor: Arc<Supervisor>, capability: Capability) -> Self {
        Self { supervisor, need: Need::new(&Request::typical(capability)) }
    }

    /// What to care about. Balanced by default.
    pub fn prefer(mut self, preference: Preference) -> Self {
        self.need.preference = preference;
        self.need.weights = preference.into();
        self
    }

    /// What time, quality and trouble are worth, in dollars; instead of a preference's.
    pub fn weigh(mut self, weights: Weights) -> Self {
        self.need.weights = weights;
        self
    }

    /// The most that the request may cost. A provider without a price is out.
    pub fn max_price(mut self, price: PicoUsd) -> Self {
        self.need.max_price = Some(price);
        self
    }

    /// Only providers that cost nothing.
    pub fn free(self) -> Self {
        self.max_price(PicoUsd::ZERO)
    }

    /// Only providers with this feature.
    pub fn require(mut self, feature: Feature) -> Self {
        self.need.features.push(feature);
        self
    }

    /// Only this model: `model`, `provider`, `provider/model`, or the name that it has across providers.
    pub fn model(mut self, name: impl Into<String>) -> Self {
        self.need.model = Some(name.into());
        self
    }

    /// Only providers that know this option of their own, and take this value.
    pub fn option(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.need.options.insert(name.into(), value.into());
        self
    }

    /// Only providers that know every parameter of the request.
    pub fn strict(mut self) -> Self {
        self.need.strict = true;
        self
    }

    /// The request that is to be served: its size, its parameters and its cost count. A typical one by default.
    pub fn for_request(mut self, request: &Request) -> Self {
        self.need.capability = request.capability();
        self.need.workload = request.workload();
        self.need.parameters = request.parameters();
        self
    }

    /// Breaks ties: the same seed, the same choice. 0 by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.need.seed = seed;
        self
    }

    /// The decision, without running anything.
    ///
    /// # Errors
    ///
    /// `no-provider`, with everybody and their reasons.
    pub fn explain(&self) -> Result<Decision> {
        self.decide(&self.supervisor.snapshot())
    }

    fn decide(&self, snapshot: &Snapshot) -> Result<Decision> {
        let refused = snapshot.entries.values().filter_map(|entry| refusal(entry));
        match snapshot.index.explain(&self.need, Instant::now()) {
            Ok(mut decision) => {
                decision.rejected.extend(refused);
                Ok(decision)
            }
            Err(mut rejected) => {
                rejected.extend(refused);
                Err(nobody(self.need.capability, rejected))
            }
        }
    }

    fn find(&self) -> Result<ProviderHandle> {
        let snapshot = self.supervisor.snapshot();
        let decision = self.decide(&snapshot)?;
        let chosen = decision.chosen();
        let gone = || Error::new(ErrorKind::Internal, "the chosen provider is not in the snapshot");
        let entry = snapshot.entries.get(&chosen.provider).ok_or_else(gone)?;
        let endpoint = entry.endpoints().iter().find(|endpoint| endpoint.model.id == chosen.model).ok_or_else(gone)?;
        ProviderHandle::chosen(entry, Arc::clone(endpoint), Arc::new(decision))
    }
}

impl fmt::Debug for FindProvider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("FindProvider").field("need", &self.need).finish_non_exhaustive()
    }
}

impl IntoFuture for FindProvider {
    type Output = Result<ProviderHandle>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.find() })
    }
}

fn refusal(entry: &Entry) -> Option<Rejection> {
    let Body::Refused(error) = &entry.body else {
        return None;
    };
    let reason = RejectReason::Refused { error: error.kind(), message: error.message().to_owned() };
    Some(Rejection { provider: entry.id.clone(), model: None, reasons: vec![reason] })
}

fn nobody(capability: Capability, rejected: Vec<Rejection>) -> Error {
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
