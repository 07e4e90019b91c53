//! Leaves an endpoint alone that fails, tries it again carefully, and gives it back its share.
//!
//! ```text
//! closed ─► 3 failures in a row, or too many of the latest ─► open, for 6 s, 12 s, 15 s (see [`BreakerSettings`])
//!   ▲                                                            │ the time is over
//!   │ 10 % to 100 % of its share within 15 s                     ▼
//! ramp ◄─ 5 successes ─ probation: 1, then 2, then 4 calls at a time ─► a failure: open again, for longer
//! ```
//!
//! One good call closes nothing: of what fails every second time it would be as likely. Only calls that begin in probation
//! decide there; those that began before speak of the past. So do those that end well after the first failure of a row, and began
//! before it: of an endpoint that dies, they come in for as long as calls take. A call that is dropped says nothing, and gives its
//! place back.
//!
//! One that has become slow (see `slow`) is left alone in the same way, but serves where nobody else does: a slow answer is better
//! than none. A trial that takes as long as usual is a success; one that takes far too long, or a second one that takes too long,
//! opens it again.
//!
//! Where nobody else is left, the probation begins early: a [`GAP`] after the latest failure, and with it the next pause. So one
//! that fails at once is not called by each request that nobody else can serve, and one that has recovered is soon found well.

use std::{
    hash::Hash,
    sync::{PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use palisade_core::ErrorKind;

use crate::{
    BreakerSettings, Health,
    breaker_settings::DAY,
    line::Line,
    noise::{Dice, Purpose, key},
    pace::Pace,
    slow::Runner,
    sync::{AtomicBool, Mutex, MutexGuard},
    window::{Grade, Window},
};

/// Successes in probation that are enough.
const ENOUGH: u32 = 5;
/// Trials that take too long are so many when they are too many. Of what is as fast as usual, one in twenty takes twice as long.
const ENOUGH_SLOW: u32 = 2;
/// How many times too long a trial takes that is enough alone.
const FAR: f64 = 2.0;
/// How much shorter or longer a pause may be, so that endpoints that failed together are not tried together.
const JITTER: f64 = 0.25;
/// The longest that a provider may ask for.
const LONGEST_WISH: Duration = Duration::from_secs(300);
/// How long an endpoint is left alone at the least, although there is nobody else.
const GAP: Duration = Duration::from_secs(1);
/// How long it takes until an endpoint that has recovered has all of its share.
const RAMP: Duration = Duration::from_secs(15);
/// What it has of it at first.
const FIRST_SHARE: f64 = 0.1;

/// The breaker of one endpoint.
#[derive(Debug)]
pub(crate) struct Breaker {
    /// On the heap: a choice among many looks at the rest only, which is to be close together.
    state: Mutex<Box<State>>,
    /// Whether it is closed and has its whole share, as nearly all are: then a choice among many takes no lock.
    is_well: AtomicBool,
    /// Sets its pauses apart from those of others, which may have failed at the same moment.
    noise: Dice,
}

#[derive(Debug, Default)]
struct State {
    window: Window,
    /// Half failures in a row.
    in_a_row: u32,
    /// When the call began that was the first of the row to fail.
    row_began: Option<Instant>,
    phase: Phase,
    /// How many times it has opened since it was well.
    openings: u32,
    /// How many times as long as usual a call may take, while it is left alone, or tried, because it was slow.
    limit: Option<f64>,
    pace: Pace,
    settings: BreakerSettings,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// Since when, where it was open before.
    Closed(Option<Instant>),
    Open {
        until: Instant,
        /// The same where there is nobody else.
        last_resort_at: Instant,
        /// What it said, where it is no failure that it is left alone for.
        disabled: Option<ErrorKind>,
    },
    Probation {
        successes: u32,
        /// Those that took too long.
        slow: u32,
        under_way: u32,
    },
}

impl Default for Phase {
    fn default() -> Self {
        Self::Closed(None)
    }
}

impl Default for Breaker {
    fn default() -> Self {
        Self::new(())
    }
}

/// A call that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trial {
    /// Whether it counts for a probation, and for which.
    opening: Option<u32>,
    began: Instant,
}

/// How a call was that succeeded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Success {
    pub(crate) took: Duration,
    /// How much was asked for.
    pub(crate) size: Option<f64>,
    /// Seconds since the latest call before it ended.
    pub(crate) since: f64,
}

