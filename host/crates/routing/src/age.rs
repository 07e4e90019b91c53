//! How long ago something was measured, without a lock and to the nanosecond; and how much it still counts.
//!
//! What speaks against an endpoint counts less and less while nobody calls it: otherwise who was bad once would never be called again
//! where others are a little better. What speaks for it stays.

use std::{
    sync::{OnceLock, atomic::Ordering},
    time::{Duration, Instant},
};

use crate::sync::AtomicI64;

/// Seconds after which a half is left; after three times as long, it is a quarter.
const HALF: f64 = 30.0;

/// What part is left of what speaks against an endpoint, so many seconds after it was measured.
#[inline]
pub(crate) fn part_left(seconds: f64) -> f64 {
    HALF / (HALF + seconds)
}

/// A moment as a number: who looks at many endpoints works it out once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tick(i64);

impl Tick {
    pub(crate) fn at(now: Instant) -> Self {
        /// The moment that all are counted from: the first that anybody asks about.
        static FIRST: OnceLock<Instant> = OnceLock::new();
        let first = *FIRST.get_or_init(|| now);
        match now.checked_duration_since(first) {
            Some(after) => Self(nanoseconds(after)),
            None => Self(-nanoseconds(first - now)),
        }
    }
}

/// The latest time of something.
#[derive(Debug)]
pub(crate) struct Latest(AtomicI64);

/// It never was.
const NEVER: i64 = i64::MIN;

impl Default for Latest {
    fn default() -> Self {
        Self(AtomicI64::new(NEVER))
    }
}

impl Latest {
    /// It is now.
    pub(crate) fn is(&self, Tick(now): Tick) {
        // Who is told of late is not the latest.
        self.0.fetch_max(now, Ordering::Relaxed);
    }

    /// Seconds since then; 0 where it never was.
    #[inline]
    pub(crate) fn seconds(&self, Tick(now): Tick) -> f64 {
        match self.0.load(Ordering::Relaxed) {
            NEVER => 0.0,
            latest => now.saturating_sub(latest).max(0) as f64 * 1e-9,
        }
    }
}

fn nanoseconds(time: Duration) -> i64 {
    // Longer than 292 years is not told from that.
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_counts_in_whatever_order_it_is_told() {
        let (latest, start) = (Latest::default(), Instant::now());
        let at = |seconds| Tick::at(start + Duration::from_secs(seconds));
        assert_eq!(latest.seconds(at(5)), 0.0);
        for second in [10, 30, 20] {
            latest.is(at(second));
        }
        assert_eq!([0, 30, 31].map(|second| latest.seconds(at(second))), [0.0, 0.0, 1.0]);
        latest.is(Tick::at(start));
        assert_eq!(latest.seconds(at(31)), 1.0);
    }

    #[test]
    fn less_and_less_is_left_and_never_nothing() {
        assert_eq!([0.0, HALF, 3.0 * HALF].map(part_left), [1.0, 0.5, 0.25]);
        assert!(part_left(1e9) > 0.0);
    }
}
