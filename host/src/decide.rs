//! Who of a snapshot serves a need, and the error when nobody does.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use palisade_core::{Error, ErrorKind, Rejection, Result};
use palisade_routing::{Decision, Endpoint, Need};

use crate::{decision_record::DecisionRecord, entry::Entry, snapshot::Snapshot, standing::Standing};

/// A choice, and what it was made from.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) record: DecisionRecord,
    /// Why, once somebody has asked.
    decision: OnceLock<Option<Decision>>,
}

impl Chosen {
    /// Why.
    pub(crate) fn decision(&self) -> Option<&Decision> {
        let decide = || self.record.explain().ok();
        self.decision.get_or_init(decide).as_ref()
    }
}

/// Who serves a need, and what is needed to say why.
///
/// # Errors
///
/// `no-provider`, with everybody and their reasons; `ambiguous-store`.
pub(crate) fn choose(snapshot: &Snapshot, need: Need) -> Result<Chosen> {
    one_store(snapshot, &need)?;
    let record = record(snapshot, need);
    match record.record.chosen().cloned() {
        Some(endpoint) => Ok(Chosen { endpoint, record, decision: OnceLock::new() }),
        None => record.explain().and_then(|_| Err(Error::new(ErrorKind::Internal, "nobody was chosen"))),
    }
}

/// Refuses to guess which store is meant: what one keeps the others do not have, whoever is quicker today.
///
/// # Errors
///
/// `ambiguous-store`, with those that there are.
pub(crate) fn one_store(snapshot: &Snapshot, need: &Need) -> Result<()> {
    if !need.capability.is_store() {
        return Ok(());
    }
    // By its names alone: one that is not well today is still the one that has the data.
    let is_meant = |endpoint: &Arc<Endpoint>| {
        endpoint.model.capabilities.contains(&need.capability)
            && need.model.as_ref().is_none_or(|name| endpoint.is_named(name))
            && !need.excluded.iter().any(|name| endpoint.is_named(name))
    };
    // One that is tried serves only who names it.
    let may_serve = |entry: &Entry| entry.standing != Standing::Staging || need.model.is_some();
    let keeps = |entry: &&Arc<Entry>| {
        may_serve(entry) && entry.service().is_ok_and(|service| service.endpoints.iter().any(is_meant))
    };
    let stores: Vec<&str> = snapshot.entries.values().filter(keeps).map(|entry| entry.id.as_str()).collect();
    if stores.len() < 2 {
        return Ok(());
    }
    let message = format!(
        "there are several providers of {}, which keep different things: {}",
        need.capability,
        stores.join(", ")
    );
    Err(Error::new(ErrorKind::AmbiguousStore, message))
}

/// Who serves a need, if anybody does, and everything that it is chosen by.
pub(crate) fn record(snapshot: &Snapshot, need: Need) -> DecisionRecord {
    DecisionRecord { record: Arc::new(snapshot.index.record(need, Instant::now())), refused: refused(snapshot) }
}

/// The error for a request that nobody can serve now.
pub(crate) fn nobody(snapshot: &Snapshot, need: &Need) -> Error {
    let busy = || {
        let message = format!("everybody who can serve this request for {} was taken at this moment", need.capability);
        Error::new(ErrorKind::NoProvider, message).with_retry_after(Some(Duration::ZERO))
    };
    record(snapshot, need.clone()).explain().map_or_else(|error| error, |_| busy())
}

fn refused(snapshot: &Snapshot) -> Vec<Rejection> {
    let refusal = |entry: &Arc<Entry>| {
        let reasons = vec![entry.reject_reason()?];
        Some(Rejection { provider: entry.id.clone(), model: None, reasons })
    };
    snapshot.entries.values().filter_map(refusal).collect()
}
