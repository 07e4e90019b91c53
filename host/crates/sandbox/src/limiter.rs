//! One account for all the memory of a call.

use std::{mem, sync::Arc};

use palisade_core::Limits;
use palisade_world::Account;
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
    account: Arc<Account>,
    table_elements: u64,
    instances: usize,
    memories: usize,
    tables: usize,
    /// What of the account belongs to the caller once the call has ended.
    handed_over: u64,
    exceeded: Option<Exceeded>,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            account: Arc::new(Account::new(limits.memory_bytes)),
            table_elements: limits.table_elements,
            instances: limits.instances as usize,
            memories: limits.memories as usize,
            tables: limits.tables as usize,
            handed_over: 0,
            exceeded: None,
        }
    }

    /// Begins another call: what is used stays used, but for what the caller of the last one has got.
    pub(crate) fn renew(&mut self) {
        let handed_over = mem::take(&mut self.handed_over);
        self.account.release(handed_over);
        self.account.renew();
        self.exceeded = None;
    }

    /// The memory of the call.
    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// The limit that the guest ran into last.
    pub(crate) fn exceeded(&self) -> Option<Exceeded> {
        self.exceeded.or_else(|| self.account.was_exceeded().then_some(Exceeded::Memory))
    }

    /// Notes that the guest ran into a limit.
    pub(crate) fn exceed(&mut self, limit: Exceeded) {
        self.exceeded = Some(limit);
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
        Ok(self.account.charge(desired.saturating_sub(current) as u64).is_ok())
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
        Ok(self.account.charge(elements.saturating_mul(TABLE_ELEMENT_BYTES)).is_ok())
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
        assert!(limiter.account.charge(240).is_ok());
        assert_eq!((limiter.account.peak(), limiter.exceeded()), (1000, None));

        assert!(!limiter.memory_growing(300, 301, None).unwrap());
        assert_eq!(limiter.exceeded(), Some(Exceeded::Memory));
        limiter.account.release(1);
        assert!(limiter.memory_growing(300, 301, None).unwrap());
        assert_eq!(limiter.account.peak(), 1000);

        assert!(!limiter.table_growing(10, 41, None).unwrap());
        assert_eq!(limiter.exceeded(), Some(Exceeded::TableElements));
    }

    #[test]
    fn growth_that_the_engine_refuses_is_not_charged() {
        let mut limiter = Limiter::new(&Limits::default());
        assert!(!limiter.memory_growing(0, 101, Some(100)).unwrap());
        assert!(!limiter.table_growing(0, 101, Some(100)).unwrap());
        assert_eq!((limiter.account.peak(), limiter.exceeded()), (0, None));
    }

    #[test]
    fn what_was_handed_over_counts_until_the_next_call() {
        let mut limiter = Limiter::new(&Limits { memory_bytes: 1000, ..Limits::default() });
        for _ in 0..3 {
            assert!(limiter.account.charge(200).is_ok(), "the guest holds on to it");
            assert!(limiter.account.charge(400).is_ok());
            limiter.hand_over(400);
            assert!(!limiter.account.has_room_for(401));
            limiter.renew();
            limiter.account.release(200);
            assert_eq!(limiter.account.peak(), 200);
        }
        assert!(limiter.account.charge(1000).is_ok());
    }
}
