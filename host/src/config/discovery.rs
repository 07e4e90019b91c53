//! `[discovery]`: what is looked for beside `[providers]`.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{discovery::Discovery, units::Time};

/// `[discovery]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DiscoveryTable {
    #[serde(default)]
    folders: Vec<PathBuf>,
    environment: Option<bool>,
    #[serde(default)]
    well_known_keys: bool,
    #[serde(default)]
    watch: bool,
    poll: Option<Time>,
    debounce: Option<Time>,
}

impl DiscoveryTable {
    /// What is looked for. Folders are relative to that of the file.
    pub(super) fn discovery(self, folder: &Path, environment: bool) -> Discovery {
        let mut discovery =
            self.folders.into_iter().fold(Discovery::default(), |discovery, own| discovery.folder(folder.join(own)));
        discovery.environment = self.environment.unwrap_or(environment);
        discovery.well_known_keys = self.well_known_keys;
        if self.watch {
            discovery = discovery.watch();
        }
        if let Some(Time(every)) = self.poll {
            discovery = discovery.poll(every);
        }
        match self.debounce {
            Some(Time(time)) => discovery.debounce(time),
            None => discovery,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use palisade_core::ErrorKind;

    use super::*;
    use crate::Config;

    fn parse(text: &str) -> palisade_core::Result<Config> {
        Config::parse(text, Path::new("folder"))
    }

    #[test]
    fn nothing_is_looked_for_unless_it_is_asked_for() {
        assert_eq!(parse("").unwrap().discovery, None);
        let asked = parse("[discovery]").unwrap().discovery.unwrap();
        assert_eq!(asked, Discovery::default().environment());
        let config = parse(
            r#"
            [discovery]
            folders = ["plugins", "/more"]
            environment = false
            well-known-keys = true
            watch = true
            debounce = "1s"
            [contexts.acme.discovery]
            poll = "2s"
            "#,
        )
        .unwrap();
        let all = Discovery::default().folder("folder/plugins").folder("/more").well_known_keys().watch();
        assert_eq!(config.discovery, Some(all.debounce(Duration::from_secs(1))));
        let acme = config.of_context(&"acme".parse().unwrap()).unwrap().discovery;
        assert_eq!(acme, Some(Discovery::default().poll(Duration::from_secs(2))));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_line() {
        for (text, expected) in [
            ("[discovery]\nfolder = \"a\"", "unknown field `folder`"),
            ("[discovery]\nfolders = \"a\"", "line 2"),
            ("[discovery]\npoll = 2", "no unit"),
            ("[discovery]\nwatch = \"yes\"", "line 2"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.message().contains(expected), "{expected:?} is not in {:?}", error.message());
        }
    }
}
