//! The command line of Palisade: parses, prints, exits.
//!
//! ```text
//! arguments ─► invocation (capability, inputs) ─► request
//!           └► locate (palisade.toml) ─► Host ─► run | explain | providers | inspect ─► report ─► exit code
//! a component ─► palisade-conformance ─► check ─► exit code
//! ```
//!
//! Results go to stdout and everything else to stderr, so that a pipe sees only results.

mod arguments;
mod cache;
mod capability;
mod check;
mod check_report;
mod common;
mod config;
mod discover;
mod doctor;
mod events;
mod explain;
mod explanation;
mod failure;
mod format;
#[cfg(test)]
mod guide_tests;
mod inputs;
mod inspect;
mod invocation;
mod jobs;
mod limits;
mod locate;
mod manual;
mod media_type;
mod operate;
mod output;
mod outputs;
mod pipeline;
mod prices;
mod progress;
mod project;
mod providers;
mod report;
mod run;
mod search;
mod secrets;
mod task;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::{Arguments, Command};

fn main() -> ExitCode {
    // As a worker, it ends here.
    palisade::init();
    let arguments = Arguments::parse();
    let json = arguments.command.wants_json();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failure::report(&error.into(), json),
    };
    match runtime.block_on(dispatch(arguments)) {
        Ok(code) => code,
        Err(error) => failure::report(&error, json),
    }
}

async fn dispatch(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let place = &arguments.place;
    let done = match arguments.command {
        // Its exit code is that of its verdict.
        Command::Check(options) => return check::check(place, options).await,
        Command::Config { command } => return config::run(place, command).await,
        // What it tells of a component that is refused is a result, too.
        Command::Inspect { target, limits, json } => return inspect::inspect(place, &target, limits, json).await,
        Command::Run { task } => task.run(place).await,
        Command::Explain { task } => task.explain(place).await,
        // What became of each step is told of a run that has failed, too.
        Command::Pipeline { command } => return pipeline::pipeline(place, command).await,
        Command::Replay { file, json } => explain::replay(&file, json),
        Command::Providers { json } => providers::list(place, json).await,
        Command::Discover { load, json } => discover::discover(place, load, json).await,
        Command::Prices { diff, json } => prices::list(place, diff, json).await,
        Command::Health { provider, json } => operate::health(place, provider.as_deref(), json).await,
        Command::Quarantine { provider, reason } => operate::quarantine(place, &provider, reason).await,
        Command::Release { provider } => operate::release(place, &provider).await,
        Command::Approve { provider } => operate::approve(place, &provider).await,
        Command::Jobs { command, json } => jobs::run(place, command, json).await,
        Command::Secrets { command, json } => secrets::run(place, command, json).await,
        Command::Events { follow, json } => events::events(place, follow, json).await,
        Command::New { language, name, capability } => project::create(language, &name, &capability),
        Command::Build { folder, tools } => project::build(&folder, tools.as_deref()),
        Command::Cache { command } => cache::run(place, command).await,
        Command::Doctor { json } => doctor::examine(place, json).await,
        Command::Completions { shell } => Ok(manual::completions(shell)?),
        Command::Man { output } => manual::man(output.as_deref()),
    };
    done.map(|()| ExitCode::SUCCESS)
}
