//! How much of one call is still looked through for secrets: that takes time of the host, which no guest is charged for.

use std::sync::atomic::{AtomicU64, Ordering};

/// So many bytes, of all requests and answers of a call together.
#[derive(Debug)]
pub(crate) struct Allowance(AtomicU64);

impl Allowance {
    pub(crate) fn new(bytes: u64) -> Self {
        Self(AtomicU64::new(bytes))
    }

    /// Takes these bytes from what is left, and says whether there were as many. Nothing is left otherwise.
    pub(crate) fn take(&self, bytes: u64) -> bool {
        let taken = |left: u64| Some(left.saturating_sub(bytes));
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok_and(|left| left >= bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_leaves_nothing() {
        let allowance = Allowance::new(10);
        assert!(allowance.take(4) && allowance.take(6) && allowance.take(0));
        assert!(!allowance.take(1));
        let allowance = Allowance::new(10);
        assert!(!allowance.take(11) && !allowance.take(1));
    }
}
