//! A need, worked out once for all endpoints of a capability.

use palisade_core::{PicoUsd, RejectReason, catalogue::Estimate};

use crate::{
    Endpoint, Figures, Need, Preference, Score,
    best::{Best, Contender, Rule},
    filter,
    need::sound,
    noise::{Dice, Purpose},
    score::{Terms, score},
    shelf::{Glance, Row, Shelf},
    tariff::Load,
    traits::Mask,
};

/// The most that affinity takes away of a score.
const MOST_AFFINITY: f64 = 0.15;
/// The part of requests that go to somebody little is known of, of those that may.
pub(crate) const EXPLORED: f64 = 0.02;
/// How many times the cost of the best one of these may cost.
const MOST_FOR_EXPLORING: f64 = 2.0;
/// Of whom so many calls are known, enough is known: just below the most that a record remembers.
const ENOUGH_CALLS: f64 = 19.5;

/// By what part rough numbers may be too large: more than ten times what the roundings of an `f32` come to.
const ROUGHNESS: f64 = 1e-5;
/// A request that is larger is not told from this one.
const MOST_SIZE: f64 = 1e12;

/// A need as masks and numbers.
#[derive(Debug)]
pub(crate) struct Brief<'a> {
    pub(crate) need: &'a Need,
    terms: Terms,
    worth_of_quality: f32,
    /// What part of the sum is left at the least: by affinity, and by rough numbers.
    part_at_least: f64,
    mask: Mask,
    load: Load,
    /// Whether it depends on the tokens of an endpoint.
    asks_for_tokens: bool,
    ties: Dice,
    ramp: Dice,
    race: Dice,
    affinity: Option<Dice>,
    /// How the best is found.
    pub(crate) rule: Rule,
}

impl<'a> Brief<'a> {
    pub(crate) fn new<E>(need: &'a Need, shelf: &Shelf<E>) -> Self {
        let spreads = need.spread && need.preference == Preference::Balanced && need.affinity.is_none();
        let weights = need.weights.sound();
        let most_affinity = need.affinity.map_or(0.0, |_| MOST_AFFINITY);
        Self {
            need,
            terms: Terms { weights, size: need.size().map(|size| sound(size, MOST_SIZE)) },
            worth_of_quality: weights.quality as f32,
            part_at_least: (1.0 - ROUGHNESS) * (1.0 - most_affinity),
            mask: shelf.traits.mask(need),
            load: Load::new(&need.workload, &shelf.units),
            asks_for_tokens: need.context_tokens().max(need.max_output_tokens()) > 0.0,
            ties: Dice::new(need.seed, Purpose::Tie),
            ramp: Dice::new(need.seed, Purpose::Ramp),
            race: Dice::new(need.seed, Purpose::Race),
            affinity: need.affinity.map(|affinity| Dice::new(affinity, Purpose::Affinity)),
            rule: if spreads { Rule::Spread } else { Rule::Least },
        }
    }

    /// Whether an endpoint cannot serve the need, at a glance.
    #[inline]
    pub(crate) fn refuses(&self, glance: &Glance) -> bool {
        self.mask.refuses(glance.traits)
    }

    /// What the score is at the least, whatever is measured, at a glance.
    #[inline]
    pub(crate) fn floor(&self, glance: &Glance) -> f64 {
        f64::from(glance.tariff.dollars(&self.load) + self.worth_of_quality * glance.lack) * self.part_at_least
    }

    /// What the request would cost here, in dollars and for comparing.
    #[inline]
    pub(crate) fn dollars(&self, row: &Row, endpoint: &Endpoint) -> Option<f64> {
        if row.tariff.is_sum(&self.load) {
            return Some(row.tariff.dollars(&self.load));
        }
        row.tariff.is_intricate().then(|| self.compared(endpoint)).flatten()
    }

    /// What the request would cost here, as it would be billed.
    pub(crate) fn bill(&self, row: &Row, endpoint: &Endpoint) -> Option<PicoUsd> {
        if row.tariff.is_sum(&self.load) {
            return Some(row.tariff.bill(&self.load));
        }
        row.tariff.is_intricate().then(|| endpoint.cost(self.need)).flatten()
    }

    /// What the request would cost here by the prices, whoever states them, from the least to the most.
    pub(crate) fn estimate(&self, row: &Row, endpoint: &Endpoint) -> Estimate {
        row.tariff.estimate(&self.load).unwrap_or_else(|| endpoint.estimate(self.need))
    }

    #[cold]
    fn compared(&self, endpoint: &Endpoint) -> Option<f64> {
        filter::compared_cost(endpoint, self.need).map(PicoUsd::as_usd)
    }

