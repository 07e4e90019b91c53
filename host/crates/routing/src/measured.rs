//! What was measured of endpoints, for a search: at this moment, or at one that is over.

use std::time::Instant;

use crate::{Endpoint, Figures, Health, Rate, age::Tick};

/// Where figures come from.
pub(crate) trait Measured {
    /// Those of the endpoint at this place that are read at once: without its health and its rate.
    fn counts(&self, place: usize, endpoint: &Endpoint) -> Figures;

    /// All of them.
    fn figures(&self, place: usize, endpoint: &Endpoint) -> Figures;
}

/// The figures of this moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Present {
    now: Instant,
    tick: Tick,
}

impl Present {
    pub(crate) fn at(now: Instant) -> Self {
        Self { now, tick: Tick::at(now) }
    }
}

impl Measured for Present {
    #[inline]
    fn counts(&self, _place: usize, endpoint: &Endpoint) -> Figures {
        endpoint.live.counts(self.tick)
    }

    fn figures(&self, _place: usize, endpoint: &Endpoint) -> Figures {
        endpoint.live.figures_at(self.now, self.tick)
    }
}

/// Figures that were taken before, one for each place, in so little room that a thousand of them are taken in no time.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    counts: Vec<Counts>,
    /// Those that are not to be called as much as anybody wants, by place: few.
    spared: Vec<(usize, Health, Rate)>,
}

/// Figures but for health and rate. They are measured in no more digits.
#[derive(Debug, Clone, Copy)]
struct Counts {
    pending: u32,
    /// 0 before the first.
    latency: f32,
    mean_size: f32,
    seconds_per_unit: f32,
    successes: f32,
    failures: f32,
    age: f32,
}

impl FromIterator<Figures> for Taken {
    fn from_iter<I: IntoIterator<Item = Figures>>(figures: I) -> Self {
        let figures = figures.into_iter();
        let mut taken = Self { counts: Vec::with_capacity(figures.size_hint().0), spared: Vec::new() };
        for (place, figures) in figures.enumerate() {
            if !figures.is_free() {
                taken.spared.push((place, figures.health, figures.rate));
            }
            taken.counts.push(Counts {
                pending: figures.pending,
                latency: figures.latency.unwrap_or_default() as f32,
                mean_size: figures.mean_size as f32,
                seconds_per_unit: figures.seconds_per_unit as f32,
                successes: figures.successes as f32,
                failures: figures.failures as f32,
                age: figures.age as f32,
            });
        }
        taken
    }
}

impl Measured for &Taken {
    #[inline]
    fn counts(&self, place: usize, _endpoint: &Endpoint) -> Figures {
        let Some(counts) = self.counts.get(place) else { return Figures::default() };
        Figures {
            pending: counts.pending,
            latency: (counts.latency > 0.0).then_some(counts.latency.into()),
            mean_size: counts.mean_size.into(),
            seconds_per_unit: counts.seconds_per_unit.into(),
            successes: counts.successes.into(),
            failures: counts.failures.into(),
            age: counts.age.into(),
            health: Health::default(),
            rate: Rate::default(),
        }
    }

    #[inline]
    fn figures(&self, place: usize, endpoint: &Endpoint) -> Figures {
        let counts = self.counts(place, endpoint);
        if self.spared.is_empty() {
            return counts;
        }
        match self
            .spared
            .binary_search_by_key(&place, |(place, ..)| *place)
            .ok()
            .and_then(|found| self.spared.get(found))
        {
            Some(&(_, health, rate)) => Figures { health, rate, ..counts },
            None => counts,
        }
    }
}
