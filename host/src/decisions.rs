//! What an operator has decided about providers while hosts run, kept in a file that all hosts of a configuration watch.
//!
//! ```text
//! palisade quarantine ─► Decisions::quarantine ─► providers.json ─► each host looks once a second ─► Supervisor::stand
//! palisade approve ────► Decisions::approve ────►      ″         ─►             ″              ─► Reach::approve
//! ```
//!
//! The file is replaced as a whole, so that who reads it finds what was there before or what is there now.

use std::{
    collections::BTreeMap,
    env,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use etcetera::BaseStrategy as _;
use palisade_core::{ContextName, Error, ErrorKind, ProviderId, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{permissions::Permissions, standing::Standing};

/// The variable that names the folder.
const VARIABLE: &str = "PALISADE_STATE";
/// The file in it.
const NAME: &str = "providers.json";

/// The folder in which the decisions for one configuration are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decisions {
    folder: PathBuf,
}

/// A provider that is to serve nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantine {
    /// Why.
    pub reason: String,
    /// Since when, in seconds since 1970.
    pub since: u64,
}

/// All that was decided.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decided {
    #[serde(default)]
    pub(crate) quarantined: BTreeMap<ProviderId, Quarantine>,
    /// What providers asked for when that was approved.
    #[serde(default)]
    pub(crate) approved: BTreeMap<ProviderId, Permissions>,
}

impl From<Quarantine> for Standing {
    fn from(Quarantine { reason, since }: Quarantine) -> Self {
        Self::Quarantined { reason, since: UNIX_EPOCH + Duration::from_secs(since) }
    }
}

impl Decisions {
    /// In this folder, which is made when something is to be kept.
    pub fn folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// For this configuration file: a folder of its own in the one that the environment variable `PALISADE_STATE` names, else
    /// in this user's folder for the state of programs.
    ///
    /// # Errors
    ///
    /// `io` when the file is not there, or this user has no such folder.
    pub fn of(config: &Path) -> Result<Self> {
        let config = config.canonicalize().map_err(|error| failed("find", config, error))?;
        let all = match env::var_os(VARIABLE) {
            Some(folder) => PathBuf::from(folder),
            None => user_folder()?.join("palisade"),
        };
        let hash = Sha256::digest(config.as_os_str().as_encoded_bytes());
        let name = hash.iter().take(8).fold(String::new(), |name, byte| name + &format!("{byte:02x}"));
        Ok(Self { folder: all.join(name) })
    }

    /// Those of another context than the default one, which has these.
    #[must_use]
    pub fn of_context(&self, name: &ContextName) -> Self {
        if name.is_default() {
            return self.clone();
        }
        Self { folder: self.folder.join("contexts").join(name.as_str()) }
    }

    /// The file that holds the decisions.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join(NAME)
    }

    /// Who is to serve nobody.
    ///
    /// # Errors
    ///
    /// `io` when the file cannot be read; `config` when it is not what was written.
    pub fn quarantined(&self) -> Result<BTreeMap<ProviderId, Quarantine>> {
        Ok(self.read()?.quarantined)
    }

    /// Has a provider serve nobody, in any host of this configuration, until it is released.
    ///
    /// # Errors
    ///
    /// As [`quarantined`](Self::quarantined); `io` when the file cannot be written.
    pub fn quarantine(&self, id: ProviderId, reason: impl Into<String>) -> Result<()> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.change(|decisions| drop(decisions.quarantined.insert(id, Quarantine { reason: reason.into(), since })))
    }

    /// Has a provider serve again. Says whether it did not.
    ///
    /// # Errors
    ///
    /// As [`quarantine`](Self::quarantine).
    pub fn release(&self, id: &ProviderId) -> Result<bool> {
        let mut was_there = false;
        self.change(|decisions| was_there = decisions.quarantined.remove(id).is_some())?;
        Ok(was_there)
    }

    /// What a provider may ask for; none where nothing is known of it: the first host that loads it notes what it asks for then.
    ///
    /// # Errors
    ///
    /// As [`quarantined`](Self::quarantined).
    pub fn approved(&self, id: &ProviderId) -> Result<Option<Permissions>> {
        Ok(self.read()?.approved.remove(id))
    }

    /// Lets a provider have what it asks for, beside what was approved before, as far as the configuration grants it. Gives what
    /// was not approved before.
    ///
    /// # Errors
    ///
    /// As [`quarantine`](Self::quarantine).
    pub fn approve(&self, id: ProviderId, asked: Permissions) -> Result<Permissions> {
        let mut more = Permissions::default();
        self.change(|decisions| {
            let approved = decisions.approved.entry(id).or_default();
            more = asked.beyond(approved);
            approved.add(asked);
        })?;
        Ok(more)
    }

    /// What a provider may ask for. Where nothing is known of it, what it asks for now, and that is noted.
    pub(crate) fn approved_or_note(&self, id: &ProviderId, asked: &Permissions) -> Result<Permissions> {
        if let Some(approved) = self.approved(id)? {
            return Ok(approved);
        }
        // Another process may do the same at this moment: what it has noted holds.
        let mut noted = asked.clone();
        let note =
            |decisions: &mut Decided| noted = decisions.approved.entry(id.clone()).or_insert(noted.clone()).clone();
        if let Err(error) = self.change(note) {
            // As where there is no folder for it.
            tracing::warn!(provider = %id, %error, "what a provider asks for cannot be noted: nobody will see it ask for more");
        }
        Ok(noted)
    }

    /// When the file was changed last; none when there is none.
    pub(crate) fn changed_at(&self) -> Option<SystemTime> {
        self.path().metadata().and_then(|metadata| metadata.modified()).ok()
    }

    /// All that was decided.
    pub(crate) fn read(&self) -> Result<Decided> {
        let path = self.path();
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Decided::default()),
            Err(error) => return Err(failed("read", &path, error)),
        };
        serde_json::from_slice(&text).map_err(|error| {
            let message = format!("`{}` is not what was written there: {error}; remove it", path.display());
            Error::new(ErrorKind::Config, message)
        })
    }

    /// Reads, changes and replaces the file; another process that does the same waits.
    fn change(&self, change: impl FnOnce(&mut Decided)) -> Result<()> {
        let path = self.path();
        let write = |error| failed("write", &path, error);
        std::fs::create_dir_all(&self.folder).map_err(write)?;
        let lock = std::fs::File::create(self.folder.join("lock")).map_err(write)?;
        lock.lock().map_err(write)?;
        let mut decisions = self.read()?;
        change(&mut decisions);
        let text = serde_json::to_vec_pretty(&decisions).map_err(|error| write(error.into()))?;
        let next = self.folder.join(format!("{NAME}.next"));
        let mut file = std::fs::File::create(&next).map_err(write)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(write)?;
        std::fs::rename(&next, &path).map_err(write)
    }
}

