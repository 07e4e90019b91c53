//! One account for all the memory of a call.

use std::mem;

use palisade_core::Limits;
use wasmtime::ResourceLimiter;

/// Bytes that an element of a table takes in the host.
const TABLE_ELEMENT_BYTES: u64 = 16;

/// The limit that a guest ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exceeded {
    Memory,
    TableElements,
    HostCalls,
    RandomBytes,
}

/// Sums the memories and tables of a call and what the host keeps for it. Growth that is refused tells the guest so;
/// the refusal is kept, to explain what the guest does next.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory_bytes: u64,
    table_elements: u64,
    instances: usize,
    memories: usize,
    tables: usize,
    used: u64,
    /// What of that belongs to the caller once the call has ended.
    handed_over: u64,
    peak: u64,
    pub(crate) exceeded: Option<Exceeded>,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            memory_bytes: limits.memory_bytes,
            table_elements: limits.table_elements,
            instances: limits.instances as usize,
            memories: limits.memories as usize,
            tables: limits.tables as usize,
            used: 0,
            handed_over: 0,
            peak: 0,
            exceeded: None,
        }
    }

    /// Begins another call: what is used stays used, but for what the caller of the last one has got.
    pub(crate) fn renew(&mut self) {
        let handed_over = mem::take(&mut self.handed_over);
        self.release(handed_over);
        self.peak = self.used;
        self.exceeded = None;
    }

    pub(crate) fn peak(&self) -> u64 {
        self.peak
    }

    pub(crate) fn has_room_for(&self, bytes: u64) -> bool {
        self.used.checked_add(bytes).is_some_and(|sum| sum <= self.memory_bytes)
    }

    pub(crate) fn charge(&mut self, bytes: u64) -> Result<(), u64> {
        if !self.has_room_for(bytes) {
            self.exceeded = Some(Exceeded::Memory);
            return Err(self.memory_bytes);
        }
        self.used += bytes;
        self.peak = self.peak.max(self.used);
        Ok(())
    }

    pub(crate) fn release(&mut self, bytes: u64) {
        self.used = self.used.saturating_sub(bytes);
    }

    /// Notes that the caller gets what was charged. It still counts in this call.
    pub(crate) fn hand_over(&mut self, bytes: u64) {
        self.handed_over = self.handed_over.saturating_add(bytes);
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, max: Option<usize>) -> wasmtime::Result<bool> {
        if beyond_declared(desired, max) {
            return Ok(false);
        }
        Ok(self.charge(desired.saturating_sub(current) as u64).is_ok())
    }

    fn table_growing(&mut self, current: usize, desired: usize, max: Option<usize>) -> wasmtime::Result<bool> {
        if beyond_declared(desired, max) {
            return Ok(false);
        }
        if desired as u64 > self.table_elements {
            self.exceeded = Some(Exceeded::TableElements);
            return Ok(false);
        }
        let elements = desired.saturating_sub(current) as u64;
        Ok(self.charge(elements.saturating_mul(TABLE_ELEMENT_BYTES)).is_ok())
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}

/// Whether the growth is beyond what the guest itself declared. The engine refuses it after it has asked here, and what was
/// charged would stay charged.
fn beyond_declared(desired: usize, max: Option<usize>) -> bool {
    max.is_some_and(|max| desired > max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_tables_and_host_bytes_share_one_account() {
        let limits = Limits { memory_bytes: 1000, table_elements: 40, ..Limits::default() };
        let mut limiter = Limiter::new(&limits);
        assert!(limiter.memory_growing(0, 300, None).unwrap());
        assert!(limiter.memory_growing(0, 300, None).unwrap(), "a second memory");
        assert!(limiter.table_growing(0, 10, None).unwrap());
        assert!(limiter.charge(240).is_ok());
        assert_eq!((limiter.peak(), limiter.exceeded), (1000, None));

        assert!(!limiter.memory_growing(300, 301, None).unwrap());
        assert_eq!(limiter.exceeded, Some(Exceeded::Memory));
        limiter.release(1);
        assert!(limiter.memory_growing(300, 301, None).unwrap());
        assert_eq!(limiter.peak(), 1000);

        assert!(!limiter.table_growing(10, 41, None).unwrap());
        assert_eq!(limiter.exceeded, Some(Exceeded::TableElements));
    }

    #[test]
    fn growth_that_the_engine_refuses_is_not_charged() {
        let mut limiter = Limiter::new(&Limits::default());
        assert!(!limiter.memory_growing(0, 101, Some(100)).unwrap());
        assert!(!limiter.table_growing(0, 101, Some(100)).unwrap());
        assert_eq!((limiter.peak(), limiter.exceeded), (0, None));
    }

    #[test]
    fn what_was_handed_over_counts_until_the_next_call() {
        let mut limiter = Limiter::new(&Limits { memory_bytes: 1000, ..Limits::default() });
        for _ in 0..3 {
            assert!(limiter.charge(200).is_ok(), "the guest holds on to it");
            assert!(limiter.charge(400).is_ok());
            limiter.hand_over(400);
            assert!(!limiter.has_room_for(401));
            limiter.renew();
            limiter.release(200);
            assert_eq!(limiter.peak(), 200);
        }
        assert!(limiter.charge(1000).is_ok());
    }

    #[test]
    fn a_sum_that_overflows_is_refused() {
        let mut limiter = Limiter::new(&Limits::default());
        assert!(limiter.charge(1).is_ok());
        assert!(limiter.charge(u64::MAX).is_err());
    }
}
