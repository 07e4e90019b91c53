//! The choice, and what there is to say about it.

use std::{
    cmp::Ordering,
    hash::{DefaultHasher, Hash, Hasher},
};

use palisade_core::{Capability, ModelId, PicoUsd, ProviderId, Rejection};
use serde::Serialize;

use crate::{Candidate, Endpoint, Need, Preference, Provenance, Score, filter, score::score};

/// Scores that differ by less than this are equal.
const TIE: f64 = 1e-9;

/// Somebody who could serve the request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Considered {
    /// The provider.
    pub provider: ProviderId,
    /// Its model.
    pub model: ModelId,
    /// What the request is expected to cost; none when that is not known.
    pub cost: Option<PicoUsd>,
    /// Whose prices they are.
    pub price_source: Provenance,
    /// The number that decided.
    pub score: Score,
}

/// A choice, with everybody who was considered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    /// What is to be done.
    pub capability: Capability,
    /// What the caller cares about.
    pub preference: Preference,
    /// Everybody who could serve the request, best first: the first is chosen, the others are the order in which to
    /// fall back. Never empty.
    pub considered: Vec<Considered>,
    /// Everybody who could not, but for those who serve another capability and were not named.
    pub rejected: Vec<Rejection>,
    /// The sentence that says why the first is chosen.
    pub reason: String,
}

impl Decision {
    /// Who is chosen.
    #[must_use]
    pub fn chosen(&self) -> &Considered {
        // Only `choose` makes decisions, and it makes none without somebody.
        #[expect(clippy::indexing_slicing, reason = "a decision considers at least one")]
        &self.considered[0]
    }
}

/// Chooses the candidate with the lowest score.
///
/// # Errors
///
/// Gives everybody with the reasons, when nobody can serve the need.
pub fn choose(candidates: &[Candidate<'_>], need: &Need) -> Result<Decision, Vec<Rejection>> {
    let mut able: Vec<(u64, Considered)> = Vec::new();
    let mut rejected = Vec::new();
    for candidate in candidates.iter().filter(|candidate| filter::matters(candidate.endpoint, need)) {
        let endpoint = candidate.endpoint;
        let cost = filter::cost(endpoint, need);
        let reasons = filter::reasons(endpoint, need, cost);
        let (provider, model) = (endpoint.provider.clone(), endpoint.model.id.clone());
        if reasons.is_empty() {
            let score = score(candidate, need, cost.map(PicoUsd::as_usd));
            let considered = Considered { provider, model, cost, price_source: endpoint.price_source, score };
            able.push((rank(endpoint, need.seed), considered));
        } else {
            rejected.push(Rejection { provider, model: Some(model), reasons });
        }
    }
    able.sort_by(compare);
    let considered: Vec<_> = able.into_iter().map(|(_, considered)| considered).collect();
    let reason = match considered.as_slice() {
        [] => return Err(rejected),
        [_] => "nobody else can serve this request".to_owned(),
        [best, second, ..] => reason(best, second),
    };
    Ok(Decision { capability: need.capability, preference: need.preference, considered, rejected, reason })
}

/// The place among equals: the seed decides it, and no name does.
fn rank(endpoint: &Endpoint, seed: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    (seed, &endpoint.provider, &endpoint.model.id).hash(&mut hasher);
    hasher.finish()
}

/// By score, then by rank.
fn compare((left_rank, left): &(u64, Considered), (right_rank, right): &(u64, Considered)) -> Ordering {
    let rounded = |considered: &Considered| (considered.score.total / TIE).round();
    rounded(left)
        .total_cmp(&rounded(right))
        .then(left_rank.cmp(right_rank))
        .then_with(|| (&left.provider, &left.model).cmp(&(&right.provider, &right.model)))
}

/// The part of the score that sets the best apart from the second, in words.
fn reason(best: &Considered, second: &Considered) -> String {
    let (ours, theirs) = (&best.score, &second.score);
    let other = format!("{}/{}", second.provider, second.model);
    let parts = [
        (theirs.cost - ours.cost, "cheaper"),
        (theirs.time - ours.time, "faster"),
        (theirs.risk - ours.risk, "more reliable"),
        (theirs.quality_gap - ours.quality_gap, "better"),
    ];
    let decisive = parts.into_iter().max_by(|left, right| left.0.total_cmp(&right.0));
    match decisive {
        Some((dollars, word)) if dollars > TIE => {
            let figures = match word {
                "faster" => format!("{:.2} s against {:.2} s", ours.seconds, theirs.seconds),
                "more reliable" => format!("{:.0} % against {:.0} %", ours.success * 100.0, theirs.success * 100.0),
                "better" => format!("quality {:.2} against {:.2}", ours.quality, theirs.quality),
                _ if !theirs.cost_known => format!("${:.4} against an unknown price", ours.cost),
                _ => format!("${:.4} against ${:.4}", ours.cost, theirs.cost),
            };
            format!("{word} than {other} ({figures}), worth ${dollars:.4} to you")
        }
        _ => format!("as good as {other}; the seed decided"),
    }
}

#[cfg(test)]
#[path = "choose_tests.rs"]
mod tests;
