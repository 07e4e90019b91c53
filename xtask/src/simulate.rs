//! `cargo xtask simulate`: endpoints that fail, and who still calls them, on a clock that is a number.

use anyhow::Result;

use crate::{process, process::Environment, workspace::Workspace};

/// What `cargo xtask simulate` is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Prints JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// Writes nothing, and fails when `docs/simulation.md` or its pictures are not what would be written.
    #[arg(long)]
    check: bool,
}

impl Arguments {
    /// Only says whether the documents are true.
    pub(crate) fn check() -> Self {
        Self { json: false, check: true }
    }
}

/// Runs the simulation, which takes seconds in the release profile.
///
/// # Errors
///
/// Fails if it cannot be built, or the files are not what they should be.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    let mut simulate = Environment::default().tool("CARGO", "cargo");
    simulate.current_dir(&workspace.root).args(["run", "--release", "--package", "palisade-routing"]);
    simulate.args(["--example", "simulate", "--"]);
    let options = [("--json", arguments.json), ("--check", arguments.check)];
    process::run(simulate.args(options.iter().filter(|(_, is_on)| *is_on).map(|(name, _)| name)))
}
