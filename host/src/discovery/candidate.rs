//! A provider that somebody names.

use std::path::PathBuf;

use palisade_core::{Capability, Digest, ProviderId};

use super::{DiscoveryItem, DiscoveryState, LeftOut};
use crate::{found::DiscoverySource, registration::Registration};

/// A provider that a source names.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) id: ProviderId,
    pub(crate) source: DiscoverySource,
    /// The file of the component, or the place of a store; empty where that is in memory.
    pub(crate) path: PathBuf,
    /// What it exports; none where that cannot be told without loading it.
    pub(crate) capabilities: Option<Vec<Capability>>,
    /// Nobody has said anything of it: it is a file in a folder.
    pub(crate) is_bare: bool,
    /// How to register it; else why it is left out. What is left out holds its id all the same: what has the same id in another place was not
    /// meant.
    pub(crate) offer: Result<Offer, LeftOut>,
}

/// How to register what was found.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) registration: Registration,
    pub(crate) version: Version,
}

/// By what it is told that something else was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version {
    /// Of the component; none where nobody looks at it, since it is disabled, and of a store.
    pub(crate) component: Option<Digest>,
    /// Of all that is said of it.
    pub(crate) settings: Digest,
}

impl Candidate {
    /// What there is to say of it.
    pub(crate) fn item(&self, state: DiscoveryState) -> DiscoveryItem {
        DiscoveryItem {
            source: self.source.clone(),
            id: Some(self.id.clone()),
            path: Some(self.path.clone()).filter(|path| !path.as_os_str().is_empty()),
            capabilities: self.capabilities.clone(),
            state,
        }
    }
}
