//! `cargo xtask demo`: from a checkout to a picture in one command.

use std::{env, fs, path::PathBuf};

use anyhow::{Context, Result};

use crate::{
    guests,
    process::{Environment, run},
    program,
    workspace::Workspace,
};

/// What `cargo xtask demo` is asked for.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// What the picture should show.
    #[arg(default_value = "a red fox in fresh snow")]
    prompt: String,
    /// Where the picture is written [default: out/demo.png].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Builds what is needed and asks for a picture. The last line on standard output is the program's: the picture's path.
///
/// # Errors
///
/// Fails if something cannot be built, or if the program fails.
pub(crate) fn run_demo(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    guests::build(workspace, &guests::Arguments::in_rust())?;
    let program = program::build(workspace)?;

    let out = match &arguments.out {
        // What the user names is relative to the user's folder, not to the checkout.
        Some(path) => env::current_dir()?.join(path),
        None => PathBuf::from("out/demo.png"),
    };
    let folder = workspace.root.join(out.parent().context("the picture's path has no folder")?);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;

    let mut palisade = Environment::default().command(program);
    palisade
        .current_dir(&workspace.root)
        .args(["run", "text-to-image", &arguments.prompt, "-o"])
        .arg(out)
        .arg("--explain");
    run(&mut palisade)
}
