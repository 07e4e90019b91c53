//! Random bytes for guests, up to a limit.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rand::{TryRng, rngs::StdRng};

/// A generator that counts what it gives. It cannot refuse: who reads the count ends the guest.
pub(crate) struct Counted {
    generator: StdRng,
    given: Arc<AtomicU64>,
}

impl Counted {
    pub(crate) fn new(given: Arc<AtomicU64>) -> Self {
        Self { generator: rand::make_rng(), given }
    }

    fn count(&self, bytes: usize) {
        self.given.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

impl TryRng for Counted {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.count(4);
        self.generator.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.count(8);
        self.generator.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.count(bytes.len());
        self.generator.try_fill_bytes(bytes)
    }
}
