//! What can be chosen: a model of a provider.

use std::time::{Duration, Instant};

use palisade_core::{
    ProviderId, Sourced,
    catalogue::{FailureBilling, Model, Price},
};

use crate::{Figures, Live};

/// What others than the provider say of a model, in the place of its claims.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// What it costs, and who says so.
    pub prices: Option<Sourced<Vec<Price>>>,
    /// Calls at one time.
    pub max_concurrency: Option<u32>,
    /// Tokens in and out together.
    pub context_tokens: Option<u32>,
    /// Tokens out.
    pub max_output_tokens: Option<u32>,
}

/// A model of a provider: what it claims, what others say of it, and what was measured, one beside the other.
#[derive(Debug)]
pub struct Endpoint {
    /// The provider.
    pub provider: ProviderId,
    /// What the provider claims of the model. Of its figures, those count that [`prices`](Self::prices) and its like give.
    pub model: Model,
    /// What others say of it.
    pub overrides: Overrides,
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
    /// What it costs: none is unknown, an empty list is free.
    #[must_use]
    pub fn prices(&self) -> Sourced<Option<&[Price]>> {
        match &self.overrides.prices {
            Some(Sourced { value, source }) => Sourced { value: Some(value), source: *source },
            None => said(None, self.model.prices.as_deref()),
        }
    }

    /// Calls at one time; none where there is no such limit.
    #[must_use]
    pub fn max_concurrency(&self) -> Sourced<Option<u32>> {
        said(self.overrides.max_concurrency, self.model.max_concurrency)
    }

    /// Tokens in and out together; none where that is not known.
    #[must_use]
    pub fn context_tokens(&self) -> Sourced<Option<u32>> {
        said(self.overrides.context_tokens, self.model.context_tokens)
    }

    /// Tokens out; none where that is not known.
    #[must_use]
    pub fn max_output_tokens(&self) -> Sourced<Option<u32>> {
        said(self.overrides.max_output_tokens, self.model.max_output_tokens)
    }

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

/// The operator's word, else the provider's, else nobody's.
fn said<T>(operator: Option<T>, claimed: Option<T>) -> Sourced<Option<T>> {
    match (operator, claimed) {
        (Some(value), _) => Sourced::operator(Some(value)),
        (None, Some(value)) => Sourced::claimed(Some(value)),
        (None, None) => Sourced::assumed(None),
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
