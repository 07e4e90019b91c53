//! `palisade discover`: what each source has found, and why something is left out.

use palisade::{DiscoveryItem, DiscoveryReport, DiscoverySource, DiscoveryState, Host};

use crate::{format, locate::Place};

/// Shows what is found. Loads nothing, unless it is asked to.
pub(crate) async fn discover(place: &Place, load: bool, json: bool) -> anyhow::Result<()> {
    let config = place.read_as_written().await?;
    let report = if load {
        let host = place.open_as_written(config).await?;
        let report = host.refresh().await?;
        host.shutdown(Host::DRAIN).await;
        report
    } else {
        config.discover().await?
    };
    if json {
        return format::print_json(&report);
    }
    print(&report)
}

fn print(report: &DiscoveryReport) -> anyhow::Result<()> {
    if report.found.is_empty() {
        return Ok(format::print("nothing is found")?);
    }
    let mut table = format::table(&["source", "provider", "capability", "state"]);
    for item in &report.found {
        table.add_row([source(&item.source), name(item), capabilities(item), state(&item.state)]);
    }
    format::print(table)?;
    for item in &report.found {
        let (code, message, remedy) = match &item.state {
            DiscoveryState::LeftOut(why) => (why.code, &*why.message, &*why.remedy),
            DiscoveryState::Refused { code, message, remedy, .. } => (*code, &**message, *remedy),
            _ => continue,
        };
        let what = item.id.as_ref().map_or_else(|| source(&item.source), ToString::to_string);
        let code = code.code();
        format::print(format_args!("{what}: {code}: {}; {}", format::plain(message), format::plain(remedy)))?;
    }
    Ok(())
}

fn source(source: &DiscoverySource) -> String {
    let name = palisade::text::escape(&source.to_string(), 200);
    match source {
        DiscoverySource::Environment { .. } | DiscoverySource::WellKnownKey { .. } => format!("${name}"),
        _ => name,
    }
}

fn name(item: &DiscoveryItem) -> String {
    item.id.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string)
}

fn capabilities(item: &DiscoveryItem) -> String {
    format::lines(item.capabilities.iter().flatten())
}

fn state(state: &DiscoveryState) -> String {
    match state {
        DiscoveryState::Shadowed { by } => format!("shadowed by {}", source(by)),
        // By the command itself, a moment ago.
        DiscoveryState::Unchanged => "registered".to_owned(),
        DiscoveryState::LeftOut(_) => "left out".to_owned(),
        other => other.name().to_owned(),
    }
}
