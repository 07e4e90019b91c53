//! `palisade providers`

use palisade::{ProviderStatus, Source, State};

use crate::{format, locate::Place};

pub(crate) async fn list(place: &Place, json: bool) -> anyhow::Result<()> {
    let host = place.open(None).await?;
    let providers = host.providers();
    if json {
        return format::print_json(&providers);
    }
    let mut table = format::table(&["provider", "state", "capability", "model", "price", "quality", "tags"]);
    for provider in &providers {
        add_rows(&mut table, provider);
    }
    format::print(table)?;
    for provider in &providers {
        match &provider.state {
            State::Refused { code, message, remedy, .. } => {
                format::print(format_args!("{}: {}: {message}; {remedy}", provider.id, code.code()))?;
            }
            State::Quarantined { reason, .. } => {
                format::print(format_args!("{}: quarantined: {}", provider.id, palisade::text::escape(reason, 1000)))?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn add_rows(table: &mut comfy_table::Table, provider: &ProviderStatus) {
    let state = provider.state.name();
    if provider.models.is_empty() {
        table.add_row([provider.id.as_str(), state, "-", "-", "-", "-", "-"]);
    }
    for model in &provider.models {
        table.add_row([
            provider.id.to_string(),
            state.to_owned(),
            format::lines(&model.capabilities),
            model.id.to_string(),
            format::prices(model.prices.value.as_deref()),
            model.quality.value.map_or_else(|| "-".to_owned(), |quality| format!("{quality:.2}")),
            format::lines(&model.tags),
        ]);
    }
}

/// Where a provider comes from, in words.
pub(crate) fn source(source: &Source) -> String {
    match source {
        Source::File { path } => path.display().to_string(),
        Source::Memory => "memory".to_owned(),
        Source::Native => "native".to_owned(),
        Source::Store { path: Some(path) } => path.display().to_string(),
        Source::Store { path: None } => "memory".to_owned(),
        _ => "unknown".to_owned(),
    }
}
