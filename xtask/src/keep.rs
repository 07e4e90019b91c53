//! `cargo xtask keep`: the components of a release, kept for every later host to run.

use std::{fs, path::Path, process::Command};

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
const MAX_BYTES: usize = 150_000;
const MAX_BYTES_OF_ALL: usize = 1_000_000;

/// What `cargo xtask keep` is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Release {
    /// The version of the interface that is released, for example 0.2.0.
    version: String,
}

/// Freezes the interface of a version, builds what is kept of it, and records its answers.
///
/// # Errors
///
/// Fails if the version is none or was kept before, a guest does not build or is too large, or the answers cannot be recorded.
pub(crate) fn keep(workspace: &Workspace, release: &Release) -> Result<()> {
    let version = &release.version;
    ensure!(frozen::numbers(version).is_some(), "`{version}` is no version: write three numbers, such as 0.2.0");
    let folder = workspace.root.join("tests/compatibility").join(version);
    if folder.exists() {
        bail!("{} is there: what was released does not change", folder.display());
    }
    let commit = commit(&workspace.root)?;
    guests::build(workspace, &Arguments::only(&KEPT))?;
    let (mut list, mut components) = (String::new(), Vec::new());
    for name in KEPT {
        let path = workspace.target.join(format!("hostile/{name}.wasm"));
        let component = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let bytes = component.len();
        ensure!(bytes <= MAX_BYTES, "{} has {bytes} bytes, and at most {MAX_BYTES} are kept", path.display());
        list += &format!("| `{name}.wasm` | {bytes} | `{}` |\n", component::sha256(&component));
        components.push((folder.join(format!("{name}.wasm")), component));
    }
    let all: usize = components.iter().map(|(_, component)| component.len()).sum();
    ensure!(all <= MAX_BYTES_OF_ALL, "they have {all} bytes, and at most {MAX_BYTES_OF_ALL} are kept of a release");
    for (path, component) in &components {
        files::write_atomically(path, component)?;
    }
    files::write_atomically(&folder.join("README.md"), readme(version, &commit, &list).as_bytes())?;
    frozen::freeze(&workspace.root, version)?;
    let mut test = Command::new("cargo");
    test.current_dir(&workspace.root).env("PALISADE_KEEP", version);
    run(test.args([
        "test",
        "--quiet",
        "--workspace",
        "--test",
        "it",
        "--",
        "compatibility::components_of_earlier_releases_answer",
    ]))
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

    #[test]
    fn a_version_has_three_numbers() {
        assert_eq!([frozen::numbers("0.2.0"), frozen::numbers("10.0.1")], [Some([0, 2, 0]), Some([10, 0, 1])]);
        for none in ["0.2", "0.2.0-rc.1", "v0.2.0", "", "../0.2.0", "0.2.0.0"] {
            assert_eq!(frozen::numbers(none), None, "{none}");
        }
    }
}
