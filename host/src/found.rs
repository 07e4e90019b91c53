//! Where a provider was found, and by what it is told that what is said of it has changed.

use std::{fmt, path::PathBuf};

use palisade_core::Digest;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// Who names a provider.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
#[non_exhaustive]
pub enum DiscoverySource {
    /// `[providers]` of a configuration.
    Configuration {
        /// Its file.
        file: PathBuf,
    },
    /// A variable of the environment: `PALISADE_PROVIDER_<NAME>`.
    Environment {
        /// Its name.
        variable: String,
    },
    /// A folder of plugins.
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// A variable that holds a key of a vendor, for whose provider that is.
    WellKnownKey {
        /// Its name.
        variable: String,
    },
}

impl fmt::Display for DiscoverySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration { file: path } | Self::Folder { path } => path.display().fmt(formatter),
            Self::Environment { variable } | Self::WellKnownKey { variable } => variable.fmt(formatter),
        }
    }
}

/// What is remembered of a provider that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) source: DiscoverySource,
    /// Of all that is said of it.
    pub(crate) settings: Digest,
}

impl Found {
    /// What was found there, of which `settings` show all that is said, and nothing that is secret.
    pub(crate) fn new(source: DiscoverySource, settings: &impl fmt::Debug) -> Self {
        let settings = Sha256::digest(format!("{settings:?}").as_bytes());
        Self { source, settings: Digest::from_sha256(settings.into()) }
    }
}
