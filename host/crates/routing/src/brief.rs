//! A need, worked out once for all endpoints of a capability.

use palisade_core::{PicoUsd, RejectReason};

use crate::{
    Endpoint, Figures, Need, Preference, Score, Weights,
    best::{Best, Contender, Rule},
    filter,
    noise::{Dice, Purpose},
    shelf::{Row, Shelf},
    tariff::Load,
    traits::Mask,
};

/// A need as masks and numbers.
#[derive(Debug)]
pub(crate) struct Brief<'a> {
    pub(crate) need: &'a Need,
    pub(crate) weights: Weights,
    mask: Mask,
    load: Load,
    ties: Dice,
    ramp: Dice,
    race: Dice,
    /// How the best is found.
    pub(crate) rule: Rule,
}

impl<'a> Brief<'a> {
    pub(crate) fn new<E>(need: &'a Need, shelf: &Shelf<E>) -> Self {
        let spreads = need.spread && need.preference == Preference::Balanced;
        Self {
            need,
            weights: need.weights.sound(),
            mask: shelf.traits.mask(need),
            load: Load::new(&need.workload, &shelf.units),
            ties: Dice::new(need.seed, Purpose::Tie),
            ramp: Dice::new(need.seed, Purpose::Ramp),
            race: Dice::new(need.seed, Purpose::Race),
            rule: if spreads { Rule::Spread } else { Rule::Least },
        }
    }

    /// Whether an endpoint of these traits cannot serve the need, at a glance.
    #[inline]
    pub(crate) fn refuses(&self, row: &Row) -> bool {
        self.mask.refuses(row.traits)
    }

    /// What the request would cost here, in dollars and for comparing.
    #[inline]
    pub(crate) fn dollars(&self, row: &Row, endpoint: &Endpoint) -> Option<f64> {
        if row.tariff.is_sum(&self.load) {
            return Some(row.tariff.dollars(&self.load));
        }
        self.unusual_bill(row, endpoint).map(PicoUsd::as_usd)
    }

    /// What the request would cost here, as it would be billed.
    pub(crate) fn bill(&self, row: &Row, endpoint: &Endpoint) -> Option<PicoUsd> {
        if row.tariff.is_sum(&self.load) {
            return Some(row.tariff.bill(&self.load));
        }
        self.unusual_bill(row, endpoint)
    }

    #[cold]
    fn unusual_bill(&self, row: &Row, endpoint: &Endpoint) -> Option<PicoUsd> {
        if row.tariff.is_intricate() { filter::cost(endpoint, self.need) } else { None }
    }

    /// Whether an endpoint can serve the need, whatever was measured of it: what [`filter::reasons`] says, and mostly without asking it. For who is named.
    pub(crate) fn fits(&self, row: &Row, endpoint: &Endpoint) -> bool {
        if self.mask.refuses(row.traits) {
            return false;
        }
        if self.mask.doubts(row.traits) || !self.need.excluded.is_empty() {
            return filter::reasons(endpoint, self.need, self.bill(row, endpoint)).is_empty();
        }
        self.need.max_price.is_none_or(|max| self.bill(row, endpoint).is_some_and(|price| price <= max))
    }

    /// The place among equals: the seed decides it, and no name does.
    pub(crate) fn rank(&self, row: &Row) -> u64 {
        self.ties.roll(row.identity)
    }

    /// An endpoint with this score as one who may be the best; none when it cannot be.
    #[inline]
    pub(crate) fn contender(
        &self,
        (place, row): (usize, &Row),
        score: Score,
        figures: &Figures,
        best: &Best,
    ) -> Option<Contender> {
        let (time, rank) = (self.rule.time(score.total, row, figures), self.rank(row));
        let luck = match self.rule {
            Rule::Least => 1.0,
            Rule::Spread => {
                let share = self.race.share(row.identity);
                // What it is at the least costs no logarithm.
                if best.is_behind(score.total, time * share, rank) {
                    return None;
                }
                -(1.0 - share).ln()
            }
        };
        let contender = Contender { place, score, time: time * luck, rank };
        (!best.is_behind(score.total, contender.time, rank)).then_some(contender)
    }

    /// Why an endpoint that could serve the need is spared at this moment.
    pub(crate) fn spare(&self, row: &Row, figures: &Figures) -> Option<RejectReason> {
        filter::spare(figures, || self.ramp.share(row.identity))
    }
}
