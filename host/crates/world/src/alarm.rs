//! What ends a call from where no store is at hand.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

/// Says that a request held a secret, wherever that was found out. The call ends before its guest goes on: whether the guest
/// asks for the answer or not, how the request fares would tell it whether a guess was right.
#[derive(Debug, Clone, Default)]
pub struct LeakAlarm(Arc<AtomicBool>);

impl LeakAlarm {
    pub(crate) fn raise(&self) {
        self.0.store(true, Relaxed);
    }

    /// Whether a request held a secret.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.load(Relaxed)
    }
}
