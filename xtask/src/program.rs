//! The program `palisade`, built from this checkout.

use std::{env, path::PathBuf};

use anyhow::Result;

use crate::{
    process::{Environment, run},
    workspace::Workspace,
};

/// Builds the program and returns where it is.
///
/// # Errors
///
/// Fails if it cannot be built.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf> {
    // With the features of the whole workspace, which the tests use too: the engine is compiled once for both.
    let mut build = Environment::default().tool("CARGO", "cargo");
    run(build.current_dir(&workspace.root).args(["build", "--workspace", "--bin", "palisade"]))?;
    Ok(workspace.target.join("debug").join(format!("palisade{}", env::consts::EXE_SUFFIX)))
}
