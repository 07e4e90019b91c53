//! `palisade cache`

use std::time::SystemTime;

use palisade::{Cache, CacheCheck, CacheEntry, Error, ErrorKind};

use crate::{arguments::CacheCommand, format, locate::Place};

pub(crate) async fn run(place: &Place, command: CacheCommand) -> anyhow::Result<()> {
    let cache = place.read_if_there().await?.cache().require()?;
    match command {
        CacheCommand::Ls { json: true } => format::print_json(&cache.entries()?),
        CacheCommand::Ls { json: false } => list(&cache),
        CacheCommand::Clear => {
            let freed = cache.clear()?;
            Ok(format::print(format!("removed {} from {}", format::bytes(freed), cache.folder().display()))?)
        }
        CacheCommand::Verify => verify(&cache),
    }
}

fn list(cache: &Cache) -> anyhow::Result<()> {
    let entries = cache.entries()?;
    if entries.is_empty() {
        return Ok(format::print(format!("nothing is kept in {}", cache.folder().display()))?);
    }
    let mut table = format::table(&["component", "engine", "holds", "size", "used"]);
    for entry in &entries {
        let age = SystemTime::now().duration_since(entry.used_at).unwrap_or_default();
        // Ages are told in whole seconds.
        let age = humantime::format_duration(std::time::Duration::from_secs(age.as_secs()));
        table.add_row([
            // Enough to tell them apart; the JSON has all of it.
            entry.digest.to_string().chars().take(19).collect(),
            entry.engine.clone(),
            holds(entry).to_owned(),
            format::bytes(entry.bytes),
            format!("{age} ago"),
        ]);
    }
    format::print(table)?;
    let total = entries.iter().map(|entry| entry.bytes).sum();
    Ok(format::print(format!("{} entries, {} in {}", entries.len(), format::bytes(total), cache.folder().display()))?)
}

fn verify(cache: &Cache) -> anyhow::Result<()> {
    let CacheCheck { sound, removed, unreadable, .. } = cache.verify()?;
    for entry in &removed {
        format::print(format!("removed {}: it was damaged, or made by somebody else", entry.digest))?;
    }
    for (entry, reason) in &unreadable {
        format::print(format!("not checked {}: {reason}", entry.digest))?;
    }
    let checked = sound + removed.len();
    format::print(format!("{checked} entries checked, {} removed", removed.len()))?;
    if unreadable.is_empty() {
        return Ok(());
    }
    let message = format!("{} entries cannot be read or removed", unreadable.len());
    Err(Error::new(ErrorKind::Io, message).into())
}

fn holds(entry: &CacheEntry) -> &'static str {
    if entry.refused { "a refusal" } else { "code" }
}
