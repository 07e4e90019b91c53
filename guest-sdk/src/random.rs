//! Chance that a seed decides.

/// A small generator (`SplitMix64`) that gives the same numbers everywhere: for pictures that a seed must make again, and
/// for nothing secret.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Begins at this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number from `low` up to `high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "24 bits are exact")]
        let share = (self.bits() >> 40) as f32 / (1 << 24) as f32;
        low + (high - low) * share
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f32) -> bool {
        self.between(0.0, 1.0) < probability
    }

    /// One of these, all alike.
    pub fn pick<T: Clone, const N: usize>(&mut self, choices: [T; N]) -> T {
        const { assert!(N > 0, "there is nothing to pick") };
        #[expect(clippy::cast_possible_truncation, reason = "less than N")]
        let index = (self.bits() % N as u64) as usize;
        #[expect(clippy::indexing_slicing, reason = "less than N")]
        choices[index].clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_never_changes() {
        let mut random = Random::new(0);
        assert_eq!([random.bits(), random.bits()], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
    }

    #[test]
    fn every_choice_is_picked() {
        let mut random = Random::new(1);
        let picked: std::collections::BTreeSet<_> = (0..100).map(|_| random.pick(["a", "b", "c"])).collect();
        assert_eq!(picked.len(), 3);
    }
}