/// What a success does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reward {
    /// It is one of several.
    Counts,
    /// The endpoint has recovered by it.
    Recovers,
    /// It was as slow as those before, and the endpoint is left alone for so long.
    Opens(Duration),
    /// The endpoint is left alone because it is slow: how long it takes is known.
    Late,
}

/// What a failure does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is one of several.
    Counts,
    /// The endpoint is left alone for so long.
    Opens(Duration),
    /// It was left alone, or tried, already.
    Late,
}

impl Breaker {
    pub(crate) fn new(endpoint: impl Hash) -> Self {
        let noise = Dice::new(key(endpoint), Purpose::Pause);
        Self { state: Mutex::default(), is_well: AtomicBool::new(true), noise }
    }

    /// The same, with other settings.
    pub(crate) fn with_settings(self, settings: BreakerSettings) -> Self {
        self.lock().settings = settings;
        self
    }

    /// Whether it is closed and has its whole share.
    #[inline]
    pub(crate) fn is_well(&self) -> bool {
        self.is_well.load(Ordering::Relaxed)
    }

    /// How it is at this moment.
    pub(crate) fn health(&self, now: Instant) -> Health {
        if self.is_well.load(Ordering::Relaxed) { Health::Closed } else { self.lock().health(now) }
    }

    /// A call begins, wanted or not.
    pub(crate) fn begin(&self, now: Instant) -> Trial {
        if self.is_well.load(Ordering::Relaxed) {
            return Trial { opening: None, began: now };
        }
        self.lock().begin(now)
    }

    /// A call begins, where the endpoint is to be called: many may have found so at the same moment, and only as many as are
    /// good for a trial begin.
    pub(crate) fn try_begin(&self, now: Instant) -> Option<Trial> {
        if self.is_well.load(Ordering::Relaxed) {
            return Some(Trial { opening: None, began: now });
        }
        let mut state = self.lock();
        let is_open = matches!(state.health(now), Health::Open { .. } | Health::Disabled { .. } | Health::Tried);
        (!is_open).then(|| state.begin(now))
    }

    /// A call begins because there is nobody else: of one that is left alone, the probation begins with it, if it is time for that.
    pub(crate) fn begin_last_resort(&self, now: Instant) -> Option<Trial> {
        if !self.is_well.load(Ordering::Relaxed)
            && let mut state = self.lock()
            && let Phase::Open { until, last_resort_at, disabled: None } = &mut state.phase
            && *last_resort_at <= now
        {
            *until = now.min(*until);
        }
        self.try_begin(now)
    }

    /// It has ended, and says nothing of the endpoint.
    pub(crate) fn forget(&self, trial: Trial) {
        self.lock().end_trial(trial);
    }

    /// It has succeeded.
    pub(crate) fn succeeded(&self, trial: Trial, now: Instant, success: Success) -> Reward {
        let Success { took, size, since } = success;
        let mut state = self.lock();
        if state.end_trial(trial) {
            let times = state.pace.note(took.as_secs_f64(), size, since);
            let limit = state.limit.unwrap_or(f64::INFINITY);
            let Phase::Probation { successes, slow, .. } = &mut state.phase else { return Reward::Counts };
            if times > limit {
                *slow += if times > FAR * limit { ENOUGH_SLOW } else { 1 };
                if *slow < ENOUGH_SLOW {
                    return Reward::Counts;
                }
                // It was left alone while that call was under way, but for as many as are good for a trial.
                let pause = self.pause(&state);
                let pause = pause.saturating_sub(took).max(GAP);
                state.open(now, pause);
                return Reward::Opens(pause);
            }
            *successes += 1;
            if *successes >= ENOUGH {
                state.close(now);
                return Reward::Recovers;
            }
        } else if let (Phase::Closed(closed_at), None) = (state.phase, trial.opening) {
            state.pace.record(took.as_secs_f64(), size, since);
            state.served(trial, now);
            if closed_at.is_some() && state.health(now) == Health::Closed {
                state.phase = Phase::Closed(None);
                self.is_well.store(true, Ordering::Relaxed);
            }
        } else if state.limit.is_some() {
            state.served(trial, now);
            return Reward::Late;
        }
        Reward::Counts
    }

