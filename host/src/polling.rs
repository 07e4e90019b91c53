//! When a job is asked after: often at first, then less and less often, never in step with others.

use std::time::Duration;

/// How often a provider is asked after its jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polling {
    /// Until it is asked for the first time; 1 s by default. Each pause is half as long again as the one before, a fifth more or
    /// less.
    pub first: Duration,
    /// The longest pause; 15 s by default.
    pub longest: Duration,
}

impl Default for Polling {
    fn default() -> Self {
        Self { first: Duration::from_secs(1), longest: Duration::from_secs(15) }
    }
}

impl Polling {
    /// How much longer each pause is than the one before.
    const GROWTH: f64 = 1.5;
    /// By how much a pause may be longer or shorter, so that jobs that began together are not asked after together.
    const JITTER: f64 = 0.2;

    /// The pause before it is asked for the `asked`th time, from 0. `chance` is 0 to 1; `wish` is how long its upstream asks
    /// to be left alone, which counts even where it is longer than the longest pause.
    pub(crate) fn pause(&self, asked: u32, chance: f64, wish: Option<Duration>) -> Duration {
        let growth = Self::GROWTH.powi(i32::try_from(asked).unwrap_or(i32::MAX));
        let longest = self.longest.as_secs_f64();
        let pause = (self.first.as_secs_f64() * growth).min(longest);
        let jittered = pause * (1.0 + Self::JITTER * (2.0 * chance.clamp(0.0, 1.0) - 1.0));
        let pause = Duration::try_from_secs_f64(jittered.min(longest)).unwrap_or(self.longest);
        wish.map_or(pause, |wish| wish.max(pause))
    }
}

/// A number from 0 to 1 that nobody can tell before.
pub(crate) fn chance() -> f64 {
    uuid::Uuid::new_v4().as_u64_pair().0 as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pauses_grow_to_the_longest() {
        let polling = Polling::default();
        let pauses: Vec<_> = (0..9).map(|asked| polling.pause(asked, 0.5, None).as_millis()).collect();
        assert_eq!(pauses, [1000, 1500, 2250, 3375, 5062, 7593, 11390, 15000, 15000]);
        assert_eq!(polling.pause(0, 0.5, Some(Duration::from_secs(60))), Duration::from_secs(60));
        assert_eq!(polling.pause(0, 0.5, Some(Duration::from_millis(1))), Duration::from_secs(1));
    }

    proptest! {
        #[test]
        fn no_pause_is_shorter_than_four_fifths_of_the_first_or_longer_than_the_longest(
            asked in 0_u32..10_000, chance in 0.0..=1.0, first in 1_u64..5_000, more in 0_u64..100_000,
        ) {
            let first = Duration::from_millis(first);
            let polling = Polling { first, longest: first + Duration::from_millis(more) };
            let pause = polling.pause(asked, chance, None);
            prop_assert!(pause >= first.mul_f64(0.79) && pause <= polling.longest, "{pause:?}");
        }
    }
}
