//! The search for the best of a shelf: one pass, in which most are ruled out by a glance at their row.
//!
//! Who cannot serve the need is refused by its traits; who could not win whatever was measured of it, by its price and quality;
//! only then what was measured is read, and only of those who lead the closer questions are asked.

use std::{borrow::Borrow, time::Duration};

use palisade_core::{RejectReason, Rejection, catalogue::Model};
use smallvec::SmallVec;

use crate::{
    Endpoint, Feature, Figures, Health, Rate, Score,
    best::{Best, Contender},
    brief::{Brief, EXPLORED},
    filter,
    health::in_milliseconds,
    measured::Measured,
    shelf::{Glance, Row, Shelf},
    suggestion::Rejected,
};

/// So many are drawn from a pool.
const FEW: usize = 4;
/// How often is drawn until as many are found who are able.
const MOST_DRAWS: u64 = 32;

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
    pub(crate) why: Why,
}

/// Why somebody is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// It is the best, or has its turn among those who are.
    Best,
    /// It is the best of a few who stand for many.
    Drawn,
    /// Little is known of it.
    Explored,
    /// Everybody who could serve the need has failed of late, and it is tried next.
    LastResort,
}

/// Somebody who can serve the need.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Able {
    pub(crate) place: usize,
    /// Its score.
    pub(crate) total: f64,
    /// What it needs for the race.
    time: f64,
}

/// Somebody who could serve the need, and is spared for now.
#[derive(Debug, Clone)]
pub(crate) struct Spared {
    pub(crate) able: Able,
    pub(crate) reason: RejectReason,
    rank: u64,
    figures: Figures,
}

/// What there is to say of an endpoint.
pub(crate) enum Verdict {
    /// It can serve the need.
    Able(Able),
    /// It could, and is spared for now.
    Spared(Box<Spared>),
    /// It cannot.
    Unfit,
}

impl<'a, E: Borrow<Endpoint>, M: Measured> Search<'a, E, M> {
    /// The best of those who are left.
    pub(crate) fn winner(&self, is_left: impl Fn(&Endpoint) -> bool) -> Option<Winner> {
        match &self.brief.need.model {
            Some(name) => {
                let named = self.shelf.named(name);
                let few = named.pool().and_then(|pool| self.best_of_few(pool, &is_left));
                few.or_else(|| self.best_of(|| self.shelf.glances_at(named), is_left))
            }
            None => self.best_of(|| self.shelf.glances(), is_left),
        }
    }

    /// Those who are named, where they are so many and so alike that a few stand for all.
    fn pool(&self) -> Option<&[u32]> {
        self.brief.need.model.as_ref().and_then(|name| self.shelf.named(name).pool())
    }

    /// The best of a few that are drawn from a pool: as good as the best of all but for chance, and it takes no longer with more of
    /// them (M. Mitzenmacher, 2001). None where nearly nobody is able.
    fn best_of_few(&self, pool: &[u32], is_left: impl Fn(&Endpoint) -> bool) -> Option<Winner> {
        let mut best = Best::new(self.brief.rule);
        let mut drawn = SmallVec::<[usize; FEW]>::new();
        for draw in 0..MOST_DRAWS {
            let place = *pool.get(self.brief.draw(draw, pool.len()))? as usize;
            let (row, endpoint) = self.shelf.get(place)?;
            if drawn.contains(&place) {
                continue;
            }
            let Some((score, figures)) = self.able(place, row, endpoint.borrow(), &is_left) else { continue };
            best.offer(self.brief.contender(place, row, score, &figures));
            drawn.push(place);
            if drawn.len() == FEW {
                break;
            }
        }
        best.winner().map(|Contender { place, score, .. }| Winner { place, score, why: Why::Drawn })
    }

