//! The world of one project: what every provider has, and the capabilities that it serves.

use std::{fmt::Write as _, path::Path};

use palisade_core::{Error, ErrorKind, Result};

use crate::files;

/// Its name.
pub(crate) const WORLD: &str = "project";

/// The services of the host, by the names of their interfaces.
const SERVICES: [&str; 13] = [
    "blobs",
    "config",
    "credentials",
    "databases",
    "http",
    "key-value",
    "key-value-stores",
    "log",
    "object-stores",
    "progress",
    "queues",
    "stores",
    "vector-stores",
];

/// The services that the interface which a project has taken along knows: an older one has fewer.
pub(crate) fn services(vendored: &Path) -> Vec<&'static str> {
    SERVICES.into_iter().filter(|service| vendored.join(service).with_added_extension("wit").is_file()).collect()
}

/// The package of the interface that a project has taken along, with its version.
pub(crate) fn package(vendored: &Path) -> Result<String> {
    let file = vendored.join("world.wit");
    let text = files::read(&file)?;
    let line = text.lines().find_map(|line| line.trim().strip_prefix("package ")?.strip_suffix(';'));
    let missing = || Error::new(ErrorKind::Project, format!("{}: it names no package", file.display()));
    line.map(str::to_owned).ok_or_else(missing)
}

/// Writes the interface of a project and a world with these capabilities into `folder`.
pub(crate) fn write(vendored: &Path, folder: &Path, capabilities: &[String]) -> Result<()> {
    files::remove(folder)?;
    for entry in std::fs::read_dir(vendored).into_iter().flatten().flatten() {
        let text = files::read(&entry.path())?;
        files::write(&folder.join(entry.file_name()), &text)?;
    }
    let mut world = format!("package {};\n\n/// What this project serves.\nworld {WORLD} {{\n", package(vendored)?);
    world += "  include provider;\n";
    for capability in capabilities {
        let _infallible = writeln!(world, "  export {capability};");
    }
    files::write(&folder.join("project.wit"), &(world + "}\n"))
}

/// The capabilities that the SDK of a language named, a line for each.
pub(crate) fn capabilities(printed: &str) -> Result<Vec<String>> {
    let named: Vec<_> = printed.split_whitespace().map(str::to_owned).collect();
    if named.is_empty() {
        return Err(Error::new(ErrorKind::BuildFailed, "the provider serves no capability"));
    }
    Ok(named)
}

/// The name of an interface as a name of a program: `text_to_image`, `textToImage`, `TextToImage`.
pub(crate) fn cased(interface: &str, between: &str, first: bool, rest: bool) -> String {
    let words = interface.split('-').enumerate().map(|(index, word)| {
        let raise = if index == 0 { first } else { rest };
        let (head, tail) = word.split_at(word.len().min(1));
        if raise { head.to_ascii_uppercase() + tail } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_language() {
        assert_eq!(cased("text-to-image", "_", false, false), "text_to_image");
        assert_eq!(cased("text-to-image", "", false, true), "textToImage");
        assert_eq!(cased("text-to-image", "", true, true), "TextToImage");
    }

    #[test]
    fn a_world_includes_what_every_provider_has() {
        let folder = tempfile::tempdir().unwrap();
        write(Path::new("../../../wit"), folder.path(), &["chat".to_owned()]).unwrap();
        let world = files::read(&folder.path().join("project.wit")).unwrap();
        assert!(world.contains("include provider;\n  export chat;"), "{world}");
        assert!(folder.path().join("chat.wit").is_file());
    }

    #[test]
    fn a_world_is_of_the_version_that_its_project_has_taken_along() {
        let (vendored, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        files::write(&vendored.path().join("world.wit"), "package palisade:provider@0.1.7;\n").unwrap();
        files::write(&vendored.path().join("log.wit"), "").unwrap();
        write(vendored.path(), folder.path(), &["chat".to_owned()]).unwrap();
        let world = files::read(&folder.path().join("project.wit")).unwrap();
        assert!(world.starts_with("package palisade:provider@0.1.7;"), "{world}");
        assert_eq!(services(vendored.path()), ["log"]);
        assert_eq!(services(Path::new("../../../wit")), SERVICES);
    }
}
