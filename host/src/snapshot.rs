//! All providers of a context at one moment.

use std::{collections::BTreeMap, sync::Arc};

use palisade_core::{Error, ErrorKind, ProviderId};
use palisade_routing::Index;

use crate::{entry::Entry, former::Former};

/// All providers at one moment. Never changes.
#[derive(Default)]
pub(crate) struct Snapshot {
    /// Counts the changes since the host was opened.
    pub(crate) version: u64,
    pub(crate) entries: BTreeMap<ProviderId, Arc<Entry>>,
    /// The models of those that serve.
    pub(crate) index: Arc<Index>,
    /// Those that were taken out.
    pub(crate) former: Arc<Former>,
}

/// The error for an id that is taken.
pub(crate) fn taken(id: &ProviderId) -> Error {
    Error::new(ErrorKind::AlreadyExists, format!("a provider `{id}` is registered already"))
}

/// The error for an id that nobody has.
pub(crate) fn unknown(id: &ProviderId, entries: &BTreeMap<ProviderId, Arc<Entry>>) -> Error {
    let known: Vec<_> = entries.keys().map(ProviderId::as_str).collect();
    let known = if known.is_empty() { "none is registered".to_owned() } else { format!("known: {}", known.join(", ")) };
    Error::new(ErrorKind::UnknownProvider, format!("no provider is called `{id}`; {known}"))
}
