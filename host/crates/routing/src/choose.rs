//! The choice, and what there is to say about it.

use std::borrow::Borrow;

use palisade_core::{
    Capability, ModelId, PicoUsd, Provenance, ProviderId, RejectReason, Rejection,
    catalogue::{Estimate, Model},
};
use serde::Serialize;

use crate::{
    Candidate, Endpoint, Feature, Figures, Need, Nobody, Preference, Score,
    best::{TIE, class},
    brief::Brief,
    search::{Able, Search, Verdict, Why, Winner, last_resort},
    shelf::Shelf,
    suggestion::{Rejected, suggestions},
};

/// Somebody who could serve the request.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Considered {
    /// The provider.
    pub provider: ProviderId,
    /// Its model.
    pub model: ModelId,
    /// What the request is expected to cost; none when that is not known.
    pub cost: Option<PicoUsd>,
    /// What it costs by the prices, whoever states them, from the least to the most.
    pub estimate: Estimate,
    /// Whose prices they are.
    pub price_source: Provenance,
    /// The number that decided.
    pub score: Score,
    /// What part of all requests like this one it gets at this moment, 0 to 1. The seed says which.
    pub share: f64,
}

/// A choice, with everybody who was considered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    /// What is to be done.
    pub capability: Capability,
    /// What the caller cares about.
    pub preference: Preference,
    /// What chance was made from: the same candidates, figures, need and seed give the same decision.
    pub seed: u64,
    /// Everybody who could serve the request: first who is chosen, then the others, best first, which is the order in which to
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

/// Chooses among candidates.
///
/// # Errors
///
/// Gives everybody with the reasons, and what to change, when nobody can serve the need.
pub fn choose<'a>(candidates: impl IntoIterator<Item = Candidate<'a>>, need: &Need) -> Result<Decision, Nobody> {
    let serves = |candidate: &Candidate<'_>| candidate.endpoint.model.capabilities.contains(&need.capability);
    let (serving, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(serves);
    let (endpoints, figures): (_, Vec<_>) =
        serving.into_iter().map(|candidate| (candidate.endpoint, candidate.figures)).unzip();
    let shelf = Shelf::new(need.capability, endpoints, Vec::new());
    let others = others.into_iter().map(|candidate| candidate.endpoint);
    decide(&shelf, &figures, need, others.filter(|other| need.model.as_ref().is_some_and(|name| other.is_named(name))))
}

/// Chooses from a shelf, by figures for each of its places. The others are those who serve another capability, and are named.
pub(crate) fn decide<'a, E: Borrow<Endpoint>>(
    shelf: &Shelf<E>,
    figures: &[Figures],
    need: &Need,
    others: impl Iterator<Item = &'a Endpoint>,
) -> Result<Decision, Nobody> {
    let search = Search { shelf, brief: Brief::new(need, shelf), measured: figures };
    let winner = search.winner(|_| true);
    let Candidates { able, mut rejected } = candidates(&search);
    rejected.extend(others.map(|other| reject(other, need, false, vec![RejectReason::OtherCapability], None)));
    let Some(winner) = winner else {
        let suggestions = suggestions(&rejected);
        return Err(Nobody {
            rejected: rejected.into_iter().map(|rejected| rejected.rejection).collect(),
            suggestions,
        });
    };
    let rejected = rejected.into_iter().map(|rejected| rejected.rejection).collect();

    let considered = considered(&search, &winner, &able);
    let reason = match considered.as_slice() {
        _ if winner.why == Why::LastResort => {
            "everybody who can serve this request has failed of late; it is the first to be tried again".to_owned()
        }
        _ if winner.why == Why::Drawn => format!("the best of a few, drawn from {} that are alike", considered.len()),
        _ if winner.why == Why::Explored => "little is known of it, and this request may find out".to_owned(),
        [drawn, least, ..] if drawn.score.total > least.score.total + TIE => {
            let share = drawn.share * 100.0;
            format!("one of those that score nearly as well as the best, by lot: it gets {share:.0} % of such requests")
        }
        [best, second, ..] => reason(best, second),
        _ => "nobody else can serve this request".to_owned(),
    };
    let Need { capability, preference, seed, .. } = *need;
    Ok(Decision { capability, preference, seed, considered, rejected, reason })
}

