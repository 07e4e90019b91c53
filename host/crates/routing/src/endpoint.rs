//! What can be chosen: a model of a provider.

use std::{
    borrow::Borrow,
    time::{Duration, Instant},
};

use palisade_core::{
    Moment, PicoUsd, Provenance, ProviderId, Sourced,
    catalogue::{self, Estimate, FailureBilling, Model, Price, Quota},
};
use serde::{Deserialize, Serialize};

use crate::{Figures, Live, Need};

/// What others than the provider say of a model, in the place of its claims.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Overrides {
    /// What the operator says that it costs; goes before what a list says.
    pub prices: Option<Vec<Price>>,
    /// What a list of prices says that it costs.
    pub listed: Option<ListedPrices>,
    /// Whether the operator does not believe what the provider claims to cost.
    pub doubts_prices: bool,
    /// Calls at one time.
    pub max_concurrency: Option<u32>,
    /// Tokens in and out together.
    pub context_tokens: Option<u32>,
    /// Tokens out.
    pub max_output_tokens: Option<u32>,
    /// What may be used in a time; an empty list is as much as anybody wants.
    pub quotas: Option<Vec<Quota>>,
}

/// What a list of prices says of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListedPrices {
    /// What it costs; an empty list is free.
    pub prices: Vec<Price>,
    /// Where that comes from.
    pub source: Option<String>,
    /// How old it is.
    pub date: Option<Moment>,
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
        match (&self.overrides.prices, &self.overrides.listed) {
            (Some(prices), _) => Sourced::operator(Some(prices)),
            (None, Some(listed)) => Sourced::feed(Some(&listed.prices)),
            (None, None) => said(None, self.model.prices.as_deref()),
        }
    }

    /// Whether its prices are claims that the operator does not believe: they are no reason to prefer it to others.
    #[must_use]
    pub fn is_doubted(&self) -> bool {
        self.overrides.doubts_prices && self.prices().source == Provenance::Claimed
    }

    /// What this request would cost here; none when that is not known, or only claimed by who is not believed.
    #[must_use]
    pub fn cost(&self, need: &Need) -> Option<PicoUsd> {
        self.stated_cost(need).filter(|_| !self.is_doubted())
    }

    /// The most that this request can cost here; none when that is not known, or only claimed by who is not believed.
    #[must_use]
    pub fn highest_cost(&self, need: &Need) -> Option<PicoUsd> {
        self.estimate(need).high.filter(|_| !self.is_doubted())
    }

    /// What this request would cost here by the prices, whoever states them.
    pub(crate) fn stated_cost(&self, need: &Need) -> Option<PicoUsd> {
        self.estimate(need).expected
    }

    /// What this request would cost here by the prices, whoever states them, from the least to the most.
    #[must_use]
    pub fn estimate(&self, need: &Need) -> Estimate {
        let workload = need.workload.bounded(self.max_output_tokens().value.or(self.context_tokens().value));
        catalogue::estimate(self.prices().value, &workload, &need.parameters, need.at)
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

    /// What may be used in a time; empty where there is no such limit. Its record must [know](Live::with_quotas) them.
    #[must_use]
    pub fn quotas(&self) -> Sourced<&[Quota]> {
        match &self.overrides.quotas {
            Some(quotas) => Sourced::operator(quotas),
            None => Sourced::claimed(&self.model.quotas),
        }
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

    /// The name that its model has with whoever serves it.
    pub(crate) fn common_name(&self) -> &str {
        self.model.model_ref.as_deref().unwrap_or(self.model.id.as_str())
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
pub struct Candidate<E> {
    /// The endpoint, or what leads to it.
    pub endpoint: E,
    /// Its figures.
    pub figures: Figures,
}

impl<E: Borrow<Endpoint>> Candidate<E> {
    /// The endpoint as it is at this moment.
    pub fn at(endpoint: E, now: Instant) -> Self {
        Self { figures: endpoint.borrow().live.figures(now), endpoint }
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::{Capability, RejectReason, Request, Unit, chat, text_to_image};

    use super::*;
    use crate::choose;

    fn endpoint(name: &str, cents: u64, overrides: Overrides) -> Endpoint {
        let mut model = Model::new("m".parse().unwrap(), &[Capability::TextToImage]);
        model.prices = Some(vec![per_image(cents)]);
        Endpoint {
            provider: name.parse().unwrap(),
            model,
            overrides,
            bills_on_failure: FailureBilling::Never,
            quality: None,
            prior_latency: None,
            live: Live::default(),
        }
    }

    fn per_image(cents: u64) -> Price {
        Price::new(Unit::Image, PicoUsd(cents * 10_000_000_000))
    }

    fn need() -> Need {
        Need::new(&Request::from(text_to_image::Request::new("a red fox")))
    }

    #[test]
    fn a_claim_that_is_not_believed_undercuts_nobody() {
        let doubted = |cents| endpoint("doubted", cents, Overrides { doubts_prices: true, ..Overrides::default() });
        let known = |cents| endpoint("known", cents, Overrides::default());
        let chosen = |endpoints: [Endpoint; 2]| {
            let candidates = endpoints.iter().map(|endpoint| Candidate::at(endpoint, Instant::now()));
            choose(candidates, &Need { spread: false, ..need() }).unwrap().chosen().provider.to_string()
        };
        assert_eq!(chosen([doubted(0), known(90)]), "known", "it counts as unknown");
        assert_eq!(chosen([doubted(300), known(200)]), "known", "nobody lies to look dear");
        assert_eq!(chosen([doubted(0), known(200)]), "doubted", "an unknown price is still taken to be a dollar");

        let need = Need { max_price: Some(PicoUsd(u64::MAX)), ..need() };
        let nobody = choose([Candidate::at(&doubted(1), Instant::now())], &need).unwrap_err();
        let claimed = PicoUsd(10_000_000_000);
        assert_eq!(nobody.rejected[0].reasons, [RejectReason::PriceClaimed { claimed }]);
        assert_eq!(nobody.suggestions[0].to_string(), "set no highest price: 1 candidate");

        let mut told = doubted(1);
        told.overrides.listed = Some(ListedPrices { prices: vec![per_image(7)], source: None, date: None });
        assert_eq!(told.cost(&need), Some(PicoUsd(70_000_000_000)), "what a list says is believed");
        told.overrides.prices = Some(vec![per_image(8)]);
        assert_eq!(told.cost(&need), Some(PicoUsd(80_000_000_000)), "the operator has the last word");
    }

    #[test]
    fn a_price_that_is_not_valid_now_is_unknown() {
        let mut endpoint = endpoint("a", 1, Overrides::default());
        let until = Price { valid_until: Some(Moment(100)), ..per_image(2) };
        endpoint.overrides.prices = Some(vec![until]);
        let choose_at = |at| {
            let need = Need { at: Moment(at), ..need() };
            choose([Candidate::at(&endpoint, Instant::now())], &need).unwrap().chosen().cost
        };
        assert_eq!(
            [99, 100].map(choose_at),
            [Some(PicoUsd(20_000_000_000)), None],
            "the claim does not take its place"
        );
    }
    #[test]
    fn a_model_that_cannot_read_or_answer_so_much_is_out() {
        let model = Model::new("m".parse().unwrap(), &[Capability::Chat]);
        let mut endpoint = Endpoint { model, ..endpoint("a", 1, Overrides::default()) };
        (endpoint.model.context_tokens, endpoint.overrides.context_tokens) = (Some(10), Some(25));
        endpoint.model.max_output_tokens = Some(50);
        let told = |characters: usize, max_output_tokens| {
            let request = chat::Request { max_output_tokens, ..chat::Request::new("a".repeat(characters)) };
            let nobody = choose([Candidate::at(&endpoint, Instant::now())], &Need::new(&request.into())).err();
            nobody.map_or(String::new(), |nobody| nobody.rejected[0].to_string())
        };
        assert_eq!(told(100, Some(50)), "");
        assert_eq!(told(104, None), "a/m: limit(context-tokens 26, takes at most 25)");
        assert_eq!(told(4, Some(51)), "a/m: limit(max-output-tokens 51, takes at most 50)");
    }
}
