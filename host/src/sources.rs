//! Where providers are looked for: a configuration, the environment, folders, and keys of vendors.
//!
//! ```text
//! palisade.toml ─► configuration ─┐
//! variables ─────► environment ───┼─► Candidate, each with the version of what was found ─► Look
//! folders ───────► folder ────────┤       ▲
//! keys ──────────► keys ──────────┘       └─ kept: what has not changed since the last look is not read again
//! ```
//!
//! Everything here waits for a disk.

mod configuration;
mod environment;
mod folder;
mod keep;
mod keys;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use palisade_core::{ContextName, ErrorKind, ProviderId, text::escape};

use self::{configuration::Configurations, folder::Folders, keep::Kept};
use crate::{
    discovery::{Candidate, ConfigurationFile, Discovery, DiscoveryItem, DiscoveryState, LeftOut},
    found::DiscoverySource,
    usual::Usual,
};

/// All sources of a context, and what is remembered of the last look.
#[derive(Debug)]
pub(crate) struct Sources {
    configurations: Configurations,
    folders: Folders,
    kept: Kept,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Look {
    pub(crate) candidates: Vec<Arc<Candidate>>,
    /// What is no candidate, and why.
    pub(crate) problems: Vec<DiscoveryItem>,
    /// Whether something is being written.
    pub(crate) is_unsettled: bool,
    /// The folders in which changes make another look worth while.
    pub(crate) places: BTreeSet<PathBuf>,
}

impl Sources {
    /// Those of a context, of which these files say something, in their order. What an application asks for goes before what they do.
    pub(crate) fn new(
        name: ContextName,
        files: Vec<ConfigurationFile>,
        (given, written): (Option<Discovery>, Option<Discovery>),
        usual: Usual,
    ) -> Self {
        let configurations = Configurations::new(name, files, given, written, usual);
        Self { configurations, folders: Folders::default(), kept: Kept::default() }
    }

    /// What is looked for now.
    pub(crate) fn settings(&self) -> &Discovery {
        self.configurations.settings()
    }

    /// Looks at all of them.
    pub(crate) fn look(&mut self) -> Look {
        let mut look = Look::default();
        let has_changed = self.configurations.look(&mut look);
        let (settings, usual) = (self.configurations.settings().clone(), self.configurations.usual().clone());
        let mut keeper = self.kept.begin(settings.debounce, has_changed);
        self.configurations.candidates(&mut keeper, &mut look);
        if settings.environment {
            environment::look(&settings.variables, &usual, &mut keeper, &mut look);
        } else if self.configurations.is_default_context() {
            environment::leave_out(&settings.variables, &mut look);
        }
        let mut folders = settings.folders.clone();
        if settings.environment {
            folders.extend(settings.variables.folders());
        }
        self.folders.look(&folders, &usual, &mut keeper, &mut look);
        if settings.well_known_keys {
            let beside = self.configurations.folders();
            folders.extend(beside);
            keys::look(&settings.variables, &folders, &usual, &mut keeper, &mut look);
        } else if self.configurations.is_default_context() {
            keys::leave_out(&settings.variables, &mut look);
        }
        look.is_unsettled |= keeper.is_unsettled;
        look.places.extend(folders);
        look
    }
}

impl Look {
    /// Takes note of something that is no candidate.
    fn leave_out(&mut self, source: DiscoverySource, id: Option<ProviderId>, why: LeftOut) {
        let state = DiscoveryState::LeftOut(why);
        self.problems.push(DiscoveryItem { source, id, path: None, capabilities: None, state });
    }

    /// Takes note of a candidate, and of the folder of its component.
    fn add(&mut self, candidate: Arc<Candidate>) {
        if let Some(folder) = candidate.path.parent() {
            self.places.insert(present(folder).to_owned());
        }
        self.candidates.push(candidate);
    }
}

/// The id that a name is meant as.
fn id_of(name: &str) -> Result<ProviderId, LeftOut> {
    name.parse().map_err(|_| LeftOut::new(ErrorKind::InvalidId, format!("`{}` is not an id", escape(name, 80))))
}

/// Why a file is not taken up.
fn unreadable(path: &Path, error: &std::io::Error) -> LeftOut {
    let path = escape(&path.to_string_lossy(), 200);
    LeftOut::new(
        ErrorKind::Io,
        match error.kind() {
            std::io::ErrorKind::NotFound => format!("there is no `{path}`"),
            _ => format!("cannot read `{path}`: {error}"),
        },
    )
}

/// The folder of a file that was named without one is this one.
fn present(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}
