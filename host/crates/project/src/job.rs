//! What the languages share of a build.

use std::path::{Path, PathBuf};

/// A project on its way to a component.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    /// Its folder.
    pub(crate) folder: &'a Path,
    /// What is made of it, and on the way there.
    pub(crate) build: PathBuf,
    /// Where tools are installed.
    pub(crate) tools: PathBuf,
    /// Is told each step as it begins.
    pub(crate) step: Option<fn(&str)>,
}

impl Job<'_> {
    pub(crate) fn step(&self, text: &str) {
        if let Some(told) = self.step {
            told(text);
        }
    }

    pub(crate) fn vendored(&self, name: &str) -> PathBuf {
        self.folder.join("vendor").join(name)
    }

    pub(crate) fn component(&self, name: &str) -> PathBuf {
        self.build.join(format!("{name}.wasm"))
    }
}
