//! What was measured of an endpoint, as a copy.

use crate::{Health, Rate};

/// A copy of the record at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    /// Calls under way.
    pub pending: u32,
    /// Moving average of the seconds that a successful call took; none before the first.
    pub latency: Option<f64>,
    /// Moving average of the sizes of these calls, see [`Need::size`](crate::Need::size); 0 where none was told.
    pub mean_size: f64,
    /// Seconds that a call takes for each unit of size that it has more than that.
    pub seconds_per_unit: f64,
    /// Successes, decayed.
    pub successes: f64,
    /// Failures, decayed.
    pub failures: f64,
    /// Seconds since the latest call ended that any of these tells of.
    pub age: f64,
    /// Whether it is to be called.
    pub health: Health,
    /// What its rate lets through.
    pub rate: Rate,
}

impl Figures {
    /// Whether it may be called as much as anybody wants.
    #[inline]
    pub(crate) fn is_free(&self) -> bool {
        matches!((self.health, self.rate), (Health::Closed, Rate::Free))
    }
}
