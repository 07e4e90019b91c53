//! `palisade check`

use std::{
    collections::BTreeMap,
    io::{Write as _, stderr},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::Args;
use palisade::{
    Capability, Compiler, Config, Error, ErrorKind, Host, Limits, ModelId, Preset, ProviderId, Registration, Request,
    Scope,
};
use palisade_conformance::{Checker, Recorded, Recorder, Recordings, Settings, Upstream, Verdict};

use crate::{check_report, format, limits, locate::Place, progress};

/// What is checked, and how.
#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// The component.
    component: PathBuf,
    /// Only this capability.
    #[arg(long, value_name = "CAPABILITY")]
    only: Option<Capability>,
    /// Only this model, in full.
    #[arg(long, value_name = "MODEL")]
    model: Option<ModelId>,
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
    /// Answers what the provider asks of upstreams from the recordings in this folder; nothing leaves.
    #[arg(long, value_name = "FOLDER", conflicts_with = "record")]
    fixtures: Option<PathBuf>,
    /// Asks the real upstreams, as far as `--provider` is let through, and writes into this folder what they answer. It costs what such
    /// calls cost.
    #[arg(long, value_name = "FOLDER", requires = "provider")]
    record: Option<PathBuf>,
    /// A provider of the configuration: its settings hold, those of `--set` before them, and with `--record` what it is granted.
    #[arg(long, value_name = "ID")]
    provider: Option<String>,
    /// Prints JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// Checks a component, prints what was found, and gives the exit code of the verdict.
pub(crate) async fn check(place: &Place, options: CheckOptions) -> anyhow::Result<ExitCode> {
    let cache = place.read_if_there().await?.cache();
    let checker = Checker::open(Compiler::default(), cache.open()?)?;
    let mut requests = Vec::new();
    for path in &options.requests {
        requests.push(request(path).await?);
    }
    let (mut provider_settings, mut upstream) = (BTreeMap::new(), Upstream::None);
    let mut recording = None;
    if let Some(id) = &options.provider {
        let (id, config) = place.provider(id).await?;
        let registration = config.registration(&id).cloned();
        provider_settings = registration.as_ref().map(|own| own.settings_of_component().clone()).unwrap_or_default();
        if let (Some(folder), Some(registration)) = (&options.record, registration) {
            let (host, recorder) = record(folder, id, &config, registration).await?;
            upstream = Upstream::Recording(recorder.clone());
            recording = Some((host, recorder, folder));
        }
    }
    if let Some(folder) = &options.fixtures {
        upstream = Upstream::Recorded(Recordings::read(folder)?);
    }
    provider_settings.extend(options.settings);
    let settings = Settings {
        limits: Limits::preset(options.limits.unwrap_or_default()),
        config: provider_settings,
        only: options.only,
        model: options.model,
        seed: options.seed,
        calls: options.calls,
        requests,
        upstream,
        ..Settings::default()
    };
    let spinner = progress::spinner("checking");
    let report = checker.check_file(&options.component, &settings).await;
    spinner.finish_and_clear();
    if let Some((host, recorder, folder)) = recording {
        // What was paid for is kept, also where the check itself could not end.
        let recorded = recorder.save()?;
        host.shutdown(Duration::ZERO).await;
        tell(recorded, folder)?;
    }
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

/// Loads the provider alone, for its way out, and gives what writes down what comes by it.
async fn record(
    folder: &Path,
    id: ProviderId,
    config: &Config,
    registration: Registration,
) -> palisade::Result<(Host, Recorder)> {
    let (spinner, observer) = progress::loading();
    let mut host = Host::builder().cache(config.cache()).on_load(observer);
    if let Some(decisions) = config.decisions() {
        host = host.decisions(decisions);
    }
    let host = host.build().await?;
    let handle = host.register(id.as_str(), registration).await.and_then(|()| host.get(&id));
    spinner.finish_and_clear();
    let (handle, scope) = (handle?, Scope::new("check"));
    Ok((host, Recorder::new(folder, move || handle.outlet(&scope))?))
}

/// Says what was written, beside the report.
fn tell(recorded: Recorded, folder: &Path) -> std::io::Result<()> {
    let Recorded { files, left_out, .. } = recorded;
    let plural = if files == 1 { "" } else { "s" };
    let mut line = format!("recorded {files} exchange{plural} in `{}`", folder.display());
    if left_out > 0 {
        line.push_str(&format!("; {left_out} answers were too large, or too many of one request, and are left out"));
    }
    writeln!(stderr(), "{line}")
}

async fn request(path: &Path) -> Result<Request, Error> {
    let failed = |kind, what: &str| Error::new(kind, format!("{what} `{}`", path.display()));
    let text = tokio::fs::read(path).await.map_err(|error| failed(ErrorKind::Io, "cannot read").with_source(error))?;
    serde_json::from_slice(&text)
        .map_err(|error| failed(ErrorKind::InvalidInput, "there is no request in").with_source(error))
}
