//! What can be typed.

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use clap_complete::Shell;
use palisade::Preset;
use palisade_project::Language;

use crate::{
    check::CheckOptions, config::ConfigCommand, jobs::JobCommand, limits, locate::Place, pipeline::PipelineCommand,
    secrets::SecretsCommand, task::Task,
};

/// Runs AI and media providers that you don't trust, and picks the best one for every request.
#[derive(Debug, Parser)]
#[command(name = "palisade", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  it worked
  1  the configuration, a file or the host itself failed
  2  the command line or the request is wrong
  3  no provider fits the request
  4  a component was refused
  5  the provider hit a wall of the sandbox, or broke its contract
  6  the provider answered that it failed";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves a request with the best provider.
    #[command(subcommand_value_name = "CAPABILITY", subcommand_help_heading = "Capabilities")]
    #[command(disable_help_subcommand = true)]
    Run {
        #[command(subcommand)]
        task: Task,
    },
    /// Tells who would serve a request and why, and runs nothing.
    ///
    /// Takes what `run` takes. What is left out is taken from an ordinary request of the capability.
    #[command(subcommand_value_name = "CAPABILITY", subcommand_help_heading = "Capabilities")]
    #[command(disable_help_subcommand = true)]
    Explain {
        #[command(subcommand)]
        task: Task,
    },
    /// Explains a decision that `explain --save` or `run --save` has kept, with no provider at hand.
    Replay {
        /// The file.
        file: PathBuf,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Runs steps that pass on to each other what they make, or looks at them.
    Pipeline {
        #[command(subcommand)]
        command: PipelineCommand,
    },
    /// Lists the registered providers.
    Providers {
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Shows who is found where the configuration looks for providers, who goes before whom, and why something is left out.
    Discover {
        /// Loads them, too: tells those that are refused.
        #[arg(long)]
        load: bool,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Shows all there is to know of a provider, or of a component in a file.
    Inspect {
        /// The id of a registered provider, or a `.wasm` file.
        target: String,
        /// The limits under which a `.wasm` file is loaded.
        #[arg(long, value_name = "PRESET", value_parser = limits::preset())]
        limits: Option<Preset>,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Checks a component as its author would have it checked: against the rules, and against what it says of itself.
    ///
    /// Exits with 0 where it passes, with 4 where it is refused, and with 5 where it breaks its contract.
    Check(CheckOptions),
    /// Tells what is wrong with a configuration.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Lists what every model costs, and who says so.
    Prices {
        /// Only those of whom provider, list and operator say different things, with what each says.
        #[arg(long)]
        diff: bool,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Asks every provider whether it could serve a call now, free of charge.
    Health {
        /// Only this one.
        provider: Option<String>,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Has a provider serve nobody, in any host of this configuration, until it is released.
    Quarantine {
        /// The id of the provider.
        provider: String,
        /// Why, for who looks later.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Has a provider serve again that was quarantined.
    Release {
        /// The id of the provider.
        provider: String,
    },
    /// Shows what a provider asks for beyond what was approved, and lets it have that as far as the configuration grants it.
    Approve {
        /// The id of the provider.
        provider: String,
    },
    /// Lists the secrets that the configuration names and whether they are there, or keeps one in the keyring of this system.
    Secrets {
        #[command(subcommand)]
        command: Option<SecretsCommand>,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Lists work that was submitted as a job, or sees to one of it. What is known of jobs outlives a command where the
    /// configuration has a `[storage]`.
    Jobs {
        #[command(subcommand)]
        command: Option<JobCommand>,
        /// Prints JSON.
        #[arg(long, global = true)]
        json: bool,
    },
    /// Tells what has happened in the hosts of this configuration, where it says `[events]`.
    Events {
        /// Goes on with what happens, until it is interrupted.
        #[arg(long)]
        follow: bool,
        /// Prints JSON, a line for each.
        #[arg(long)]
        json: bool,
    },
    /// Makes the project of a provider: its source, a test of it, and all that it takes to build it.
    New {
        /// The language.
        language: Language,
        /// Its name, and that of the folder: of `a-z`, `0-9` and `-`.
        name: String,
        /// What it is to serve.
        #[arg(long, value_name = "CAPABILITY", default_value = "chat")]
        capability: String,
    },
    /// Builds the project of a provider, with the tools of its language.
    Build {
        /// Its folder.
        #[arg(default_value = ".")]
        folder: PathBuf,
        /// Where tools are installed that are not the project's own; else below `build/` of the project.
        #[arg(long, value_name = "FOLDER", env = "PALISADE_TOOLS")]
        tools: Option<PathBuf>,
    },
    /// Shows and clears the compiled code that is kept between starts.
    Cache {
        #[command(subcommand)]
        command: CacheCommand,
    },
    /// Tells what this machine gives: memory for sandboxes, a cache, a compiler, and each piece of a second wall.
    Doctor {
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints a script that completes this command line in a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Prints the manual page.
    Man {
        /// Writes a page for every command into this folder instead.
        #[arg(short, long, value_name = "FOLDER")]
        output: Option<PathBuf>,
    },
}

/// What to do with the cache.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum CacheCommand {
    /// Lists what is kept, the least recently used first.
    Ls {
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Removes everything; the next start compiles again.
    Clear,
    /// Checks every entry, and removes those that are damaged.
    Verify,
}

impl Command {
    /// Whether an error is to be JSON on stdout.
    pub(crate) fn wants_json(&self) -> bool {
        match self {
            // Where stdout is the result, an error would end up in it.
            Self::Run { task } => task.common().json && task.common().output.as_deref() != Some(Path::new("-")),
            Self::Explain { task } => task.common().json,
            Self::Check(options) => options.json,
            Self::Pipeline { command } => command.wants_json(),
            Self::Config { command } => command.wants_json(),
            Self::Replay { json, .. }
            | Self::Providers { json }
            | Self::Discover { json, .. }
            | Self::Prices { json, .. }
            | Self::Secrets { json, .. }
            | Self::Jobs { json, .. }
            | Self::Inspect { json, .. }
            | Self::Doctor { json } => *json,
            Self::Cache { command: CacheCommand::Ls { json } } => *json,
            // What it prints is JSON all the same, and who is not well is in there.
            Self::Health { .. }
            | Self::Quarantine { .. }
            | Self::Release { .. }
            | Self::Approve { .. }
            | Self::Events { .. }
            | Self::New { .. }
            | Self::Build { .. }
            | Self::Cache { .. }
            | Self::Completions { .. }
            | Self::Man { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_capability_can_be_run_and_explained() {
        for capability in palisade::Capability::ALL {
            for command in ["run", "explain"] {
                let parsed = Arguments::try_parse_from(["palisade", command, capability.name(), "--json"]);
                assert!(parsed.is_ok_and(|arguments| arguments.command.wants_json()), "{command} {capability}");
            }
        }
    }

    #[test]
    fn a_whole_request_stands_alone() {
        let cases: &[&[&str]] = &[
            &["chat", "hello"],
            &["chat", "--seed", "1"],
            &["chat", "--input", "file"],
            &["text-to-image", "--size", "1x1"],
            &["image-upscale", "--factor", "3"],
            &["custom", "task"],
        ];
        for case in cases {
            let parse = |tail: &[&str]| Arguments::try_parse_from([&["palisade", "run"], *case, tail].concat());
            assert!(parse(&[]).is_ok(), "{case:?}");
            assert!(parse(&["--request", "request.json"]).is_err(), "{case:?}");
        }
        let alone = ["palisade", "run", "text-to-image", "--request", "-", "--model", "card", "--json"];
        assert!(Arguments::try_parse_from(alone).is_ok());
    }
}