    /// It has failed by the fault of the endpoint, which may wish to be left alone for a while.
    pub(crate) fn failed(&self, trial: Trial, grade: Grade, now: Instant, wish: Option<Duration>) -> Verdict {
        let mut state = self.lock();
        let opens = if state.end_trial(trial) {
            true
        } else if state.serves() && trial.opening.is_none() {
            state.in_a_row = state.in_a_row.saturating_add(grade.halves());
            state.row_began.get_or_insert(trial.began);
            state.window.push(grade, now);
            state.forget_openings(now);
            state.has_failed_too_often(now)
        } else {
            false
        };
        if opens {
            let pause = wish.map_or_else(|| self.pause(&state), |wish| wish.min(LONGEST_WISH));
            state.limit = None;
            state.open(now, pause);
            self.is_well.store(false, Ordering::Relaxed);
            return Verdict::Opens(pause);
        }
        if state.serves() { Verdict::Counts } else { Verdict::Late }
    }

    /// It was checked, free of charge, and is well: it need not be left alone any longer, and is tried.
    pub(crate) fn is_found_well(&self, now: Instant) {
        if !self.is_well.load(Ordering::Relaxed)
            && let mut state = self.lock()
            && let Phase::Open { until, disabled: None, .. } = &mut state.phase
        {
            *until = now.min(*until);
        }
    }

    /// It has said that it does not serve, for a reason that no waiting mends. Gives for how long it is not called, if that is news.
    pub(crate) fn disabled(&self, trial: Trial, now: Instant, error: ErrorKind) -> Option<Duration> {
        let mut state = self.lock();
        state.end_trial(trial);
        let is_news = !matches!(state.phase, Phase::Open { disabled: Some(_), .. });
        state.limit = None;
        let pause = state.settings.disabled_for.min(DAY);
        let until = now + pause;
        state.phase = Phase::Open { until, last_resort_at: until, disabled: Some(error) };
        // Trials of before are none of the next probation.
        state.openings = state.openings.saturating_add(1);
        self.is_well.store(false, Ordering::Relaxed);
        is_news.then_some(pause)
    }

    /// What kept it from serving is mended. Says whether anything had.
    pub(crate) fn enable(&self) -> bool {
        let mut state = self.lock();
        let was_disabled = matches!(state.phase, Phase::Open { disabled: Some(_), .. });
        if was_disabled {
            state.phase = Phase::Closed(None);
            state.window.clear();
            state.end_row();
            self.is_well.store(true, Ordering::Relaxed);
        }
        was_disabled
    }

    /// It was checked, and is not well: it is left alone for so long, at the least. Says whether that is news.
    pub(crate) fn is_found_unwell(&self, now: Instant, pause: Duration) -> bool {
        let mut state = self.lock();
        let pause = pause.min(LONGEST_WISH);
        state.limit = None;
        let was_left_alone = match &mut state.phase {
            Phase::Open { until, .. } => {
                *until = (now + pause).max(*until);
                true
            }
            Phase::Closed(_) | Phase::Probation { .. } => {
                // No call of somebody has failed: the next may be right away, where there is nobody else.
                state.phase = Phase::Open { until: now + pause, last_resort_at: now, disabled: None };
                false
            }
        };
        self.is_well.store(false, Ordering::Relaxed);
        if !was_left_alone {
            state.openings = state.openings.saturating_add(1);
        }
        !was_left_alone
    }

    /// How fast it is, for those that serve the same model; none where it has failed.
    pub(crate) fn runner(&self) -> Option<Runner> {
        let state = self.lock();
        let is_closed = matches!(state.phase, Phase::Closed(_));
        let BreakerSettings { is_enabled, slowdown, .. } = state.settings;
        let slowdown = (is_closed && is_enabled).then_some(slowdown);
        (is_closed || state.limit.is_some()).then_some(Runner { pace: state.pace, slowdown })
    }

    /// It has become slow, and is left alone until calls take no longer than so many times what is usual. Gives for how long, and what
    /// is usual, if that is news.
    pub(crate) fn is_found_slow(&self, now: Instant, limit: f64) -> Option<(Duration, Line)> {
        let mut state = self.lock();
        if !matches!(state.phase, Phase::Closed(_)) {
            return None;
        }
        state.forget_openings(now);
        let pause = self.pause(&state);
        state.limit = Some(limit);
        state.open(now, pause);
        self.is_well.store(false, Ordering::Relaxed);
        Some((pause, state.pace.usual()))
    }

