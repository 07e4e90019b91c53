//! What is remembered of the files that were looked at, so that only what has changed is read.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use palisade_core::{Capability, Digest, ErrorKind, ProviderId};
use palisade_sandbox::exported_capabilities;
use sha2::{Digest as _, Sha256};

use super::unreadable;
use crate::{
    discovery::{Candidate, LeftOut, Offer, Version},
    file_stamp::FileStamp,
    found::DiscoverySource,
    registration::Registration,
};

/// What was found where, at the last look.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    candidates: HashMap<(DiscoverySource, ProviderId), Known>,
    components: HashMap<PathBuf, (FileStamp, Component)>,
}

#[derive(Debug)]
struct Known {
    /// Of what is said of it.
    settings: Settings,
    component: FileStamp,
    candidate: Arc<Candidate>,
}

/// By what it is told whether something else is said of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settings {
    /// It stands in a file of its own.
    File(FileStamp),
    /// It stands elsewhere.
    Digest(Digest),
    /// What holds for all providers, and what never changes.
    Usual,
}

/// What is told from the bytes of a component.
#[derive(Debug, Clone)]
struct Component {
    digest: Digest,
    capabilities: Option<Vec<Capability>>,
}

/// One look. What was not asked for when it ends is forgotten.
pub(super) struct Keeper<'a> {
    kept: &'a mut Kept,
    before: Kept,
    debounce: Duration,
    now: SystemTime,
    pub(super) is_unsettled: bool,
}

/// Something that a source names.
pub(super) struct Named {
    pub(super) id: ProviderId,
    pub(super) source: DiscoverySource,
    /// The file of the component.
    pub(super) path: PathBuf,
    pub(super) is_bare: bool,
}

impl Kept {
    /// Begins a look. What is said of all providers may have changed.
    pub(super) fn begin(&mut self, debounce: Duration, has_changed: bool) -> Keeper<'_> {
        let mut before = std::mem::take(self);
        if has_changed {
            before.candidates.clear();
        }
        Keeper { kept: self, before, debounce, now: SystemTime::now(), is_unsettled: false }
    }
}

impl Keeper<'_> {
    /// What there is to say of something that was named. It is asked for what is said of it only where something has changed.
    pub(super) fn candidate(
        &mut self,
        named: Named,
        settings: Result<Settings, LeftOut>,
        registration: impl FnOnce() -> Result<Registration, LeftOut>,
    ) -> Arc<Candidate> {
        let key = (named.source.clone(), named.id.clone());
        let stamp = FileStamp::of(&named.path);
        let is_same = |known: &Known| {
            let has_changed = Ok(&known.settings) != settings.as_ref() || Some(&known.component) != stamp.as_ref().ok();
            !has_changed && known.candidate.path == named.path
        };
        if let Some(known) = self.before.candidates.remove(&key).filter(is_same) {
            self.keep_component(&named.path);
            let candidate = Arc::clone(&known.candidate);
            self.kept.candidates.insert(key, known);
            return candidate;
        }
        let offer = settings.and_then(|settings| {
            let registration = registration()?;
            let (offer, capabilities) = self.offer(&named, registration)?;
            Ok((settings, offer, capabilities))
        });
        let Named { id, source, path, is_bare } = named;
        let (settings, offer, capabilities) = match offer {
            Ok((settings, offer, capabilities)) => (Some(settings), Ok(offer), capabilities),
            Err(why) => (None, Err(why), None),
        };
        let candidate = Arc::new(Candidate { id, source, path, capabilities, is_bare, offer });
        if let (Some(settings), Ok(component)) = (settings, stamp) {
            let known = Known { settings, component, candidate: Arc::clone(&candidate) };
            self.kept.candidates.insert(key, known);
        }
        candidate
    }

    /// Whether a file may be read, which was found as it is.
    ///
    /// # Errors
    ///
    /// Why it is left out for now: it may be being written.
    pub(super) fn settled(&mut self, path: &Path, stamp: FileStamp) -> Result<FileStamp, LeftOut> {
        if stamp.is_young(self.now, self.debounce) {
            return Err(self.unsettled(path));
        }
        Ok(stamp)
    }

    fn unsettled(&mut self, path: &Path) -> LeftOut {
        self.is_unsettled = true;
        let message = format!("`{}` is being written", palisade_core::text::escape(&path.to_string_lossy(), 200));
        LeftOut::new(ErrorKind::Io, message).remedy("look again when it is complete")
    }

    fn offer(
        &mut self,
        named: &Named,
        registration: Registration,
    ) -> Result<(Offer, Option<Vec<Capability>>), LeftOut> {
        let registration = registration.found_in(named.source.clone());
        let settings = registration.found.as_ref().map_or(Digest::from_sha256([0; 32]), |found| found.settings);
        if !registration.is_enabled {
            return Ok((Offer { registration, version: Version { component: None, settings } }, None));
        }
        let Component { digest, capabilities } =
            self.component(&named.path, registration.options.limits.component_bytes)?;
        let version = Version { component: Some(digest), settings };
        Ok((Offer { registration, version }, capabilities))
    }

    /// What is told from the bytes in a file.
    fn component(&mut self, path: &Path, limit: u64) -> Result<Component, LeftOut> {
        let failed = |error: io::Error| unreadable(path, &error);
        let stamp = FileStamp::of(path).map_err(failed)?;
        if let Some((known, component)) = self.kept.components.get(path).or_else(|| self.before.components.get(path))
            && *known == stamp
        {
            let component = component.clone();
            self.keep_component(path);
            return Ok(component);
        }
        self.settled(path, stamp)?;
        if stamp.bytes > limit {
            let message = format!("it has {} bytes, and may have {limit}", stamp.bytes);
            return Err(LeftOut::new(ErrorKind::TooLarge, message));
        }
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(limit.saturating_add(1)).read_to_end(&mut bytes));
        read.map_err(failed)?;
        if FileStamp::of(path).ok() != Some(stamp) {
            return Err(self.unsettled(path));
        }
        let digest = Digest::from_sha256(Sha256::digest(&bytes).into());
        let component = Component { digest, capabilities: exported_capabilities(&bytes) };
        self.kept.components.insert(path.to_owned(), (stamp, component.clone()));
        Ok(component)
    }

    fn keep_component(&mut self, path: &Path) {
        if let Some(known) = self.before.components.remove(path) {
            self.kept.components.insert(path.to_owned(), known);
        }
    }
}
