//! `polling`: how often a provider is asked after its jobs.

use serde::Deserialize;

use crate::{polling::Polling, units::Time};

/// `polling` of a provider.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PollingTable {
    first_pause: Option<Time>,
    longest_pause: Option<Time>,
}

impl PollingTable {
    /// What it says; the longest pause is at least as long as the first.
    pub(super) fn polling(self) -> Polling {
        let default = Polling::default();
        let first = self.first_pause.map_or(default.first, |Time(time)| time);
        let longest = self.longest_pause.map_or(default.longest, |Time(time)| time);
        Polling { first, longest: longest.max(first) }
    }
}
