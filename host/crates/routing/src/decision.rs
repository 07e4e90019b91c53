//! A choice with everybody who was considered: an order of places, and everything else when it is asked for.

use std::{borrow::Borrow, fmt, sync::Arc};

use palisade_core::{
    Capability, ModelId, PicoUsd, Provenance, ProviderId, RejectReason, Rejection, catalogue::Estimate,
};
use serde::{Serialize, Serializer};

use crate::{
    Endpoint, Preference, Record, Score,
    best::TIE,
    measured::Taken,
    search::{Search, Why},
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

/// A choice, with everybody who was considered. It shares what it was made from, and words are made when they are read. Serialises to
/// the stable JSON of the command line.
#[derive(Clone)]
pub struct Decision<E = Arc<Endpoint>> {
    record: Arc<Record<E>>,
    chosen: Considered,
    why: Why,
    /// The others who could serve the request, the best first.
    others: Vec<Ranked>,
    /// The places of those who cannot.
    unfit: Vec<usize>,
    /// Those who are spared for now.
    spared: Vec<(usize, RejectReason)>,
    /// Those who serve something else, or were refused before.
    out: Vec<Rejection>,
}

/// Somebody who could serve the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ranked {
    pub(crate) place: usize,
    pub(crate) share: f64,
}

/// What is known of everybody who was looked at.
pub(crate) struct Verdicts {
    pub(crate) why: Why,
    pub(crate) others: Vec<Ranked>,
    pub(crate) unfit: Vec<usize>,
    pub(crate) spared: Vec<(usize, RejectReason)>,
    pub(crate) out: Vec<Rejection>,
}

impl<E: Borrow<Endpoint>> Decision<E> {
    pub(crate) fn new(record: Arc<Record<E>>, chosen: Considered, verdicts: Verdicts) -> Self {
        let Verdicts { why, others, unfit, spared, out } = verdicts;
        Self { record, chosen, why, others, unfit, spared, out }
    }

    /// Who is chosen.
    #[must_use]
    pub fn chosen(&self) -> &Considered {
        &self.chosen
    }

    /// Everybody who could serve the request: first who is chosen, then the others, best first, which is the order in which to
    /// fall back. Never empty.
    pub fn considered(&self) -> impl Iterator<Item = Considered> {
        let search = self.record.search();
        let others = self.others.iter().filter_map(move |ranked| considered(&search, *ranked));
        std::iter::once(self.chosen.clone()).chain(others)
    }

    /// Everybody who could not, but for those who serve another capability and were not named.
    pub fn rejected(&self) -> impl Iterator<Item = Rejection> {
        let search = self.record.search();
        let unfit = self.unfit.iter().filter_map(move |place| search.rejected(*place)).map(|found| found.rejection);
        let spared = self.spared.iter().filter_map(|(place, reason)| {
            let endpoint = self.record.endpoint(*place)?.borrow();
            let (provider, model) = (endpoint.provider.clone(), Some(endpoint.model.id.clone()));
            Some(Rejection { provider, model, reasons: vec![reason.clone()] })
        });
        unfit.chain(spared).chain(self.out.iter().cloned())
    }

    /// The sentence that says why the first is chosen.
    #[must_use]
    pub fn reason(&self) -> String {
        let chosen = &self.chosen;
        match (self.why, self.others.first()) {
            (Why::LastResort, _) => {
                "everybody who can serve this request has failed of late; it is the first to be tried again".to_owned()
            }
            (Why::Drawn, _) => format!("the best of a few, drawn from {} that are alike", self.others.len() + 1),
            (Why::Explored, _) => "little is known of it, and this request may find out".to_owned(),
            (Why::Best, second) => match second.and_then(|second| considered(&self.record.search(), *second)) {
                Some(least) if chosen.score.total > least.score.total + TIE => {
                    let share = chosen.share * 100.0;
                    format!(
                        "one of those that score nearly as well as the best, by lot: it gets {share:.0} % of such requests"
                    )
                }
                Some(second) => reason(chosen, &second),
                None => "nobody else can serve this request".to_owned(),
            },
        }
    }

    /// The same with more of those who could not.
    #[must_use]
    pub fn with_rejected(mut self, more: impl IntoIterator<Item = Rejection>) -> Self {
        self.out.extend(more);
        self
    }

    fn told(&self) -> Told {
        let need = self.record.need();
        Told {
            capability: need.capability,
            preference: need.preference,
            seed: need.seed,
            considered: self.considered().collect(),
            rejected: self.rejected().collect(),
            reason: self.reason(),
        }
    }
}

/// Everything that there is to say, in words.
#[derive(Debug, PartialEq, Serialize)]
struct Told {
    capability: Capability,
    preference: Preference,
    /// The same candidates, figures, need and seed give the same decision.
    seed: u64,
    considered: Vec<Considered>,
    rejected: Vec<Rejection>,
    reason: String,
}

impl<E: Borrow<Endpoint>> Serialize for Decision<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.told().serialize(serializer)
    }
}

impl<E: Borrow<Endpoint>> fmt::Debug for Decision<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.told().fmt(formatter)
    }
}

impl<E: Borrow<Endpoint>> PartialEq for Decision<E> {
    fn eq(&self, other: &Self) -> bool {
        self.told() == other.told()
    }
}

/// Everything there is to say of somebody who could serve the request.
pub(crate) fn considered<E: Borrow<Endpoint>>(
    search: &Search<'_, E, &Taken>,
    Ranked { place, share }: Ranked,
) -> Option<Considered> {
    let (row, endpoint) = search.shelf.get(place)?;
    let endpoint = endpoint.borrow();
    Some(Considered {
        provider: endpoint.provider.clone(),
        model: endpoint.model.id.clone(),
        cost: search.brief.bill(row, endpoint),
        estimate: search.brief.estimate(row, endpoint),
        price_source: endpoint.prices().source,
        score: search.score(place, row, endpoint),
        share,
    })
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
