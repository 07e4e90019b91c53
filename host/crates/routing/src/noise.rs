//! Chance that replays: numbers that look random, and are the same for the same seed in every release.

use std::hash::{Hash, Hasher as _};

use palisade_core::{ModelId, ProviderId};
use twox_hash::{XxHash3_64, xxhash3_64};

/// What tells an endpoint from others, by its names alone.
pub(crate) fn identity(provider: &ProviderId, model: &ModelId) -> u64 {
    // Ids have no slash in them.
    XxHash3_64::oneshot(format!("{provider}/{model}").as_bytes())
}

/// What tells anything from others.
pub(crate) fn key(anything: impl Hash) -> u64 {
    let mut hasher = xxhash3_64::Hasher::new();
    anything.hash(&mut hasher);
    hasher.finish()
}

/// What is left to chance. Each has numbers of its own: who is lucky in one is not in another.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// Who comes first of those with the same score.
    Tie,
    /// Whether an endpoint that has recovered gets this call.
    Ramp,
    /// Who wins of those whose scores are near the least.
    Race,
    /// To whom the requests of one caller go, where they are equally good.
    Affinity,
    /// Whether a request goes to somebody little is known of.
    Exploration,
    /// To whom it goes then.
    Explored,
    /// Who of many that are alike is looked at.
    Draw,
    /// How much longer or shorter a pause is.
    Pause,
}

/// The numbers of one seed for one purpose.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64, purpose: Purpose) -> Self {
        Self(mix(seed ^ mix(purpose as u64 + 1)))
    }

    /// Any number.
    pub(crate) fn roll(self, identity: u64) -> u64 {
        mix(self.0 ^ identity)
    }

    /// A whole number below `end`.
    pub(crate) fn below(self, end: usize, identity: u64) -> usize {
        ((u128::from(self.roll(identity)) * end as u128) >> 64) as usize
    }

    /// A number from 0 to just below 1.
    pub(crate) fn share(self, identity: u64) -> f64 {
        (self.roll(identity) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Spreads a number over all bits: the finalizer of SplitMix64 (G. Steele, D. Lea and C. Flood, 2014).
const fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_every_release() {
        let identity = identity(&"card".parse().unwrap(), &"plain".parse().unwrap());
        assert_eq!(identity, 0xfed2_d031_fab0_42ad);
        assert_eq!(key(("card", "plain")), 0x7fcb_96e6_89b8_5b5f);
        assert_eq!(Dice::new(7, Purpose::Tie).roll(identity), 0x52df_89a2_4e3d_d1e8);
    }

    #[test]
    fn shares_are_even_whatever_is_counted_up() {
        let by_seed = |seed| Dice::new(seed, Purpose::Tie).share(1);
        let by_identity = |identity| Dice::new(1, Purpose::Ramp).share(identity);
        for share in [by_seed as fn(u64) -> f64, by_identity] {
            let mut tenths = [0; 10];
            (0..10_000).for_each(|number| tenths[(share(number) * 10.0) as usize] += 1);
            assert!(tenths.iter().all(|count| (900..1100).contains(count)), "{tenths:?}");
        }
    }
}
