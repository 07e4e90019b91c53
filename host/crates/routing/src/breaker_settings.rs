//! What an operator says of breakers.

use std::time::Duration;

/// No pause is longer, whatever is set.
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// When an endpoint is left alone, and for how long. The defaults are those that the simulation was made with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BreakerSettings {
    /// Whether failures have an endpoint left alone at all. They count against it in any case.
    pub is_enabled: bool,
    /// Failures in a row that are enough. By default 3: where one call in a hundred fails, they come about once in a million
    /// calls; and each more is a request more for which a dead endpoint is called.
    pub failures_in_a_row: u32,
    /// The share of failures among the latest calls, 0 to 1, that is too many: one that they speak for with a confidence of 90 %.
    /// By default 0.2.
    pub failure_share: f64,
    /// How many times as long as usual the calls of an endpoint may take, where four others at least serve the same model and are
    /// faster: see [`Index::watch_pace`](crate::Index::watch_pace). By default 2; infinity is as long as they like.
    pub slowdown: f64,
    /// The first time that an endpoint is left alone, which doubles with each one after that; it may be a quarter shorter or
    /// longer. By default 6 s, as long as a few calls of media take: shorter, and many of the requests of an outage are trials.
    pub first_pause: Duration,
    /// The longest, at most a day. By default 15 s: longer ones keep from an endpoint that has recovered.
    pub longest_pause: Duration,
    /// How long an endpoint is not called that has said that it does not serve: see [`Ending::Disabled`](crate::Ending::Disabled).
    /// At most a day, and by default 5 minutes, unless somebody enables it before.
    pub disabled_for: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            is_enabled: true,
            failures_in_a_row: 3,
            failure_share: 0.2,
            slowdown: 2.0,
            first_pause: Duration::from_secs(6),
            longest_pause: Duration::from_secs(15),
            disabled_for: Duration::from_secs(5 * 60),
        }
    }
}

impl BreakerSettings {
    /// How long an endpoint is left alone after so many openings, but for the noise: about twice the last time.
    pub(crate) fn pause(&self, openings: u32) -> Duration {
        let doubled = self.first_pause.saturating_mul(1_u32.checked_shl(openings).unwrap_or(u32::MAX));
        doubled.min(self.longest_pause).min(DAY)
    }
}
