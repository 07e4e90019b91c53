//! A record as plain data, so that another process, or another machine, makes the same decision from it.
//!
//! ```text
//! Record ─► Saved ─► bytes ─► Saved ─► Record: the same endpoints, figures, need and seed, and so the same decision
//! ```
//!
//! Everything is kept exactly: times to the nanosecond, and numbers in all their digits. So the bytes are to be those of a format
//! that does so, as CBOR does.

use std::{borrow::Borrow, sync::Arc, time::Duration};

use palisade_core::{
    ErrorKind, ModelId, ProviderId,
    catalogue::{FailureBilling, Model},
};
use serde::{Deserialize, Serialize};

use crate::{
    Endpoint, Figures, Health, Live, Need, Overrides, Rate, Record,
    measured::{Measured as _, Taken},
    shelf::Shelf,
};

/// A record to be kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Saved {
    need: Need,
    /// Those who serve the capability, in their order.
    endpoints: Vec<SavedEndpoint>,
    /// Those who serve another one, and are named.
    others: Vec<SavedEndpoint>,
    chosen: Option<(ProviderId, ModelId)>,
}

/// An endpoint at one moment.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SavedEndpoint {
    provider: ProviderId,
    model: Model,
    overrides: Overrides,
    bills_on_failure: FailureBilling,
    quality: Option<f64>,
    prior_latency: Option<Duration>,
    is_staging: bool,
    figures: SavedFigures,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct SavedFigures {
    pending: u32,
    latency: Option<f64>,
    mean_size: f64,
    seconds_per_unit: f64,
    successes: f64,
    failures: f64,
    age: f64,
    #[serde(with = "ExactHealth")]
    health: Health,
    #[serde(with = "ExactRate")]
    rate: Rate,
}

/// A [`Health`] to the nanosecond.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Health")]
enum ExactHealth {
    Closed,
    Ramp { share: f64 },
    Probation,
    Tried,
    Open { retry_in: Duration, last_resort_in: Duration },
    Slow { retry_in: Duration },
    Disabled { error: ErrorKind, retry_in: Duration },
}

/// A [`Rate`] to the nanosecond.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Rate")]
enum ExactRate {
    Free,
    Full,
    Spent { quota: u8, retry_in: Duration },
    Wait { retry_in: Duration },
}

/// Another decision than the one that was kept: it was kept by another version, or was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherDecision;

impl Saved {
    /// Keeps a record.
    #[must_use]
    pub fn of<E: Borrow<Endpoint>>(record: &Record<E>) -> Self {
        let search = record.search();
        let endpoints = search.shelf.all().map(|(place, row, endpoint)| {
            let endpoint = endpoint.borrow();
            SavedEndpoint::new(endpoint, row.is_staging, search.measured.figures(place, endpoint))
        });
        let others = record.others().iter().map(|other| SavedEndpoint::new(other.borrow(), false, Figures::default()));
        let chosen = record.chosen().map(|chosen| names(chosen.borrow()));
        Self { need: record.need().clone(), endpoints: endpoints.collect(), others: others.collect(), chosen }
    }

    /// The record, made again.
    ///
    /// # Errors
    ///
    /// When somebody else is chosen from it.
    pub fn replay(self) -> Result<Record, OtherDecision> {
        let taken: Taken = self.endpoints.iter().map(|saved| saved.figures.into()).collect();
        // Those who are staging come last, as they were kept.
        let (staging, serving): (Vec<_>, Vec<_>) = self.endpoints.into_iter().partition(|saved| saved.is_staging);
        let endpoints = |saved: Vec<SavedEndpoint>| saved.into_iter().map(|saved| Arc::new(saved.into())).collect();
        let shelf = Arc::new(Shelf::new(self.need.capability, endpoints(serving), endpoints(staging)));
        let record = Record::new(shelf, endpoints(self.others), self.need, taken);
        let chosen = record.chosen().map(|chosen| names(chosen));
        if chosen == self.chosen { Ok(record) } else { Err(OtherDecision) }
    }
}

fn names(endpoint: &Endpoint) -> (ProviderId, ModelId) {
    (endpoint.provider.clone(), endpoint.model.id.clone())
}

impl SavedEndpoint {
    fn new(endpoint: &Endpoint, is_staging: bool, figures: Figures) -> Self {
        Self {
            provider: endpoint.provider.clone(),
            model: endpoint.model.clone(),
            overrides: endpoint.overrides.clone(),
            bills_on_failure: endpoint.bills_on_failure,
            quality: endpoint.quality,
            prior_latency: endpoint.prior_latency,
            is_staging,
            figures: figures.into(),
        }
    }
}

impl From<SavedEndpoint> for Endpoint {
    fn from(saved: SavedEndpoint) -> Self {
        let SavedEndpoint { provider, model, overrides, bills_on_failure, quality, prior_latency, .. } = saved;
        Self { provider, model, overrides, bills_on_failure, quality, prior_latency, live: Live::default() }
    }
}

impl From<Figures> for SavedFigures {
    fn from(figures: Figures) -> Self {
        let Figures { pending, latency, mean_size, seconds_per_unit, successes, failures, age, health, rate } = figures;
        Self { pending, latency, mean_size, seconds_per_unit, successes, failures, age, health, rate }
    }
}

impl From<SavedFigures> for Figures {
    fn from(saved: SavedFigures) -> Self {
        let SavedFigures { pending, latency, mean_size, seconds_per_unit, successes, failures, age, health, rate } =
            saved;
        Self { pending, latency, mean_size, seconds_per_unit, successes, failures, age, health, rate }
    }
}
