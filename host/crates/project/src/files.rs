//! The files that are embedded, and writing some.

use std::{fs, io, path::Path};

use palisade_core::{Error, ErrorKind, Result};

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Where the templates are: in it a folder for each language, and in that one for each capability.
pub(crate) const TEMPLATES: &str = "host/crates/project/templates";

/// What the projects of all capabilities have.
pub(crate) const COMMON: &str = "common";

/// The embedded files below a folder, with their paths from there.
pub(crate) fn below(folder: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.iter().filter_map(move |(path, text)| Some((path.strip_prefix(folder)?.strip_prefix('/')?, *text)))
}

/// An embedded file; empty when there is none.
pub(crate) fn text(path: &str) -> &'static str {
    ALL.iter().find_map(|(known, text)| (*known == path).then_some(*text)).unwrap_or_default()
}

/// Writes a file and the folders that it is in, unless that is what it holds already.
pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    if fs::read(path).is_ok_and(|present| present == text.as_bytes()) {
        return Ok(());
    }
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text));
    written.map_err(|error| failed("write", path, &error))
}

/// What a file holds.
pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| failed("read", path, &error))
}

/// Removes a folder with all that is in it, if it is there.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", folder, &error)),
        _ => Ok(()),
    }
}

fn failed(verb: &str, path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot {verb} {}: {error}", path.display()))
}
