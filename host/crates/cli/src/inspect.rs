//! `palisade inspect`

use std::{path::Path, process::ExitCode, time::Duration};

use palisade::{
    AllowStatus, Census, ComponentDetails, Error, ErrorClass, ErrorKind, Host, ModelStatus, Permissions, Preset,
    ProviderId, ProviderStatus, Registration, SPOKEN_HERE, Sourced, SpokenVersion, State, StoreLoan, StoreName, custom,
};

use crate::{failure, format, limits, locate::Place, progress, providers};

/// The interfaces by which a component sends requests: how their imports begin, and what they are called.
const SENDS: [(&str, &str); 2] =
    [("palisade:provider/http@", "palisade:provider/http"), ("wasi:http/outgoing-handler@", "wasi:http")];

pub(crate) async fn inspect(
    place: &Place,
    target: &str,
    preset: Option<Preset>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let status = match status(place, target, preset).await {
        Ok(status) => status,
        Err(error) => return tell_refusal(target, error, json).await,
    };
    if json {
        let mut status = serde_json::to_value(&status)?;
        if let Some(fields) = status.as_object_mut() {
            fields.insert("host_speaks".to_owned(), SPOKEN_HERE.into());
        }
        format::print_json(&status)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut facts = format::facts();
    facts.add_row(["provider", status.id.as_str()]);
    let state = match &status.state {
        State::Refused { code, message, .. } => format!("refused: {}: {message}", code.code()),
        State::Quarantined { reason, .. } => format!("quarantined: {}", palisade::text::escape(reason, 1000)),
        state => state.name().to_owned(),
    };
    facts.add_row(["state", &state]);
    facts.add_row(["source", &providers::source(&status.source)]);
    if let Some(description) = &status.description {
        let mut claims = format!("{} {}", description.claimed_id, description.version);
        if !description.summary.is_empty() {
            claims += &format!(": {}", description.summary);
        }
        facts.add_row(["says it is", &palisade::text::escape(&claims, 200)]);
        let asked = permissions(&Permissions::asked_for(description));
        if !asked.is_empty() {
            facts.add_row(["asks for", &asked.join("\n")]);
        }
    }
    if !status.allowed.is_empty() {
        let allowed = status.allowed.iter().map(|allow| allowed(allow, &status.awaits_approval));
        facts.add_row(["may reach", &allowed.collect::<Vec<_>>().join("\n")]);
    }
    if !status.lent.is_empty() {
        facts.add_row(["is lent", &status.lent.iter().map(lent).collect::<Vec<_>>().join("\n")]);
    }
    if !status.awaits_approval.is_empty() {
        let mut waiting = permissions(&status.awaits_approval);
        waiting.push(format!("`palisade approve {}` lets it have that", status.id));
        facts.add_row(["waits for", &waiting.join("\n")]);
    }
    facts.add_row(["capabilities", &format::list(&status.capabilities)]);
    if !status.tasks.is_empty() {
        let task = |task: &custom::Task| palisade::text::escape(&format!("{}: {}", task.id, task.summary), 200);
        facts.add_row(["tasks", &status.tasks.iter().map(task).collect::<Vec<_>>().join("\n")]);
    }
    if let Some(component) = &status.component {
        add_component(&mut facts, component);
    }
    format::print(facts)?;
    if let Some(component) = &status.component {
        format::print("\n")?;
        format::print(limits::table(component))?;
    }
    for model in &status.models {
        format::print("\n")?;
        print_model(model)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells which versions a component speaks that was refused, where its bytes say so, and why it was.
async fn tell_refusal(target: &str, error: anyhow::Error, json: bool) -> anyhow::Result<ExitCode> {
    let kind = error.downcast_ref::<Error>().map(Error::kind).filter(|kind| kind.class() == ErrorClass::Component);
    let (Some(kind), Ok(bytes)) = (kind, tokio::fs::read(target).await) else { return Err(error) };
    let Some(names) = palisade::interfaces(&bytes) else { return Err(error) };
    let versions = palisade::spoken(&names.imports, &names.exports);
    if json {
        let mut told = failure::as_json(&error, error.downcast_ref());
        if let Some(fields) = told.as_object_mut() {
            fields.insert("speaks".to_owned(), serde_json::to_value(&versions)?);
            fields.insert("host_speaks".to_owned(), SPOKEN_HERE.into());
        }
        format::print_json(&told)?;
        return Ok(ExitCode::from(failure::exit_code(kind.class())));
    }
    let mut facts = format::facts();
    facts.add_row(["component", &palisade::text::escape(target, 200)]);
    facts.add_row(["state", "refused"]);
    add_versions(&mut facts, &versions);
    format::print(facts)?;
    Err(error)
}

/// Which versions of the interface a component speaks, and which this host does.
fn add_versions(facts: &mut comfy_table::Table, versions: &[SpokenVersion]) {
    let list = |what: &str, names: &[String]| (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")));
    let line = |version: &SpokenVersion| {
        let parts = [list("exports", &version.exports), list("imports", &version.imports)];
        let lacks = if version.is_spoken_here { "" } else { ", which this host does not" };
        let name = if version.version.is_empty() { "no version" } else { &version.version };
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        format!("{name}{lacks}: {}", parts.join("; "))
    };
    let lines = if versions.is_empty() { "-".to_owned() } else { format::lines(versions.iter().map(line)) };
    facts.add_row(["speaks", &lines]);
    facts.add_row(["host speaks", &SPOKEN_HERE.join(", ")]);
}

async fn status(place: &Place, target: &str, preset: Option<Preset>) -> anyhow::Result<ProviderStatus> {
    let path = Path::new(target);
    if path.extension().is_some_and(|extension| extension == "wasm") || path.is_file() {
        let (spinner, observer) = progress::loading();
        let host = Host::builder().on_load(observer).build().await?;
        let stem = path.file_stem().and_then(|stem| stem.to_str()).filter(|stem| stem.parse::<ProviderId>().is_ok());
        let id = stem.unwrap_or("component");
        let registration = Registration::path(path).limits(preset.unwrap_or_default());
        let registered = host.register(id, registration).await;
        spinner.finish_and_clear();
        registered?;
        return Ok(host.status(id)?);
    }
    if preset.is_some() {
        let reason = format!(
            "limits: those of `{}` are in the configuration: name a `.wasm` file",
            palisade::text::escape(target, 64)
        );
        return Err(Error::new(ErrorKind::InvalidInput, reason).into());
    }
    Ok(place.open(None).await?.status(target)?)
}

fn add_component(facts: &mut comfy_table::Table, component: &ComponentDetails) {
    let ComponentDetails { digest, size, census, speaks, imports, exports, .. } = component;
    facts.add_row(["digest", &digest.to_string()]);
    facts.add_row(["size", &format::bytes(*size)]);
    facts.add_row(["made of", &made_of(census)]);
    let versions: Vec<_> = speaks.iter().map(|version| version.version.as_str()).collect();
    facts.add_row(["speaks", &format!("palisade:provider {}", versions.join(", "))]);
    facts.add_row(["host speaks", &SPOKEN_HERE.join(", ")]);
    facts.add_row(["exports", &exports.join("\n")]);
    facts.add_row(["isolation", &isolation(component)]);
    let sends = SENDS.iter().filter(|(prefix, _)| imports.iter().any(|name| name.starts_with(prefix)));
    let sends: Vec<_> = sends.map(|(_, name)| *name).collect();
    if !sends.is_empty() {
        facts.add_row(["sends by", &sends.join("\n")]);
    }
    facts.add_row(["imports", &if imports.is_empty() { "-".to_owned() } else { imports.join("\n") }]);
}

/// What says the most of its parts; the JSON has all counts.
fn made_of(census: &Census) -> String {
    let counts = [
        (census.modules, "core modules"),
        (census.components, "inner components"),
        (census.functions, "functions"),
        (census.types, "types"),
        (census.core_instances, "core instances"),
        (census.memories, "memories"),
        (census.tables, "tables"),
    ];
    format::lines(counts.map(|(count, what)| format!("{what}: {count}")))
}

/// Where it runs, and what holds a worker.
fn isolation(component: &ComponentDetails) -> String {
    let Some(worker) = &component.worker else { return component.isolation.to_string() };
    let pieces = worker.confinement.pieces();
    let holds = format::list(pieces.iter().filter(|status| status.holds).map(|status| status.piece));
    let lacks: Vec<_> = pieces.iter().filter(|status| !status.holds).map(|status| status.piece).collect();
    let lacks = if lacks.is_empty() { String::new() } else { format!("; lacks {}", format::list(lacks)) };
    format!("{}: confined by {holds}{lacks}", component.isolation)
}

/// A line for each.
fn permissions(permissions: &Permissions) -> Vec<String> {
    let credentials = permissions.credentials.iter().map(|name| format!("credential `{name}`"));
    permissions.hosts.iter().cloned().chain(credentials).map(|asked| palisade::text::escape(&asked, 300)).collect()
}

/// A store that it is lent: `library: vectors, namespace library, to be read`.
fn lent((name, loan): (&StoreName, &StoreLoan)) -> String {
    let place = loan.namespace.as_ref().map_or("a place of its own".to_owned(), |space| format!("namespace {space}"));
    let read_only = if loan.read_only { ", to be read" } else { "" };
    format!("{name}: {}, {place}{read_only}", loan.provider)
}

/// What it may reach, and whether that is in force.
fn allowed(allow: &AllowStatus, awaits: &Permissions) -> String {
    let methods = if allow.methods.is_empty() { String::new() } else { format!("{} ", allow.methods.join(" ")) };
    let credential = match (&allow.credential, allow.is_set) {
        (Some(name), _) if awaits.credentials.contains(name) => {
            format!(", with the credential `{name}` once that is approved")
        }
        (Some(name), Some(true)) => format!(", with the credential `{name}`"),
        (Some(name), _) => format!(", with the credential `{name}`, which has no value"),
        (None, _) => String::new(),
    };
    let force = match (allow.is_asked_for, allow.is_approved) {
        (true, true) => "",
        (true, false) => ": not approved, and not in force",
        (false, _) => ": not asked for, and not in force",
    };
    format!("{methods}{}{credential}{force}", allow.url)
}

fn print_model(model: &ModelStatus) -> std::io::Result<()> {
    let mut facts = format::facts();
    facts.add_row(["model", model.id.as_str()]);
    facts.add_row(["status", &model.status]);
    facts.add_row(["capabilities", &format::list(&model.capabilities)]);
    let Sourced { value: prices, source } = &model.prices;
    let doubt = if model.doubts_prices { ", not believed" } else { "" };
    facts.add_row(["price", &format!("{} ({source}{doubt})", format::prices(prices.as_deref()))]);
    facts.add_row(["quality", &format::sourced(&model.quality, |quality| format!("{quality:.2}"))]);
    let seconds = |seconds: &f64| format::time(Duration::try_from_secs_f64(*seconds).unwrap_or(Duration::MAX));
    facts.add_row(["latency", &format::sourced(&model.latency_seconds, seconds)]);
    for (name, limit) in [
        ("at one time", &model.max_concurrency),
        ("context tokens", &model.context_tokens),
        ("output tokens", &model.max_output_tokens),
    ] {
        if limit.value.is_some() {
            facts.add_row([name, &format::sourced(limit, u32::to_string)]);
        }
    }
    if !model.quotas.value.is_empty() {
        let Sourced { value: quotas, source } = &model.quotas;
        facts.add_row(["quotas", &format!("{} ({source})", format::list(quotas))]);
    }
    if !model.input_types.is_empty() {
        facts.add_row(["input", &format::list(&model.input_types)]);
    }
    facts.add_row(["output", &format::list(&model.output_types)]);
    facts.add_row(["tags", &format::list(&model.tags)]);
    let parameters: Vec<_> =
        model.parameters.iter().map(|parameter| format!("{}: {}", parameter.name, parameter.spec)).collect();
    facts.add_row(["parameters", &if parameters.is_empty() { "-".to_owned() } else { parameters.join("\n") }]);
    format::print(escape_lines(&facts.to_string()))
}

/// What a guest wrote may hold control characters; the line breaks are the table's own.
fn escape_lines(text: &str) -> String {
    text.lines().map(|line| palisade::text::escape(line, 2000)).collect::<Vec<_>>().join("\n")
}
