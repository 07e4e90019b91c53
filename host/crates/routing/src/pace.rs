//! How fast an endpoint is at present, beside how fast it usually is.
//!
//! ```text
//! a call ─► seconds ÷ what is usual for its size ─► times ─┬─► at present: about the latest ten calls
//!                                                          └─► usual: about an hour, by size as in `latency`
//! ```
//!
//! Of a call that takes much longer than others, only so much counts: one that hung is no reason to call an endpoint slow. It takes
//! about eight calls in a row, however slow they are, until they count for twice as long as usual.

use crate::line::{Line, sound};

/// Weight of the latest call in what is at present.
const LATEST: f64 = 0.1;
/// Seconds after which what is usual is told half by what came since.
const HOUR: f64 = 3600.0;
/// Fewer calls say nothing of what is usual.
const LEAST: u32 = 20;
/// A call counts for no longer than so many times what is at present, and what is usual.
const MOST: f64 = 2.0;

/// The times of an endpoint's calls that succeeded, beside each other.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pace {
    calls: u32,
    usual: Line,
    /// How many times as long as usual calls take at present.
    times: f64,
}

impl Pace {
    /// A call has taken so many seconds, and was of this size; so many seconds after the one before it. Gives how many times as long
    /// as usual it took.
    pub(crate) fn record(&mut self, seconds: f64, size: Option<f64>, since: f64) -> f64 {
        let times = self.note(seconds, size, since);
        let counted = times.min(MOST * self.times.max(1.0));
        self.times += LATEST * (counted - self.times);
        times
    }

    /// The same of a call that says nothing of what is at present.
    pub(crate) fn note(&mut self, seconds: f64, size: Option<f64>, since: f64) -> f64 {
        let (seconds, size) = sound(seconds, size);
        let (seconds, size) = (f64::from(seconds), size.map(f64::from));
        if self.calls == 0 {
            self.usual.seconds = seconds;
            self.times = 1.0;
        }
        self.calls = self.calls.saturating_add(1);
        let usual = self.usual.at(size);
        let times = seconds / usual;
        let by_time = (since / (HOUR + since)).min(1.0 / f64::from(LEAST));
        self.usual.learn(usual * times.min(MOST), size, by_time.max(1.0 / f64::from(self.calls)));
        times
    }

    /// How many times as long as usual calls take at present; none while too few are known.
    pub(crate) fn times(&self) -> Option<f64> {
        (self.calls >= LEAST).then_some(self.times)
    }

    /// It is as fast as usual again.
    pub(crate) fn is_usual(&mut self) {
        self.times = 1.0;
    }

    /// What is usual.
    pub(crate) fn usual(&self) -> Line {
        self.usual
    }

    /// Seconds that a call of this size takes at present; none while too few are known.
    pub(crate) fn seconds(&self, size: Option<f64>) -> Option<f64> {
        Some(self.usual.at(size) * self.times()?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Calls, one in each of so many seconds.
    fn pace(calls: impl IntoIterator<Item = (f64, Option<f64>)>) -> Pace {
        let mut pace = Pace::default();
        calls.into_iter().for_each(|(seconds, size)| {
            pace.record(seconds, size, 1.0);
        });
        pace
    }

    fn seconds(count: usize, seconds: f64) -> impl Iterator<Item = (f64, Option<f64>)> {
        std::iter::repeat_n((seconds, None), count)
    }

    fn times(pace: Pace) -> f64 {
        pace.times().unwrap()
    }

    #[test]
    fn few_calls_say_nothing() {
        let least = LEAST as usize;
        assert_eq!(pace(seconds(least - 1, 1.0)).times(), None);
        assert_eq!(pace(seconds(least, 1.0)).times(), Some(1.0));
    }

    #[test]
    fn some_slow_calls_say_something_and_one_that_hangs_does_not() {
        let after = |slow: usize, took: f64| times(pace(seconds(100, 1.0).chain(seconds(slow, took))));
        assert!(after(1, 1e6) < 1.2, "{}", after(1, 1e6));
        assert!(after(7, 10.0) < 2.0 && after(9, 10.0) > 2.0, "{} {}", after(7, 10.0), after(9, 10.0));
        assert!(after(12, 3.0) > 2.0, "{}", after(12, 3.0));
        let mended = pace(seconds(100, 1.0).chain(seconds(30, 10.0)).chain(seconds(60, 1.0)));
        assert!(times(mended) < 1.2, "{mended:?}");
    }

    #[test]
    fn larger_pictures_are_no_slowness() {
        let picture = |megapixels: f64| (0.5 + 2.0 * megapixels, Some(megapixels));
        let small = (0..100).map(|number| picture(f64::from(number % 4 + 1) / 4.0));
        let large = (0..30).map(|number| picture(f64::from(number % 4 + 1) * 2.0));
        let found = times(pace(small.clone().chain(large)));
        assert!((0.8..1.2).contains(&found), "{found}");
        let slower = small.clone().take(20).map(|(seconds, size)| (seconds * 3.0, size));
        assert!(times(pace(small.clone().chain(slower))) > 2.0);
        let expected = pace(small).seconds(Some(8.0)).unwrap();
        assert!((expected / picture(8.0).0 - 1.0).abs() < 0.1, "{expected}");
    }

    #[test]
    fn what_stays_slow_for_hours_is_usual() {
        let after = |hours: usize| {
            let mut pace = pace(seconds(7200, 1.0));
            // One trial in 15 seconds.
            for _ in 0..hours * 240 {
                pace.note(5.0, None, 15.0);
            }
            pace.usual().seconds
        };
        assert!(after(1) < 3.0 && after(4) > 3.0, "{} {}", after(1), after(4));
    }

    #[test]
    fn a_trial_says_nothing_of_what_is_at_present() {
        let mut slow = pace(seconds(100, 1.0).chain(seconds(20, 5.0)));
        let before = slow.times();
        let times = slow.note(1.0, None, 1.0);
        assert!((0.5..1.0).contains(&times) && slow.times() == before, "{times} {slow:?}");
        slow.is_usual();
        assert_eq!(slow.times(), Some(1.0));
    }

    proptest! {
        #[test]
        fn it_is_a_number_whatever_calls_take(
            calls in prop::collection::vec((any::<f64>(), prop::option::of(any::<f64>()), 0.0..1e9), 20..60),
            size in prop::option::of(0.0..1e9),
        ) {
            let mut pace = Pace::default();
            for (seconds, size, since) in calls {
                let times = pace.record(seconds, size, since);
                prop_assert!(times.is_finite() && times > 0.0, "{}", times);
            }
            let (times, seconds) = (pace.times().unwrap(), pace.seconds(size).unwrap());
            prop_assert!(times.is_finite() && times > 0.0 && seconds.is_finite() && seconds > 0.0, "{:?}", pace);
        }

        /// A clock that runs faster changes nothing.
        #[test]
        fn it_is_the_same_in_whatever_unit(calls in prop::collection::vec(0.01_f64..100.0, 20..60), scale in 0.01_f64..100.0) {
            let found = |scale: f64| times(pace(calls.iter().map(|seconds| (seconds * scale, None))));
            prop_assert!((found(scale) / found(1.0) - 1.0).abs() < 1e-4);
        }
    }
}
