//! `breaker`: when a provider is left alone because it fails.

use palisade_routing::BreakerSettings;
use serde::{Deserialize, Deserializer, de};

use crate::units::Time;

/// `breaker` of a provider.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct BreakerTable {
    enabled: Option<bool>,
    failures_in_a_row: Option<InARow>,
    failure_share: Option<Share>,
    slowdown: Option<Slowdown>,
    first_pause: Option<Time>,
    longest_pause: Option<Time>,
    disabled_for: Option<Time>,
}

struct InARow(u32);

struct Share(f64);

struct Slowdown(f64);

impl<'de> Deserialize<'de> for InARow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            0 => Err(de::Error::custom("0 failures are always there: write `enabled = false`, or 1 or more")),
            number => Ok(Self(number)),
        }
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let share = f64::deserialize(deserializer)?;
        if !(0.0..=1.0).contains(&share) {
            return Err(de::Error::custom(format!("a share of {share} is not between 0 and 1")));
        }
        Ok(Self(share))
    }
}

impl<'de> Deserialize<'de> for Slowdown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let times = f64::deserialize(deserializer)?;
        if times.is_nan() || times <= 1.0 {
            let message = format!("{times} times as long as usual is not slow: write more than 1, or `inf` for never");
            return Err(de::Error::custom(message));
        }
        Ok(Self(times))
    }
}

impl BreakerTable {
    pub(super) fn settings(self) -> BreakerSettings {
        let default = BreakerSettings::default();
        BreakerSettings {
            is_enabled: self.enabled.unwrap_or(default.is_enabled),
            failures_in_a_row: self.failures_in_a_row.map_or(default.failures_in_a_row, |number| number.0),
            failure_share: self.failure_share.map_or(default.failure_share, |share| share.0),
            slowdown: self.slowdown.map_or(default.slowdown, |times| times.0),
            first_pause: self.first_pause.map_or(default.first_pause, |time| time.0),
            longest_pause: self.longest_pause.map_or(default.longest_pause, |time| time.0),
            disabled_for: self.disabled_for.map_or(default.disabled_for, |time| time.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, time::Duration};

    use super::*;
    use crate::Config;

    fn parse(breaker: &str) -> palisade_core::Result<BreakerSettings> {
        let text = format!("[providers.a]\ncomponent = \"a\"\nbreaker = {breaker}");
        Config::parse(&text, Path::new("folder")).map(|config| config.registrations[0].1.breaker)
    }

    #[test]
    fn what_is_said_of_the_breaker_is_read() {
        let settings = parse("{ failures-in-a-row = 7, failure-share = 0.5, longest-pause = \"1min\" }").unwrap();
        let expected = BreakerSettings {
            failures_in_a_row: 7,
            failure_share: 0.5,
            longest_pause: Duration::from_secs(60),
            ..BreakerSettings::default()
        };
        assert_eq!(settings, expected);
        assert!(!parse("{ enabled = false }").unwrap().is_enabled);
        assert_eq!(parse("{ slowdown = 3 }").unwrap().slowdown, 3.0);
        assert_eq!(parse("{ slowdown = inf }").unwrap().slowdown, f64::INFINITY);
        for (text, expected) in [
            ("{ failures-in-a-row = 0 }", "0 failures are always there"),
            ("{ failure-share = 2.0 }", "not between 0 and 1"),
            ("{ slowdown = 1.0 }", "is not slow"),
            ("{ slowdown = nan }", "is not slow"),
            ("{ first-pause = \"soon\" }", "line 3"),
            ("{ failures = 3 }", "unknown field `failures`"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.message().contains(expected), "{expected:?} is not in {:?}", error.message());
        }
    }
}
