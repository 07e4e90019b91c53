//! Chance that is the same on each run and on each machine: the generator is portable, and so is the arithmetic of `libm`.

use rand::{RngExt as _, SeedableRng as _, rngs::Xoshiro256PlusPlus};

/// What is decided by chance. Each has numbers of its own, so that a policy that asks for more does not change the load.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    /// When requests come.
    Arrivals,
    /// How long calls take, and which of them fail.
    Providers,
    /// What a policy leaves to chance.
    Policy,
}

/// A source of chance.
#[derive(Debug)]
pub(crate) struct Random(Xoshiro256PlusPlus);

impl Random {
    pub(crate) fn new(seed: u64, stream: Stream) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed * 3 + stream as u64))
    }

    /// Any number.
    pub(crate) fn seed(&mut self) -> u64 {
        self.0.random()
    }

    /// 0 to 1, without 1.
    pub(crate) fn share(&mut self) -> f64 {
        self.0.random()
    }

    /// One of so many, or none of none.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        ((self.share() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// The time to the next of events that come independently of each other.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * libm::log(1.0 - self.share())
    }

    /// Of a log-normal distribution with this mean; `spread` is the standard deviation of the logarithm.
    pub(crate) fn log_normal(&mut self, mean: f64, spread: f64) -> f64 {
        let (radius, angle) = (self.exponential(2.0), self.share());
        // G. E. P. Box and M. E. Muller, 1958.
        let normal = libm::sqrt(radius) * libm::cos(angle * core::f64::consts::TAU);
        mean * libm::exp(spread * normal - spread * spread / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_the_mean_that_was_asked_for() {
        let mut random = Random::new(1, Stream::Providers);
        let mean = |mut draw: Box<dyn FnMut() -> f64 + '_>| (0..100_000).map(|_| draw()).sum::<f64>() / 100_000.0;
        let times = mean(Box::new(|| random.log_normal(3.0, 0.5)));
        assert!((times - 3.0).abs() < 0.03, "{times}");
        let gaps = mean(Box::new(|| random.exponential(0.05)));
        assert!((gaps - 0.05).abs() < 0.001, "{gaps}");
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers_on_every_machine() {
        let mut random = Random::new(1, Stream::Arrivals);
        let numbers: Vec<_> = (0..3).map(|_| random.below(1000)).collect();
        assert_eq!(numbers, [51, 647, 867]);
    }
}
