//! PeakEWMA, the estimate of latency of Finagle and tower: it jumps to the worst, and forgets it little by little.

use std::time::Instant;

/// Seconds in which an estimate falls to 1/e.
const DECAY: f64 = 10.0;
/// Seconds that are assumed of one that was never called.
const DEFAULT: f64 = 1.0;

/// The estimate of one endpoint.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peak {
    seconds: f64,
    at: Instant,
}

impl Peak {
    pub(super) fn new(now: Instant) -> Self {
        Self { seconds: DEFAULT, at: now }
    }

    /// The estimate at this moment. It falls towards nothing while nobody calls, so that a slow one is tried again.
    pub(super) fn seconds(&self, now: Instant) -> f64 {
        self.towards(0.0, now)
    }

    /// A call took so long.
    pub(super) fn observe(&mut self, seconds: f64, now: Instant) {
        self.seconds = if seconds > self.seconds { seconds } else { self.towards(seconds, now) };
        self.at = now;
    }

    fn towards(&self, seconds: f64, now: Instant) -> f64 {
        let kept = libm::exp(-now.saturating_duration_since(self.at).as_secs_f64() / DECAY);
        self.seconds * kept + seconds * (1.0 - kept)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_jumps_up_and_falls_slowly() {
        let start = Instant::now();
        let mut peak = Peak::new(start);
        peak.observe(5.0, start);
        assert_eq!(peak.seconds(start), 5.0);
        let later = start + Duration::from_secs(10);
        assert!((peak.seconds(later) - 5.0 / core::f64::consts::E).abs() < 1e-9);
        peak.observe(1.0, later);
        assert!((peak.seconds(later) - (1.0 + 4.0 / core::f64::consts::E)).abs() < 1e-9);
    }
}
