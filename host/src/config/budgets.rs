//! `[[budgets]]` and `[storage]`: what calls may cost, and where it is kept what they have cost.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use palisade_core::{Capability, PicoUsd, ProviderId, Scope};
use palisade_routing::{Budget, Period};
use serde::{Deserialize, Deserializer, de};

/// `[storage]`: one file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StorageTable {
    file: PathBuf,
}

/// `[[budgets]]`: the most that calls may cost in a time.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BudgetTable {
    name: String,
    limit: PicoUsd,
    #[serde(default)]
    period: Window,
    scope: Option<String>,
    capability: Option<Capability>,
    provider: Option<ProviderId>,
}

/// `hour`, `day`, `forever`, or a time such as `6h`.
struct Window(Period);

impl Default for Window {
    fn default() -> Self {
        Self(Period::DAY)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Self(match text.as_str() {
            "hour" => Period::HOUR,
            "day" => Period::DAY,
            "forever" => Period::FOREVER,
            time => match humantime::parse_duration(time) {
                Ok(time) if time >= Duration::from_secs(1) => Period::every(time),
                _ => {
                    return Err(de::Error::custom(format!(
                        "`{text}` is no period: write `hour`, `day`, `forever`, or a time of a second or more such as `6h`"
                    )));
                }
            },
        }))
    }
}

impl StorageTable {
    /// The file, relative to that of the configuration.
    pub(super) fn file(self, folder: &Path) -> PathBuf {
        folder.join(self.file)
    }
}

impl BudgetTable {
    pub(super) fn budget(self) -> Budget {
        let Self { name, limit, period: Window(period), scope, capability, provider } = self;
        Budget { name, scope: scope.map(Scope::new), capability, provider, limit, period }
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::ErrorKind;

    use super::*;
    use crate::Config;

    fn parse(text: &str) -> palisade_core::Result<Config> {
        Config::parse(text, Path::new("folder"))
    }

    #[test]
    fn budgets_are_read() {
        let config = parse(
            r#"
            storage = { file = "palisade.redb" }
            [[budgets]]
            name = "all"
            limit = "10"
            [[budgets]]
            name = "pictures of a tenant"
            limit = "0.50"
            period = "6h"
            scope = "tenant-a"
            capability = "text-to-image"
            provider = "card"
            "#,
        )
        .unwrap();
        assert_eq!(config.storage.as_deref(), Some(Path::new("folder/palisade.redb")));
        assert_eq!(config.budgets[0].period, Period::DAY);
        let second = Budget {
            name: "pictures of a tenant".to_owned(),
            scope: Some(Scope::new("tenant-a")),
            capability: Some(Capability::TextToImage),
            provider: Some("card".parse().unwrap()),
            limit: PicoUsd(500_000_000_000),
            period: Period::every(Duration::from_secs(6 * 60 * 60)),
        };
        assert_eq!(config.budgets[1], second);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_line() {
        for (text, expected) in [
            ("[[budgets]]\nname = \"a\"", "missing field `limit`"),
            ("[[budgets]]\nname = \"a\"\nlimit = \"-1\"", "is not an amount"),
            ("[[budgets]]\nname = \"a\"\nlimit = \"1\"\nperiod = \"often\"", "is no period"),
            ("[[budgets]]\nname = \"a\"\nlimit = \"1\"\nperiod = \"0s\"", "is no period"),
            ("[[budgets]]\nname = \"a\"\nlimit = \"1\"\ncapability = \"text-to-dog\"", "line 4"),
            ("[storage]\nfolder = \"a\"", "unknown field `folder`"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.message().contains(expected), "{expected:?} is not in {:?}", error.message());
        }
    }
}
