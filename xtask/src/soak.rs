//! `cargo xtask soak`: one host among good and hostile calls for minutes.

use anyhow::Result;

use crate::{guests, process, process::Environment, workspace::Workspace};

/// What `cargo xtask soak` is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How long.
    #[arg(long, default_value_t = 5.0)]
    minutes: f64,
    /// Decides what is done, and in which order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many things are done at one time.
    #[arg(long, default_value_t = 4)]
    concurrency: u32,
}

/// Builds what is needed, and runs the program that does it.
///
/// # Errors
///
/// Fails if something cannot be built, did not end as it should, or was not given back.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    guests::build(workspace, &guests::Arguments::in_rust())?;
    let mut environment = Environment::default();
    // The allocator of Linux learns to keep what was once freed, up to 64 MiB for each of its arenas, and what is resident
    // would say little of what is in use. A threshold that is set stays where it is.
    environment.set("MALLOC_MMAP_THRESHOLD_", "131072");
    environment.set("MALLOC_TRIM_THRESHOLD_", "131072");
    let mut soak = environment.tool("CARGO", "cargo");
    soak.current_dir(&workspace.root).args(["run", "--package", "palisade-tests", "--example", "soak", "--"]);
    let Arguments { minutes, seed, concurrency } = arguments;
    process::run(soak.args([minutes.to_string(), seed.to_string(), concurrency.to_string()]))
}
