//! What the host measured of an endpoint. Of one that is well, it is read without a lock.

use std::{
    hash::Hash,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use palisade_core::{ErrorKind, Usage, Workload, catalogue::Quota};

use crate::{
    BreakerSettings, Figures, Health, Rate,
    age::{Latest, Tick, part_left},
    breaker::{Breaker, Reward, Success, Trial, Verdict},
    latency::Latency,
    need::size,
    pair::Pair,
    quota::{Counted, Quotas, Spent},
    slow::Runner,
    sync::AtomicU32,
    throttle::Throttle,
    window::Grade,
};

/// Most calls that the record of successes remembers: yesterday's successes must not hide today's outage.
const MASS: f64 = 20.0;

/// The record of an endpoint.
#[derive(Debug, Default)]
pub struct Live {
    pending: AtomicU32,
    latency: Latency,
    /// Two decayed counts, successes and failures.
    record: Pair,
    /// The latest call that both of these tell of.
    latest: Latest,
    breaker: Breaker,
    throttle: Throttle,
    /// None where there are no quotas: nearly always.
    quotas: Option<Box<Quotas>>,
}

impl Live {
    /// A record in which nothing is written, of an endpoint that this tells from others.
    #[must_use]
    pub fn of(endpoint: impl Hash) -> Self {
        Self { breaker: Breaker::new(endpoint), ..Self::default() }
    }

    /// The same, left alone as these settings say.
    #[must_use]
    pub fn with_breaker(self, settings: BreakerSettings) -> Self {
        Self { breaker: self.breaker.with_settings(settings), ..self }
    }

    /// The same, asked for no more than these quotas allow.
    #[must_use]
    pub fn with_quotas(self, quotas: &[Quota]) -> Self {
        Self { quotas: (!quotas.is_empty()).then(|| Box::new(Quotas::new(quotas))), ..self }
    }

    /// The figures of this moment.
    #[must_use]
    pub fn figures(&self, now: Instant) -> Figures {
        self.figures_at(now, Tick::at(now))
    }

    /// The same, where the moment is a number already.
    #[inline]
    pub(crate) fn figures_at(&self, now: Instant, tick: Tick) -> Figures {
        let counts = self.counts(tick);
        if self.breaker.is_well() && self.throttle.is_free() && self.quotas.is_none() {
            // As nearly all are.
            return counts;
        }
        Figures { health: self.breaker.health(now), rate: self.rate(counts.pending, now), ..counts }
    }

    /// What is let through, with so many calls under way. Of two that have to be waited for, the longer one counts.
    fn rate(&self, pending: u32, now: Instant) -> Rate {
        let said = self.throttle.rate(pending, now);
        let spent = self.quotas.as_ref().and_then(|quotas| quotas.spent(now));
        match (said, spent) {
            (Rate::Wait { retry_in }, Some(spent)) if retry_in >= spent.retry_in => said,
            (_, Some(Spent { place, retry_in })) => Rate::Spent { quota: place, retry_in },
            (_, None) => said,
        }
    }

    /// The figures of this moment without health and rate: of most endpoints a choice needs no more.
    #[inline]
    pub(crate) fn counts(&self, now: Tick) -> Figures {
        let (successes, failures) = self.record.get();
        let (latency, mean_size, seconds_per_unit) = self.latency.line();
        Figures {
            pending: self.pending.load(Ordering::Relaxed),
            latency,
            mean_size,
            seconds_per_unit,
            successes: successes.into(),
            failures: failures.into(),
            // No more digits than the rest has.
            age: f64::from(self.latest.seconds(now) as f32),
            health: Health::default(),
            rate: Rate::default(),
        }
    }

    /// A call begins; it is under way until what is returned is told how it ended, or dropped.
    pub fn begin(&self, now: Instant) -> Attempt<'_> {
        self.pending.fetch_add(1, Ordering::Relaxed);
        Attempt { live: self, trial: Some(self.breaker.begin(now)), size: None, counted: None }
    }

    /// A call begins, if the endpoint is to be called at this moment: while it is tried, only as many calls begin as are good
    /// for that, however many have chosen it.
    pub fn try_begin(&self, now: Instant) -> Option<Attempt<'_>> {
        let trial = self.breaker.try_begin(now)?;
        self.pending.fetch_add(1, Ordering::Relaxed);
        Some(Attempt { live: self, trial: Some(trial), size: None, counted: None })
    }

    /// A call begins, if no other of this endpoint is under way: for one that is called because there is nobody else. While it
    /// is left alone, at most one such call begins in a second, and with it the endpoint is tried.
    pub fn begin_alone(&self, now: Instant) -> Option<Attempt<'_>> {
        self.pending.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed).ok()?;
        // From here on it gives back what it took.
        let mut attempt = Attempt { live: self, trial: None, size: None, counted: None };
        attempt.trial = Some(self.breaker.begin_last_resort(now)?);
        Some(attempt)
    }

    /// It was checked, free of charge, and is well. While it is left alone, that is over: it is tried.
    pub fn is_found_well(&self, now: Instant) -> Option<HealthChange> {
        self.breaker.is_found_well(now);
        None
    }

    /// It was checked, and is not well. It is left alone for so long, at most 5 minutes.
    pub fn is_found_unwell(&self, now: Instant, pause: Duration) -> Option<HealthChange> {
        self.breaker.is_found_unwell(now, pause).then_some(HealthChange::Opened { retry_in: pause })
    }

    /// How fast it is, for those that serve the same model; none where it has failed.
    pub(crate) fn runner(&self) -> Option<Runner> {
        self.breaker.runner()
    }

    /// It has become slow, beside those that serve the same model. It is left alone until calls take no longer than so many times what
    /// is usual.
    pub(crate) fn is_found_slow(&self, now: Instant, limit: f64) -> Option<HealthChange> {
        let (retry_in, usual) = self.breaker.is_found_slow(now, limit)?;
        // How slow it was must not keep it from being tried.
        self.latency.is_usual(&usual);
        Some(HealthChange::Opened { retry_in })
    }

    /// Somebody has mended what kept it from serving; see [`Ending::Disabled`].
    pub fn enable(&self) -> Option<HealthChange> {
        self.breaker.enable().then_some(HealthChange::Closed)
    }

    fn failed(&self, trial: Trial, grade: Grade, now: Instant, wish: Option<Duration>) -> Option<HealthChange> {
        let verdict = self.breaker.failed(trial, grade, now, wish);
        self.latest.is(Tick::at(now));
        if verdict == Verdict::Counts {
            self.count(0.0, grade.halves() as f32 / 2.0);
        } else {
            // What it did before it was left alone must not keep it from being tried.
            self.record.set((0.0, 0.0));
        }
        match verdict {
            Verdict::Opens(retry_in) => Some(HealthChange::Opened { retry_in }),
            Verdict::Counts | Verdict::Late => None,
        }
    }

    fn count(&self, success: f32, failure: f32) {
        self.record.update(|(successes, failures)| {
            let (successes, failures) = (successes + success, failures + failure);
            let scale = (MASS as f32 / (successes + failures)).min(1.0);
            (successes * scale, failures * scale)
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
    /// It failed because the provider has more to do than it can, which counts for half a failure: 503 and 529 in HTTP.
    Overloaded {
        /// How long the provider wishes to be left alone.
        wish: Option<Duration>,
    },
    /// It was given up because it took too long, and another has served meanwhile, which counts for half a failure.
    Outrun,
    /// It was refused for a reason that no waiting mends, such as a credential, credit or a model that is not there. That is no
    /// failure, and says nothing of others.
    Disabled {
        /// The reason.
        error: ErrorKind,
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
    /// It is not called until somebody enables it, or for a while.
    Disabled {
        /// What it said.
        error: ErrorKind,
        /// For how long.
        retry_in: Duration,
    },
    /// It has recovered, or was enabled.
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
    /// How much is asked for.
    size: Option<f64>,
    /// What it counts of the quotas.
    counted: Option<Counted>,
}

impl Attempt<'_> {
    /// What it is expected to use. So its time says something of calls of other sizes too, and the quotas are kept.
    pub fn with_workload(mut self, workload: &Workload, now: Instant) -> Self {
        self.size = size(workload);
        self.counted = self.live.quotas.as_ref().and_then(|quotas| quotas.begin(workload, now));
        self
    }

    /// It has used so much, as its provider says, whatever was expected; but not less than the request asks for where it is not
    /// believed.
    pub fn has_used(&self, usage: &Usage, is_believed: bool) {
        if let (Some(quotas), Some(counted)) = (&self.live.quotas, &self.counted) {
            quotas.settle(counted, usage, is_believed);
        }
    }

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
                let tick = Tick::at(now);
                let since = live.latest.seconds(tick);
                let success = Success { took, size: self.size, since };
                let reward = live.breaker.succeeded(self.trial.take()?, now, success);
                live.throttle.served(now);
                if matches!(reward, Reward::Counts | Reward::Recovers) {
                    live.latency.record(took.as_secs_f64(), self.size, part_left(since));
                }
                live.count(1.0, 0.0);
                live.latest.is(tick);
                match reward {
                    Reward::Recovers => Some(HealthChange::Closed),
                    Reward::Opens(retry_in) => Some(HealthChange::Opened { retry_in }),
                    Reward::Counts | Reward::Late => None,
                }
            }
            Ending::Failed { wish } => live.failed(self.trial.take()?, Grade::Bad, now, wish),
            Ending::Outrun => live.failed(self.trial.take()?, Grade::Half, now, None),
            Ending::Overloaded { wish } => {
                let wait = live.throttle.overloaded(live.pending.load(Ordering::Relaxed), wish, now);
                let opened = live.failed(self.trial.take()?, Grade::Half, now, wish);
                opened.or(wait.map(|retry_in| HealthChange::Throttled { retry_in }))
            }
            Ending::Disabled { error } => {
                let retry_in = live.breaker.disabled(self.trial.take()?, now, error)?;
                Some(HealthChange::Disabled { error, retry_in })
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
    fn one_that_is_outrun_again_and_again_is_left_alone() {
        let (live, now) = (Live::default(), Instant::now());
        let outrun = || live.begin(now).ended(Ending::Outrun, now);
        assert_eq!(outrun(), None);
        let figures = live.figures(now);
        assert_eq!((figures.successes, figures.failures, figures.rate), (0.0, 0.5, Rate::Free));
        let opened = (2..).find(|_| outrun().is_some()).unwrap();
        assert_eq!(opened, 5, "each speaks against it by a half");
    }

    #[test]
    fn one_that_is_overloaded_has_half_failed_and_is_called_less() {
        let (live, now) = (Live::default(), Instant::now());
        let overloaded = |wish| live.begin(now).ended(Ending::Overloaded { wish }, now);
        assert_eq!(overloaded(None), None);
        let figures = live.figures(now);
        assert_eq!((figures.successes, figures.failures, figures.rate), (0.0, 0.5, Rate::Free));
        let _call = live.begin(now);
        assert_eq!(live.figures(now).rate, Rate::Full);
        let wish = Duration::from_secs(30);
        assert_eq!(overloaded(Some(wish)), Some(HealthChange::Throttled { retry_in: wish }));
        let opened =
            (0..9).find_map(|_| overloaded(Some(wish)).filter(|change| matches!(change, HealthChange::Opened { .. })));
        assert_eq!(opened, Some(HealthChange::Opened { retry_in: wish }));
    }

    #[test]
    fn one_without_a_credential_is_not_called_until_it_is_enabled_or_for_a_while() {
        let (live, now) = (Live::default(), Instant::now());
        let after = |seconds| now + Duration::from_secs(seconds);
        let error = ErrorKind::Auth;
        let refused = |at| live.begin(at).ended(Ending::Disabled { error }, at);
        let news = Some(HealthChange::Disabled { error, retry_in: Duration::from_secs(300) });
        let late = live.begin(now);
        assert_eq!([refused(now), refused(now)], [news, None]);
        late.succeeded(Duration::from_secs(1), now);
        let figures = live.figures(after(100));
        assert_eq!(figures.health, Health::Disabled { error, retry_in: Duration::from_secs(200) });
        assert_eq!(figures.failures, 0.0);
        live.is_found_well(after(100));
        assert!(live.try_begin(after(100)).is_none() && live.begin_alone(after(100)).is_none());
        assert_eq!(live.enable(), Some(HealthChange::Closed));
        assert_eq!((live.figures(after(100)).health, live.enable()), (Health::Closed, None));
        assert!(refused(after(100)).is_some());
        let trial = live.try_begin(after(400)).unwrap();
        assert!(live.try_begin(after(400)).is_none(), "then it is tried by one call");
        trial.ended(Ending::Disabled { error }, after(400));
        assert!(live.try_begin(after(699)).is_none() && live.try_begin(after(700)).is_some());
    }

    #[test]
    fn figures_know_how_old_they_are() {
        let (live, now) = (Live::default(), Instant::now());
        assert_eq!(live.figures(now).age, 0.0, "nothing is known of it");
        let minute = |minute: u64| now + Duration::from_secs(60 * minute);
        live.begin(now).succeeded(Duration::from_secs(1), minute(1));
        live.begin(now).failed(minute(2), None);
        drop(live.begin(now));
        assert_eq!(live.figures(minute(5)).age, 180.0);
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
    fn one_that_has_just_failed_begins_no_call_alone_and_keeps_no_place() {
        let (live, now) = (Live::default(), Instant::now());
        (0..7).for_each(|_| live.begin(now).failed(now, None));
        assert!(live.begin_alone(now).is_none());
        assert_eq!(live.figures(now).pending, 0);
        let later = now + Duration::from_secs(1);
        assert!(live.begin_alone(later).is_some());
        // What a check says is no call that failed.
        let live = Live::default();
        live.is_found_unwell(now, Duration::from_secs(60));
        assert!(live.try_begin(now).is_none() && live.begin_alone(now).is_some());
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