    /// How long it is left alone now.
    fn pause(&self, state: &State) -> Duration {
        let noise = self.noise.share(state.openings.into());
        state.settings.pause(state.openings).mul_f64(1.0 + JITTER * (2.0 * noise - 1.0))
    }

    fn lock(&self) -> MutexGuard<'_, Box<State>> {
        // It is never left half-done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Phase {
    fn open(now: Instant, pause: Duration) -> Self {
        Self::Open { until: now + pause, last_resort_at: now + pause.min(GAP), disabled: None }
    }
}

impl State {
    fn begin(&mut self, now: Instant) -> Trial {
        if matches!(self.phase, Phase::Open { until, .. } if until <= now) {
            self.phase = Phase::Probation { successes: 0, slow: 0, under_way: 0 };
        }
        let opening = match &mut self.phase {
            Phase::Probation { under_way, .. } => {
                *under_way += 1;
                Some(self.openings)
            }
            Phase::Closed(_) | Phase::Open { .. } => None,
        };
        Trial { opening, began: now }
    }

    fn health(&self, now: Instant) -> Health {
        match self.phase {
            Phase::Closed(None) => Health::Closed,
            Phase::Closed(Some(since)) => {
                let gone = now.saturating_duration_since(since).as_secs_f64() / RAMP.as_secs_f64();
                let share = FIRST_SHARE + (1.0 - FIRST_SHARE) * gone;
                if share >= 1.0 { Health::Closed } else { Health::Ramp { share } }
            }
            Phase::Open { until, disabled: Some(error), .. } if now < until => {
                Health::Disabled { error, retry_in: until - now }
            }
            Phase::Open { until, .. } if now < until && self.limit.is_some() => Health::Slow { retry_in: until - now },
            Phase::Open { until, last_resort_at, .. } if now < until => {
                Health::Open { retry_in: until - now, last_resort_in: last_resort_at.saturating_duration_since(now) }
            }
            Phase::Open { .. } => Health::Probation,
            Phase::Probation { successes, under_way, .. } if under_way < 1 << successes.min(2) => Health::Probation,
            Phase::Probation { .. } if self.limit.is_some() => Health::Slow { retry_in: Duration::ZERO },
            Phase::Probation { .. } => Health::Tried,
        }
    }

    fn has_failed_too_often(&self, now: Instant) -> bool {
        let BreakerSettings { is_enabled, failures_in_a_row, failure_share, .. } = self.settings;
        is_enabled
            && (self.in_a_row >= failures_in_a_row.saturating_mul(2)
                || self.window.failures_at_least(now) > failure_share)
    }

    /// Leaves it alone for so long.
    fn open(&mut self, now: Instant, pause: Duration) {
        self.openings = self.openings.saturating_add(1);
        self.phase = Phase::open(now, pause);
    }

    /// One that was well for a while begins anew.
    fn forget_openings(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Closed(since)
            if since.is_none_or(|since| now.saturating_duration_since(since) >= RAMP))
        {
            self.openings = 0;
        }
    }

    /// It is well again.
    fn close(&mut self, now: Instant) {
        self.phase = Phase::Closed(Some(now));
        self.window.clear();
        self.end_row();
        if self.limit.take().is_some() {
            self.pace.is_usual();
        }
    }

    /// Whether calls that are no trials tell how the endpoint serves now: it may be slow, and called because there is nobody else.
    fn serves(&self) -> bool {
        matches!(self.phase, Phase::Closed(_)) || (matches!(self.phase, Phase::Open { .. }) && self.limit.is_some())
    }

    /// A call that is no trial has succeeded.
    fn served(&mut self, trial: Trial, now: Instant) {
        if self.row_began.is_none_or(|row_began| trial.began >= row_began) {
            self.end_row();
        }
        self.window.push(Grade::Good, now);
    }

    fn end_row(&mut self) {
        (self.in_a_row, self.row_began) = (0, None);
    }

    /// Gives the place of a trial back. Says whether it is one of this probation.
    fn end_trial(&mut self, Trial { opening, .. }: Trial) -> bool {
        match &mut self.phase {
            Phase::Probation { under_way, .. } if opening == Some(self.openings) => {
                *under_way = under_way.saturating_sub(1);
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
#[path = "breaker_tests.rs"]
mod tests;
