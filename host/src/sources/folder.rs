//! Folders of plugins: each `*.wasm` is one, and `*.toml` beside it says what there is to say of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use palisade_core::ErrorKind;

use super::{
    Look, id_of,
    keep::{Keeper, Named, Settings},
    unreadable,
};
use crate::{
    config::plugin_registration, discovery::LeftOut, file_stamp::FileStamp, found::DiscoverySource,
    registration::Registration, usual::Usual,
};

/// What was in each folder when it was read last, for one that cannot be read for a while.
#[derive(Debug, Default)]
pub(super) struct Folders(BTreeMap<PathBuf, Listing>);

/// The names without extension of components, and of files with settings.
#[derive(Debug, Clone, Default)]
struct Listing {
    components: BTreeSet<OsString>,
    settings: BTreeSet<OsString>,
}

impl Folders {
    /// The plugins of all folders.
    pub(super) fn look(&mut self, folders: &[PathBuf], usual: &Usual, keeper: &mut Keeper<'_>, look: &mut Look) {
        let mut listings = BTreeMap::new();
        for folder in folders {
            if listings.contains_key(folder) {
                continue;
            }
            let source = DiscoverySource::Folder { path: folder.clone() };
            let listing = match Listing::read(folder) {
                Ok(listing) => listing,
                Err(error) => {
                    look.leave_out(source.clone(), None, unreadable(folder, &error));
                    // A folder that was taken away is empty; one that does not answer is as it was.
                    match error.kind() {
                        io::ErrorKind::NotFound => Listing::default(),
                        _ => self.0.remove(folder).unwrap_or_default(),
                    }
                }
            };
            listing.add(folder, &source, usual, keeper, look);
            listings.insert(folder.clone(), listing);
        }
        self.0 = listings;
    }
}

impl Listing {
    fn read(folder: &Path) -> io::Result<Self> {
        let mut listing = Self::default();
        for entry in fs::read_dir(folder)? {
            let path = PathBuf::from(entry?.file_name());
            let Some(stem) = path.file_stem() else { continue };
            match path.extension() {
                Some(end) if end == "wasm" => drop(listing.components.insert(stem.to_owned())),
                Some(end) if end == "toml" => drop(listing.settings.insert(stem.to_owned())),
                _ => {}
            }
        }
        Ok(listing)
    }

    fn add(&self, folder: &Path, source: &DiscoverySource, usual: &Usual, keeper: &mut Keeper<'_>, look: &mut Look) {
        for stem in &self.components {
            let id = match id_of(&stem.to_string_lossy()) {
                Ok(id) => id,
                Err(why) => {
                    look.leave_out(
                        source.clone(),
                        None,
                        why.remedy("give the file a name of a-z, 0-9, `.`, `_` and `-`"),
                    );
                    continue;
                }
            };
            let path = file(folder, stem, "wasm");
            let beside = self.settings.contains(stem).then(|| file(folder, stem, "toml"));
            let named = Named { id, source: source.clone(), path: path.clone(), is_bare: beside.is_none() };
            let settings = match &beside {
                None => Ok(Settings::Usual),
                // Settings that are being written are waited for, as components are.
                Some(beside) => FileStamp::of(beside)
                    .map_err(|error| unreadable(beside, &error))
                    .and_then(|stamp| keeper.settled(beside, stamp))
                    .map(Settings::File),
            };
            let registration = || match &beside {
                Some(beside) => read(beside, &path, usual),
                None => Ok(usual.registration(Registration::path(&path))),
            };
            look.add(keeper.candidate(named, settings, registration));
        }
        let alone = self.settings.iter().filter(|stem| !self.components.contains(*stem));
        for stem in alone {
            let name = stem.to_string_lossy();
            let message = format!("there is a `{name}.toml`, and no `{name}.wasm`");
            look.leave_out(
                source.clone(),
                id_of(&name).ok(),
                LeftOut::new(ErrorKind::Io, message).remedy("put the component beside it"),
            );
        }
    }
}

/// What stands in the file beside a component.
fn read(beside: &Path, component: &Path, usual: &Usual) -> Result<Registration, LeftOut> {
    let text = fs::read_to_string(beside).map_err(|error| unreadable(beside, &error))?;
    plugin_registration(&text, component, usual).map_err(|reason| {
        LeftOut::new(ErrorKind::Config, format!("`{}` is wrong: {reason}", beside.display()))
            .remedy("correct the named line")
    })
}

fn file(folder: &Path, stem: &OsString, extension: &str) -> PathBuf {
    let mut name = stem.clone();
    name.push(".");
    name.push(extension);
    folder.join(name)
}
