//! `cargo xtask guests`: builds every guest of the workspace and turns it into a component.

use std::{
    collections::BTreeSet,
    env,
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{
    component, files,
    languages::{self, Project},
    process::{Environment, run},
    rustc::TARGET,
    toolchain::{self, Choice, Toolchain},
    workspace::{Package, Workspace},
};

/// What `cargo xtask guests` is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// By which route the toolchain is found.
    #[arg(long, value_enum, default_value = "auto")]
    toolchain: Choice,
    /// Builds this guest alone; may be repeated.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Leaves out those in languages with tools of their own.
    #[arg(long)]
    without_languages: bool,
    /// Builds the smallest guest by each route that this machine has, and says which of them work.
    #[arg(long, conflicts_with_all = ["toolchain", "only", "without_languages"])]
    pub(crate) check_toolchains: bool,
}

impl Arguments {
    /// Returns what asks for all guests, by whatever route works.
    pub(crate) fn all() -> Self {
        Self { toolchain: Choice::Auto, only: Vec::new(), without_languages: false, check_toolchains: false }
    }

    /// Returns what asks for all guests that need no tools but those of Rust.
    pub(crate) fn in_rust() -> Self {
        Self { without_languages: true, ..Self::all() }
    }

    /// Returns what asks for these guests, by whatever route works.
    pub(crate) fn only(names: &[&str]) -> Self {
        Self { only: names.iter().map(|name| (*name).to_owned()).collect(), ..Self::all() }
    }
}

/// A package of the workspace that becomes a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guest {
    pub(crate) name: String,
    /// The file name, without extension, that rustc gives the core module.
    library: String,
    /// The folder under target/ for its component.
    shelf: &'static str,
}

/// Builds guests and prints a line for each.
pub(crate) fn build(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let all = guests(workspace);
    let projects = if arguments.without_languages { Vec::new() } else { languages::projects(workspace)? };
    let (selected, projects) = select(&all, projects, &arguments.only)?;
    let cache = workspace.target.join("guest");
    let _lock = lock(&cache)?;

    let toolchain = toolchain::find(arguments.toolchain, &cache, &Environment::default())?;
    println!("{toolchain}");
    let modules = compile(workspace, &toolchain, &selected, &cache.join(toolchain.build_folder))?;
    for (guest, module) in selected.iter().zip(&modules) {
        let path = guest.component(&workspace.target);
        let built = component::update(module, &path, &guest.stamp(&cache))?;
        let shown = built.path.strip_prefix(&workspace.root).unwrap_or(&built.path);
        let state = if built.rebuilt { "rebuilt" } else { "unchanged" };
        println!("{:<32} {:>9} bytes  {state}", shown.display(), built.bytes);
    }
    remove_stale(&workspace.target, &cache, &all)?;
    copy_settings(workspace)?;
    languages::build(workspace, &projects)
}

impl Guest {
    fn component(&self, target: &Path) -> PathBuf {
        target.join(self.shelf).join(format!("{}.wasm", self.name))
    }

    fn stamp(&self, cache: &Path) -> PathBuf {
        cache.join("stamps").join(self.shelf).join(&self.name)
    }
}

/// Finds the workspace's guests: the libraries under `example-providers/` and `tests/` that are built as a module.
pub(crate) fn guests(workspace: &Workspace) -> Vec<Guest> {
    workspace.packages.iter().filter_map(|package| guest(package, &workspace.root)).collect()
}

fn guest(package: &Package, root: &Path) -> Option<Guest> {
    let folder = package.folder(root);
    let shelf = match folder.split('/').next()? {
        // A project as `palisade new` makes it goes with those in other languages.
        "example-providers" if package.is_project() => "languages",
        "example-providers" => "providers",
        "tests" => "hostile",
        _ => return None,
    };
    let library = package.targets.iter().find(|target| target.crate_types.iter().any(|kind| kind == "cdylib"))?;
    Some(Guest { name: package.name.clone(), library: library.name.replace('-', "_"), shelf })
}

