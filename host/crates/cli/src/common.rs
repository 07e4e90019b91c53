//! The options of every capability.

use std::{num::NonZero, path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use palisade::{Feature, PicoUsd, Preference};
use serde_json::Value;

/// What goes with every capability.
#[derive(Debug, Args)]
pub(crate) struct Common {
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
    /// Not this model or provider, in any of the ways of `--model`.
    #[arg(long, value_name = "MODEL")]
    pub(crate) exclude: Vec<String>,
    /// Only where it is served in this region, as catalogues name them; of several any will do.
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Vec<String>,
    /// Only providers that are expected to take no longer, for example `5s`.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) within: Option<Duration>,
    /// An option of the provider's own, as JSON or plain text.
    #[arg(long = "option", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub(crate) options: Vec<(String, Value)>,
    /// Fails where a parameter would be ignored or changed.
    #[arg(long)]
    pub(crate) strict: bool,
    /// How long it may take, for example `30s`; the provider's own limit holds as well.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Option<Duration>,
    /// How many attempts it may take, where providers fail: the next best is asked then.
    #[arg(long, value_name = "NUMBER", default_value = "3")]
    pub(crate) attempts: NonZero<u32>,
    /// The same key means the same request: who repeats it gets its result, and pays once. What is known of keys outlives
    /// this command where the configuration has a `[storage]`.
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
    /// Does not wait for work that is a job: prints its id, with which `palisade jobs wait` goes on.
    #[arg(long)]
    pub(crate) detach: bool,
    /// Asks another provider where one refuses the content.
    #[arg(long)]
    pub(crate) around_refusals: bool,
    /// Where the result goes; `-` is stdout. Several results get numbers. [default: stdout for text, else a file
    /// called after the capability]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Also tells who was considered, and why the others were not.
    #[arg(long)]
    pub(crate) explain: bool,
    /// Keeps the decision in a file, with all that it was made from: `palisade replay` explains it, on any machine.
    #[arg(long, value_name = "FILE")]
    pub(crate) save: Option<PathBuf>,
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

    #[test]
    fn an_option_is_json_or_plain_text() {
        assert_eq!(name_and_value("ecc=high"), Ok(("ecc".to_owned(), Value::from("high"))));
        assert_eq!(name_and_value("steps=4"), Ok(("steps".to_owned(), Value::from(4))));
        assert!(name_and_value("ecc").is_err());
    }
}