/// Everybody of a shelf.
struct Candidates {
    /// Who can serve the request, with the places.
    able: Vec<Able>,
    rejected: Vec<Rejected>,
}

/// Finds everybody who can serve the request, and for everybody else why not.
fn candidates<E: Borrow<Endpoint>>(search: &Search<'_, E, &[Figures]>) -> Candidates {
    let (mut able, mut spared, mut rejected) = (Vec::with_capacity(search.shelf.len()), Vec::new(), Vec::new());
    for (place, row, endpoint) in search.shelf.all() {
        let endpoint = endpoint.borrow();
        let verdict = search.verdict(place, row, endpoint);
        match verdict {
            Verdict::Able(candidate) => able.push(candidate),
            Verdict::Spared(candidate) => spared.push(candidate),
            Verdict::Unfit(reasons) => {
                rejected.push(reject(
                    endpoint,
                    search.brief.need,
                    row.is_staging,
                    reasons,
                    search.brief.bill(row, endpoint),
                ));
            }
        }
    }
    if able.is_empty() {
        let taken = last_resort(&mut spared).taken;
        able.extend(taken.into_iter().map(|spared| spared.able));
    }
    rejected.extend(spared.into_iter().filter_map(|spared| {
        let (row, endpoint) = search.shelf.get(spared.able.place)?;
        let endpoint = endpoint.borrow();
        Some(reject(endpoint, search.brief.need, row.is_staging, vec![spared.reason], search.brief.bill(row, endpoint)))
    }));
    Candidates { able, rejected }
}

fn reject(
    endpoint: &Endpoint,
    need: &Need,
    is_staging: bool,
    reasons: Vec<RejectReason>,
    cost: Option<PicoUsd>,
) -> Rejected {
    let model = &endpoint.model;
    let rejection = Rejection { provider: endpoint.provider.clone(), model: Some(model.id.clone()), reasons };
    let is_by_name_only = is_staging || model.has_tag(Model::EXPLICIT_ONLY) || model.status != Model::LIVE;
    let is_by_tag = model.has_tag(Model::EXPLICIT_ONLY) && need.model.is_none();
    let tags = need.features.iter().map(Feature::name).filter(|name| is_by_tag && model.has_tag(name));
    let by_tags = tags.map(str::to_owned).collect();
    Rejected { rejection, cost, is_by_name_only, by_tags }
}

/// The winner, and then the others by their scores.
fn considered<E: Borrow<Endpoint>>(
    search: &Search<'_, E, &[Figures]>,
    winner: &Winner,
    able: &[Able],
) -> Vec<Considered> {
    let key = |(index, able): (usize, &Able)| {
        let rank = search.shelf.get(able.place).map_or(u64::MAX, |(row, _)| search.brief.rank(row));
        let class = if able.place == winner.place { 0 } else { class(able.score.total).to_bits() + 1 };
        (class, rank, index)
    };
    let shares = search.shares(able);
    let mut order: Vec<_> = able.iter().enumerate().map(key).collect();
    order.sort_unstable();
    let considered = |(_, _, index)| {
        let (&Able { place, score, .. }, &share) = able.get(index).zip(shares.get(index))?;
        let (row, endpoint) = search.shelf.get(place)?;
        let endpoint = endpoint.borrow();
        Some(Considered {
            provider: endpoint.provider.clone(),
            model: endpoint.model.id.clone(),
            cost: search.brief.bill(row, endpoint),
            estimate: search.brief.estimate(row, endpoint),
            price_source: endpoint.prices().source,
            score,
            share,
        })
    };
    // Not `collect`, which would guess that there are none.
    let mut all = Vec::with_capacity(able.len());
    all.extend(order.into_iter().filter_map(considered));
    all
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
        (ours.affinity - theirs.affinity, "more familiar"),
    ];
    let decisive = parts.into_iter().max_by(|left, right| left.0.total_cmp(&right.0));
    match decisive {
        Some((dollars, word)) if dollars > TIE => {
            let figures = match word {
                "faster" => format!("{:.2} s against {:.2} s", ours.seconds, theirs.seconds),
                "more reliable" => format!("{:.0} % against {:.0} %", ours.success * 100.0, theirs.success * 100.0),
                "better" => format!("quality {:.2} against {:.2}", ours.quality, theirs.quality),
                "more familiar" => "the like of this request go there".to_owned(),
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
