//! The languages that a provider can be written in.

use std::{fmt, path::Path, str::FromStr};

use palisade_core::{Error, ErrorKind, Result};

use crate::{
    files,
    manifest::{self, Manifest},
};

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
    /// Compiled to WebAssembly itself.
    C,
    /// The same, on the SDK for C.
    Zig,
    /// Compiled to WebAssembly itself, with the runtime of its language.
    Go,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Python, Self::JavaScript, Self::TypeScript, Self::Rust, Self::C, Self::Zig, Self::Go];

    /// The name by which the command line knows it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::TypeScript => "typescript",
            Self::Rust => "rust",
            Self::C => "c",
            Self::Zig => "zig",
            Self::Go => "go",
        }
    }

    /// What decides, beside a project's own files, what is built of it: it changes when another component would be.
    #[must_use]
    pub const fn recipe(self) -> &'static str {
        match self {
            Self::Python => concat!(include_str!("python.rs"), include_str!("python-tools.txt")),
            Self::JavaScript | Self::TypeScript => include_str!("javascript.rs"),
            Self::Rust => include_str!("rust.rs"),
            Self::C => concat!(include_str!("c.rs"), include_str!("zig_tool.rs"), include_str!("zig-tools.txt")),
            Self::Zig => {
                concat!(
                    include_str!("c.rs"),
                    include_str!("zig.rs"),
                    include_str!("zig_tool.rs"),
                    include_str!("zig-tools.txt")
                )
            }
            Self::Go => concat!(include_str!("go.rs"), include_str!("go_tool.rs")),
        }
    }

    /// The folder of a project that holds the interface and the SDK. Go has rules of its own for one that is called `vendor`.
    #[must_use]
    pub const fn vendor_folder(self) -> &'static str {
        match self {
            Self::Go => "third_party",
            _ => "vendor",
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
            () if has("go.mod") => Ok(Self::Go),
            () if has(manifest::FILE) => {
                let named = Manifest::read(folder)?.language;
                named.parse().map_err(|error| Error::new(ErrorKind::Project, format!("{}: {error}", manifest::FILE)))
            }
            () => Err(Error::new(
                ErrorKind::Project,
                format!(
                    "there is no project in {}: it has no pyproject.toml, package.json, Cargo.toml, go.mod or provider.toml",
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
    use palisade_core::Capability;

    use super::*;

    #[test]
    fn every_language_has_a_template_for_every_capability() {
        let mut served: Vec<_> = Capability::of_components().map(Capability::name).collect();
        served.sort_unstable();
        for language in Language::ALL {
            assert_eq!(language.name().parse(), Ok(language));
            assert_eq!(language.capabilities(), served, "{language}");
        }
        assert!("cobol".parse::<Language>().is_err());
    }
}
