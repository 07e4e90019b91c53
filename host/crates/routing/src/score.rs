//! The generalised price of a request: one number in dollars.

use palisade_core::Provenance;
use serde::Serialize;

use crate::{Figures, Weights, age::part_left, line::seconds, shelf::Row};

/// What an unknown price is taken to be, in US dollars: dear enough that a known price is preferred.
pub(crate) const UNKNOWN_PRICE: f64 = 1.0;
/// Calls that every provider is taken to have made before: 19 of 20 succeeded.
const PRIOR_SUCCESSES: f64 = 3.8;
const PRIOR_FAILURES: f64 = 0.2;

/// The parts of the score of a candidate, in US dollars where nothing else is said.
///
/// ```text
/// a = success · (cost + time) + (1 − success) · (billed + time + failure)   one attempt
/// J = a / success + (1 − quality) · weight of quality − affinity            until the first success
/// ```
///
/// What was measured and speaks against an endpoint counts less the longer it is ago: failures, and seconds beyond those that are
/// assumed of one that nobody knows.
///
/// `billed` is the cost where a failed attempt is billed too, else nothing. `a / success` is the classical index for
/// ordering attempts until the first success: ascending J is also the order in which to try.
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
    /// What it is worth that the like of the request go there: at most 15 % of the rest, which this is taken from.
    pub affinity: f64,
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

/// What the score depends on beside the endpoint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) weights: Weights,
    /// How much is asked for; see [`Need::size`](crate::Need::size).
    pub(crate) size: Option<f64>,
}

fn measured(mean: f64, figures: &Figures, size: Option<f64>) -> f64 {
    match size {
        Some(size) if figures.mean_size > 0.0 => seconds(mean, figures.mean_size, figures.seconds_per_unit, size),
        _ => mean,
    }
}

/// The score of an endpoint where the request would cost so much, with these figures. Affinity is a part of it, 0 to 1.
#[inline]
pub(crate) fn score(row: &Row, cost: Option<f64>, figures: &Figures, terms: &Terms, affinity: f64) -> Score {
    let weights = &terms.weights;
    let part = part_left(figures.age);
    let (seconds, seconds_source) = match figures.latency {
        Some(mean) => {
            let seconds = measured(mean, figures, terms.size);
            // It fades towards what is assumed of one that nobody knows.
            let beyond = (seconds - row.prior_seconds).max(0.0);
            (seconds - beyond * (1.0 - part), Provenance::Measured)
        }
        None if row.knows_seconds => (row.prior_seconds, Provenance::Operator),
        None => (row.prior_seconds, Provenance::Assumed),
    };
    // What waits in line before this call has to be served first.
    let seconds = seconds * (1.0 + f64::from(figures.pending) * row.part_of_limit);
    let (successes, failures) = (figures.successes + PRIOR_SUCCESSES, figures.failures * part + PRIOR_FAILURES);

    let (cost, cost_known) = (cost.unwrap_or(UNKNOWN_PRICE), cost.is_some());
    let time = weights.second * seconds;
    // The failed attempts that come before a success, and what one of them costs.
    let risk = failures / successes * (row.billed_on_failure * cost + time + weights.failure);
    let quality_gap = weights.quality * (1.0 - row.quality);
    let sum = cost + time + risk + quality_gap;
    Score {
        total: sum * (1.0 - affinity),
        cost,
        cost_known,
        time,
        risk,
        quality_gap,
        affinity: sum * affinity,
        seconds,
        seconds_source,
        success: successes / (successes + failures),
        quality: row.quality,
        quality_source: if row.knows_quality { Provenance::Operator } else { Provenance::Assumed },
    }
}

#[cfg(test)]
#[path = "score_tests.rs"]
mod tests;
