//! `palisade check`

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use palisade::{Capability, Compiler, Config, Error, ErrorKind, Limits, Preset, Request};
use palisade_conformance::{Checker, Settings, Verdict};

use crate::{check_report, format, limits, locate, progress};

/// What is checked, and how.
#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// The component.
    component: PathBuf,
    /// Only this capability.
    #[arg(long, value_name = "CAPABILITY")]
    only: Option<Capability>,
    /// What the requests are made from: the same seed makes the same requests.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Calls of one instance, to see whether it keeps what it should let go of.
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    calls: u32,
    /// A setting of the provider; may be there several times.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// A request of your own, which the provider has to serve, as JSON: `{"image-edit": {…}}`; may be there several times.
    #[arg(long = "request", value_name = "FILE")]
    requests: Vec<PathBuf>,
    /// The limits under which it is checked.
    #[arg(long, value_name = "PRESET", value_parser = limits::preset())]
    limits: Option<Preset>,
    /// Prints JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// Checks a component, prints what was found, and gives the exit code of the verdict.
pub(crate) async fn check(config: Option<&Path>, options: CheckOptions) -> anyhow::Result<ExitCode> {
    let cache = match locate::config(config) {
        Some(path) => Config::read(&path).await?.cache(),
        None => palisade::CachePlace::default(),
    };
    let checker = Checker::open(Compiler::default(), cache.open()?)?;
    let mut requests = Vec::new();
    for path in &options.requests {
        requests.push(request(path).await?);
    }
    let settings = Settings {
        limits: Limits::preset(options.limits.unwrap_or_default()),
        config: options.settings.into_iter().collect::<BTreeMap<_, _>>(),
        only: options.only,
        seed: options.seed,
        calls: options.calls,
        requests,
        ..Settings::default()
    };
    let spinner = progress::spinner("checking");
    let report = checker.check_file(&options.component, &settings).await;
    spinner.finish_and_clear();
    let report = report?;
    if options.json {
        format::print_json(&report)?;
    } else {
        check_report::print(&report)?;
    }
    Ok(match report.verdict {
        Verdict::Passes | Verdict::PassesAsFarAsChecked => ExitCode::SUCCESS,
        Verdict::Refused => ExitCode::from(4),
        Verdict::Fails => ExitCode::from(5),
    })
}

async fn request(path: &Path) -> Result<Request, Error> {
    let failed = |kind, what: &str| Error::new(kind, format!("{what} `{}`", path.display()));
    let text = tokio::fs::read(path).await.map_err(|error| failed(ErrorKind::Io, "cannot read").with_source(error))?;
    serde_json::from_slice(&text)
        .map_err(|error| failed(ErrorKind::InvalidInput, "there is no request in").with_source(error))
}