fn user_folder() -> Result<PathBuf> {
    let none =
        || Error::new(ErrorKind::Io, "this user has no folder for the state of programs: name one in PALISADE_STATE");
    let strategy = etcetera::choose_base_strategy().map_err(|error| none().with_source(error))?;
    // Where there is none for state, the one for data is meant.
    Ok(strategy.state_dir().unwrap_or_else(|| strategy.data_dir()))
}

fn failed(what: &str, path: &Path, error: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot {what} `{}`", path.display())).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ProviderId {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_decided_is_found_by_who_looks_later() {
        let folder = tempfile::tempdir().unwrap();
        let state = Decisions::folder(folder.path().join("new"));
        assert!(state.quarantined().unwrap().is_empty() && state.changed_at().is_none());
        state.quarantine(id("card"), "it draws dogs").unwrap();
        state.quarantine(id("sketch"), "so does it").unwrap();
        let there = Decisions::folder(folder.path().join("new"));
        assert_eq!(there.quarantined().unwrap()[&id("card")].reason, "it draws dogs");
        assert!(there.release(&id("card")).unwrap() && !there.release(&id("card")).unwrap());
        assert_eq!(state.quarantined().unwrap().into_keys().collect::<Vec<_>>(), [id("sketch")]);
    }

    #[test]
    fn what_is_asked_for_at_first_is_approved_and_what_is_asked_for_more_is_added() {
        let folder = tempfile::tempdir().unwrap();
        let state = Decisions::folder(folder.path());
        let asked = |hosts: &[&str]| Permissions {
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
            ..Permissions::default()
        };
        assert_eq!(state.approved(&id("writer")).unwrap(), None);
        assert_eq!(state.approved_or_note(&id("writer"), &asked(&["a"])).unwrap(), asked(&["a"]));
        assert_eq!(state.approved_or_note(&id("writer"), &asked(&["a", "b"])).unwrap(), asked(&["a"]));
        assert_eq!(state.approve(id("writer"), asked(&["a", "b"])).unwrap(), asked(&["b"]));
        state.quarantine(id("writer"), "both are kept").unwrap();
        assert_eq!(state.approved(&id("writer")).unwrap(), Some(asked(&["a", "b"])));
    }

    #[test]
    fn decisions_of_several_at_one_time_are_all_kept() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let state = Decisions::folder(folder.path());
                scope.spawn(move || state.quarantine(id(&format!("p{number}")), "").unwrap());
            }
        });
        assert_eq!(Decisions::folder(folder.path()).quarantined().unwrap().len(), 8);
    }

    #[test]
    fn a_file_that_is_damaged_is_named_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let state = Decisions::folder(folder.path());
        std::fs::write(state.path(), "{ nonsense").unwrap();
        assert_eq!(state.quarantined().unwrap_err().kind(), ErrorKind::Config);
        assert_eq!(state.quarantine(id("card"), "").unwrap_err().kind(), ErrorKind::Config);
        assert_eq!(std::fs::read_to_string(state.path()).unwrap(), "{ nonsense");
    }
}
