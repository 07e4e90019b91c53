//! What to change in a need that nobody can serve, so that somebody can.

use std::collections::BTreeMap;

use palisade_core::{PicoUsd, RejectReason, Rejection, Relaxation, Suggestion};
use serde::Serialize;

/// Most suggestions that are made.
const MOST: usize = 5;

/// Nobody can serve the need: why, and what to change.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Nobody {
    /// Everybody, with their reasons, but for those who serve another capability and were not named.
    pub rejected: Vec<Rejection>,
    /// What would let somebody serve the need, the least change first. Empty where nothing does.
    pub suggestions: Vec<Suggestion>,
}

/// What would undo a reason.
trait Undo: Sized {
    /// None where nothing that the caller can change does.
    fn of(reason: &RejectReason, rejected: &Rejected) -> Option<Self>;

    /// What tells it from others, but for how far it goes.
    fn kind(&self) -> String;

    /// How far it goes, among those of its kind.
    fn extent(&self) -> f64;
}

impl Undo for Relaxation {
    fn of(reason: &RejectReason, rejected: &Rejected) -> Option<Self> {
        let Rejection { provider, model, .. } = &rejected.rejection;
        let model = || model.as_ref().map_or_else(|| provider.to_string(), |model| format!("{provider}/{model}"));
        Some(match reason {
            RejectReason::NotNamed if rejected.is_by_name_only => Self::Name { model: model() },
            RejectReason::NotNamed => Self::DropModel,
            RejectReason::ExplicitOnly | RejectReason::NotLive { .. } => Self::Name { model: model() },
            RejectReason::ExcludedByCaller => Self::Include { model: model() },
            RejectReason::MissingFeature { feature } => Self::Drop { name: feature.clone() },
            RejectReason::Limit { name, allowed, .. } => Self::Adjust { name: name.clone(), allowed: allowed.clone() },
            RejectReason::Region { regions } => Self::AllowRegion { region: regions.first()?.clone() },
            RejectReason::PriceOver { price, .. } => Self::RaisePrice { to: *price },
            RejectReason::PriceUnknown | RejectReason::PriceClaimed { .. } => Self::DropPrice,
            RejectReason::Deadline { expected, .. } => Self::AllowSeconds { to: *expected },
            RejectReason::BreakerOpen { retry_in_ms }
            | RejectReason::Quota { retry_in_ms, .. }
            | RejectReason::Throttled { retry_in_ms: Some(retry_in_ms) } => Self::Wait { milliseconds: *retry_in_ms },
            RejectReason::BreakerProbation | RejectReason::BreakerRamp { .. } | RejectReason::Throttled { .. } => {
                Self::Wait { milliseconds: 0 }
            }
            _ => return None,
        })
    }

    fn kind(&self) -> String {
        match self {
            Self::RaisePrice { .. } => "price".to_owned(),
            Self::AllowSeconds { .. } => "seconds".to_owned(),
            Self::Wait { .. } => "wait".to_owned(),
            other => other.to_string(),
        }
    }

    fn extent(&self) -> f64 {
        match self {
            Self::RaisePrice { to } => to.0 as f64,
            Self::AllowSeconds { to } => *to,
            Self::Wait { milliseconds } => *milliseconds as f64,
            _ => 0.0,
        }
    }
}

/// Somebody who cannot serve the need.
pub(crate) struct Rejected {
    pub(crate) rejection: Rejection,
    /// What the request would cost there.
    pub(crate) cost: Option<PicoUsd>,
    /// Whether it is only chosen when it is named.
    pub(crate) is_by_name_only: bool,
    /// The features of the need that are its tags, where it is only chosen for one of them: who does without them does without it.
    pub(crate) by_tags: Vec<String>,
}

/// Somebody who could serve the need after some changes.
struct Candidate {
    /// One of each kind, by kind.
    relaxations: BTreeMap<String, Relaxation>,
    cost: Option<PicoUsd>,
}

impl Candidate {
    /// None when no change that the caller can make is enough.
    fn new(rejected: &Rejected) -> Option<Self> {
        let mut relaxations = BTreeMap::<String, Relaxation>::new();
        for reason in &rejected.rejection.reasons {
            let relaxation = Relaxation::of(reason, rejected)?;
            let kind = relaxation.kind();
            // Two reasons to wait: the longer one counts.
            if relaxations.get(&kind).is_none_or(|known| known.extent() < relaxation.extent()) {
                relaxations.insert(kind, relaxation);
            }
        }
        let is_dropped = |tag: &String| relaxations.contains_key(&Relaxation::Drop { name: tag.clone() }.kind());
        let is_lost = !rejected.by_tags.is_empty() && rejected.by_tags.iter().all(is_dropped);
        (!is_lost).then_some(Self { relaxations, cost: rejected.cost })
    }

    /// How far its changes go, and then what it costs: an unknown price is the highest.
    fn effort(&self) -> (Vec<f64>, PicoUsd) {
        (self.relaxations.values().map(Relaxation::extent).collect(), self.cost.unwrap_or(PicoUsd(u64::MAX)))
    }

