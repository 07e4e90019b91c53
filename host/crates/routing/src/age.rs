//! How long ago something was measured, without a lock and to the nanosecond; and how much it still counts.
//!
//! What speaks against an endpoint counts less and less while nobody calls it: otherwise who was bad once would never be called again
//! where others are a little better. What speaks for it stays.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Seconds after which a half is left; after three times as long, it is a quarter.
const HALF: f64 = 30.0;

/// What part is left of what speaks against an endpoint, so many seconds after it was measured.
#[inline]
pub(crate) fn part_left(seconds: f64) -> f64 {
    HALF / (HALF + seconds)
}

/// The latest time of something.
#[derive(Debug, Default)]
pub(crate) struct Latest {
    /// The first, which the others are counted from.
    first: OnceLock<Instant>,
    /// Nanoseconds from the first to the latest.
    after: AtomicU64,
}

impl Latest {
    /// It is now.
    pub(crate) fn is(&self, now: Instant) {
        let first = *self.first.get_or_init(|| now);
        // Who is told of late is not the latest.
        self.after.fetch_max(nanoseconds(now.saturating_duration_since(first)), Ordering::Relaxed);
    }

    /// Seconds since then; 0 where it never was.
    #[inline]
    pub(crate) fn seconds(&self, now: Instant) -> f64 {
        let Some(first) = self.first.get() else { return 0.0 };
        let since_first = nanoseconds(now.saturating_duration_since(*first));
        since_first.saturating_sub(self.after.load(Ordering::Relaxed)) as f64 * 1e-9
    }
}

#[inline]
fn nanoseconds(time: Duration) -> u64 {
    // Longer than 584 years is not told from that.
    time.as_secs().saturating_mul(1_000_000_000).saturating_add(time.subsec_nanos().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_counts_in_whatever_order_it_is_told() {
        let (latest, start) = (Latest::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(latest.seconds(at(5)), 0.0);
        for second in [10, 30, 20] {
            latest.is(at(second));
        }
        assert_eq!([0, 30, 31].map(|second| latest.seconds(at(second))), [0.0, 0.0, 1.0]);
        latest.is(start);
        assert_eq!(latest.seconds(at(31)), 1.0);
    }

    #[test]
    fn less_and_less_is_left_and_never_nothing() {
        assert_eq!([0.0, HALF, 3.0 * HALF].map(part_left), [1.0, 0.5, 0.25]);
        assert!(part_left(1e9) > 0.0);
    }
}
