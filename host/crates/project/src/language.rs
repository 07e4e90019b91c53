//! The languages that a provider can be written in.

use std::{fmt, path::Path, str::FromStr};

use palisade_core::{Error, ErrorKind, Result};

use crate::files;

/// A language with an SDK and templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// CPython, compiled to WebAssembly with the program in it.
    Python,
    /// QuickJS, compiled to WebAssembly with the program in it.
    JavaScript,
    /// The same, after types are checked and taken out.
    TypeScript,
    /// Compiled to WebAssembly itself.
    Rust,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Python, Self::JavaScript, Self::TypeScript, Self::Rust];

    /// The name by which the command line knows it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::TypeScript => "typescript",
            Self::Rust => "rust",
        }
    }

    /// The language of the project in a folder.
    ///
    /// # Errors
    /// `project` when there is none.
    pub fn of(folder: &Path) -> Result<Self> {
        let has = |name| folder.join(name).is_file();
        match () {
            () if has("pyproject.toml") => Ok(Self::Python),
            () if has("package.json") && has("tsconfig.json") => Ok(Self::TypeScript),
            () if has("package.json") => Ok(Self::JavaScript),
            () if has("Cargo.toml") => Ok(Self::Rust),
            () => Err(Error::new(
                ErrorKind::Project,
                format!(
                    "there is no project in {}: it has no pyproject.toml, package.json or Cargo.toml",
                    folder.display()
                ),
            )),
        }
    }

    /// The capabilities for which there is a template, in the order of their names.
    #[must_use]
    pub fn capabilities(self) -> Vec<&'static str> {
        let mut names: Vec<_> = files::below(&format!("{}/{}", files::TEMPLATES, self.name()))
            .filter_map(|(path, _)| path.split_once('/').map(|(folder, _)| folder))
            .filter(|folder| *folder != files::COMMON)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|language| language.name() == text);
        found.ok_or_else(|| format!("`{text}` is no language here (known: {known})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_a_template_for_a_conversation_and_for_a_task() {
        for language in Language::ALL {
            assert_eq!(language.name().parse(), Ok(language));
            let capabilities = language.capabilities();
            assert!(capabilities.contains(&"chat") && capabilities.contains(&"custom"), "{language}: {capabilities:?}");
        }
        assert!("cobol".parse::<Language>().is_err());
    }
}