    /// Whether what lets another serve the need lets this one too.
    fn is_let_in_with(&self, other: &Self) -> bool {
        let pairs = self.relaxations.values().zip(other.relaxations.values());
        pairs.fold(true, |all, (own, others)| all && own.extent() <= others.extent())
    }
}

/// The cheapest changes that let somebody of these serve the need. Each criterion is looked at alone; pairs only where none is enough.
pub(crate) fn suggestions(rejected: &[Rejected]) -> Vec<Suggestion> {
    let candidates: Vec<_> = rejected.iter().filter_map(Candidate::new).collect();
    let by = |changes| by_change(candidates.iter().filter(|candidate| candidate.relaxations.len() == changes));
    let mut found = by(1);
    if found.is_empty() {
        found = by(2);
    }
    found.sort_by_key(|suggestion| {
        (std::cmp::Reverse(suggestion.candidates), suggestion.cost.unwrap_or(PicoUsd(u64::MAX)))
    });
    found.truncate(MOST);
    found
}

/// A suggestion for each kind of change: the least that lets somebody in.
fn by_change<'a>(candidates: impl Iterator<Item = &'a Candidate>) -> Vec<Suggestion> {
    let mut groups: BTreeMap<Vec<&str>, Vec<&Candidate>> = BTreeMap::new();
    for candidate in candidates {
        groups.entry(candidate.relaxations.keys().map(String::as_str).collect()).or_default().push(candidate);
    }
    let suggestion = |group: Vec<&Candidate>| {
        let first = group.iter().min_by(|left, right| {
            let (left, right) = (left.effort(), right.effort());
            left.partial_cmp(&right).unwrap_or(std::cmp::Ordering::Equal)
        })?;
        let let_in = || group.iter().filter(|candidate| candidate.is_let_in_with(first));
        Some(Suggestion {
            relaxations: first.relaxations.values().cloned().collect(),
            candidates: let_in().count(),
            cost: let_in().filter_map(|candidate| candidate.cost).min(),
        })
    };
    groups.into_values().filter_map(suggestion).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(name: &str, cents: u64, reasons: Vec<RejectReason>) -> Rejected {
        let rejection = Rejection { provider: name.parse().unwrap(), model: Some("m".parse().unwrap()), reasons };
        Rejected { rejection, cost: Some(PicoUsd(cents * 10_000_000_000)), is_by_name_only: false, by_tags: vec![] }
    }

    fn sentences(rejected: &[Rejected]) -> Vec<String> {
        suggestions(rejected).iter().map(ToString::to_string).collect()
    }

    fn no_seed() -> RejectReason {
        RejectReason::MissingFeature { feature: "seed".to_owned() }
    }

    fn over(cents: u64) -> RejectReason {
        RejectReason::PriceOver { price: PicoUsd(cents * 10_000_000_000), max: PicoUsd(1) }
    }

    fn open(milliseconds: u64) -> RejectReason {
        RejectReason::BreakerOpen { retry_in_ms: milliseconds }
    }

    #[test]
    fn each_criterion_is_looked_at_alone_and_the_cheapest_way_is_told() {
        let rejected = [
            rejected("a", 2, vec![no_seed()]),
            rejected("b", 3, vec![no_seed()]),
            rejected("c", 4, vec![over(4)]),
            rejected("d", 9, vec![over(9)]),
            rejected("e", 1, vec![open(11_500)]),
            rejected("f", 7, vec![no_seed(), over(7)]),
            rejected("g", 1, vec![RejectReason::OtherCapability]),
        ];
        let expected = [
            "drop `seed`: 2 candidates from $0.02",
            "wait 12 s: 1 candidate from $0.01",
            "raise the price to $0.04: 1 candidate",
        ];
        assert_eq!(sentences(&rejected), expected);
        let json = serde_json::to_value(suggestions(&rejected)).unwrap();
        assert_eq!(json[0]["relaxations"], serde_json::json!([{ "change": "drop", "name": "seed" }]));
    }

    #[test]
    fn pairs_are_told_only_where_nothing_alone_is_enough() {
        let two = || rejected("a", 7, vec![no_seed(), over(7)]);
        let three = rejected("b", 1, vec![no_seed(), over(1), open(1)]);
        assert_eq!(sentences(&[two(), three]), ["drop `seed` and raise the price to $0.07: 1 candidate"]);
        assert_eq!(
            sentences(&[two(), rejected("c", 1, vec![open(0)])]),
            ["wait for another call to end: 1 candidate from $0.01"]
        );
    }

    #[test]
    fn who_is_only_chosen_for_a_tag_is_not_found_without_it() {
        let by_tags = |tags: &[&str]| {
            let by_tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
            sentences(&[Rejected { by_tags, ..rejected("a", 1, vec![no_seed()]) }])
        };
        assert_eq!(by_tags(&["seed"]), [""; 0]);
        assert_eq!(by_tags(&["seed", "fast"]).len(), 1);
    }

    #[test]
    fn what_nothing_helps_gets_no_suggestion() {
        assert_eq!(sentences(&[rejected("a", 1, vec![RejectReason::OtherCapability])]), [""; 0]);
        assert_eq!(sentences(&[]), [""; 0]);
    }
}
