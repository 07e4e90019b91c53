//! Configuration files, which are read again when they have changed.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use palisade_core::{ContextName, ErrorKind, Result};

use super::{
    Look,
    keep::{Keeper, Named, Settings},
    present, unreadable,
};
use crate::{
    config::Config,
    discovery::{Candidate, ConfigurationFile, Discovery, LeftOut, Offer, Version},
    file_stamp::FileStamp,
    found::DiscoverySource,
    registration::{Origin, Registration},
    usual::Usual,
};

/// The configuration files of a context, and what they say.
#[derive(Debug)]
pub(super) struct Configurations {
    name: ContextName,
    files: Vec<ConfigurationFile>,
    /// What the application asks for.
    given: Option<Discovery>,
    /// What the last file that asks for something asks for.
    written: Discovery,
    usual: Usual,
}

impl Configurations {
    pub(super) fn new(
        name: ContextName,
        files: Vec<ConfigurationFile>,
        given: Option<Discovery>,
        written: Option<Discovery>,
        usual: Usual,
    ) -> Self {
        Self { name, files, given, written: written.unwrap_or_default(), usual }
    }

    /// What is looked for.
    pub(super) fn settings(&self) -> &Discovery {
        self.given.as_ref().unwrap_or(&self.written)
    }

    /// What is said of all providers.
    pub(super) fn usual(&self) -> &Usual {
        &self.usual
    }

    pub(super) fn is_default_context(&self) -> bool {
        self.name.is_default()
    }

    /// The folders that they are in.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        self.files.iter().filter_map(|file| file.path.parent()).map(|folder| present(folder).to_owned()).collect()
    }

    /// Reads those that have changed. What is wrong leaves in force what was said before. Says whether what holds for all providers has changed.
    pub(super) fn look(&mut self, look: &mut Look) -> bool {
        look.places.extend(self.folders());
        let before = self.usual.clone();
        let debounce = self.settings().debounce;
        let now = std::time::SystemTime::now();
        for file in &mut self.files {
            let source = DiscoverySource::Configuration { file: file.path.clone() };
            let stamp = match FileStamp::of(&file.path) {
                Ok(stamp) if file.stamp == Some(stamp) => continue,
                Ok(stamp) => stamp,
                Err(error) => {
                    look.leave_out(source, None, unreadable(&file.path, &error).remedy(STAYS));
                    continue;
                }
            };
            if stamp.is_young(now, debounce) {
                look.is_unsettled = true;
                continue;
            }
            match read(&file.path, &self.name) {
                Ok(config) => {
                    let mark = |(id, registration): (_, Registration)| (id, registration.found_in(source.clone()));
                    file.registrations = config.registrations.into_iter().map(mark).collect();
                    self.usual = config.usual;
                    self.written = config.discovery.unwrap_or_default();
                    file.stamp = Some(stamp);
                }
                Err(error) => {
                    let message = format!("`{}`: {}", file.path.display(), error.message());
                    look.leave_out(source, None, LeftOut::new(error.kind(), message).remedy(STAYS));
                }
            }
        }
        self.usual != before
    }

    /// The providers that they name.
    pub(super) fn candidates(&self, keeper: &mut Keeper<'_>, look: &mut Look) {
        for file in &self.files {
            for (id, registration) in &file.registrations {
                let source = DiscoverySource::Configuration { file: file.path.clone() };
                let Some(found) = &registration.found else { continue };
                match &registration.origin {
                    Origin::Path(path) => {
                        let settings = Settings::Digest(found.settings);
                        let named = Named { id: id.clone(), source, path: path.clone(), is_bare: false };
                        look.add(keeper.candidate(named, Ok(settings), || Ok(registration.clone())));
                    }
                    Origin::Store(store) => {
                        // It has no bytes that could change: what is said of it is all there is.
                        let version = Version { component: None, settings: found.settings };
                        look.add(Arc::new(Candidate {
                            id: id.clone(),
                            source,
                            path: store.path().map(Path::to_owned).unwrap_or_default(),
                            capabilities: Some(vec![store.settings.kind()]),
                            is_bare: false,
                            offer: Ok(Offer { registration: registration.clone(), version }),
                        }));
                    }
                    Origin::Bytes(_) | Origin::Native(_) => {}
                }
            }
        }
    }
}

/// What is told of a configuration that cannot be read.
const STAYS: &str = "correct it; what it said before stays in force";

fn read(path: &Path, name: &ContextName) -> Result<Config> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| palisade_core::Error::new(ErrorKind::Io, format!("cannot read it: {error}")))?;
    Config::parse(&text, path.parent().unwrap_or(Path::new("")))?.of_context(name)
}
