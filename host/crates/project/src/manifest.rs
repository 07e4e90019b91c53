//! `provider.toml`: what a project in C or Zig says of itself, whose languages have no file for it.

use std::path::Path;

use palisade_core::{Error, ErrorKind, Result};
use toml::{Table, Value};

use crate::files;

/// Its name.
pub(crate) const FILE: &str = "provider.toml";

/// The interface by which the host asks after work that takes longer than a call, and those whose work is such.
const JOBS: &str = "jobs";
const SUBMITTING: [&str; 3] = ["text-to-video", "image-to-video", "text-to-image-job"];

/// What it says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// The name of the project, and of its component.
    pub(crate) name: String,
    /// `c` or `zig`.
    pub(crate) language: String,
    /// The interfaces that it serves: `jobs` too where its work is jobs, whether or not the file says so.
    pub(crate) capabilities: Vec<String>,
    /// What the compiler is told beside what it always is.
    pub(crate) flags: Vec<String>,
}

impl Manifest {
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        Self::parse(&files::read(&folder.join(FILE))?)
    }

    fn parse(text: &str) -> Result<Self> {
        let wrong = |what: &str| Error::new(ErrorKind::Project, format!("{FILE}: {what}"));
        let table: Table = text.parse().map_err(|error| wrong(&format!("{error}")))?;
        let of = |key: &str| table.get("provider").and_then(|provider| provider.get(key));
        let text = |key: &str| of(key).and_then(Value::as_str).map(str::to_owned);
        let texts = |key: &str| match of(key).map(|value| value.as_array().map(Vec::as_slice)) {
            None => Ok(Vec::new()),
            Some(Some(values)) if values.iter().all(Value::is_str) => {
                Ok(values.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            }
            Some(_) => Err(wrong(&format!("`{key}` has to be a list of strings"))),
        };
        let mut manifest = Self {
            name: text("name").ok_or_else(|| wrong("there is no `name` in [provider]"))?,
            language: text("language")
                .ok_or_else(|| wrong("there is no `language` in [provider]: \"c\" or \"zig\""))?,
            capabilities: texts("capabilities")?,
            flags: texts("flags")?,
        };
        if manifest.capabilities.is_empty() {
            return Err(wrong("`capabilities` has to name what is served, for example [\"chat\"]"));
        }
        let named = |name: &str| manifest.capabilities.iter().any(|own| own == name);
        if SUBMITTING.into_iter().any(named) && !named(JOBS) {
            manifest.capabilities.push(JOBS.to_owned());
        }
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_read() {
        let text = "[provider]\nname = \"fox\"\nlanguage = \"c\"\ncapabilities = [\"chat\", \"custom\"]\n";
        let manifest = Manifest::parse(text).unwrap();
        assert_eq!((manifest.name.as_str(), manifest.language.as_str()), ("fox", "c"));
        assert_eq!((manifest.capabilities.len(), manifest.flags.len()), (2, 0));
    }

    #[test]
    fn whose_work_is_jobs_is_asked_after_them() {
        let capabilities = |list: &str| {
            let text = format!("[provider]\nname = \"fox\"\nlanguage = \"c\"\ncapabilities = [{list}]\n");
            Manifest::parse(&text).unwrap().capabilities
        };
        for name in SUBMITTING {
            assert_eq!(capabilities(&format!("{name:?}")), [name, JOBS]);
        }
        assert_eq!(capabilities(r#""jobs", "text-to-video""#), [JOBS, "text-to-video"]);
        assert_eq!(capabilities(r#""chat""#), ["chat"]);
    }

    #[test]
    fn what_is_missing_or_wrong_is_told() {
        for (text, told) in [
            ("", "no `name`"),
            ("[provider]\nname = \"fox\"", "no `language`"),
            ("[provider]\nname = \"fox\"\nlanguage = \"c\"", "`capabilities` has to name"),
            ("[provider]\nname = \"fox\"\nlanguage = \"c\"\ncapabilities = \"chat\"", "a list of strings"),
            ("[provider", "provider.toml: "),
        ] {
            let error = Manifest::parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Project);
            assert!(error.message().contains(told), "{error}");
        }
    }
}
