//! The time by which values expire and messages come back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Tells the time: that of the machine, or one that passes when it is told to.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<AtomicU64>>);

impl Clock {
    /// The clock of the machine.
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still, for tests: it begins at this time. Clones of it are the same clock.
    #[must_use]
    pub fn manual(time: SystemTime) -> Self {
        Self(Some(Arc::new(AtomicU64::new(since_1970(time)))))
    }

    /// Lets time pass. Nothing passes on the clock of the machine but what passes by itself.
    pub fn advance(&self, time: Duration) {
        if let Some(now) = &self.0 {
            now.fetch_add(milliseconds(time), Ordering::SeqCst);
        }
    }

    /// Milliseconds since 1970, as the databases have them.
    pub(crate) fn now(&self) -> i64 {
        let now = self.0.as_ref().map_or_else(|| since_1970(SystemTime::now()), |now| now.load(Ordering::SeqCst));
        i64::try_from(now).unwrap_or(i64::MAX)
    }
}

/// So much later; the end of time where there is no such moment.
pub(crate) fn later(now: i64, milliseconds: u64) -> i64 {
    now.saturating_add(i64::try_from(milliseconds).unwrap_or(i64::MAX))
}

fn since_1970(time: SystemTime) -> u64 {
    milliseconds(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
