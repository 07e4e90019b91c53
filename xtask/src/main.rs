//! The project's own commands: `cargo xtask <command>`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what a command line is for")]

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

mod book;
mod component;
mod debian;
mod demo;
mod files;
mod frozen;
mod go;
mod guests;
mod keep;
mod languages;
mod process;
mod program;
mod real_server;
mod rustc;
mod simulate;
mod soak;
mod suite;
mod tidy;
mod toolchain;
mod toolchain_check;
mod wit;
mod workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Palisade's own commands")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the guide into target/book, and looks after its links
    Book,
    /// Builds everything and makes a picture
    Demo(demo::Arguments),
    /// Runs every check that a change has to pass
    Test(suite::Arguments),
    /// Builds the example providers and the hostile guests as components
    Guests(guests::Arguments),
    /// Freezes the interface of a release, keeps its components, and records what they answer
    Keep(keep::Release),
    /// Asks a language model on this machine, through the sandbox, and checks its answers
    RealServer(real_server::Arguments),
    /// Simulates endpoints that fail, and writes docs/simulation.md
    Simulate(simulate::Arguments),
    /// Mixes good and hostile calls for minutes, and prints what grows
    Soak(soak::Arguments),
    /// Checks the invariants of the architecture
    Tidy,
    /// Parses the interfaces and prints what they offer
    Wit,
}

fn main() -> ExitCode {
    match dispatch(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    match command {
        Command::Book => book::build(&workspace)?,
        Command::Demo(arguments) => demo::run_demo(&workspace, &arguments)?,
        Command::Test(arguments) => return suite::run(&workspace, &arguments),
        Command::Guests(arguments) if arguments.check_toolchains => toolchain_check::check(&workspace)?,
        Command::Guests(arguments) => guests::build(&workspace, &arguments)?,
        Command::Keep(release) => keep::keep(&workspace, &release)?,
        Command::RealServer(arguments) => real_server::run(&workspace, &arguments)?,
        Command::Simulate(arguments) => simulate::run(&workspace, &arguments)?,
        Command::Soak(arguments) => soak::run(&workspace, &arguments)?,
        Command::Tidy => tidy::check(&workspace)?,
        Command::Wit => wit::print(&workspace.root)?,
    }
    Ok(ExitCode::SUCCESS)
}
