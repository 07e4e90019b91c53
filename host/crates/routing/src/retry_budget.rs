//! How many attempts beyond the first all requests together may take.
//!
//! Where everything fails, attempts elsewhere only add load. So each request earns a fifth of an attempt, and each attempt
//! beyond the first of its request costs one; a few are there without anything earned. What is not spent fades within
//! seconds, so that quiet hours don't pay for an outage (after the retry budgets of Finagle).

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// What a request earns.
const EARNED: f64 = 0.2;
/// What it earns of a hedge.
const EARNED_HEDGE: f64 = 0.05;
/// Attempts in each second that need not be earned.
const PER_SECOND: f64 = 10.0;
/// How long it takes until what is not spent has faded to a third.
const FADES_IN: Duration = Duration::from_secs(10);
/// What is there when nothing was earned for a while.
const AT_REST: f64 = PER_SECOND * FADES_IN.as_secs_f64();

/// The attempts that may still be made. All calls share it.
#[derive(Debug, Default)]
pub struct RetryBudget {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    left: f64,
    at: Option<Instant>,
    earned: f64,
    at_rest: f64,
}

impl Default for State {
    fn default() -> Self {
        Self { left: AT_REST, at: None, earned: EARNED, at_rest: AT_REST }
    }
}

impl RetryBudget {
    /// For attempts that are made although nothing has failed: a twentieth of all requests, and none that is not earned.
    #[must_use]
    pub fn for_hedges() -> Self {
        let state = State { left: 0.0, at: None, earned: EARNED_HEDGE, at_rest: 0.0 };
        Self { state: Mutex::new(state) }
    }

    /// A request begins.
    pub fn earn(&self, now: Instant) {
        let mut state = self.lock();
        state.fade(now);
        state.left += state.earned;
    }

    /// Takes an attempt out, where one is left.
    #[must_use]
    pub fn spend(&self, now: Instant) -> bool {
        let mut state = self.lock();
        state.fade(now);
        let is_left = state.left >= 1.0;
        if is_left {
            state.left -= 1.0;
        }
        is_left
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // It is never left half-done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fade(&mut self, now: Instant) {
        let gone = self.at.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        self.left = self.at_rest + (self.left - self.at_rest) * (-gone.as_secs_f64() / FADES_IN.as_secs_f64()).exp();
        self.at = Some(self.at.map_or(now, |at| at.max(now)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of the attempts are let through, at so many requests and attempts in each of so many seconds.
    fn let_through(requests: u32, attempts: u32, seconds: u32) -> u32 {
        let (budget, start) = (RetryBudget::default(), Instant::now());
        let at = |second: u32, part: u32, parts: u32| {
            start + Duration::from_secs(second.into()) + Duration::from_secs(1) * part / parts.max(1)
        };
        (0..seconds)
            .map(|second| {
                (0..requests).for_each(|request| budget.earn(at(second, request, requests)));
                let end = at(second, 999, 1000);
                (0..attempts).filter(|_| budget.spend(end)).count() as u32
            })
            .sum()
    }

    #[test]
    fn a_few_attempts_are_always_there() {
        assert_eq!(let_through(1, 9, 60), 9 * 60);
    }

    #[test]
    fn where_everything_fails_a_fifth_more_is_let_through() {
        let (requests, seconds) = (1000, 60);
        let through = let_through(requests, requests, seconds);
        // Beside what was earned, what is there at first, and 10 in each second.
        let most = requests * seconds / 5 + 100 + 10 * seconds;
        assert!((requests * seconds / 5..=most).contains(&through), "{through}");
    }

    #[test]
    fn hedges_are_a_twentieth_of_all_requests() {
        let (budget, start) = (RetryBudget::for_hedges(), Instant::now());
        assert!(!budget.spend(start), "nothing is earned");
        let hedged = (0..1000).filter(|_| {
            budget.earn(start);
            budget.spend(start)
        });
        assert!((49..=50).contains(&hedged.count()));
    }

    #[test]
    fn what_is_not_spent_fades() {
        let (budget, start) = (RetryBudget::default(), Instant::now());
        (0..100_000).for_each(|_| budget.earn(start));
        let later = start + Duration::from_secs(120);
        let left = (0..1000).take_while(|_| budget.spend(later)).count();
        assert!((100..=102).contains(&left), "{left}");
    }
}
