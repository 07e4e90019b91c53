//! `palisade health`, `palisade quarantine`, `palisade release`, `palisade approve`

use std::time::Instant;

use futures_util::future::join_all;
use palisade::{Config, Decisions, Error, ErrorKind, HealthReport, Host, ProviderId, ProviderStatus, State};
use serde::Serialize;

use crate::{format, locate::Place, progress};

/// What is told of the health of a provider.
#[derive(Serialize)]
struct Health {
    provider: ProviderId,
    state: State,
    /// None for one that cannot be checked.
    check: Option<HealthReport>,
}

/// Asks every provider, or one of them, whether it could serve a call now.
pub(crate) async fn health(place: &Place, provider: Option<&str>, json: bool) -> anyhow::Result<()> {
    let host = place.open(None).await?;
    let providers = match provider {
        Some(id) => vec![host.status(id)?],
        None => host.providers(),
    };
    let checks = join_all(providers.into_iter().map(|status| check(&host, status))).await;
    if json {
        format::print_json(&checks)?;
    } else {
        format::print(table(&checks))?;
    }
    match checks.iter().filter(|check| !check.is_well()).count() {
        0 => Ok(()),
        count => {
            Err(Error::new(ErrorKind::NotServing, format!("{count} of {} could not serve now", checks.len())).into())
        }
    }
}

impl Health {
    fn is_well(&self) -> bool {
        // What is disabled is not meant to serve.
        matches!(self.state, State::Disabled) || self.check.as_ref().is_some_and(|check| check.is_well)
    }
}

async fn check(host: &Host, status: ProviderStatus) -> Health {
    let ProviderStatus { id: provider, state, .. } = status;
    let check = match (&state, host.get(&provider)) {
        (State::Live | State::Staging, Ok(handle)) => {
            let start = Instant::now();
            Some(HealthReport::of(&handle.check().await, start.elapsed()))
        }
        _ => None,
    };
    Health { provider, state, check }
}

fn table(checks: &[Health]) -> comfy_table::Table {
    let mut table = format::table(&["provider", "state", "check", "time", "what is wrong"]);
    for Health { provider, state, check } in checks {
        let (found, time) = match check {
            Some(check) => (if check.is_well { "well" } else { "not well" }, format::time(check.took)),
            None => ("-", "-".to_owned()),
        };
        let wrong = match (state, check) {
            (State::Quarantined { reason, .. }, _) => reason.clone(),
            (State::Refused { code, message, .. }, _) => format!("{}: {message}", code.code()),
            (_, Some(HealthReport { message: Some(message), .. })) => message.clone(),
            _ => "-".to_owned(),
        };
        let wrong = palisade::text::escape(&wrong, 1000);
        table.add_row([provider.to_string(), state.name().to_owned(), found.to_owned(), time, wrong]);
    }
    table
}

/// Has a provider serve nobody until it is released.
pub(crate) async fn quarantine(place: &Place, id: &str, reason: Option<String>) -> anyhow::Result<()> {
    let (id, _, decisions) = decided(place, id).await?;
    decisions.quarantine(id.clone(), reason.unwrap_or_else(|| "its operator said so".to_owned()))?;
    let context = place.option();
    Ok(format::print(format!(
        "{id} serves nobody until `palisade release {id}{context}`; hosts that run know within a second"
    ))?)
}

/// Has a provider serve again.
pub(crate) async fn release(place: &Place, id: &str) -> anyhow::Result<()> {
    let (id, _, decisions) = decided(place, id).await?;
    let said = if decisions.release(&id)? { "serves again" } else { "was not quarantined" };
    Ok(format::print(format!("{id} {said}"))?)
}

/// Lets a provider have what it asks for. Only this one is loaded, so that hosts that run are not in the way.
pub(crate) async fn approve(place: &Place, id: &str) -> anyhow::Result<()> {
    let (id, config, decisions) = decided(place, id).await?;
    let (spinner, observer) = progress::loading();
    let mut builder = Host::builder().decisions(decisions).cache(config.cache()).on_load(observer);
    if let Some(settings) = config.sandbox() {
        builder = builder.sandbox(settings);
    }
    let host = builder.build().await?;
    let registered = match config.registration(&id) {
        Some(registration) => host.register(&id, registration.clone()).await,
        None => Ok(()),
    };
    spinner.finish_and_clear();
    registered?;
    let awaits = host.status(&id)?.awaits_approval;
    let approved = host.approve(&id).await?;
    if approved.is_empty() {
        return Ok(format::print(format!("{id} asks for nothing that was not approved"))?);
    }
    let told = |name: String, is_granted| {
        let but = if is_granted { "" } else { ", which the configuration does not grant" };
        format!("  {}{but}\n", palisade::text::escape(&name, 300))
    };
    let hosts = approved.hosts.iter().map(|host| told(host.clone(), awaits.hosts.contains(host)));
    let credentials = approved.credentials.iter();
    let credentials = credentials.map(|name| told(format!("credential `{name}`"), awaits.credentials.contains(name)));
    let list: String = hosts.chain(credentials).collect();
    Ok(format::print(format!(
        "{id} asks for more, and is approved to have it:\n{list}hosts that run know within a second"
    ))?)
}

/// A provider of the configuration, that configuration, and where is kept what is decided about it.
async fn decided(place: &Place, id: &str) -> anyhow::Result<(ProviderId, Config, Decisions)> {
    let (id, config) = place.provider(id).await?;
    // Says why there is none.
    let decisions = Decisions::of(&place.require_path()?)?.of_context(&place.context());
    Ok((id, config, decisions))
}
