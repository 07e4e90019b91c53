//! The latest outcomes of an endpoint: exactly those, not an average that forgets slowly or a counter that starts anew.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Most outcomes that are kept.
const MOST: usize = 64;
/// How long an outcome counts.
const RECENT: Duration = Duration::from_secs(30);
/// Outcomes that count although they are older, so that one call in two minutes is enough to tell by.
const FEW: usize = 20;
/// How long these count.
const LONG_AGO: Duration = Duration::from_secs(30 * 60);
/// Fewer say nothing.
const LEAST: usize = 5;
/// The standard normal quantile of 90 %, to one side.
const Z: f64 = 1.281_551_565_544_8;

/// How bad an outcome is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grade {
    /// It is no failure.
    Good,
    /// It counts for half of one.
    Half,
    /// It is a failure.
    Bad,
}

impl Grade {
    /// How many half failures it is.
    pub(crate) const fn halves(self) -> u32 {
        match self {
            Self::Good => 0,
            Self::Half => 1,
            Self::Bad => 2,
        }
    }
}

/// Outcomes, the latest last.
#[derive(Debug, Default)]
pub(crate) struct Window {
    outcomes: VecDeque<(Instant, Grade)>,
}

impl Window {
    /// Counts an outcome.
    pub(crate) fn push(&mut self, grade: Grade, now: Instant) {
        if self.outcomes.len() == MOST {
            self.outcomes.pop_front();
        }
        self.outcomes.push_back((now, grade));
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.outcomes.clear();
    }

    /// The share of failures that is exceeded with a confidence of 90 %; 0 where too few outcomes are known.
    pub(crate) fn failures_at_least(&self, now: Instant) -> f64 {
        let counts = |place: usize, at: Instant| {
            let age = now.saturating_duration_since(at);
            age <= RECENT || (place < FEW && age <= LONG_AGO)
        };
        let latest = self.outcomes.iter().rev().enumerate();
        let (mut count, mut halves) = (0, 0);
        for (_, (_, grade)) in latest.take_while(|(place, (at, _))| counts(*place, *at)) {
            count += 1;
            halves += grade.halves();
        }
        if count < LEAST { 0.0 } else { wilson_lower(f64::from(halves) / 2.0, count as f64) }
    }
}

/// The lower bound of the Wilson score interval (E. B. Wilson, 1927): what share so many failures of so many calls speak
/// for at the least. Unlike the share itself it is not taken in by few calls.
fn wilson_lower(failures: f64, calls: f64) -> f64 {
    let (share, z2) = (failures / calls, Z * Z);
    let spread = Z * (share * (1.0 - share) / calls + z2 / (4.0 * calls * calls)).sqrt();
    ((share + z2 / (2.0 * calls) - spread) / (1.0 + z2 / calls)).max(0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window(outcomes: &[bool], start: Instant, every: Duration) -> (Window, Instant) {
        let mut window = Window::default();
        let mut now = start;
        for &failed in outcomes {
            now += every;
            window.push(if failed { Grade::Bad } else { Grade::Good }, now);
        }
        (window, now)
    }

    #[test]
    fn the_bound_is_that_of_the_literature() {
        // Computed with 50 digits: z = 1.2815515655446004.
        for (failures, calls, bound) in
            [(3.0, 5.0, 0.330_4), (2.0, 5.0, 0.179_8), (4.0, 10.0, 0.229_6), (0.0, 9.0, 0.0)]
        {
            let found = wilson_lower(failures, calls);
            assert!((found - bound).abs() < 5e-4, "{failures} of {calls}: {found}");
        }
    }

    #[test]
    fn few_outcomes_say_nothing() {
        let start = Instant::now();
        let (four, now) = window(&[true; 4], start, Duration::from_secs(1));
        assert_eq!(four.failures_at_least(now), 0.0);
        let (five, now) = window(&[true; 5], start, Duration::from_secs(1));
        assert!(five.failures_at_least(now) > 0.5);
    }

    #[test]
    fn two_halves_are_a_failure() {
        let now = Instant::now();
        let bound = |grades: [Grade; 2]| {
            let mut window = Window::default();
            grades.iter().cycle().take(10).for_each(|grade| window.push(*grade, now));
            window.failures_at_least(now)
        };
        assert_eq!(bound([Grade::Half; 2]), bound([Grade::Good, Grade::Bad]));
        assert!(bound([Grade::Half; 2]) < bound([Grade::Half, Grade::Bad]));
    }

    #[test]
    fn what_is_old_is_forgotten_unless_calls_are_rare() {
        let start = Instant::now();
        // Failures, and then twenty successes, one in a second: half a minute later the failures are gone.
        let outcomes = [[true; 10].as_slice(), &[false; 40]].concat();
        let (often, now) = window(&outcomes, start, Duration::from_secs(1));
        assert_eq!(often.failures_at_least(now), 0.0);
        let (rarely, now) = window(&[true; 6], start, Duration::from_secs(120));
        assert!(rarely.failures_at_least(now) > 0.5, "one in two minutes");
        assert_eq!(rarely.failures_at_least(now + LONG_AGO * 2), 0.0);
    }

    proptest! {
        #[test]
        fn a_failure_more_never_speaks_for_fewer(failures in 0_u32..64, successes in 0_u32..64) {
            prop_assume!(failures + successes > 0);
            let bound = |failures: u32, calls: u32| wilson_lower(failures.into(), calls.into());
            let calls = failures + successes;
            let known = bound(failures, calls);
            prop_assert!((0.0..=1.0).contains(&known));
            prop_assert!(known <= f64::from(failures) / f64::from(calls) + 1e-12);
            prop_assert!(bound(failures + 1, calls + 1) >= known - 1e-12);
            prop_assert!(bound(failures, calls + 1) <= known + 1e-12);
        }
    }
}
