//! The choice, and what there is to say about it.

use std::{cmp::Ordering, time::Duration};

use palisade_core::{Capability, ModelId, PicoUsd, ProviderId, RejectReason, Rejection};
use serde::Serialize;

use crate::{
    Candidate, Figures, Health, Need, Preference, Provenance, Rate, Score, filter,
    noise::{Dice, Purpose, identity},
    score::score,
};

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
pub fn choose<'a>(
    candidates: impl IntoIterator<Item = Candidate<'a>>,
    need: &Need,
) -> Result<Decision, Vec<Rejection>> {
    let mut able: Vec<(u64, Considered)> = Vec::new();
    let (mut spared, mut rejected) = (Vec::new(), Vec::new());
    let (ties, ramp) = (Dice::new(need.seed, Purpose::Tie), Dice::new(need.seed, Purpose::Ramp));
    for candidate in candidates {
        if !filter::matters(candidate.endpoint, need) {
            continue;
        }
        let endpoint = candidate.endpoint;
        let cost = filter::cost(endpoint, need);
        let reasons = filter::reasons(endpoint, need, cost);
        let (provider, model) = (endpoint.provider.clone(), endpoint.model.id.clone());
        let identity = identity(&provider, &model);
        let rank = ties.roll(identity);
        let spare = filter::spare(&candidate.figures, ramp.share(identity));
        if !reasons.is_empty() {
            let reasons = reasons.into_iter().chain(spare).collect();
            rejected.push(Rejection { provider, model: Some(model), reasons });
            continue;
        }
        let score = score(&candidate, need, cost.map(PicoUsd::as_usd));
        let considered = Considered { provider, model, cost, price_source: endpoint.price_source, score };
        match spare {
            None => able.push((rank, considered)),
            Some(reason) => spared.push(Spared { rank, considered, reason, figures: candidate.figures }),
        }
    }
    let spared_reason = if able.is_empty() { last_resort(&mut spared, &mut able) } else { None };
    rejected.extend(spared.into_iter().map(Spared::rejected));
    able.sort_by(compare);
    let considered: Vec<_> = able.into_iter().map(|(_, considered)| considered).collect();
    let reason = match considered.as_slice() {
        [] => return Err(rejected),
        [_] => spared_reason.unwrap_or("nobody else can serve this request").to_owned(),
        [best, second, ..] => reason(best, second),
    };
    Ok(Decision { capability: need.capability, preference: need.preference, considered, rejected, reason })
}

/// Somebody who could serve the request, and is spared for now.
struct Spared {
    rank: u64,
    considered: Considered,
    reason: RejectReason,
    figures: Figures,
}

impl Spared {
    fn rejected(self) -> Rejection {
        let Considered { provider, model, .. } = self.considered;
        Rejection { provider, model: Some(model), reasons: vec![self.reason] }
    }
}

/// Who serves a request when all who could are spared: those who have recovered, whatever their share, or have only as many
/// calls as they like; else the one that is tried next anyway, by one call at a time. Never who said how long to wait.
/// Gives the sentence that says so.
fn last_resort(spared: &mut Vec<Spared>, able: &mut Vec<(u64, Considered)>) -> Option<&'static str> {
    let waits = |spared: &Spared| matches!(spared.figures.rate, Rate::Wait { .. });
    let is_well = |spared: &mut Spared| {
        !waits(spared) && matches!(spared.figures.health, Health::Closed | Health::Ramp { .. } | Health::Probation)
    };
    able.extend(spared.extract_if(.., is_well).map(|spared| (spared.rank, spared.considered)));
    if !able.is_empty() {
        return None;
    }
    let left_alone_for = |spared: &Spared| match spared.figures.health {
        Health::Open { retry_in } => retry_in,
        _ => Duration::ZERO,
    };
    let idle = spared.iter().enumerate().filter(|(_, spared)| spared.figures.pending == 0 && !waits(spared));
    let (next, _) = idle.min_by_key(|(_, spared)| (left_alone_for(spared), spared.rank))?;
    let next = spared.swap_remove(next);
    able.push((next.rank, next.considered));
    Some("everybody who can serve this request has failed of late; it is the first to be tried again")
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