    /// Whether an endpoint with this score can serve the need. For who is named.
    pub(crate) fn can_serve(&self, row: &Row, endpoint: &Endpoint, score: &Score) -> bool {
        self.fits(row, endpoint) && filter::deadline(score, self.need).is_none()
    }

    /// Whether an endpoint can serve the need, whatever was measured of it: what [`filter::reasons`] says, and mostly without asking it.
    pub(crate) fn fits(&self, row: &Row, endpoint: &Endpoint) -> bool {
        if self.mask.refuses(row.traits) {
            return false;
        }
        if self.asks_for_tokens && filter::too_many_tokens(endpoint, self.need).next().is_some() {
            return false;
        }
        let asks_for_more =
            !(self.need.excluded.is_empty() && self.need.media_types.is_empty() && self.need.regions.is_empty());
        if self.mask.doubts(row.traits) || asks_for_more {
            return filter::reasons(endpoint, row.is_staging, self.need, self.bill(row, endpoint)).is_empty();
        }
        self.need.max_price.is_none_or(|max| self.bill(row, endpoint).is_some_and(|price| price <= max))
    }

    /// The score with these figures, where the request would cost so much.
    #[inline]
    pub(crate) fn score(&self, row: &Row, dollars: Option<f64>, figures: &Figures) -> Score {
        score(row, dollars, figures, &self.terms, self.affinity(row))
    }

    /// The part of the score that affinity takes away: rendezvous hashing (D. Thaler and C. Ravishankar, 1998), so that few
    /// requests go elsewhere when an endpoint comes or goes.
    #[inline]
    fn affinity(&self, row: &Row) -> f64 {
        self.affinity.map_or(0.0, |dice| MOST_AFFINITY * dice.share(row.identity))
    }

    /// Whether this is one of the requests that may go to somebody little is known of.
    pub(crate) fn explores(&self) -> bool {
        self.need.explore && Dice::new(self.need.seed, Purpose::Exploration).share(0) < EXPLORED
    }

    /// Whether little is known of an endpoint, and it does not cost too much to find out, for one that this scores least of.
    pub(crate) fn is_worth_exploring(&self, score: &Score, figures: &Figures, least: &Score) -> bool {
        let is_affordable = least.cost_known && score.cost_known && score.cost <= MOST_FOR_EXPLORING * least.cost;
        is_affordable && figures.successes + figures.failures < ENOUGH_CALLS
    }

    /// The place in a pool that is drawn next.
    pub(crate) fn draw(&self, draw: u64, pool: usize) -> usize {
        Dice::new(self.need.seed, Purpose::Draw).below(pool, draw)
    }

    /// The place among those little is known of.
    pub(crate) fn exploration_rank(&self, row: &Row) -> u64 {
        Dice::new(self.need.seed, Purpose::Explored).roll(row.identity)
    }

    /// The place among equals: the seed decides it, and no name does.
    pub(crate) fn rank(&self, row: &Row) -> u64 {
        self.ties.roll(row.identity)
    }

    /// Whether an endpoint with this score cannot be the best: mostly it can be told so without working out its time.
    #[inline]
    pub(crate) fn trails(&self, row: &Row, total: f64, figures: &Figures, best: &Best) -> bool {
        match self.rule {
            Rule::Least => best.is_behind(total, self.rule.time(total, row, figures), self.rank(row)),
            Rule::Spread => {
                let time = self.rule.time(total, row, figures);
                let share = self.race.share(row.identity);
                // The logarithm is never less.
                best.is_behind(total, time * share, 0) || best.is_behind(total, time * exponential(share), 0)
            }
        }
    }

    /// An endpoint with this score as one who may be the best.
    pub(crate) fn contender(&self, place: usize, row: &Row, score: Score, figures: &Figures) -> Contender {
        let luck = match self.rule {
            Rule::Least => 1.0,
            Rule::Spread => exponential(self.race.share(row.identity)),
        };
        Contender { place, score, time: self.rule.time(score.total, row, figures) * luck, rank: self.rank(row) }
    }

    /// Why an endpoint that could serve the need is spared at this moment.
    pub(crate) fn spare(&self, row: &Row, endpoint: &Endpoint, figures: &Figures) -> Option<RejectReason> {
        filter::spare(endpoint, figures, || self.ramp.share(row.identity))
    }
}

/// Of a number from 0 to 1 that is as likely as any other, one with the exponential distribution.
fn exponential(share: f64) -> f64 {
    -(1.0 - share).ln()
}
