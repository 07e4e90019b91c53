//! How long calls take, in two parts: what every call takes, and what it takes for each unit of what is asked for. So a picture of
//! 8 megapixels says nothing against an endpoint that is asked for a small one.
//!
//! It is the line through the latest calls by least squares, whose weights fade away. Before calls of different sizes are known,
//! a half of the time is taken to grow with the size.

use crate::{
    line::{Line, slope, sound},
    pair::Pair,
};

/// Weight of the latest call in the moving averages.
const LATEST: f32 = 0.2;

/// The times of an endpoint's calls that succeeded.
#[derive(Debug, Default)]
pub(crate) struct Latency {
    /// The moving averages of seconds and of size; 0 before the first call.
    means: Pair,
    /// How much both vary together, and how much the size varies.
    spread: Pair,
    /// Seconds for each unit of size, and a number that nobody needs.
    slope: Pair,
}

impl Latency {
    /// A call has taken so many seconds, and was of this size. So much is left of what speaks against the endpoint: of a call that was
    /// faster than expected, the rest is made up for.
    pub(crate) fn record(&self, seconds: f64, size: Option<f64>, part_left: f64) {
        let (seconds, size) = sound(seconds, size);
        let slope_before = self.slope.get().0;
        let weight = |(mean, mean_size): (f32, f32)| {
            let larger = size.filter(|_| mean_size > 0.0).map_or(0.0, |size| size - mean_size);
            let kept = if seconds < mean + slope_before * larger { part_left as f32 } else { 1.0 };
            1.0 - (1.0 - LATEST) * kept
        };
        let toward = |mean: f32, new: f32, weight: f32| if mean > 0.0 { mean + weight * (new - mean) } else { new };
        let change = |means: (f32, f32)| {
            let weight = weight(means);
            (toward(means.0, seconds, weight), size.map_or(means.1, |size| toward(means.1, size, weight)))
        };
        let before = self.means.update(change);
        let Some(size) = size else { return };
        if before.1 > 0.0 {
            let (seconds, size, weight) = (seconds - before.0, size - before.1, weight(before));
            let grown = |spread: f32, by: f32| (1.0 - weight) * (spread + weight * by);
            self.spread.update(|(both, sizes)| (grown(both, seconds * size), grown(sizes, size * size)));
        }
        self.slope.set((slope(change(before), self.spread.get()), 0.0));
    }

    /// Calls take as long as usual again, as far as anybody knows.
    pub(crate) fn is_usual(&self, usual: &Line) {
        self.means.set((usual.seconds as f32, usual.size as f32));
        self.spread.set((usual.both as f32, usual.sizes as f32));
        self.slope.set((usual.slope(), 0.0));
    }

    /// Mean seconds of a call, none before the first; the mean size, 0 where none is known; and seconds for each unit more.
    #[inline]
    pub(crate) fn line(&self) -> (Option<f64>, f64, f64) {
        let ((seconds, size), (slope, _)) = (self.means.get(), self.slope.get());
        ((seconds > 0.0).then_some(seconds.into()), size.into(), slope.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::line::seconds;

    fn expected(latency: &Latency, size: f64) -> f64 {
        let (mean, mean_size, slope) = latency.line();
        seconds(mean.unwrap(), mean_size, slope, size)
    }

    #[test]
    fn a_large_picture_says_nothing_against_small_ones() {
        let latency = Latency::default();
        let took = |megapixels: f64| 0.5 + 2.0 * megapixels;
        for _ in 0..3 {
            (0..5).for_each(|_| latency.record(took(0.25), Some(0.25), 1.0));
            latency.record(took(8.0), Some(8.0), 1.0);
        }
        for megapixels in [0.25, 1.0, 8.0] {
            let (found, real) = (expected(&latency, megapixels), took(megapixels));
            assert!((found / real - 1.0).abs() < 0.1, "{megapixels}: {found} for {real}");
        }
        assert!(latency.line().0.unwrap() > 3.0, "the mean is no guess for either");
    }

    #[test]
    fn a_half_of_the_time_grows_until_two_sizes_are_known() {
        let latency = Latency::default();
        latency.record(2.0, Some(1.0), 1.0);
        assert_eq!([1.0, 3.0, 0.0].map(|size| expected(&latency, size)), [2.0, 4.0, 1.0]);
        let unsized_calls = Latency::default();
        unsized_calls.record(2.0, None, 1.0);
        assert_eq!(expected(&unsized_calls, 100.0), 2.0);
    }

    #[test]
    fn after_a_while_one_fast_call_says_more_and_a_slow_one_does_not() {
        let after_a_while = |seconds| {
            let latency = Latency::default();
            (0..20).for_each(|_| latency.record(10.0, Some(1.0), 1.0));
            latency.record(seconds, Some(1.0), 0.25);
            expected(&latency, 1.0)
        };
        assert!((after_a_while(1.0) - 2.8).abs() < 1e-4, "{}", after_a_while(1.0));
        assert!((after_a_while(20.0) - 12.0).abs() < 1e-4, "{}", after_a_while(20.0));
    }

    proptest! {
        #[test]
        fn what_is_expected_is_a_number_and_more_for_more(
            calls in prop::collection::vec((any::<f64>(), prop::option::of(any::<f64>()), 0.0..=1.0), 1..50),
            small in 0.0..1e9,
            more in 0.0..1e9,
        ) {
            let latency = Latency::default();
            calls.into_iter().for_each(|(seconds, size, part_left)| latency.record(seconds, size, part_left));
            let [small, large] = [small, small + more].map(|size| expected(&latency, size));
            prop_assert!(small.is_finite() && large.is_finite() && 0.0 < small && small <= large, "{} {}", small, large);
        }
    }
}
