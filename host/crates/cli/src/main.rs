//! The command line of Palisade: parses, prints, exits.
//!
//! ```text
//! arguments ─► locate (palisade.toml) ─► Host ─► run | providers | inspect ─► report (table or JSON) ─► exit code
//! ```
//!
//! Results go to stdout and everything else to stderr, so that a pipe sees only results.

mod arguments;
mod failure;
mod format;
mod inputs;
mod inspect;
mod locate;
mod outputs;
mod progress;
mod providers;
mod run;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let json = arguments.command.wants_json();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_time().build() {
        Ok(runtime) => runtime,
        Err(error) => return failure::report(&error.into(), json),
    };
    match runtime.block_on(dispatch(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure::report(&error, json),
    }
}

async fn dispatch(arguments: Arguments) -> anyhow::Result<()> {
    let config = arguments.config.as_deref();
    match arguments.command {
        Command::Run(run) => run::run(config, *run).await,
        Command::Providers { json } => providers::list(config, json).await,
        Command::Inspect { target, json } => inspect::inspect(config, &target, json).await,
    }
}
