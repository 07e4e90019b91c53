//! All endpoints at one moment, arranged for choosing among them.
//!
//! ```text
//! endpoints ─► Index::new (when the registry changes) ─► choose: the best, for a call
//!                                                      └► record: the best, and what it was chosen by
//!                                                           └► explain: everybody, with scores and reasons
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

use palisade_core::{Capability, PicoUsd};

use crate::{
    Decision, Endpoint, HealthChange, Need, Nobody, Record, Score,
    brief::Brief,
    measured::{Measured as _, Present},
    search::{Search, Why},
    shelf::Shelf,
    slow::{Runner, limits},
};

/// All endpoints at one moment. Never changes.
#[derive(Debug, Default)]
pub struct Index {
    /// Those of each capability that anybody serves.
    shelves: BTreeMap<Capability, Arc<Shelf<Arc<Endpoint>>>>,
    /// Those who serve nothing that this version knows.
    idle: Vec<Arc<Endpoint>>,
}

/// Who is chosen for a call.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The endpoint.
    pub endpoint: Arc<Endpoint>,
    /// Whether everybody who could serve the request has failed of late, and this one is tried because there is nobody else.
    pub is_last_resort: bool,
    /// The number that decided.
    pub score: Score,
    /// What the request is expected to cost; none when that is not known.
    pub cost: Option<PicoUsd>,
}

/// An endpoint that has become slow, and is left alone for that.
#[derive(Debug, Clone)]
pub struct Slow {
    /// The endpoint.
    pub endpoint: Arc<Endpoint>,
    /// How many times as long as usual its calls take.
    pub times: f64,
    /// What that changes: it is left alone for a while.
    pub change: HealthChange,
}

impl Index {
    /// Arranges these endpoints.
    pub fn new(endpoints: impl IntoIterator<Item = Arc<Endpoint>>) -> Self {
        Self::with_staging(endpoints, [])
    }

    /// Arranges these endpoints, and those that are chosen only when they are named.
    pub fn with_staging(
        serving: impl IntoIterator<Item = Arc<Endpoint>>,
        staging: impl IntoIterator<Item = Arc<Endpoint>>,
    ) -> Self {
        let mut by_capability: BTreeMap<Capability, [Vec<Arc<Endpoint>>; 2]> = BTreeMap::new();
        let mut idle = Vec::new();
        let mut arrange = |endpoint: Arc<Endpoint>, is_staging: bool| {
            let serves: BTreeSet<_> = endpoint.model.capabilities.iter().copied().collect();
            if serves.is_empty() {
                idle.push(Arc::clone(&endpoint));
            }
            for capability in serves {
                let [live, staging] = by_capability.entry(capability).or_default();
                if is_staging { staging } else { live }.push(Arc::clone(&endpoint));
            }
        };
        serving.into_iter().for_each(|endpoint| arrange(endpoint, false));
        staging.into_iter().for_each(|endpoint| arrange(endpoint, true));
        let shelf = |(capability, [serving, staging]): (Capability, [Vec<_>; 2])| {
            (capability, Arc::new(Shelf::new(capability, serving, staging)))
        };
        Self { shelves: by_capability.into_iter().map(shelf).collect(), idle }
    }

    /// Chooses the best for a call, but for those who were tried before.
    #[must_use]
    pub fn choose(&self, need: &Need, now: Instant, tried: &[Arc<Endpoint>]) -> Option<Choice> {
        let shelf = self.shelves.get(&need.capability)?;
        let search = Search { shelf, brief: Brief::new(need, shelf), measured: Present::at(now) };
        let is_left = |endpoint: &Endpoint| !tried.iter().any(|tried| std::ptr::eq(&**tried, endpoint));
        let winner = search.winner(is_left)?;
        let (row, endpoint) = shelf.get(winner.place)?;
        Some(Choice {
            endpoint: Arc::clone(endpoint),
            is_last_resort: winner.why == Why::LastResort,
            score: winner.score,
            cost: search.brief.bill(row, endpoint),
        })
    }

    /// Chooses, and keeps what is needed to say why.
    #[must_use]
    pub fn record(&self, need: Need, now: Instant) -> Record {
        let none = || Arc::new(Shelf::new(need.capability, Vec::new(), Vec::new()));
        let shelf = self.shelves.get(&need.capability).map_or_else(none, Arc::clone);
        let others = need.model.iter().flat_map(|name| self.others(need.capability, name)).cloned().collect();
        let present = Present::at(now);
        let measured = shelf.all().map(|(place, _, endpoint)| present.figures(place, endpoint)).collect();
        Record::new(shelf, others, need, measured)
    }

    /// Chooses with everything there is to say about it.
    ///
    /// # Errors
    ///
    /// Gives everybody with the reasons, and what to change, when nobody can serve the need.
    pub fn explain(&self, need: &Need, now: Instant) -> Result<Decision, Nobody> {
        Arc::new(self.record(need.clone(), now)).explain()
    }

    /// Has those left alone that have become slow: slower than they usually are, and slower than at least four others that serve the same
    /// model. They are tried again, and are well when their calls take as long as usual; where there is nobody else, they serve. To be
    /// called every few seconds, and not in the way of a request: it looks at every endpoint. Gives those that are left alone by that.
    pub fn watch_pace(&self, now: Instant) -> Vec<Slow> {
        self.shelves.iter().flat_map(|(own, shelf)| watch_pace(*own, shelf, now)).collect()
    }

    /// Those who are named, and do not serve this capability.
    fn others<'a>(&'a self, capability: Capability, name: &'a str) -> impl Iterator<Item = &'a Arc<Endpoint>> {
        let idle = self.idle.iter().filter(move |endpoint| endpoint.is_named(name));
        let on_shelves = self.shelves.iter().flat_map(move |(own, shelf)| {
            // Who serves several is on several, and counts on the first.
            let counts = move |endpoint: &&Arc<Endpoint>| {
                let serves = &endpoint.model.capabilities;
                !serves.contains(&capability) && serves.iter().min() == Some(own)
            };
            shelf.glances_at(shelf.named(name)).filter_map(|(place, _)| Some(shelf.get(place)?.1)).filter(counts)
        });
        idle.chain(on_shelves)
    }
}

/// Does it for those of a shelf. Who serves several capabilities is on several, and counts on the first.
fn watch_pace(own: Capability, shelf: &Shelf<Arc<Endpoint>>, now: Instant) -> Vec<Slow> {
    let mut models: BTreeMap<&str, Vec<(&Arc<Endpoint>, Runner)>> = BTreeMap::new();
    for (_, row, endpoint) in shelf.all() {
        let model = &endpoint.model;
        // Who serves only those that name it stands in for nobody.
        if row.is_staging || model.capabilities.iter().min() != Some(&own) {
            continue;
        }
        if let Some(runner) = endpoint.live.runner() {
            models.entry(endpoint.common_name()).or_default().push((endpoint, runner));
        }
    }
    let slow = models.into_values().flat_map(|members| {
        let (endpoints, runners): (Vec<_>, Vec<_>) = members.into_iter().unzip();
        let limits: Vec<_> = limits(&runners).collect();
        endpoints.into_iter().zip(runners).zip(limits).filter_map(move |((endpoint, runner), limit)| {
            let change = endpoint.live.is_found_slow(now, limit?)?;
            Some(Slow { endpoint: Arc::clone(endpoint), times: runner.pace.times()?, change })
        })
    });
    slow.collect()
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
