//! `cargo xtask keep`: the components of a release, kept for every later host to run.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    component, files, frozen,
    guests::{self, Arguments},
    process::run,
    workspace::Workspace,
};

/// The guests that are kept: small ones, which speak all of the interface together.
const KEPT: [&str; 4] = ["keepsake-films", "keepsake-media", "keepsake-services", "keepsake-texts"];
/// Most bytes of one component, and of all of a release: they stay for good.
const MAX_BYTES: usize = 200_000;
const MAX_BYTES_OF_ALL: usize = 1_000_000;

/// What `cargo xtask keep` is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Release {
    /// The version of the interface that is released, for example 0.2.0: that of the package in `wit/`.
    version: String,
}

/// A component that is kept: its name, and its bytes.
type Component = (&'static str, Vec<u8>);

/// Freezes the interface of a version, builds what is kept of it, and records its answers. Where that fails, nothing is kept.
///
/// # Errors
///
/// Fails if the version is none, is not that of the interface or was kept before, a guest does not build or is too large, or the answers
/// cannot be recorded.
pub(crate) fn keep(workspace: &Workspace, release: &Release) -> Result<()> {
    let version = &release.version;
    let folder = vacant(&workspace.root, version)?;
    let commit = commit(&workspace.root)?;
    guests::build(workspace, &Arguments::only(&KEPT))?;
    let components = collect(&workspace.target.join("hostile"))?;
    let whole = || {
        write(&folder, version, &commit, &components)?;
        frozen::freeze(&workspace.root, version)?;
        record(&workspace.root, version)
    };
    all_or_nothing(&workspace.root, &folder, whole)
}

/// The folder of a version that is the interface's and was not kept before.
fn vacant(root: &Path, version: &str) -> Result<PathBuf> {
    ensure!(frozen::numbers(version).is_some(), "`{version}` is no version: write three numbers, such as 0.2.0");
    let folder = root.join("tests/compatibility").join(version);
    if folder.exists() {
        bail!("{} is there: what was released does not change", folder.display());
    }
    let package = frozen::package(root)?;
    ensure!(
        package.version.as_ref().is_some_and(|own| own.to_string() == version),
        "{version} is not the version of wit/, whose files are of {package}: keep that one, or have `package` in each of them say {version} first"
    );
    Ok(folder)
}

/// The components that were built, in a shelf.
fn collect(shelf: &Path) -> Result<Vec<Component>> {
    let mut components = Vec::new();
    for name in KEPT {
        let path = shelf.join(format!("{name}.wasm"));
        let component = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let bytes = component.len();
        ensure!(bytes <= MAX_BYTES, "{} has {bytes} bytes, and at most {MAX_BYTES} are kept", path.display());
        components.push((name, component));
    }
    let all: usize = components.iter().map(|(_, component)| component.len()).sum();
    ensure!(all <= MAX_BYTES_OF_ALL, "they have {all} bytes, and at most {MAX_BYTES_OF_ALL} are kept of a release");
    Ok(components)
}

/// Writes the components of a version into its folder, and what they are.
fn write(folder: &Path, version: &str, commit: &str, components: &[Component]) -> Result<()> {
    let mut list = String::new();
    for (name, component) in components {
        files::write_atomically(&folder.join(format!("{name}.wasm")), component)?;
        list += &format!("| `{name}.wasm` | {} | `{}` |\n", component.len(), component::sha256(component));
    }
    files::write_atomically(&folder.join("README.md"), readme(version, commit, &list).as_bytes())
}

/// Has the tests of the workspace write down what the components of a version answer.
fn record(root: &Path, version: &str) -> Result<()> {
    let mut test = Command::new("cargo");
    test.current_dir(root).env("PALISADE_KEEP", version);
    run(test.args([
        "test",
        "--quiet",
        "--workspace",
        "--test",
        "it",
        "--",
        "compatibility::components_of_earlier_releases_answer",
    ]))?;
    let answers = root.join("tests/compatibility").join(version).join("answers.json");
    ensure!(answers.is_file(), "the tests passed, and did not write {}", answers.display());
    Ok(())
}

/// Takes back what was written of a version where the work fails, so that it can be done again.
fn all_or_nothing(root: &Path, folder: &Path, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let frozen = root.join(frozen::FILE);
    let before = fs::read(&frozen).with_context(|| format!("cannot read {}", frozen.display()))?;
    let result = work();
    if result.is_err() {
        files::write_atomically(&frozen, &before)?;
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        }
    }
    result
}

/// The commit that is checked out, and whether anything was changed since.
fn commit(root: &Path) -> Result<String> {
    let git = |arguments: &[&str]| -> Result<String> {
        let output = Command::new("git").current_dir(root).args(arguments).output().context("cannot run git")?;
        ensure!(output.status.success(), "git {} fails", arguments.join(" "));
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "HEAD"])?;
    let sources = ["status", "--porcelain", "--", "wit/*.wit", "guest-sdk/src", "tests/keepsake"];
    ensure!(git(&sources)?.is_empty(), "what the components are made from is not committed");
    Ok(commit)
}

