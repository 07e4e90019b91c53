//! What a configuration says of the host as a whole, and of keeping instances.

use std::path::{Path, PathBuf};

use palisade_sandbox::{Allocation, Cache, Reuse, SandboxSettings};
use serde::{Deserialize, Deserializer, de};

use crate::{
    cache_place::CachePlace,
    event_log::EventLogPlace,
    price_feed::PriceFeedPlace,
    units::{Bytes, Time},
};

/// `[cache]`: where compiled code is kept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CacheTable {
    #[serde(default = "yes")]
    enabled: bool,
    folder: Option<PathBuf>,
    size: Option<Bytes>,
}

/// `[sandbox]`: the one of the process.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SandboxTable {
    calls: Option<Calls>,
    allocation: Option<Allocation>,
}

/// `[events]`: where they are written to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventsTable {
    file: PathBuf,
    size: Option<Bytes>,
    #[serde(default)]
    decisions: bool,
}

/// `[prices]`: a list of what models cost.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PricesTable {
    file: PathBuf,
}

/// `reuse`: instances that are kept between calls.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReuseTable {
    calls: Option<Positive>,
    idle: Option<Time>,
    instances: Option<Positive>,
}

struct Calls(u32);

struct Positive(u32);

fn yes() -> bool {
    true
}

impl<'de> Deserialize<'de> for Calls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let calls = u32::deserialize(deserializer)?;
        let settings = SandboxSettings { calls, ..SandboxSettings::default() };
        settings.check().map_err(|error| de::Error::custom(error.message()))?;
        Ok(Self(calls))
    }
}

impl<'de> Deserialize<'de> for Positive {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            0 => Err(de::Error::custom("it is 0, and nothing would be kept: leave `reuse` out for that")),
            number => Ok(Self(number)),
        }
    }
}

impl CacheTable {
    /// The place. A folder is relative to that of the file.
    pub(super) fn place(self, folder: &Path) -> CachePlace {
        let max_bytes = self.size.map_or(Cache::DEFAULT_BYTES, |size| size.0);
        match self.folder {
            _ if !self.enabled => CachePlace::Nowhere,
            Some(path) => CachePlace::Folder { path: folder.join(path), max_bytes },
            None => CachePlace::User { max_bytes },
        }
    }
}

impl EventsTable {
    /// The place. The file is relative to that of the configuration.
    pub(super) fn place(self, folder: &Path) -> EventLogPlace {
        EventLogPlace {
            path: folder.join(self.file),
            max_bytes: self.size.map_or(EventLogPlace::DEFAULT_BYTES, |size| size.0),
            decisions: self.decisions,
        }
    }
}

impl PricesTable {
    /// The place. The file is relative to that of the configuration.
    pub(super) fn place(self, folder: &Path) -> PriceFeedPlace {
        PriceFeedPlace::File(folder.join(self.file))
    }
}

impl SandboxTable {
    pub(super) fn settings(self) -> SandboxSettings {
        let calls = self.calls.map_or(SandboxSettings::default().calls, |calls| calls.0);
        SandboxSettings { calls, allocation: self.allocation }
    }
}

impl ReuseTable {
    pub(super) fn reuse(self) -> Reuse {
        let default = Reuse::default();
        Reuse {
            calls: self.calls.map_or(default.calls, |calls| calls.0),
            idle: self.idle.map_or(default.idle, |idle| idle.0),
            instances: self.instances.map_or(default.instances, |instances| instances.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, time::Duration};

    use palisade_core::ErrorKind;

    use super::*;
    use crate::Config;

    fn parse(text: &str) -> palisade_core::Result<Config> {
        Config::parse(text, Path::new("folder"))
    }

    #[test]
    fn what_is_said_of_the_host_is_read() {
        let config = parse(
            r#"
            [cache]
            folder = "code"
            size = "1GiB"
            [sandbox]
            calls = 1000
            allocation = "on-demand"
            [providers.card]
            component = "card.wasm"
            reuse = { calls = 10, idle = "5s" }
            "#,
        )
        .unwrap();
        assert_eq!(config.cache(), CachePlace::Folder { path: "folder/code".into(), max_bytes: 1 << 30 });
        let settings = SandboxSettings { calls: 1000, allocation: Some(Allocation::OnDemand) };
        assert_eq!(config.sandbox, Some(settings));
        let reuse = Reuse { calls: 10, idle: Duration::from_secs(5), ..Reuse::default() };
        assert_eq!(config.registrations[0].1.options.reuse, Some(reuse));
        assert_eq!(parse("").unwrap().cache(), CachePlace::default());
        assert_eq!(parse("cache = { enabled = false }").unwrap().cache(), CachePlace::Nowhere);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_line() {
        for (text, expected) in [
            ("[cache]\nfoldr = \"a\"", "unknown field `foldr`"),
            ("[cache]\nsize = \"much\"", "is no size"),
            ("[sandbox]\ncalls = 0", "1 to 8192 calls, not 0"),
            ("[sandbox]\ncalls = 10000", "1 to 8192 calls, not 10000"),
            ("[sandbox]\nallocation = \"pol\"", "unknown variant `pol`"),
            ("[providers.a]\ncomponent = \"a\"\nreuse = { calls = 0 }", "nothing would be kept"),
            ("[providers.a]\ncomponent = \"a\"\nreuse = { idle = \"0s\" }", "line 3"),
            ("[providers.a]\ncomponent = \"a\"\nreuse = { cals = 1 }", "unknown field `cals`"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.message().contains(expected), "{expected:?} is not in {:?}", error.message());
        }
    }
}
