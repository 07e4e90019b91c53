//! New projects.

use std::{fs, path::Path};

use palisade_core::{Error, ErrorKind, Result};

use crate::{Language, files, sdk};

/// What is made.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    /// Its language.
    pub language: Language,
    /// Its name: 1 to 64 of `a-z`, `0-9` and `-`, beginning with a letter. The provider and the package are called so.
    pub name: &'a str,
    /// What it serves, by the name of the interface: one of [`Language::capabilities`].
    pub capability: &'a str,
}

/// The names that the templates have in the place of the project's.
const NAME: &str = "my-provider";
const MODULE: &str = "my_provider";
const TYPE: &str = "MyProvider";

/// Ends the names of files that would be taken for what they are only templates of.
const TEMPLATE: &str = ".template";

/// Makes a project in a folder that is not there yet, or is empty.
///
/// # Errors
/// `project` for a folder that is taken, a name that cannot be one, and a capability for which there is no template; `io` when it cannot
/// be written.
pub fn create(folder: &Path, new: &New<'_>) -> Result<()> {
    require_name(new.name)?;
    let known = new.language.capabilities();
    if !known.contains(&new.capability) {
        let known = known.join(", ");
        return Err(refused(format!(
            "there is no template for `{}` in {} (known: {known})",
            new.capability, new.language
        )));
    }
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) || folder.is_file() {
        return Err(refused(format!("{} is there already", folder.display())));
    }
    for part in [files::COMMON, new.capability] {
        for (path, text) in files::below(&format!("{}/{}/{part}", files::TEMPLATES, new.language)) {
            let path = path.strip_suffix(TEMPLATE).unwrap_or(path);
            files::write(&folder.join(named(path, new.name)), &named(text, new.name))?;
        }
    }
    if new.language == Language::Rust {
        // The versions that the SDK was tested with; cargo takes out what the project has no need of.
        files::write(&folder.join("Cargo.lock"), files::text("Cargo.lock"))?;
    }
    sdk::vendor(folder, new.language)
}

/// A text of a template, with the names of the project.
fn named(text: &str, name: &str) -> String {
    let pascal: String = name.split('-').flat_map(capitalized).collect();
    text.replace(NAME, name).replace(MODULE, &name.replace('-', "_")).replace(TYPE, &pascal)
}

fn capitalized(word: &str) -> impl Iterator<Item = char> {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters)
}

fn require_name(name: &str) -> Result<()> {
    let fits = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.len() <= 64
        && name.chars().all(|each| each.is_ascii_lowercase() || each.is_ascii_digit() || each == '-')
        && !name.ends_with('-');
    if fits {
        return Ok(());
    }
    Err(refused(format!(
        "{name:?} cannot be the name of a project: use 1 to 64 of a-z, 0-9 and `-`, beginning with a letter"
    )))
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::Project, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(folder: &Path, name: &str, capability: &str) -> Option<ErrorKind> {
        let new = New { language: Language::Python, name, capability };
        create(folder, &new).err().map(|error| error.kind())
    }

    #[test]
    fn a_project_has_its_name_everywhere() {
        for language in Language::ALL {
            for capability in language.capabilities() {
                let folder = tempfile::tempdir().unwrap();
                create(folder.path(), &New { language, name: "red-fox", capability }).unwrap();
                let mut pending = vec![folder.path().to_owned()];
                while let Some(path) = pending.pop() {
                    if path.is_dir() {
                        pending.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
                        continue;
                    }
                    let shown = path.display().to_string();
                    let taken_along = format!("/{}/", language.vendor_folder());
                    if shown.contains(&taken_along) || shown.ends_with(".lock") {
                        continue;
                    }
                    for name in [NAME, MODULE, TYPE] {
                        assert!(!shown.contains(name) && !fs::read_to_string(&path).unwrap().contains(name), "{shown}");
                    }
                }
                assert_eq!(Language::of(folder.path()).unwrap(), language);
                assert!(folder.path().join("palisade.toml").is_file() && folder.path().join("README.md").is_file());
                assert!(folder.path().join(language.vendor_folder()).join("wit/world.wit").is_file());
            }
        }
    }

    #[test]
    fn what_is_there_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(kind(folder.path(), "fox", "chat"), None);
        assert_eq!(kind(folder.path(), "fox", "chat"), Some(ErrorKind::Project));
    }

    #[test]
    fn names_and_capabilities_are_checked() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["", "Fox", "1fox", "fox_red", "fox-", "../fox", "f\u{f6}x"] {
            assert_eq!(kind(folder.path(), name, "chat"), Some(ErrorKind::Project), "{name}");
        }
        assert_eq!(kind(folder.path(), "fox", "telepathy"), Some(ErrorKind::Project));
        assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
    }
}
