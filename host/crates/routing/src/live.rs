//! What the host measured of an endpoint, written and read without a lock.

use std::{
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
    time::Duration,
};

/// Weight of the latest call in the moving average of the latency.
const LATENCY_WEIGHT: f64 = 0.2;
/// Most calls that the record of successes remembers: yesterday's successes must not hide today's outage.
const MASS: f64 = 20.0;

/// The record of an endpoint.
#[derive(Debug, Default)]
pub struct Live {
    pending: AtomicU32,
    /// Seconds as the bits of an `f64`; 0 before the first call.
    latency: AtomicU64,
    /// Two decayed counts, successes and failures, as the bits of two `f32`.
    record: AtomicU64,
}

/// A copy of the record at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    /// Calls under way.
    pub pending: u32,
    /// Moving average of the seconds that a successful call took; none before the first.
    pub latency: Option<f64>,
    /// Successes, decayed.
    pub successes: f64,
    /// Failures, decayed.
    pub failures: f64,
}

impl Live {
    /// The figures of this moment.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let (successes, failures) = unpack(self.record.load(Ordering::Relaxed));
        let latency = f64::from_bits(self.latency.load(Ordering::Relaxed));
        Figures {
            pending: self.pending.load(Ordering::Relaxed),
            latency: (latency > 0.0).then_some(latency),
            successes: successes.into(),
            failures: failures.into(),
        }
    }

    /// A call begins; it is under way until what is returned is dropped.
    #[must_use]
    pub fn begin(&self) -> Pending<'_> {
        self.pending.fetch_add(1, Ordering::Relaxed);
        Pending(&self.pending)
    }

    /// A call succeeded.
    pub fn succeeded(&self, took: Duration) {
        self.count(1.0, 0.0);
        let seconds = took.as_secs_f64().max(f64::MIN_POSITIVE);
        update(&self.latency, |bits| {
            let average = f64::from_bits(bits);
            let average = if average > 0.0 { average + LATENCY_WEIGHT * (seconds - average) } else { seconds };
            average.to_bits()
        });
    }

    /// A call failed by the provider's fault. Its time says nothing: a provider that fails at once is not fast.
    pub fn failed(&self) {
        self.count(0.0, 1.0);
    }

    fn count(&self, success: f32, failure: f32) {
        update(&self.record, |bits| {
            let (successes, failures) = unpack(bits);
            let (successes, failures) = (successes + success, failures + failure);
            let scale = (MASS as f32 / (successes + failures)).min(1.0);
            pack(successes * scale, failures * scale)
        });
    }
}

/// A call under way.
#[derive(Debug)]
pub struct Pending<'a>(&'a AtomicU32);

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn update(cell: &AtomicU64, change: impl Fn(u64) -> u64) {
    let mut current = cell.load(Ordering::Relaxed);
    while let Err(newer) = cell.compare_exchange_weak(current, change(current), Ordering::Relaxed, Ordering::Relaxed) {
        current = newer;
    }
}

fn pack(high: f32, low: f32) -> u64 {
    (u64::from(high.to_bits()) << 32) | u64::from(low.to_bits())
}

fn unpack(bits: u64) -> (f32, f32) {
    (f32::from_bits((bits >> 32) as u32), f32::from_bits(bits as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_calls_are_forgotten() {
        let live = Live::default();
        for _ in 0..1000 {
            live.succeeded(Duration::from_secs(1));
        }
        for _ in 0..20 {
            live.failed();
        }
        let figures = live.figures();
        assert!(figures.failures > figures.successes, "{figures:?}");
        assert!(figures.failures + figures.successes <= MASS + 0.01, "{figures:?}");
        assert_eq!(figures.latency, Some(1.0), "failures have no latency");
    }

    #[test]
    fn a_call_is_pending_until_it_is_dropped() {
        let live = Live::default();
        let (first, second) = (live.begin(), live.begin());
        assert_eq!(live.figures().pending, 2);
        drop((first, second));
        assert_eq!(live.figures().pending, 0);
    }

    #[test]
    fn outcomes_of_several_threads_all_count() {
        let live = Live::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..4).for_each(|_| live.succeeded(Duration::from_millis(10))));
            }
        });
        assert_eq!(live.figures().successes, 16.0);
    }
}
