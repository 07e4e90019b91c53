//! The files of the project, each with its text.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::syntax::Syntax;
use crate::process::{Environment, capture};

/// Folders that are skipped where there is no git to ask.
const SKIPPED: [&str; 4] = ["target", "out", ".git", "node_modules"];

#[derive(Debug)]
pub(super) struct Tree {
    files: Vec<SourceFile>,
}

#[derive(Debug)]
pub(super) struct SourceFile {
    /// Relative to the root, with forward slashes.
    pub(super) path: String,
    /// Empty for a file that is not text.
    pub(super) text: String,
    /// Only for Rust, and not if the file cannot be read as Rust.
    pub(super) syntax: Option<Syntax>,
}

impl SourceFile {
    pub(super) fn new(path: &str, text: &str) -> Self {
        let syntax = if path.ends_with(".rs") { Syntax::parse(text) } else { None };
        Self { path: path.to_owned(), text: text.to_owned(), syntax }
    }

    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Says whether the file lies in one of these folders.
    pub(super) fn is_in(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }
}

impl Tree {
    /// Reads what git tracks or would track; without git, whatever is there.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let listed = capture(Environment::default().command("git").current_dir(root).args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ]));
        let mut paths: Vec<String> = match listed {
            Ok(list) => list.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect(),
            Err(_) => walk(root, "")?,
        };
        paths.sort();
        paths.dedup();
        let mut files = Vec::new();
        for path in paths {
            // What git lists may have been deleted since.
            let Ok(bytes) = fs::read(root.join(&path)) else { continue };
            files.push(SourceFile::new(&path, &String::from_utf8(bytes).unwrap_or_default()));
        }
        Ok(Self { files })
    }

    pub(super) fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// Returns the Rust files that could be read, with their syntax.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&SourceFile, &Syntax)> {
        self.files.iter().filter_map(|file| Some((file, file.syntax.as_ref()?)))
    }

    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| SourceFile::new(path, text)).collect() }
    }
}

fn walk(root: &Path, folder: &str) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    let at = root.join(folder);
    for entry in fs::read_dir(&at).with_context(|| format!("cannot read {}", at.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if !entry.file_type()?.is_dir() {
            paths.push(path);
        } else if !SKIPPED.contains(&name.as_str()) {
            paths.extend(walk(root, &path)?);
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_git_the_folder_is_walked() {
        let root = tempfile::tempdir().unwrap();
        for file in ["Cargo.toml", "host/src/lib.rs", "target/debug/junk.rs"] {
            crate::files::write_atomically(&root.path().join(file), b"").unwrap();
        }
        let tree = Tree::read(root.path()).unwrap();
        let paths: Vec<&str> = tree.files().iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["Cargo.toml", "host/src/lib.rs"]);
    }
}
