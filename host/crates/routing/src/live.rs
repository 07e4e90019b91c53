//! What the host measured of an endpoint. Of one that is well, it is read without a lock.

use std::{
    hash::Hash,
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use crate::{
    breaker::{Breaker, Health, Trial, Verdict},
    throttle::{Rate, Throttle},
};

/// Weight of the latest call in the moving average of the latency.
const LATENCY_WEIGHT: f64 = 0.2;
/// Most calls that the record of successes remembers: yesterday's successes must not hide today's outage.
const MASS: f64 = 20.0;

/// The record of an endpoint.
#[derive(Debug, Default)]
pub struct Live {
    pending: AtomicU32,
    /// Seconds as the bits of an `f64`; 0 before the first call.
    latency: AtomicU64,
    /// Two decayed counts, successes and failures, as the bits of two `f32`.
    record: AtomicU64,
    breaker: Breaker,
    throttle: Throttle,
}

/// A copy of the record at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    /// Calls under way.
    pub pending: u32,
    /// Moving average of the seconds that a successful call took; none before the first.
    pub latency: Option<f64>,
    /// Successes, decayed.
    pub successes: f64,
    /// Failures, decayed.
    pub failures: f64,
    /// Whether it is to be called.
    pub health: Health,
    /// What its rate lets through.
    pub rate: Rate,
}

impl Live {
    /// A record in which nothing is written, of an endpoint that this tells from others.
    #[must_use]
    pub fn of(endpoint: impl Hash) -> Self {
        Self { breaker: Breaker::new(endpoint), ..Self::default() }
    }

    /// The figures of this moment.
    #[must_use]
    pub fn figures(&self, now: Instant) -> Figures {
        let counts = self.counts();
        Figures { health: self.breaker.health(now), rate: self.throttle.rate(counts.pending, now), ..counts }
    }

    /// The figures of this moment without health and rate: of most endpoints a choice needs no more.
    #[inline]
    pub(crate) fn counts(&self) -> Figures {
        let (successes, failures) = unpack(self.record.load(Ordering::Relaxed));
        let latency = f64::from_bits(self.latency.load(Ordering::Relaxed));
        Figures {
            pending: self.pending.load(Ordering::Relaxed),
            latency: (latency > 0.0).then_some(latency),
            successes: successes.into(),
            failures: failures.into(),
            health: Health::default(),
            rate: Rate::default(),
        }
    }

    /// A call begins; it is under way until what is returned is told how it ended, or dropped.
    pub fn begin(&self, now: Instant) -> Attempt<'_> {
        self.pending.fetch_add(1, Ordering::Relaxed);
        Attempt { live: self, trial: Some(self.breaker.begin(now)) }
    }

    /// A call begins, if the endpoint is to be called at this moment: while it is tried, only as many calls begin as are good
    /// for that, however many have chosen it.
    pub fn try_begin(&self, now: Instant) -> Option<Attempt<'_>> {
        let trial = self.breaker.try_begin(now)?;
        self.pending.fetch_add(1, Ordering::Relaxed);
        Some(Attempt { live: self, trial: Some(trial) })
    }

    /// A call begins, if no other of this endpoint is under way: for one that is called because there is nobody else.
    pub fn begin_alone(&self, now: Instant) -> Option<Attempt<'_>> {
        self.pending.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed).ok()?;
        Some(Attempt { live: self, trial: Some(self.breaker.begin(now)) })
    }

    /// It was checked, free of charge, and is well. While it is left alone, that is over: it is tried.
    pub fn is_found_well(&self, now: Instant) {
        self.breaker.is_found_well(now);
    }

    fn succeeded(&self, took: Duration) {
        self.count(1.0, 0.0);
        let seconds = took.as_secs_f64().max(f64::MIN_POSITIVE);
        update(&self.latency, |bits| {
            let average = f64::from_bits(bits);
            let average = if average > 0.0 { average + LATENCY_WEIGHT * (seconds - average) } else { seconds };
            average.to_bits()
        });
    }

    fn count(&self, success: f32, failure: f32) {
        update(&self.record, |bits| {
            let (successes, failures) = unpack(bits);
            let (successes, failures) = (successes + success, failures + failure);
            let scale = (MASS as f32 / (successes + failures)).min(1.0);
            pack(successes * scale, failures * scale)
        });
    }
}

/// How a call ended that says something of its endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It succeeded.
    Succeeded {
        /// How long it took.
        took: Duration,
    },
    /// It failed by the provider's fault. Its time says nothing: a provider that fails at once is not fast.
    Failed {
        /// How long the provider wishes to be left alone.
        wish: Option<Duration>,
    },
    /// It was refused because there were too many, which is no failure.
    Throttled {
        /// When to come again, where the endpoint says so.
        wait: Option<Duration>,
    },
}

/// What the end of a call has changed for those who come after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthChange {
    /// The endpoint is left alone for a while.
    Opened {
        /// For how long.
        retry_in: Duration,
    },
    /// It has recovered.
    Closed,
    /// It has said that there are too many calls.
    Throttled {
        /// How long to wait.
        retry_in: Duration,
    },
}