fn readme(version: &str, commit: &str, list: &str) -> String {
    format!(
        "# palisade:provider {version}\n\nMade by `cargo xtask keep {version}` from the commit `{commit}`. Nothing here changes any more: what \
         these files are for\nis said [one folder above](../README.md).\n\n| component | bytes | SHA-256 |\n|---|---|---|\n{list}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace with an interface that is to be 0.1.1 and of which 0.1.0 is frozen, all of it committed.
    fn workspace() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |path: &str, text: &str| files::write_atomically(&folder.path().join(path), text.as_bytes()).unwrap();
        let interface =
            |version: &str| write("wit/a.wit", &format!("package a:b@{version};\ninterface i {{\n  f: func();\n}}\n"));
        write("guest-sdk/src/lib.rs", "");
        interface("0.1.0");
        frozen::freeze(folder.path(), "0.1.0").unwrap();
        interface("0.1.1");
        for arguments in [&["init", "-q"][..], &["add", "."], &["commit", "-q", "-m", "all"]] {
            let name = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"];
            let status = Command::new("git").current_dir(folder.path()).args(name).args(arguments).status().unwrap();
            assert!(status.success(), "{arguments:?}");
        }
        folder
    }

    fn components() -> Vec<Component> {
        KEPT.map(|name| (name, name.as_bytes().to_vec())).to_vec()
    }

    #[test]
    fn what_is_kept_says_what_it_is_made_from() {
        let root = workspace();
        let folder = vacant(root.path(), "0.1.1").unwrap();
        let commit = commit(root.path()).unwrap();
        all_or_nothing(root.path(), &folder, || {
            write(&folder, "0.1.1", &commit, &components())?;
            frozen::freeze(root.path(), "0.1.1")
        })
        .unwrap();
        let readme = fs::read_to_string(folder.join("README.md")).unwrap();
        assert!(commit.len() == 40 && readme.contains(&format!("`cargo xtask keep 0.1.1` from the commit `{commit}`")));
        for (name, component) in components() {
            let line = format!("| `{name}.wasm` | {} | `{}` |\n", component.len(), component::sha256(&component));
            assert!(readme.contains(&line), "{readme}");
            assert_eq!(fs::read(folder.join(format!("{name}.wasm"))).unwrap(), component);
        }
        assert!(fs::read_to_string(root.path().join(frozen::FILE)).unwrap().contains("[\"0.1.1\"]"));
        assert!(vacant(root.path(), "0.1.1").unwrap_err().to_string().contains("does not change"));
    }

    #[test]
    fn what_fails_half_way_leaves_nothing_and_can_be_done_again() {
        let root = workspace();
        let folder = vacant(root.path(), "0.1.1").unwrap();
        let before = fs::read(root.path().join(frozen::FILE)).unwrap();
        let failed = all_or_nothing(root.path(), &folder, || {
            write(&folder, "0.1.1", "a", &components())?;
            frozen::freeze(root.path(), "0.1.1")?;
            assert!(folder.is_dir() && fs::read(root.path().join(frozen::FILE)).unwrap() != before);
            bail!("no answer")
        });
        assert_eq!(failed.unwrap_err().to_string(), "no answer");
        assert_eq!(fs::read(root.path().join(frozen::FILE)).unwrap(), before);
        assert_eq!(vacant(root.path(), "0.1.1").unwrap(), folder);
    }

    #[test]
    fn a_version_that_the_interface_does_not_have_is_not_kept() {
        let root = workspace();
        for other in ["0.1.0", "0.2.0", "1.1.1"] {
            let error = vacant(root.path(), other).unwrap_err().to_string();
            assert!(error.contains("a:b@0.1.1") && error.contains(&format!("say {other} first")), "{error}");
        }
        assert!(vacant(root.path(), "v0.1.1").unwrap_err().to_string().contains("is no version"));
    }

    #[test]
    fn what_is_not_committed_is_not_kept() {
        for path in ["wit/b.wit", "guest-sdk/src/lib.rs", "tests/keepsake/texts/src/lib.rs"] {
            let root = workspace();
            commit(root.path()).unwrap();
            files::write_atomically(&root.path().join(path), b"// new").unwrap();
            assert!(commit(root.path()).unwrap_err().to_string().contains("not committed"), "{path}");
        }
    }

    #[test]
    fn what_is_large_is_not_kept() {
        let shelf = tempfile::tempdir().unwrap();
        assert!(collect(shelf.path()).unwrap_err().to_string().contains("keepsake-films.wasm"));
        for name in KEPT {
            fs::write(shelf.path().join(format!("{name}.wasm")), vec![0; MAX_BYTES]).unwrap();
        }
        assert_eq!(collect(shelf.path()).unwrap().len(), KEPT.len());
        fs::write(shelf.path().join("keepsake-media.wasm"), vec![0; MAX_BYTES + 1]).unwrap();
        assert!(collect(shelf.path()).unwrap_err().to_string().contains("200001 bytes"));
    }

    #[test]
    fn a_version_has_three_numbers() {
        assert_eq!([frozen::numbers("0.2.0"), frozen::numbers("10.0.1")], [Some([0, 2, 0]), Some([10, 0, 1])]);
        for none in ["0.2", "0.2.0-rc.1", "v0.2.0", "", "../0.2.0", "0.2.0.0"] {
            assert_eq!(frozen::numbers(none), None, "{none}");
        }
    }
}
