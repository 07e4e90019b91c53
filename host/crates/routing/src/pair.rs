//! Two numbers that change together, without a lock.

use std::sync::atomic::{AtomicU64, Ordering};

/// Two `f32` in one word; both 0 at first.
#[derive(Debug, Default)]
pub(crate) struct Pair(AtomicU64);

impl Pair {
    #[inline]
    pub(crate) fn get(&self) -> (f32, f32) {
        unpack(self.0.load(Ordering::Relaxed))
    }

    pub(crate) fn set(&self, pair: (f32, f32)) {
        self.0.store(pack(pair), Ordering::Relaxed);
    }

    /// Changes both at once. Gives what they were before.
    pub(crate) fn update(&self, change: impl Fn((f32, f32)) -> (f32, f32)) -> (f32, f32) {
        let mut current = self.0.load(Ordering::Relaxed);
        loop {
            let changed = pack(change(unpack(current)));
            match self.0.compare_exchange_weak(current, changed, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(before) => return unpack(before),
                Err(newer) => current = newer,
            }
        }
    }
}

fn pack((high, low): (f32, f32)) -> u64 {
    (u64::from(high.to_bits()) << 32) | u64::from(low.to_bits())
}

fn unpack(bits: u64) -> (f32, f32) {
    (f32::from_bits((bits >> 32) as u32), f32::from_bits(bits as u32))
}