/// A call under way. Dropped, it says nothing of the endpoint.
#[derive(Debug)]
#[must_use = "a call that is dropped at once was none"]
pub struct Attempt<'a> {
    live: &'a Live,
    /// None once it was told how it ended.
    trial: Option<Trial>,
}

impl Attempt<'_> {
    /// It succeeded.
    pub fn succeeded(self, took: Duration, now: Instant) {
        self.ended(Ending::Succeeded { took }, now);
    }

    /// It failed by the provider's fault, which may wish to be left alone for a while.
    pub fn failed(self, now: Instant, wish: Option<Duration>) {
        self.ended(Ending::Failed { wish }, now);
    }

    /// It was refused because there were too many, which is no failure. The endpoint may have said when to come again.
    pub fn throttled(self, now: Instant, wait: Option<Duration>) {
        self.ended(Ending::Throttled { wait }, now);
    }

    /// It ended. Says what that changes for those who come after it.
    pub fn ended(mut self, ending: Ending, now: Instant) -> Option<HealthChange> {
        let live = self.live;
        match ending {
            Ending::Succeeded { took } => {
                let recovers = live.breaker.succeeded(self.trial.take()?, now);
                live.throttle.served(now);
                live.succeeded(took);
                recovers.then_some(HealthChange::Closed)
            }
            Ending::Failed { wish } => {
                let verdict = live.breaker.failed(self.trial.take()?, now, wish);
                if verdict == Verdict::Counts {
                    live.count(0.0, 1.0);
                } else {
                    // What it did before it was left alone must not keep it from being tried.
                    live.record.store(pack(0.0, 0.0), Ordering::Relaxed);
                }
                match verdict {
                    Verdict::Opens(retry_in) => Some(HealthChange::Opened { retry_in }),
                    Verdict::Counts | Verdict::Late => None,
                }
            }
            Ending::Throttled { wait } => {
                let retry_in = live.throttle.refused(live.pending.load(Ordering::Relaxed), wait, now);
                Some(HealthChange::Throttled { retry_in })
            }
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.live.pending.fetch_sub(1, Ordering::Relaxed);
        if let Some(trial) = self.trial.take() {
            self.live.breaker.forget(trial);
        }
    }
}

fn update(cell: &AtomicU64, change: impl Fn(u64) -> u64) {
    let mut current = cell.load(Ordering::Relaxed);
    while let Err(newer) = cell.compare_exchange_weak(current, change(current), Ordering::Relaxed, Ordering::Relaxed) {
        current = newer;
    }
}

fn pack(high: f32, low: f32) -> u64 {
    (u64::from(high.to_bits()) << 32) | u64::from(low.to_bits())
}

fn unpack(bits: u64) -> (f32, f32) {
    (f32::from_bits((bits >> 32) as u32), f32::from_bits(bits as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_calls_are_forgotten() {
        let (live, now) = (Live::default(), Instant::now());
        for _ in 0..1000 {
            live.begin(now).succeeded(Duration::from_secs(1), now);
        }
        for _ in 0..2 {
            live.begin(now).failed(now, None);
        }
        let figures = live.figures(now);
        assert!(figures.failures > 1.5, "{figures:?}");
        assert!(figures.failures + figures.successes <= MASS + 0.01, "{figures:?}");
        assert_eq!(figures.latency, Some(1.0), "failures have no latency");
    }

    #[test]
    fn what_is_left_alone_is_taken_for_new_when_it_is_tried() {
        let (live, now) = (Live::default(), Instant::now());
        for _ in 0..7 {
            live.begin(now).failed(now, None);
        }
        let figures = live.figures(now);
        assert!(matches!(figures.health, Health::Open { .. }), "{figures:?}");
        assert_eq!((figures.successes, figures.failures), (0.0, 0.0));
    }

    #[test]
    fn a_call_is_pending_until_it_is_dropped() {
        let (live, now) = (Live::default(), Instant::now());
        let (first, second) = (live.begin(now), live.begin(now));
        assert_eq!(live.figures(now).pending, 2);
        drop(first);
        second.succeeded(Duration::from_secs(1), now);
        assert_eq!(live.figures(now).pending, 0);
    }

    #[test]
    fn only_one_call_begins_alone() {
        let (live, now) = (Live::default(), Instant::now());
        let alone = live.begin_alone(now);
        assert!(alone.is_some() && live.begin_alone(now).is_none());
        drop(alone);
        assert!(live.begin_alone(now).is_some());
    }

    #[test]
    fn of_many_that_try_it_at_one_moment_one_begins() {
        let (live, now) = (Live::default(), Instant::now());
        (0..7).for_each(|_| live.begin(now).failed(now, None));
        assert!(live.try_begin(now).is_none(), "it is left alone");
        let later = now + Duration::from_secs(60);
        let begun = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..4).map(|_| scope.spawn(|| live.try_begin(later))).collect();
            tries.into_iter().filter_map(|begun| begun.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(begun.len(), 1);
        drop(begun);
        assert!(live.try_begin(later).is_some(), "a place that is given back is free");
    }

    #[test]
    fn outcomes_of_several_threads_all_count() {
        let (live, now) = (Live::default(), Instant::now());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..4).for_each(|_| live.begin(now).succeeded(Duration::from_millis(10), now)));
            }
        });
        assert_eq!(live.figures(now).successes, 16.0);
    }
}
