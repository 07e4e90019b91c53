//! What cargo says about this workspace.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, de::IgnoredAny};

use crate::process::{Environment, capture};

/// The part of `cargo metadata` that is used here.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    #[serde(rename = "workspace_root")]
    pub(crate) root: PathBuf,
    #[serde(rename = "target_directory")]
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) repository: Option<String>,
    pub(crate) targets: Vec<Target>,
    /// Only how many there are is of interest.
    pub(crate) dependencies: Vec<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) crate_types: Vec<String>,
}

impl Workspace {
    /// Asks cargo, starting from the folder of this crate's manifest, so that the working directory does not matter.
    pub(crate) fn load() -> Result<Self> {
        // Set by `cargo run`; a binary that is started by hand belongs to the checkout in which it was built.
        let folder = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let manifest = Path::new(&folder).join("Cargo.toml");
        let json = capture(
            Environment::default()
                .tool("CARGO", "cargo")
                .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
                .arg(manifest),
        )?;
        serde_json::from_str(&json).context("cannot read the answer of cargo metadata")
    }
}

impl Package {
    /// Returns the folder relative to the workspace's root, with forward slashes.
    pub(crate) fn folder(&self, root: &Path) -> String {
        let folder = self.manifest_path.parent().unwrap_or(root);
        let relative = folder.strip_prefix(root).unwrap_or(folder);
        relative.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
    }

    /// Whether it is a project as `palisade new` makes it, with a configuration of its own.
    pub(crate) fn is_project(&self) -> bool {
        self.manifest_path.with_file_name("palisade.toml").is_file()
    }
}
