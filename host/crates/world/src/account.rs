//! What a call keeps in memory, as one sum.

use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};

/// All the bytes that are kept for a call: those of its guest, and what the host keeps for that. What has no store at hand,
/// such as a stream, charges it too.
#[derive(Debug)]
pub struct Account {
    limit: u64,
    used: AtomicU64,
    peak: AtomicU64,
    exceeded: AtomicBool,
}

impl Account {
    /// An account of at most so many bytes.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self { limit, used: AtomicU64::new(0), peak: AtomicU64::new(0), exceeded: AtomicBool::new(false) }
    }

    /// Begins another call: what is used stays used.
    pub fn renew(&self) {
        self.peak.store(self.used.load(Relaxed), Relaxed);
        self.exceeded.store(false, Relaxed);
    }

    /// The most bytes that were used at one time.
    #[must_use]
    pub fn peak(&self) -> u64 {
        self.peak.load(Relaxed)
    }

    /// Whether more was wanted than there was.
    #[must_use]
    pub fn was_exceeded(&self) -> bool {
        self.exceeded.load(Relaxed)
    }

    /// Whether so many bytes more are within the limit.
    #[must_use]
    pub fn has_room_for(&self, bytes: u64) -> bool {
        self.sum(self.used.load(Relaxed), bytes).is_some()
    }

    /// How many bytes more are within the limit.
    #[must_use]
    pub fn room(&self) -> u64 {
        self.limit.saturating_sub(self.used.load(Relaxed))
    }

    /// Charges bytes.
    ///
    /// # Errors
    ///
    /// Gives the limit in bytes when there is no room for them.
    pub fn charge(&self, bytes: u64) -> Result<(), u64> {
        match self.used.fetch_update(Relaxed, Relaxed, |used| self.sum(used, bytes)) {
            Ok(before) => {
                self.peak.fetch_max(before.saturating_add(bytes), Relaxed);
                Ok(())
            }
            Err(_full) => {
                self.exceeded.store(true, Relaxed);
                Err(self.limit)
            }
        }
    }

    /// Charges `wanted` bytes where there is room, else half of the room that there is, and never less than `needed`: what
    /// grows piece by piece is copied seldom, also close to the limit. Gives what was charged.
    ///
    /// # Errors
    ///
    /// Gives the limit in bytes when there is no room for `needed`.
    pub fn charge_up_to(&self, wanted: u64, needed: u64) -> Result<u64, u64> {
        let room = self.room();
        let charged = if self.has_room_for(wanted) { wanted } else { needed.max(room / 2) };
        self.charge(charged).map(|()| charged)
    }

    /// Gives back what was charged.
    pub fn release(&self, bytes: u64) {
        let less = |used: u64| Some(used.saturating_sub(bytes));
        let _always_some = self.used.fetch_update(Relaxed, Relaxed, less);
    }

    fn sum(&self, used: u64, bytes: u64) -> Option<u64> {
        used.checked_add(bytes).filter(|sum| *sum <= self.limit)
    }
}

/// Bytes of an account, given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Charge {
    account: Arc<Account>,
    bytes: u64,
}

impl Charge {
    /// None yet.
    pub(crate) fn of(account: Arc<Account>) -> Self {
        Self { account, bytes: 0 }
    }

    /// How many it has.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Charges so many bytes instead of those that it has. Without room for more it keeps those.
    ///
    /// # Errors
    ///
    /// Gives the limit in bytes.
    pub(crate) fn set(&mut self, bytes: u64) -> Result<(), u64> {
        match bytes.checked_sub(self.bytes) {
            Some(more) => self.account.charge(more)?,
            None => self.account.release(self.bytes.saturating_sub(bytes)),
        }
        self.bytes = bytes;
        Ok(())
    }

    /// Charges bytes more, as [`Account::charge_up_to`]. Gives what was charged.
    ///
    /// # Errors
    ///
    /// Gives the limit in bytes when there is no room for `needed`.
    pub(crate) fn add(&mut self, wanted: u64, needed: u64) -> Result<u64, u64> {
        let more = self.account.charge_up_to(wanted, needed)?;
        self.bytes = self.bytes.saturating_add(more);
        Ok(more)
    }

    /// All that it has, for somebody else to give back.
    pub(crate) fn take(&mut self) -> Self {
        Self { account: Arc::clone(&self.account), bytes: mem::take(&mut self.bytes) }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.account.release(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_given_back() {
        let account = Arc::new(Account::new(100));
        let mut charge = Charge::of(account.clone());
        charge.set(60).unwrap();
        charge.set(20).unwrap();
        assert_eq!(charge.add(70, 10), Ok(70));
        assert_eq!(charge.add(70, 10), Ok(10));
        assert_eq!(charge.add(70, 10), Err(100));
        assert!(account.was_exceeded() && !account.has_room_for(1));
        drop(charge);
        assert!(account.has_room_for(100));
        account.renew();
        assert_eq!((account.peak(), account.was_exceeded()), (0, false));
    }

    #[test]
    fn close_to_the_limit_half_of_the_room_is_taken_at_a_time() {
        let account = Account::new(1000);
        let taken: Vec<u64> = std::iter::from_fn(|| account.charge_up_to(600, 3).ok()).collect();
        assert_eq!(taken[..6], [600, 200, 100, 50, 25, 12]);
        assert!(taken.len() < 15 && taken.iter().sum::<u64>() > 997, "{taken:?}");
    }

    #[test]
    fn a_sum_that_overflows_is_refused() {
        let account = Account::new(u64::MAX);
        account.charge(1).unwrap();
        assert!(account.charge(u64::MAX).is_err());
    }
}
