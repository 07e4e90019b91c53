//! Guests in languages with tools of their own: projects as `palisade new` makes them, built as `palisade build` does, once for each
//! content.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use palisade_core::ErrorKind;
use palisade_project::{Language, Settings};

use crate::{
    component::sha256,
    files, go,
    process::{Environment, run},
    workspace::Workspace,
};

/// Where the projects are.
const FOLDERS: [&str; 2] = ["example-providers", "tests/languages"];

/// A project with this builds itself: with tools that `palisade build` knows nothing of.
const OWN_BUILD: &str = "build.js";

/// What a build leaves in a project's folder, and is kept for the next.
const KEPT: [&str; 6] = ["build", "node_modules", "third_party", "vendor", ".zig-cache", "zig-out"];

/// A project, and where its component goes.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) name: String,
    language: Language,
    folder: PathBuf,
}

/// Finds the projects of the workspace.
pub(crate) fn projects(workspace: &Workspace) -> Result<Vec<Project>> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        let Ok(entries) = fs::read_dir(workspace.root.join(folder)) else { continue };
        for entry in entries {
            let folder = entry?.path();
            let language = Language::of(&folder).ok().filter(|language| *language != Language::Rust);
            if let (Some(language), Some(name)) = (language, folder.file_name()) {
                found.push(Project { name: name.to_string_lossy().into_owned(), language, folder });
            }
        }
    }
    found.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(found)
}

/// Builds projects into `target/languages/` and prints a line for each.
pub(crate) fn build(workspace: &Workspace, projects: &[Project]) -> Result<()> {
    let (shelf, cache) = (workspace.target.join("languages"), workspace.target.join("guest"));
    let tools = cache.join("tools");
    for project in projects {
        let staged = cache.join("projects").join(&project.name);
        stage(&project.folder, &staged, project.language)?;
        let component = shelf.join(format!("{}.wasm", project.name));
        let stamp = cache.join("stamps/languages").join(&project.name);
        let wanted = sha256(
            [content(&staged, project.language)?.as_bytes(), project.language.recipe().as_bytes()].concat().as_slice(),
        );
        let state = if is_built(&component, &stamp, &wanted) { "unchanged" } else { "rebuilt" };
        if state == "rebuilt" {
            let built = compile(&staged, project, &tools);
            let bytes = fs::read(built.with_context(|| format!("cannot build {}", project.name))?)?;
            files::write_atomically(&component, &bytes)?;
            files::write_atomically(&stamp, format!("{wanted}\n{}\n", sha256(&bytes)).as_bytes())?;
        }
        let shown = component.strip_prefix(&workspace.root).unwrap_or(&component);
        println!("{:<32} {:>9} bytes  {state}", shown.display(), fs::metadata(&component)?.len());
    }
    let settings = fs::read(workspace.root.join("example-providers/languages.toml"))?;
    files::write_atomically(&shelf.join("palisade.toml"), &settings)
}

/// Builds a project where it was copied to, and gives where its component is.
fn compile(staged: &Path, project: &Project, tools: &Path) -> Result<PathBuf> {
    if !staged.join(OWN_BUILD).is_file() {
        let settings = Settings { tools: Some(tools), step: None };
        let mut built = palisade_project::build(staged, &settings);
        if project.language == Language::Go && built.as_ref().is_err_and(|error| error.kind() == ErrorKind::MissingTool)
        {
            go::fetch(tools)?;
            built = palisade_project::build(staged, &settings);
        }
        let built =
            built.map_err(|error| anyhow::anyhow!("{}\n  remedy: {}", error.message(), error.kind().remedy()))?;
        return Ok(built.component);
    }
    let mut install = Environment::default().tool("NPM", "npm");
    install.args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]);
    run(install.arg("--omit-lockfile-registry-resolved").current_dir(staged))?;
    run(Command::new("node").arg(OWN_BUILD).current_dir(staged))?;
    Ok(staged.join("build").join(&project.name).with_added_extension("wasm"))
}

fn is_built(component: &Path, stamp: &Path, wanted: &str) -> bool {
    let Ok(present) = fs::read(component) else { return false };
    fs::read_to_string(stamp).is_ok_and(|written| written == format!("{wanted}\n{}\n", sha256(&present)))
}

/// Copies a project, with what it takes along, to where it is built: nothing is left in the checkout.
fn stage(from: &Path, to: &Path, language: Language) -> Result<()> {
    for path in listed(to)? {
        if !from.join(&path).is_file() {
            fs::remove_file(to.join(path))?;
        }
    }
    for path in listed(from)? {
        files::write_atomically(&to.join(&path), &fs::read(from.join(&path))?)?;
    }
    palisade_project::vendor(to, language).map_err(|error| anyhow::anyhow!("{error}"))
}

/// What a project is made of, as one text.
fn content(folder: &Path, language: Language) -> Result<String> {
    let mut text = String::new();
    let own = listed(folder)?.into_iter().map(|path| folder.join(path));
    let vendor = folder.join(language.vendor_folder());
    let vendored = listed(&vendor)?.into_iter().map(|path| vendor.join(path));
    for path in own.chain(vendored) {
        text += &format!("{} {}\n", path.display(), sha256(&fs::read(&path)?));
    }
    Ok(text)
}

/// The files below a folder, in the order of their names, without what a build leaves.
fn listed(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut pending = vec![PathBuf::new()];
    while let Some(below) = pending.pop() {
        let Ok(entries) = fs::read_dir(folder.join(&below)) else { continue };
        for entry in entries {
            let entry = entry?;
            let (name, path) = (entry.file_name(), below.join(entry.file_name()));
            if KEPT.iter().any(|kept| name == *kept) || name == "__pycache__" {
                continue;
            }
            if entry.file_type()?.is_dir() { pending.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_build_leaves_is_no_part_of_a_project() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["src/a.py", "build/a.wasm", "src/__pycache__/a.pyc", "node_modules/b/c.js", "README.md"] {
            files::write_atomically(&folder.path().join(file), b"").unwrap();
        }
        assert_eq!(listed(folder.path()).unwrap(), [Path::new("README.md"), Path::new("src/a.py")]);
    }

    #[test]
    fn what_is_gone_from_a_project_is_gone_where_it_is_built() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let write = |file| files::write_atomically(&from.path().join(file), b"").unwrap();
        write("pyproject.toml");
        write("src/a.py");
        stage(from.path(), to.path(), Language::Python).unwrap();
        fs::remove_file(from.path().join("src/a.py")).unwrap();
        let first = content(to.path(), Language::Python).unwrap();
        stage(from.path(), to.path(), Language::Python).unwrap();
        assert_eq!(listed(to.path()).unwrap(), [Path::new("pyproject.toml")]);
        assert_ne!(content(to.path(), Language::Python).unwrap(), first);
        assert!(to.path().join("vendor/palisade_guest/chat.py").is_file());
    }

    #[test]
    fn a_component_that_someone_changed_is_built_again() {
        let folder = tempfile::tempdir().unwrap();
        let (component, stamp) = (folder.path().join("a.wasm"), folder.path().join("stamp"));
        fs::write(&component, "built").unwrap();
        fs::write(&stamp, format!("key\n{}\n", sha256(b"built"))).unwrap();
        assert!(is_built(&component, &stamp, "key") && !is_built(&component, &stamp, "other"));
        fs::write(&component, "changed").unwrap();
        assert!(!is_built(&component, &stamp, "key"));
    }
}
