//! What was found, and what became of it.

use std::path::PathBuf;

use palisade_core::{Capability, Error, ErrorKind, ProviderId};
use serde::Serialize;

use crate::found::DiscoverySource;

/// What each source has found. Serialises to the stable JSON of the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DiscoveryReport {
    /// All that was found: those first that go before others, then what is no provider.
    pub found: Vec<DiscoveryItem>,
    /// Those that are not found any more, and were taken out.
    pub unregistered: Vec<ProviderId>,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiscoveryItem {
    /// Who names it.
    pub source: DiscoverySource,
    /// Its id; none where it has none, as a folder that cannot be read.
    pub id: Option<ProviderId>,
    /// The file of the component.
    pub path: Option<PathBuf>,
    /// What it exports; none where that cannot be told without loading it.
    pub capabilities: Option<Vec<Capability>>,
    /// What became of it.
    pub state: DiscoveryState,
}

/// What became of something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
#[non_exhaustive]
pub enum DiscoveryState {
    /// It would be registered: nothing was loaded.
    Found,
    /// It was registered now.
    Registered,
    /// It has taken the place of the one that was there before.
    Replaced,
    /// It is registered as it was found before.
    Unchanged,
    /// It was refused when it was loaded.
    Refused {
        /// Why, to match on.
        code: ErrorKind,
        /// Why, for people.
        message: String,
        /// What to do about it.
        remedy: &'static str,
        /// Whether the one that was there before goes on to serve.
        keeps_before: bool,
    },
    /// Another of the same id goes before it.
    Shadowed {
        /// Where that was found.
        by: DiscoverySource,
    },
    /// It is not registered.
    LeftOut(LeftOut),
}

/// Why something is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Why, to match on.
    pub code: ErrorKind,
    /// Why, for people.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl LeftOut {
    /// Why, with the usual remedy.
    pub(crate) fn new(code: ErrorKind, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), remedy: code.remedy().to_owned() }
    }

    /// The same with another remedy.
    pub(crate) fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: remedy.into(), ..self }
    }
}

impl DiscoveryState {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Registered => "registered",
            Self::Replaced => "replaced",
            Self::Unchanged => "unchanged",
            Self::Refused { .. } => "refused",
            Self::Shadowed { .. } => "shadowed",
            Self::LeftOut(_) => "left-out",
        }
    }

    pub(crate) fn refused(error: &Error, keeps_before: bool) -> Self {
        let code = error.kind();
        Self::Refused { code, message: error.message().to_owned(), remedy: code.remedy(), keeps_before }
    }
}

impl DiscoveryReport {
    /// What was found under this id, and is not shadowed by another.
    #[must_use]
    pub fn get(&self, id: impl AsRef<str>) -> Option<&DiscoveryItem> {
        let is_meant = |item: &&DiscoveryItem| {
            let is_shadowed = matches!(item.state, DiscoveryState::Shadowed { .. });
            !is_shadowed && item.id.as_ref().is_some_and(|own| own.as_str() == id.as_ref())
        };
        self.found.iter().find(is_meant)
    }

    /// The ids of those in which this state is reached.
    pub(crate) fn ids(&self, is_so: impl Fn(&DiscoveryState) -> bool) -> Vec<ProviderId> {
        let meant = self.found.iter().filter(|item| is_so(&item.state));
        meant.filter_map(|item| item.id.clone()).collect()
    }
}
