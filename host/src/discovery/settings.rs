//! What is looked for.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use palisade_core::ProviderId;

use super::Variables;
use crate::{file_stamp::FileStamp, registration::Registration};

/// How long a file has to be as it is before it is read.
const DEBOUNCE: Duration = Duration::from_millis(300);

/// What a context looks for beside the providers that it is given: nothing, unless it is asked for.
///
/// ```
/// use palisade::Discovery;
///
/// let discovery = Discovery::default().folder("plugins").environment().watch();
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Discovery {
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) environment: bool,
    pub(crate) well_known_keys: bool,
    pub(crate) watch: Option<Watch>,
    pub(crate) debounce: Duration,
    pub(crate) variables: Variables,
}

/// How it is noticed that something has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watch {
    /// The system tells.
    Events,
    /// By looking so often.
    Polling(Duration),
}

/// A configuration file as it was read last.
#[derive(Debug, Clone)]
pub(crate) struct ConfigurationFile {
    pub(crate) path: PathBuf,
    /// Of before it was read; none where it could not be told.
    pub(crate) stamp: Option<FileStamp>,
    /// What it says of providers of the context.
    pub(crate) registrations: Vec<(ProviderId, Registration)>,
}

impl Default for Discovery {
    fn default() -> Self {
        Self {
            folders: Vec::new(),
            environment: false,
            well_known_keys: false,
            watch: None,
            debounce: DEBOUNCE,
            variables: Variables::default(),
        }
    }
}

impl Discovery {
    /// Every `*.wasm` of this folder, under the name of its file. Of several folders, those that were named first go before others. What a
    /// configuration would say of one stands in a file of the same name with `.toml` at its end, without `component`; where there is none,
    /// nothing is granted to it.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folders.push(folder.into());
        self
    }

    /// What the environment names: the component `PALISADE_PROVIDER_<NAME>`, under that name in lower case with `-` for each `_`, and the
    /// folders of `PALISADE_PLUGINS`, after those that were named otherwise.
    #[must_use]
    pub fn environment(mut self) -> Self {
        self.environment = true;
        self
    }

    /// Providers of vendors whose key is in the environment, such as `OPENAI_API_KEY`: where their component is in one of the folders or beside
    /// the configuration, it is lent the key for that vendor alone. Calls cost money; who can write to the folders can spend it.
    #[must_use]
    pub fn well_known_keys(mut self) -> Self {
        self.well_known_keys = true;
        self
    }

    /// Looks again when a file has changed, until the context ends.
    #[must_use]
    pub fn watch(mut self) -> Self {
        self.watch = Some(Watch::Events);
        self
    }

    /// The same by looking so often, where the system does not tell of changes, as with folders on other machines.
    #[must_use]
    pub fn poll(mut self, every: Duration) -> Self {
        self.watch = Some(Watch::Polling(every.max(Duration::from_millis(10))));
        self
    }

    /// How long a file has to be as it is before it is read, so that nobody reads one that is half written. 300 ms by default.
    #[must_use]
    pub fn debounce(mut self, time: Duration) -> Self {
        self.debounce = time;
        self
    }

    /// These variables in the place of those of the process. Keys are read from the process all the same, when a provider is loaded.
    #[must_use]
    pub fn variables<N: Into<OsString>, V: Into<OsString>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.variables = Variables::given(variables);
        self
    }

    /// Whether the environment names anything that is looked for there.
    #[must_use]
    pub fn names_any(&self) -> bool {
        self.environment && !(self.variables.providers().is_empty() && self.variables.folders().is_empty())
    }

    /// Whether anything is looked for.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.folders.is_empty() || self.environment || self.well_known_keys || self.watch.is_some()
    }
}