fn select(all: &[Guest], projects: Vec<Project>, only: &[String]) -> Result<(Vec<Guest>, Vec<Project>)> {
    let known: Vec<_> =
        all.iter().map(|guest| &guest.name).chain(projects.iter().map(|project| &project.name)).collect();
    if let Some(unknown) = only.iter().find(|name| !known.contains(name)) {
        let known = known.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        bail!("there is no guest `{unknown}` (known: {known})");
    }
    let is_wanted = |name: &String| only.is_empty() || only.contains(name);
    let guests = all.iter().filter(|guest| is_wanted(&guest.name)).cloned().collect();
    Ok((guests, projects.into_iter().filter(|project| is_wanted(&project.name)).collect()))
}

/// Compiles guests into `build` and returns the paths of their core modules, in the same order.
pub(crate) fn compile(
    workspace: &Workspace,
    toolchain: &Toolchain,
    guests: &[Guest],
    build: &Path,
) -> Result<Vec<PathBuf>> {
    if guests.is_empty() {
        return Ok(Vec::new());
    }
    let mut command = cargo(workspace, toolchain, build);
    command.args(["build", "--profile", "guest", "--target", TARGET]);
    for guest in guests {
        command.args(["--package", &guest.name]);
    }
    run(&mut command)?;
    let folder = build.join(TARGET).join("guest");
    Ok(guests.iter().map(|guest| folder.join(format!("{}.wasm", guest.library))).collect())
}

/// Prepares a call of cargo under the toolchain that was found.
pub(crate) fn cargo(workspace: &Workspace, toolchain: &Toolchain, build: &Path) -> std::process::Command {
    let mut environment = toolchain.environment.clone();
    environment.set("CARGO_TARGET_DIR", build);
    if environment.get("RUSTFLAGS").is_none() && environment.get("CARGO_ENCODED_RUSTFLAGS").is_none() {
        environment.set("CARGO_ENCODED_RUSTFLAGS", flags(&workspace.root, cargo_home().as_deref()));
    }
    let mut command = environment.tool("CARGO", "cargo");
    command.current_dir(&workspace.root);
    command
}

/// Keeps this machine's folders out of the guests, so that the same source has the same digest wherever it is built.
fn flags(root: &Path, cargo_home: Option<&Path>) -> OsString {
    let mut flags = OsString::new();
    for (folder, name) in [(Some(root), "palisade"), (cargo_home, "cargo")] {
        let Some(folder) = folder else { continue };
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(folder);
        flags.push("=");
        flags.push(name);
    }
    flags
}

fn cargo_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| env::home_dir().map(|home| home.join(".cargo")))
}

/// Waits for another run in the same target folder to end. The lock lasts until the file is dropped.
pub(crate) fn lock(cache: &Path) -> Result<File> {
    fs::create_dir_all(cache).with_context(|| format!("cannot create {}", cache.display()))?;
    let file = File::create(cache.join("lock"))?;
    if file.try_lock().is_err() {
        eprintln!("waiting for another `cargo xtask guests`");
        file.lock().context("cannot lock the folder of the guests")?;
    }
    Ok(file)
}

/// Removes components that an earlier run made of a package that is gone. Files of any other origin are left alone.
fn remove_stale(target: &Path, cache: &Path, guests: &[Guest]) -> Result<()> {
    let wanted: BTreeSet<PathBuf> = guests.iter().map(|guest| guest.stamp(cache)).collect();
    for shelf in ["providers", "hostile"] {
        let Ok(stamps) = fs::read_dir(cache.join("stamps").join(shelf)) else { continue };
        for stamp in stamps {
            let stamp = stamp?;
            if wanted.contains(&stamp.path()) {
                continue;
            }
            let component = target.join(shelf).join(stamp.file_name()).with_added_extension("wasm");
            if component.is_file() {
                fs::remove_file(&component)?;
                println!("{} removed: its package is gone", component.display());
            }
            fs::remove_file(stamp.path())?;
        }
    }
    Ok(())
}

