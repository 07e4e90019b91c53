//! The search for the best of a shelf: one pass, in which most are ruled out by a glance at their row.
//!
//! Who cannot serve the need is refused by its traits; who could not win whatever was measured of it, by its price and quality;
//! only then what was measured is read, and only of those who lead the closer questions are asked.

use std::{
    borrow::Borrow,
    time::{Duration, Instant},
};

use palisade_core::RejectReason;

use crate::{
    Endpoint, Figures, Health, Rate, Score,
    best::{Best, Contender},
    brief::Brief,
    filter,
    score::{floor, score},
    shelf::{Row, Shelf},
};

/// Where figures come from.
pub(crate) trait Measured {
    /// Those of the endpoint at this place that are read at once: without its health and its rate.
    fn counts(&self, place: usize, endpoint: &Endpoint) -> Figures;

    /// All of them.
    fn figures(&self, place: usize, endpoint: &Endpoint) -> Figures;
}

/// The figures of this moment.
impl Measured for Instant {
    #[inline]
    fn counts(&self, _place: usize, endpoint: &Endpoint) -> Figures {
        endpoint.live.counts()
    }

    fn figures(&self, _place: usize, endpoint: &Endpoint) -> Figures {
        endpoint.live.figures(*self)
    }
}

/// Figures that were taken before, one for each place.
impl Measured for Vec<Figures> {
    fn counts(&self, place: usize, endpoint: &Endpoint) -> Figures {
        self.figures(place, endpoint)
    }

    fn figures(&self, place: usize, _endpoint: &Endpoint) -> Figures {
        self.get(place).copied().unwrap_or_default()
    }
}

/// A search of a shelf for those who serve a need.
pub(crate) struct Search<'a, E, M> {
    pub(crate) shelf: &'a Shelf<E>,
    pub(crate) brief: Brief<'a>,
    pub(crate) measured: M,
}

/// Who is chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Winner {
    pub(crate) place: usize,
    pub(crate) score: Score,
    /// Whether everybody who could serve the need has failed of late.
    pub(crate) is_last_resort: bool,
}

/// Somebody who could serve the need, and is spared for now.
#[derive(Debug, Clone)]
pub(crate) struct Spared {
    pub(crate) place: usize,
    pub(crate) score: Score,
    pub(crate) reason: RejectReason,
    rank: u64,
    figures: Figures,
}

/// What there is to say of an endpoint.
pub(crate) enum Verdict {
    /// It can serve the need.
    Able(Score),
    /// It could, and is spared for now.
    Spared(Spared),
    /// It cannot, for these reasons.
    Unfit(Vec<RejectReason>),
}

impl<'a, E: Borrow<Endpoint>, M: Measured> Search<'a, E, M> {
    /// The best of those who are left.
    pub(crate) fn winner(&self, is_left: impl Fn(&Endpoint) -> bool) -> Option<Winner> {
        match &self.brief.need.model {
            Some(name) => self.best_of(|| self.shelf.named(name), is_left),
            None => self.best_of(|| self.shelf.all(), is_left),
        }
    }

