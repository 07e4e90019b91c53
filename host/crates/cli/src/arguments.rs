//! What can be typed.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use palisade::{Capability, Dimensions, Feature, PicoUsd, Preference};
use serde_json::Value;

/// Runs AI and media providers that you don't trust, and picks the best one for every request.
#[derive(Debug, Parser)]
#[command(name = "palisade", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// The configuration; else `palisade.toml` here, else the example providers that were built.
    #[arg(long, global = true, value_name = "FILE", env = "PALISADE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
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
    Run(Box<Run>),
    /// Lists the registered providers.
    Providers {
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Shows all there is to know of a provider, or of a component in a file.
    Inspect {
        /// The id of a registered provider, or a `.wasm` file.
        target: String,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
}

impl Command {
    /// Whether an error is to be JSON on stdout.
    pub(crate) fn wants_json(&self) -> bool {
        match self {
            // Where stdout is the result, an error would end up in it.
            Self::Run(run) => run.json && run.output.as_deref() != Some(Path::new("-")),
            Self::Providers { json } | Self::Inspect { json, .. } => *json,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// What to do, for example `text-to-image`.
    pub(crate) capability: Capability,
    /// The prompt; `-` reads it from stdin.
    pub(crate) prompt: Option<String>,
    /// A file that goes in: a text is the prompt, a picture is a reference.
    #[arg(long, value_name = "FILE")]
    pub(crate) input: Vec<PathBuf>,
    /// Only this model: `model`, `provider`, `provider/model`, or its name across providers.
    #[arg(long)]
    pub(crate) model: Option<String>,
    /// What to care about.
    #[arg(long, value_enum, default_value_t = Prefer::Balanced)]
    pub(crate) prefer: Prefer,
    /// The most that it may cost, in US dollars; a provider without a price is out.
    #[arg(long, value_name = "USD", allow_negative_numbers = true)]
    pub(crate) max_price: Option<PicoUsd>,
    /// Only providers with this feature or tag, for example `seed`.
    #[arg(long, value_name = "FEATURE")]
    pub(crate) require: Vec<Feature>,
    /// The size: 1024x768, 16:9 or auto.
    #[arg(long, value_name = "WxH", default_value = "auto")]
    pub(crate) size: Dimensions,
    /// The same seed gives the same result.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// How many results.
    #[arg(short, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) n: u32,
    /// An option of the provider's own, as JSON or plain text.
    #[arg(long = "option", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub(crate) options: Vec<(String, Value)>,
    /// Fails where a parameter would be ignored or changed.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Where the result goes; `-` is stdout. Several results get numbers. [default: the capability's name]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Also tells who was considered, and why the others were not.
    #[arg(long)]
    pub(crate) explain: bool,
    /// Prints JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Prefer {
    Cheapest,
    Fastest,
    Best,
    Balanced,
}

impl From<Prefer> for Preference {
    fn from(prefer: Prefer) -> Self {
        match prefer {
            Prefer::Cheapest => Self::Cheapest,
            Prefer::Fastest => Self::Fastest,
            Prefer::Best => Self::Best,
            Prefer::Balanced => Self::Balanced,
        }
    }
}

fn name_and_value(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name.to_owned(), value))
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
    fn an_option_is_json_or_plain_text() {
        assert_eq!(name_and_value("ecc=high"), Ok(("ecc".to_owned(), Value::from("high"))));
        assert_eq!(name_and_value("steps=4"), Ok(("steps".to_owned(), Value::from(4))));
        assert!(name_and_value("ecc").is_err());
    }
}
