//! What a storage keeps, how much of it, and for how long.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// How much a storage keeps, and for how long by the clock of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// For how long a finished job is known by its key. A day by default.
    pub keep_finished: Duration,
    /// For how long a job is known whose end is not known. A week by default, counted from what was last noted of it.
    pub keep_uncertain: Duration,
    /// Largest result that is kept for replay, in bytes. Of a larger one only that it was there. 16 MiB by default.
    pub result_bytes: u64,
    /// Most bytes of results at one time. The oldest make room; their keys stay known. 256 MiB by default: all of it is
    /// read and checked when a storage is opened.
    pub results_bytes: u64,
    /// Most jobs that are known at one time. More are refused, since forgetting one early would have it paid again. A
    /// million by default.
    pub records: u64,
}

impl Default for Options {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self {
            keep_finished: DAY,
            keep_uncertain: DAY * 7,
            result_bytes: 16 << 20,
            results_bytes: 256 << 20,
            records: 1_000_000,
        }
    }
}

/// Tells the time, which tests make pass.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    #[cfg(test)]
    pub(crate) fn new(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        milliseconds((self.0)())
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(SystemTime::now))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Clock({})", self.now())
    }
}

/// What a time is in the database: milliseconds since 1970.
pub(crate) fn milliseconds(time: SystemTime) -> u64 {
    in_milliseconds(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

/// The time that a number in the database stands for.
pub(crate) fn time(milliseconds: u64) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds)).unwrap_or(UNIX_EPOCH)
}

pub(crate) fn in_milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