/// Puts the example configuration beside the components that it names.
fn copy_settings(workspace: &Workspace) -> Result<()> {
    let Ok(settings) = fs::read(workspace.root.join("example-providers/palisade.toml")) else { return Ok(()) };
    let copy = workspace.target.join("providers/palisade.toml");
    if fs::read(&copy).is_ok_and(|present| present == settings) {
        return Ok(());
    }
    files::write_atomically(&copy, &settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, folder: &str, kind: &str) -> Package {
        serde_json::from_value(serde_json::json!({
            "name": name,
            "manifest_path": format!("/checkout/{folder}/Cargo.toml"),
            "targets": [{ "name": name.replace('-', "_"), "crate_types": [kind] }],
            "dependencies": [],
        }))
        .unwrap()
    }

    fn found(name: &str, folder: &str, kind: &str) -> Option<&'static str> {
        guest(&package(name, folder, kind), Path::new("/checkout")).map(|guest| guest.shelf)
    }

    #[test]
    fn guests_are_modules_in_two_folders() {
        assert_eq!(found("qr", "example-providers/qr", "cdylib"), Some("providers"));
        assert_eq!(found("hostile", "tests/hostile", "cdylib"), Some("hostile"));
        assert_eq!(found("palisade-tests", "tests", "lib"), None);
        assert_eq!(found("palisade", "host", "cdylib"), None);
    }

    #[test]
    fn a_project_goes_with_those_in_other_languages() {
        let root = tempfile::tempdir().unwrap();
        files::write_atomically(&root.path().join("example-providers/hello/palisade.toml"), b"").unwrap();
        let package = |folder: &str| Package {
            manifest_path: root.path().join(folder).join("Cargo.toml"),
            ..package("hello", folder, "cdylib")
        };
        let shelf = |folder: &str| guest(&package(folder), root.path()).map(|guest| guest.shelf);
        assert_eq!(shelf("example-providers/hello"), Some("languages"));
        assert_eq!(shelf("example-providers/qr"), Some("providers"));
    }

    #[test]
    fn a_module_is_named_after_its_library() {
        let guest = guest(&package("two-words", "tests/hostile", "cdylib"), Path::new("/checkout")).unwrap();
        assert_eq!(guest.library, "two_words");
        assert_eq!(guest.component(Path::new("/t")), Path::new("/t/hostile/two-words.wasm"));
    }

    #[test]
    fn an_unknown_guest_is_answered_with_the_known() {
        let all = [guest(&package("qr", "example-providers/qr", "cdylib"), Path::new("/checkout")).unwrap()];
        assert_eq!(select(&all, Vec::new(), &[]).unwrap().0, all);
        assert_eq!(select(&all, Vec::new(), &["qr".into()]).unwrap().0, all);
        let error = select(&all, Vec::new(), &["qt".into()]).unwrap_err();
        assert_eq!(error.to_string(), "there is no guest `qt` (known: qr)");
    }

    #[test]
    fn only_stamped_components_are_removed() {
        let target = tempfile::tempdir().unwrap();
        let cache = target.path().join("guest");
        for file in ["guest/stamps/providers/gone", "providers/gone.wasm", "providers/foreign.wasm"] {
            files::write_atomically(&target.path().join(file), b"").unwrap();
        }
        remove_stale(target.path(), &cache, &[]).unwrap();
        assert!(!target.path().join("providers/gone.wasm").exists());
        assert!(target.path().join("providers/foreign.wasm").exists());
    }

    #[test]
    fn folders_are_remapped() {
        let flags = flags(Path::new("/a b"), Some(Path::new("/home/.cargo")));
        assert_eq!(flags, "--remap-path-prefix=/a b=palisade\u{1f}--remap-path-prefix=/home/.cargo=cargo");
    }
}