    fn best_of<'b, R>(&'b self, rows: impl Fn() -> R, is_left: impl Fn(&Endpoint) -> bool) -> Option<Winner>
    where
        R: Iterator<Item = (usize, &'b Row, &'b E)>,
        E: 'b,
    {
        let mut best = Best::new(self.brief.rule);
        self.each_able(rows(), &is_left, &mut best);
        let found = best.winner().map(|Contender { place, score, .. }| Winner { place, score, is_last_resort: false });
        found.or_else(|| self.last_resort(rows(), is_left))
    }

    /// Offers everybody who can serve the need, and may be the best.
    fn each_able<'b>(
        &self,
        rows: impl Iterator<Item = (usize, &'b Row, &'b E)>,
        is_left: impl Fn(&Endpoint) -> bool,
        best: &mut Best,
    ) where
        E: 'b,
    {
        for (place, row, endpoint) in rows {
            if self.brief.refuses(row) {
                continue;
            }
            let endpoint = endpoint.borrow();
            let dollars = self.brief.dollars(row, endpoint);
            if best.is_beyond(floor(row, dollars, &self.brief.weights)) {
                continue;
            }
            let counts = self.measured.counts(place, endpoint);
            let score = score(row, dollars, &counts, &self.brief.weights);
            if best.is_beyond(score.total) {
                continue;
            }
            let Some(contender) = self.brief.contender((place, row), score, &counts, best) else { continue };
            let is_spared = || self.brief.spare(row, &self.measured.figures(place, endpoint)).is_some();
            let is_late = || filter::deadline(&score, self.brief.need).is_some();
            if is_left(endpoint) && self.brief.fits(row, endpoint) && !is_late() && !is_spared() {
                best.offer(contender);
            }
        }
    }

    /// Who serves the need when all who could are spared.
    #[cold]
    fn last_resort<'b>(
        &self,
        rows: impl Iterator<Item = (usize, &'b Row, &'b E)>,
        is_left: impl Fn(&Endpoint) -> bool,
    ) -> Option<Winner>
    where
        E: 'b,
    {
        let left = rows.filter(|(_, _, endpoint)| is_left((*endpoint).borrow()));
        let spared = |(place, row, endpoint): (usize, &Row, &E)| match self.verdict(place, row, endpoint.borrow()) {
            Verdict::Spared(spared) => Some(spared),
            Verdict::Able(_) | Verdict::Unfit(_) => None,
        };
        let mut spared: Vec<_> = left.filter_map(spared).collect();
        let resort = last_resort(&mut spared);
        let mut best = Best::new(self.brief.rule);
        for Spared { place, score, figures, .. } in &resort.taken {
            let (row, _) = self.shelf.get(*place)?;
            let contender = self.brief.contender((*place, row), *score, figures, &best);
            contender.into_iter().for_each(|contender| best.offer(contender));
        }
        let is_last_resort = resort.all_have_failed;
        best.winner().map(|Contender { place, score, .. }| Winner { place, score, is_last_resort })
    }

    /// The score of an endpoint, and its time in the race.
    pub(crate) fn time(&self, place: usize, score: &Score) -> (f64, f64) {
        let time = self.shelf.get(place).map(|(row, endpoint)| {
            let figures = self.measured.counts(place, endpoint.borrow());
            self.brief.rule.time(score.total, row, &figures)
        });
        (score.total, time.unwrap_or_default())
    }

    /// Whether an endpoint can serve the need, and everything that speaks against it.
    pub(crate) fn verdict(&self, place: usize, row: &Row, endpoint: &Endpoint) -> Verdict {
        let (brief, figures) = (&self.brief, self.measured.figures(place, endpoint));
        let spare = brief.spare(row, &figures);
        let is_meant = brief.need.model.as_ref().is_none_or(|name| endpoint.is_named(name));
        let score = score(row, brief.dollars(row, endpoint), &figures, &brief.weights);
        let late = filter::deadline(&score, brief.need);
        if !is_meant || late.is_some() || !brief.fits(row, endpoint) {
            let reasons = filter::reasons(endpoint, brief.need, brief.bill(row, endpoint));
            return Verdict::Unfit(reasons.into_iter().chain(late).chain(spare).collect());
        }
        match spare {
            None => Verdict::Able(score),
            Some(reason) => Verdict::Spared(Spared { place, score, reason, rank: brief.rank(row), figures }),
        }
    }
}

/// Who serves a request when all who could are spared.
pub(crate) struct Resort {
    /// Those who have recovered, whatever their share, or have only as many calls as they like; else the one that is tried next
    /// anyway, by one call at a time. Never who said how long to wait.
    pub(crate) taken: Vec<Spared>,
    /// Whether it is the latter.
    pub(crate) all_have_failed: bool,
}

/// Takes out of those who are spared who serves the request.
pub(crate) fn last_resort(spared: &mut Vec<Spared>) -> Resort {
    let waits = |spared: &Spared| matches!(spared.figures.rate, Rate::Wait { .. });
    let is_well = |spared: &mut Spared| {
        !waits(spared) && matches!(spared.figures.health, Health::Closed | Health::Ramp { .. } | Health::Probation)
    };
    let well: Vec<_> = spared.extract_if(.., is_well).collect();
    if !well.is_empty() {
        return Resort { taken: well, all_have_failed: false };
    }
    let left_alone_for = |spared: &Spared| match spared.figures.health {
        Health::Open { retry_in } => retry_in,
        _ => Duration::ZERO,
    };
    let idle = spared.iter().enumerate().filter(|(_, spared)| spared.figures.pending == 0 && !waits(spared));
    let next = idle.min_by_key(|(_, spared)| (left_alone_for(spared), spared.rank)).map(|(place, _)| place);
    let taken = next.map(|place| spared.swap_remove(place)).into_iter().collect();
    Resort { taken, all_have_failed: true }
}
