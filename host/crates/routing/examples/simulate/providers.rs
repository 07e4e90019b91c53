//! Providers as a policy sees them: they answer after a while, well or badly.

use std::time::Duration;

use crate::{
    random::{Random, Stream},
    scenario::{CALM, Conduct, Scenario, TROUBLE},
};

/// Seconds that a call takes, on average.
const MEAN: f64 = 1.0;
/// The standard deviation of their logarithm: one in a hundred takes more than three times the median.
const SPREAD: f64 = 0.5;
/// The longest that a call takes that fails, or is refused.
const AT_ONCE: f64 = 0.005;

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// With a result.
    Served,
    /// With an error that is the provider's fault.
    Failed,
    /// There are too many calls; it may say how long to wait.
    Refused(Option<Duration>),
}

/// The answer to one call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    /// When it is there.
    pub(crate) after: Duration,
    /// What it is.
    pub(crate) outcome: Outcome,
    /// Whether the call was worth making: it was served, and in ordinary time.
    pub(crate) is_good: bool,
}

/// All providers of a run.
#[derive(Debug)]
pub(crate) struct Providers {
    scenario: Scenario,
    random: Random,
    /// Calls that one with a limit would still serve, for each of the bad ones.
    left: Vec<(f64, Duration)>,
}

impl Providers {
    pub(crate) fn new(scenario: Scenario, seed: u64) -> Self {
        let left = vec![(0.0, CALM); scenario.bad];
        Self { scenario, random: Random::new(seed, Stream::Providers), left }
    }

    /// What the provider at this place answers to a call of this moment, for the request of this number.
    pub(crate) fn call(&mut self, place: usize, now: Duration, request: u64) -> Answer {
        let seconds = self.random.log_normal(MEAN, SPREAD);
        let quick = self.random.share() * AT_ONCE;
        let chance = self.random.share();
        let answer = |seconds: f64, outcome: Outcome, is_good: bool| Answer {
            after: Duration::from_secs_f64(seconds),
            outcome,
            is_good,
        };
        let good = answer(seconds, Outcome::Served, true);
        if place >= self.scenario.bad || !self.scenario.is_on(now, request) {
            return good;
        }
        let refused = |wait| answer(quick, Outcome::Refused(wait), false);
        match self.scenario.conduct {
            Conduct::Fails(probability) if chance < probability => answer(quick, Outcome::Failed, false),
            Conduct::Fails(_) => good,
            Conduct::Slow(times) => answer(seconds * times, Outcome::Served, false),
            Conduct::Refuses { says_when } => {
                let wait = Duration::from_secs((CALM + TROUBLE).saturating_sub(now).as_secs() + 1);
                refused(says_when.then_some(wait))
            }
            Conduct::Limits(rate) => {
                if self.take(place, rate, now) {
                    good
                } else {
                    refused(None)
                }
            }
        }
    }

    /// Takes one of the calls that are left. A second's calls may be made at once.
    fn take(&mut self, place: usize, rate: f64, now: Duration) -> bool {
        let Some((left, counted_at)) = self.left.get_mut(place) else { return true };
        *left = (*left + (now - *counted_at).as_secs_f64() * rate).min(rate);
        *counted_at = now;
        let is_left = *left >= 1.0;
        if is_left {
            *left -= 1.0;
        }
        is_left
    }
}
