//! What the hostile guest does, and how each of that has to end.

use std::time::Duration;

use anyhow::{Result, bail};
use palisade::{ErrorKind, Host, Limits, Registration};

use crate::act::Ending;

/// What it is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ask {
    /// What it is: it is only loaded.
    Load,
    /// Whether it could work.
    Check,
    Picture,
    Answer,
    Sound,
}

type Row = (&'static str, Ask, fn() -> Limits, Option<ErrorKind>);

/// Behaviour, what it is asked for, what it may use, and the error that it ends in; none where it serves.
pub(crate) const ROWS: &[Row] = &[
    ("bad-id", Ask::Load, little, Some(ErrorKind::InvalidCatalogue)),
    ("endless-pages", Ask::Load, little, Some(ErrorKind::InvalidCatalogue)),
    ("fat-schema", Ask::Load, little, Some(ErrorKind::InvalidCatalogue)),
    ("invalid-utf8", Ask::Load, little, Some(ErrorKind::BadOutput)),
    ("million-models", Ask::Load, little, Some(ErrorKind::MemoryLimit)),
    ("spin-in-describe", Ask::Load, little, Some(ErrorKind::FuelExhausted)),
    ("trap-in-describe", Ask::Load, little, Some(ErrorKind::Trap)),
    ("spin-in-check", Ask::Check, little, Some(ErrorKind::FuelExhausted)),
    ("unhealthy", Ask::Check, little, Some(ErrorKind::ProviderFailed)),
    ("spin", Ask::Picture, little, Some(ErrorKind::FuelExhausted)),
    ("spin", Ask::Picture, only_time, Some(ErrorKind::Deadline)),
    ("bulk-fill", Ask::Picture, only_time, Some(ErrorKind::Deadline)),
    ("hash-blobs", Ask::Picture, only_time, Some(ErrorKind::Deadline)),
    ("log-newlines", Ask::Picture, only_time, Some(ErrorKind::Deadline)),
    ("stack-overflow", Ask::Picture, little, Some(ErrorKind::Trap)),
    ("trap", Ask::Picture, little, Some(ErrorKind::Trap)),
    ("eat-memory", Ask::Picture, little, Some(ErrorKind::MemoryLimit)),
    ("eat-memory-politely", Ask::Picture, little, None),
    ("many-blobs", Ask::Picture, little, Some(ErrorKind::MemoryLimit)),
    ("many-blobs-politely", Ask::Picture, little, None),
    ("blob-churn", Ask::Picture, little, None),
    ("handle-flood", Ask::Picture, little, Some(ErrorKind::ResourceLimit)),
    ("host-call-flood", Ask::Picture, little, Some(ErrorKind::FuelExhausted)),
    ("log-flood", Ask::Picture, little, None),
    ("progress", Ask::Picture, little, None),
    ("huge-argument", Ask::Picture, Limits::default, Some(ErrorKind::ResultTooLarge)),
    ("huge-result", Ask::Picture, Limits::default, Some(ErrorKind::ResultTooLarge)),
    ("no-images", Ask::Picture, little, Some(ErrorKind::BadOutput)),
    ("nan-usage", Ask::Picture, little, Some(ErrorKind::BadOutput)),
    ("invalid-utf8-response", Ask::Picture, little, Some(ErrorKind::BadOutput)),
    ("stolen-blob", Ask::Picture, little, Some(ErrorKind::BadOutput)),
    ("same-blob-twice", Ask::Picture, little, Some(ErrorKind::BadOutput)),
    ("fails-with-rate-limit", Ask::Picture, little, Some(ErrorKind::RateLimited)),
    ("fails-submitted", Ask::Picture, little, Some(ErrorKind::Upstream)),
    ("control-characters-response", Ask::Picture, little, None),
    ("spin-in-reply", Ask::Answer, little, Some(ErrorKind::FuelExhausted)),
    ("spin-after-a-word", Ask::Answer, only_time, Some(ErrorKind::Stalled)),
    ("endless-silence", Ask::Answer, little, Some(ErrorKind::FuelExhausted)),
    ("endless-text", Ask::Answer, little, Some(ErrorKind::MemoryLimit)),
    ("endless-calls", Ask::Answer, little, Some(ErrorKind::BadOutput)),
    ("trap-in-next", Ask::Answer, little, Some(ErrorKind::Trap)),
    ("fails-midway", Ask::Answer, little, Some(ErrorKind::ProviderFailed)),
    ("no-finish", Ask::Answer, little, Some(ErrorKind::BadOutput)),
    ("asks-for-more", Ask::Answer, little, None),
    ("wrong-sound", Ask::Sound, little, Some(ErrorKind::BadOutput)),
    ("endless-sound", Ask::Sound, little, Some(ErrorKind::MemoryLimit)),
];

/// So little that everybody who wants more is soon through.
fn little() -> Limits {
    Limits { fuel: 200_000_000, memory_bytes: 32 << 20, host_calls: u64::MAX, ..long() }
}

/// Limits under which only the clock ends a guest.
fn only_time() -> Limits {
    let timeout = Duration::from_millis(300);
    let event_gap_timeout = Duration::from_millis(100);
    Limits { fuel: u64::MAX, host_calls: u64::MAX, timeout, event_gap_timeout, ..long() }
}

/// However busy the machine is, no time is over by itself.
pub(crate) fn long() -> Limits {
    let minute = Duration::from_secs(60);
    Limits {
        timeout: minute,
        cpu_time: minute,
        first_event_timeout: minute,
        event_gap_timeout: minute,
        compile_timeout: minute,
        compile_cpu_time: minute,
        ..Limits::default()
    }
}

/// Loads the guest with a behaviour, asks it, and takes it out.
pub(crate) async fn misbehave(host: &Host, guest: Registration, number: usize, id: &str) -> Result<Ending> {
    let Some((behaviour, ask, limits, expected)) = ROWS.get(number) else { bail!("there is no row {number}") };
    let registration = guest.config("behaviour", *behaviour).limits(limits());
    if let Err(error) = host.register(id, registration).await {
        if !matches!(ask, Ask::Load) || Some(error.kind()) != *expected {
            bail!("{behaviour} was refused: {error}");
        }
        return Ok(Ending::Refused);
    }
    let provider = host.get(id)?;
    let ended = match ask {
        Ask::Load => bail!("{behaviour} was loaded"),
        Ask::Check => provider.check().await,
        Ask::Picture => provider.text_to_image("a fox").await.map(drop),
        Ask::Answer => provider.chat("one two three").await.map(drop),
        Ask::Sound => provider.text_to_speech("one two three").await.map(drop),
    };
    host.unregister(id).await?;
    match (ended, expected) {
        (Ok(()), None) => Ok(Ending::Served),
        (Err(error), Some(expected)) if error.kind() == *expected => Ok(Ending::Failed),
        (ended, expected) => bail!("{behaviour} should end in {expected:?}, and ended in {ended:?}"),
    }
}
