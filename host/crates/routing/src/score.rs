//! The generalised price of a request: one number in dollars.

use palisade_core::{Capability, catalogue::FailureBilling};
use serde::Serialize;

use crate::{Candidate, Need, Provenance};

/// What an unknown price is taken to be, in US dollars: dear enough that a known price is preferred.
const UNKNOWN_PRICE: f64 = 1.0;
/// What an unknown quality is taken to be: the middle.
const UNKNOWN_QUALITY: f64 = 0.5;
/// Calls that every provider is taken to have made before: 19 of 20 succeeded.
const PRIOR_SUCCESSES: f64 = 3.8;
const PRIOR_FAILURES: f64 = 0.2;

/// The seconds that a call is taken to need when nobody knows.
const fn prior_seconds(capability: Capability) -> f64 {
    match capability {
        Capability::TextToImage | Capability::ImageEdit | Capability::ImageUpscale | Capability::SpeechToText => 5.0,
        Capability::Embedding | Capability::Rerank | Capability::Moderation => 0.5,
        _ => 2.0,
    }
}

/// The parts of the score of a candidate, in US dollars where nothing else is said.
///
/// ```text
/// a = success · (cost + time) + (1 − success) · (billed + time + failure)   one attempt
/// J = a / success + (1 − quality) · weight of quality                       until the first success
/// ```
///
/// `billed` is the cost where a failed attempt is billed too, else nothing. `a / success` is the classical index for ordering attempts until the first success: ascending J is also the order
/// in which to try.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Score {
    /// J: the sum. Lower is better.
    pub total: f64,
    /// What the request is expected to cost.
    pub cost: f64,
    /// Whether the cost is known: an unknown one counts as a dollar.
    pub cost_known: bool,
    /// What its time is worth.
    pub time: f64,
    /// What its risk of failing is worth.
    pub risk: f64,
    /// What it lacks in quality is worth.
    pub quality_gap: f64,
    /// Expected seconds.
    pub seconds: f64,
    /// Where the seconds come from.
    pub seconds_source: Provenance,
    /// Expected share of successes, 0 to 1.
    pub success: f64,
    /// Quality, 0 to 1.
    pub quality: f64,
    /// Where the quality comes from.
    pub quality_source: Provenance,
}

/// The score of a candidate for a need, given what the request would cost there.
pub(crate) fn score(candidate: &Candidate<'_>, need: &Need, cost: Option<f64>) -> Score {
    let (endpoint, figures, weights) = (candidate.endpoint, candidate.figures, need.weights);
    let prior = endpoint.prior_latency.map(|latency| latency.as_secs_f64());
    let (seconds, seconds_source) = match (figures.latency, prior) {
        (Some(measured), _) => (measured, Provenance::Measured),
        (None, Some(prior)) => (prior, Provenance::Operator),
        (None, None) => (prior_seconds(need.capability), Provenance::Assumed),
    };
    let (quality, quality_source) = match endpoint.quality {
        Some(quality) => (quality, Provenance::Operator),
        None => (UNKNOWN_QUALITY, Provenance::Assumed),
    };
    let successes = figures.successes + PRIOR_SUCCESSES;
    let success = successes / (successes + figures.failures + PRIOR_FAILURES);
    // What waits in line before this call has to be served first.
    let queue =
        endpoint.model.max_concurrency.map_or(0.0, |limit| f64::from(figures.pending) / f64::from(limit.max(1)));
    let seconds = seconds * (1.0 + queue);

    let known_cost = cost;
    let cost = known_cost.unwrap_or(UNKNOWN_PRICE);
    let time = weights.second * seconds;
    let billed = if endpoint.bills_on_failure == FailureBilling::Never { 0.0 } else { cost };
    let attempt = success * (cost + time) + (1.0 - success) * (billed + time + weights.failure);
    let quality_gap = weights.quality * (1.0 - quality);
    Score {
        total: attempt / success + quality_gap,
        cost,
        cost_known: known_cost.is_some(),
        time,
        risk: attempt / success - cost - time,
        quality_gap,
        seconds,
        seconds_source,
        success,
        quality,
        quality_source,
    }
}
