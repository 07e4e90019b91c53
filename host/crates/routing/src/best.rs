//! The best of those who are offered one by one, by one of two rules.
//!
//! Who *spreads* lets all win whose score is near the least, the better the more often. It is a race: each draws a time from an
//! exponential distribution, by the seed and its own names, and who has a higher weight runs faster. So the shares are as the
//! weights, the same seed gives the same winner, and who loses never changes who wins (P. Efraimidis and P. Spirakis, 2006).

use smallvec::SmallVec;

use crate::{Figures, Score, shelf::Row};

/// Scores that differ by less than this are equal.
pub(crate) const TIE: f64 = 1e-9;
/// How far above the least score one may be that still wins at times.
const NEAR: f64 = 1.15;
/// How much more often the better win: the ratio of the scores to this power.
const STEEPNESS: i32 = 6;
/// What is left to an endpoint that is full.
const LEAST_HEADROOM: f64 = 0.05;

/// How the best is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The least score wins, and of equal ones the first by rank.
    Least,
    /// All that are near the least win at times.
    Spread,
}

impl Rule {
    /// The most that one may score who wins, if this is the least.
    fn limit(self, least: f64) -> f64 {
        match self {
            Self::Least => least + TIE,
            Self::Spread => least * NEAR,
        }
    }

    /// What an endpoint with this score needs for the race, where luck gives 1: the less, the better.
    #[inline]
    pub(crate) fn time(self, total: f64, row: &Row, figures: &Figures) -> f64 {
        match self {
            Self::Least => class(total),
            Self::Spread => total.powi(STEEPNESS) / headroom(row, figures),
        }
    }

    /// What part of all requests like this one go to each, by score and time.
    pub(crate) fn shares(self, able: impl Iterator<Item = (f64, f64)> + Clone) -> Vec<f64> {
        let least = able.clone().map(|(total, _)| total).fold(f64::INFINITY, f64::min);
        let (limit, class_of_least, power) = (self.limit(least), class(least), least.powi(STEEPNESS));
        let weight = |(total, time): (f64, f64)| match self {
            Self::Least => f64::from(class(total) == class_of_least),
            Self::Spread if total > limit => 0.0,
            Self::Spread if least > 0.0 => power / time,
            Self::Spread => 1.0,
        };
        let mut weights: Vec<_> = able.map(weight).collect();
        let all: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= all);
        weights
    }
}

/// Scores that are equal are in the same class, and those of a lower one are better. Never negative.
pub(crate) fn class(total: f64) -> f64 {
    let ties = total / TIE;
    // Larger numbers have no fraction; smaller ones lose it in the sum.
    const WHOLE: f64 = (1_u64 << 52) as f64;
    if ties < WHOLE { (ties + WHOLE) - WHOLE } else { ties }
}

/// How much more an endpoint can serve, 0 to 1.
fn headroom(row: &Row, figures: &Figures) -> f64 {
    if figures.pending == 0 {
        return 1.0;
    }
    let pending = f64::from(figures.pending);
    if row.part_of_limit > 0.0 {
        (1.0 - pending * row.part_of_limit).max(LEAST_HEADROOM)
    } else {
        1.0 / (1.0 + pending)
    }
}

/// Somebody who may win.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Contender {
    pub(crate) place: usize,
    pub(crate) score: Score,
    /// When it comes in.
    pub(crate) time: f64,
    /// Its place among those who come in together.
    pub(crate) rank: u64,
}

/// The best so far.
#[derive(Debug)]
pub(crate) struct Best {
    rule: Rule,
    least: f64,
    limit: f64,
    /// Those of whom nobody else both scores less and comes in earlier: few, however many are offered.
    leaders: SmallVec<[Contender; 4]>,
}

impl Best {
    pub(crate) fn new(rule: Rule) -> Self {
        Self { rule, least: f64::INFINITY, limit: f64::INFINITY, leaders: SmallVec::new() }
    }

    /// Whether who scores so much, or more, cannot be the best.
    #[inline]
    pub(crate) fn is_beyond(&self, total: f64) -> bool {
        total > self.limit
    }

    /// Whether who scores so much, and comes in at this time or later, cannot be the best.
    #[inline]
    pub(crate) fn is_behind(&self, total: f64, time: f64, rank: u64) -> bool {
        let before = |leader: &Contender| leader.score.total <= total && (leader.time, leader.rank) <= (time, rank);
        self.leaders.iter().any(before)
    }

    /// Takes somebody into account.
    pub(crate) fn offer(&mut self, contender: Contender) {
        let Contender { score, time, rank, .. } = contender;
        if self.is_beyond(score.total) || self.is_behind(score.total, time, rank) {
            return;
        }
        if score.total < self.least {
            self.least = score.total;
            self.limit = self.rule.limit(score.total);
        }
        let limit = self.limit;
        let leads = |leader: &Contender| leader.score.total < score.total || (leader.time, leader.rank) < (time, rank);
        self.leaders.retain(|leader| leads(leader) && leader.score.total <= limit);
        self.leaders.push(contender);
    }

    /// Who scores least.
    pub(crate) fn least(&self) -> Option<&Contender> {
        self.leaders.iter().find(|leader| leader.score.total <= self.least)
    }

    /// Who is the best; none where nobody was offered.
    pub(crate) fn winner(&self) -> Option<Contender> {
        let by_time =
            |left: &Contender, right: &Contender| left.time.total_cmp(&right.time).then(left.rank.cmp(&right.rank));
        self.leaders.iter().copied().min_by(by_time)
    }
}
