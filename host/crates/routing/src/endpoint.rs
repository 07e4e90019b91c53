//! What can be chosen: a model of a provider.

use std::time::{Duration, Instant};

use palisade_core::{
    ProviderId,
    catalogue::{FailureBilling, Model},
};
use serde::Serialize;

use crate::{Figures, Live};

/// Where a figure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// The provider says so.
    Claimed,
    /// The operator says so.
    Operator,
    /// The host measured it.
    Measured,
    /// Nobody says: it is what is assumed of any provider.
    Assumed,
}

/// A model of a provider, with what the operator says of it.
#[derive(Debug)]
pub struct Endpoint {
    /// The provider.
    pub provider: ProviderId,
    /// The model: claims, with the operator's prices in their place.
    pub model: Model,
    /// Whose prices they are.
    pub price_source: Provenance,
    /// Whether a call that failed is billed.
    pub bills_on_failure: FailureBilling,
    /// How good its results are, 0 to 1. Only the operator says; never the provider.
    pub quality: Option<f64>,
    /// How long a call takes, before any was measured.
    pub prior_latency: Option<Duration>,
    /// What was measured.
    pub live: Live,
}

impl Endpoint {
    /// Whether this is what the caller names: `model`, `provider`, `provider/model`, or the name that the model has
    /// across providers.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        let (provider, model) = (self.provider.as_str(), self.model.id.as_str());
        name == model
            || name == provider
            || name.split_once('/') == Some((provider, model))
            || self.model.model_ref.as_deref() == Some(name)
    }

    /// Calls this for each of its names: those of [`is_named`](Self::is_named).
    pub(crate) fn each_name(&self, mut found: impl FnMut(&str)) {
        let (provider, model) = (self.provider.as_str(), self.model.id.as_str());
        found(model);
        found(provider);
        found(&format!("{provider}/{model}"));
        self.model.model_ref.iter().for_each(|name| found(name));
    }
}

/// An endpoint with its figures of this moment.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The endpoint.
    pub endpoint: &'a Endpoint,
    /// Its figures.
    pub figures: Figures,
}

impl<'a> Candidate<'a> {
    /// The endpoint as it is at this moment.
    #[must_use]
    pub fn at(endpoint: &'a Endpoint, now: Instant) -> Self {
        Self { endpoint, figures: endpoint.live.figures(now) }
    }
}