    fn best_of<'b, G>(&'b self, glances: impl Fn() -> G, is_left: impl Fn(&Endpoint) -> bool) -> Option<Winner>
    where
        G: Iterator<Item = (usize, &'b Glance)>,
    {
        let mut best = Best::new(self.brief.rule);
        self.each_able(glances(), &is_left, &mut best);
        let places = || glances().map(|(place, _)| place);
        let Some(winner) = best.winner() else { return self.last_resort(places(), is_left) };
        let least = best.least().filter(|_| self.brief.explores());
        let explored = least.and_then(|least| self.explored(places(), is_left, &least.score));
        Some(explored.unwrap_or(Winner { place: winner.place, score: winner.score, why: Why::Best }))
    }

    /// Offers everybody who can serve the need, and may be the best.
    fn each_able<'b>(
        &self,
        glances: impl Iterator<Item = (usize, &'b Glance)>,
        is_left: impl Fn(&Endpoint) -> bool,
        best: &mut Best,
    ) {
        let brief = &self.brief;
        for (place, glance) in glances {
            if brief.refuses(glance) || best.is_beyond(brief.floor(glance)) {
                continue;
            }
            let Some((row, endpoint)) = self.shelf.get(place) else { continue };
            let endpoint = endpoint.borrow();
            let counts = self.measured.counts(place, endpoint);
            let score = brief.score(row, brief.dollars(row, endpoint), &counts);
            if best.is_beyond(score.total) || brief.trails(row, score.total, &counts, best) {
                continue;
            }
            let is_spared = || brief.spare(row, endpoint, &self.measured.figures(place, endpoint)).is_some();
            if is_left(endpoint) && brief.can_serve(row, endpoint, &score) && !is_spared() {
                best.offer(brief.contender(place, row, score, &counts));
            }
        }
    }

    /// Who serves the need when all who could are spared.
    #[cold]
    fn last_resort(&self, places: impl Iterator<Item = usize>, is_left: impl Fn(&Endpoint) -> bool) -> Option<Winner> {
        let spared = |place| {
            let (row, endpoint) = self.shelf.get(place)?;
            let endpoint = endpoint.borrow();
            match is_left(endpoint).then(|| self.verdict(place, row, endpoint))? {
                Verdict::Spared(spared) => Some(*spared),
                Verdict::Able(_) | Verdict::Unfit => None,
            }
        };
        let mut spared: Vec<_> = places.filter_map(spared).collect();
        let resort = last_resort(&mut spared);
        let mut best = Best::new(self.brief.rule);
        for Spared { able: Able { place, .. }, figures, .. } in &resort.taken {
            let (row, endpoint) = self.shelf.get(*place)?;
            let score = self.score(*place, row, endpoint.borrow());
            best.offer(self.brief.contender(*place, row, score, figures));
        }
        let why = if resort.all_have_failed { Why::LastResort } else { Why::Best };
        best.winner().map(|Contender { place, score, .. }| Winner { place, score, why })
    }

    /// Somebody little is known of.
    #[cold]
    fn explored(
        &self,
        places: impl Iterator<Item = usize>,
        is_left: impl Fn(&Endpoint) -> bool,
        least: &Score,
    ) -> Option<Winner> {
        let unknown = places.filter_map(|place| {
            let (row, endpoint) = self.shelf.get(place)?;
            let (score, figures) = self.able(place, row, endpoint.borrow(), &is_left)?;
            let is_unknown = self.brief.is_worth_exploring(&score, &figures, least);
            is_unknown.then(|| (self.brief.exploration_rank(row), Winner { place, score, why: Why::Explored }))
        });
        unknown.min_by_key(|(rank, _)| *rank).map(|(_, winner)| winner)
    }

    /// The score and the figures of an endpoint that can serve the need now.
    fn able(
        &self,
        place: usize,
        row: &Row,
        endpoint: &Endpoint,
        is_left: impl Fn(&Endpoint) -> bool,
    ) -> Option<(Score, Figures)> {
        let (brief, figures) = (&self.brief, self.measured.figures(place, endpoint));
        let score = brief.score(row, brief.dollars(row, endpoint), &figures);
        let is_able = is_left(endpoint)
            && brief.can_serve(row, endpoint, &score)
            && brief.spare(row, endpoint, &figures).is_none();
        is_able.then_some((score, figures))
    }

    /// What part of all requests like this one each of those who can serve it gets.
    pub(crate) fn shares(&self, able: &[Able]) -> Vec<f64> {
        if self.pool().is_some() {
            return shares_of_pool(able);
        }
        let brief = &self.brief;
        let shares = brief.rule.shares(able.iter().map(|able| (able.total, able.time)));
        let least = able.iter().min_by(|left, right| left.total.total_cmp(&right.total));
        let score = |able: &Able| {
            let (row, endpoint) = self.shelf.get(able.place)?;
            Some(self.score(able.place, row, endpoint.borrow()))
        };
        let Some(least) = least.filter(|_| brief.need.explore).and_then(score) else { return shares };
        let is_explored = |able: &Able| {
            let (row, endpoint) = self.shelf.get(able.place)?;
            let endpoint = endpoint.borrow();
            let figures = self.measured.figures(able.place, endpoint);
            let is_spared = brief.spare(row, endpoint, &figures).is_some();
            Some(!is_spared && brief.is_worth_exploring(&score(able)?, &figures, &least))
        };
        let explored: Vec<_> = able.iter().map(|able| is_explored(able).unwrap_or_default()).collect();
        match explored.iter().filter(|is_explored| **is_explored).count() {
            0 => shares,
            count => {
                let extra = |is_explored| if is_explored { EXPLORED / count as f64 } else { 0.0 };
                let share = |(share, is_explored)| share * (1.0 - EXPLORED) + extra(is_explored);
                shares.into_iter().zip(explored).map(share).collect()
            }
        }
    }

    /// The score of an endpoint, with what was measured of it.
    pub(crate) fn score(&self, place: usize, row: &Row, endpoint: &Endpoint) -> Score {
        let counts = self.measured.counts(place, endpoint);
        self.brief.score(row, self.brief.dollars(row, endpoint), &counts)
    }

    /// Whether an endpoint can serve the need.
    pub(crate) fn verdict(&self, place: usize, row: &Row, endpoint: &Endpoint) -> Verdict {
        let brief = &self.brief;
        let is_meant = brief.need.model.as_ref().is_none_or(|name| endpoint.is_named(name));
        if !is_meant || !brief.fits(row, endpoint) {
            return Verdict::Unfit;
        }
        let figures = self.measured.figures(place, endpoint);
        let score = brief.score(row, brief.dollars(row, endpoint), &figures);
        if filter::deadline(&score, brief.need).is_some() {
            return Verdict::Unfit;
        }
        let able = Able { place, total: score.total, time: brief.rule.time(score.total, row, &figures) };
        if figures.is_free() {
            return Verdict::Able(able);
        }
        match brief.spare(row, endpoint, &figures) {
            None => Verdict::Able(able),
            Some(reason) => Verdict::Spared(Box::new(Spared { able, reason, rank: brief.rank(row), figures })),
        }
    }

    /// Somebody who cannot serve the need, and everything that speaks against it.
    pub(crate) fn rejected(&self, place: usize) -> Option<Rejected> {
        let (brief, (row, endpoint)) = (&self.brief, self.shelf.get(place)?);
        let endpoint = endpoint.borrow();
        let (figures, score) = (self.measured.figures(place, endpoint), self.score(place, row, endpoint));
        let mut reasons = filter::reasons(endpoint, row.is_staging, brief.need, brief.bill(row, endpoint));
        reasons.extend(filter::deadline(&score, brief.need));
        reasons.extend(brief.spare(row, endpoint, &figures));
        Some(self.reject(endpoint, Some(row), reasons))
    }

    /// Somebody who could serve the need, and is spared for now.
    pub(crate) fn spared(&self, place: usize, reason: RejectReason) -> Option<Rejected> {
        let (row, endpoint) = self.shelf.get(place)?;
        Some(self.reject(endpoint.borrow(), Some(row), vec![reason]))
    }

    /// Somebody who serves something else.
    pub(crate) fn other(&self, endpoint: &Endpoint) -> Rejected {
        self.reject(endpoint, None, vec![RejectReason::OtherCapability])
    }

    fn reject(&self, endpoint: &Endpoint, row: Option<&Row>, reasons: Vec<RejectReason>) -> Rejected {
        let (model, need) = (&endpoint.model, self.brief.need);
        let rejection = Rejection { provider: endpoint.provider.clone(), model: Some(model.id.clone()), reasons };
        let is_by_name_only =
            row.is_some_and(|row| row.is_staging) || model.has_tag(Model::EXPLICIT_ONLY) || model.status != Model::LIVE;
        let is_by_tag = model.has_tag(Model::EXPLICIT_ONLY) && need.model.is_none();
        let tags = need.features.iter().map(Feature::name).filter(|name| is_by_tag && model.has_tag(name));
        let by_tags = tags.map(str::to_owned).collect();
        let cost = row.and_then(|row| self.brief.bill(row, endpoint));
        Rejected { rejection, cost, is_by_name_only, by_tags }
    }
}

