//! Two numbers that change together, without a lock.

use std::sync::atomic::Ordering;

use crate::sync::AtomicU64;

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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn what_others_write_between_a_look_and_a_change_is_not_lost() {
        // The change itself is where others come in: it runs after the look, and before the write.
        let (pair, others) = (Pair::default(), Cell::new(3_u8));
        let before = pair.update(|(high, low)| {
            if let Some(left) = others.get().checked_sub(1) {
                others.set(left);
                pair.update(|(high, low)| (high + 1.0, low + 10.0));
            }
            (high + 100.0, low + 1000.0)
        });
        assert_eq!((before, pair.get()), ((3.0, 30.0), (103.0, 1030.0)));
    }

    #[test]
    fn both_numbers_change_at_once() {
        let pair = Pair::default();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        pair.update(|(high, low)| (high + 1.0, low - 1.0));
                        let (high, low) = pair.get();
                        assert_eq!(high, -low);
                    }
                });
            }
        });
        assert_eq!(pair.get(), (2000.0, -2000.0));
    }
}