/// How often each is the best of a few that are drawn, but for ties.
fn shares_of_pool(able: &[Able]) -> Vec<f64> {
    let mut totals: Vec<_> = able.iter().map(|able| able.total).collect();
    totals.sort_by(f64::total_cmp);
    let not_before = |place: usize| ((totals.len() - place) as f64 / totals.len() as f64).powi(FEW as i32);
    let share = |able: &Able| {
        let first = totals.partition_point(|total| *total < able.total);
        let end = totals.partition_point(|total| *total <= able.total);
        (not_before(first) - not_before(end)) / (end - first) as f64
    };
    able.iter().map(share).collect()
}

/// Who serves a request when all who could are spared.
pub(crate) struct Resort {
    /// Those who have recovered, whatever their share, or have only as many calls as they like; else the one that is tried next
    /// anyway, by one call at a time. Never who said how long to wait, or that it does not serve.
    pub(crate) taken: Vec<Spared>,
    /// Whether it is the latter.
    pub(crate) all_have_failed: bool,
}

/// Takes out of those who are spared who serves the request. Who has just failed speaks for the others too: until it is time to
/// try again, nobody is taken, and the reason of who comes next says when.
pub(crate) fn last_resort(spared: &mut Vec<Spared>) -> Resort {
    let waits = |spared: &Spared| {
        matches!(spared.figures.rate, Rate::Wait { .. } | Rate::Spent { .. })
            || matches!(spared.figures.health, Health::Disabled { .. })
    };
    let is_well = |spared: &mut Spared| {
        let health = spared.figures.health;
        !waits(spared)
            && matches!(health, Health::Closed | Health::Ramp { .. } | Health::Probation | Health::Slow { .. })
    };
    let well: Vec<_> = spared.extract_if(.., is_well).collect();
    if !well.is_empty() {
        return Resort { taken: well, all_have_failed: false };
    }
    let left_alone_for = |spared: &Spared| match spared.figures.health {
        Health::Open { retry_in, last_resort_in } => (retry_in, last_resort_in),
        _ => (Duration::ZERO, Duration::ZERO),
    };
    let gap = spared.iter().map(|spared| left_alone_for(spared).1).max().unwrap_or_default();
    let wait = |spared: &Spared| match spared.reason {
        RejectReason::BreakerOpen { retry_in_ms }
        | RejectReason::Quota { retry_in_ms, .. }
        | RejectReason::Throttled { retry_in_ms: Some(retry_in_ms) } => retry_in_ms,
        _ => u64::MAX,
    };
    // Where somebody is back by then, there is no need of a last resort.
    let is_first = spared.iter().all(|spared| in_milliseconds(gap) < wait(spared));
    let idle = spared.iter_mut().enumerate().filter(|(_, spared)| spared.figures.pending == 0 && !waits(spared));
    let mut taken = Vec::new();
    match idle.min_by_key(|(_, spared)| (left_alone_for(spared), spared.rank)) {
        Some((place, _)) if gap.is_zero() => taken.push(spared.swap_remove(place)),
        Some((_, next)) if is_first => next.reason = RejectReason::BreakerOpen { retry_in_ms: in_milliseconds(gap) },
        Some(_) | None => {}
    }
    Resort { taken, all_have_failed: true }
}
