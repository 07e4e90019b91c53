//! The policy of this project: the routing crate itself, used as a host uses it.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use palisade_core::{
    Capability, PicoUsd, Request, Unit,
    catalogue::{FailureBilling, Model, Price},
};
use palisade_routing::{Attempt, Endpoint, Index, Live, Need, Overrides, RetryBudget};

use super::Policy;
use crate::{
    providers::Outcome,
    random::Random,
    scenario::{ENDPOINTS, Load},
};

/// Calls at one time that each endpoint says it takes: two times what it gets while all are well.
const CONCURRENCY: u32 = 8;

/// How often one looks who has become slow.
const WATCH: Duration = Duration::from_secs(5);

/// Endpoints that are as good as each other; where requests come one by one, the first is much cheaper. Their names differ
/// with the seed, as the pauses of a breaker do with the names.
pub(crate) fn endpoints(load: Load, seed: u64) -> Result<Vec<Arc<Endpoint>>> {
    let endpoint = |place: usize| {
        let mut model = Model::new("model".parse()?, &[Capability::TextToImage]);
        let cents = if load == Load::OneByOne && place > 0 { 4 } else { 1 };
        model.prices = Some(vec![Price::new(Unit::Image, PicoUsd(cents * 10_000_000_000))]);
        model.max_concurrency = Some(CONCURRENCY);
        let name = format!("provider-{place}-{seed}");
        Ok(Arc::new(Endpoint {
            provider: name.parse()?,
            model,
            overrides: Overrides::default(),
            bills_on_failure: FailureBilling::Never,
            quality: None,
            prior_latency: Some(Duration::from_secs(1)),
            live: Live::of(name),
        }))
    };
    (0..ENDPOINTS).map(endpoint).collect()
}

/// The policy in a run.
pub(super) struct Ours<'a> {
    endpoints: &'a [Arc<Endpoint>],
    index: Index,
    need: Need,
    retries: RetryBudget,
    random: Random,
    watched: Instant,
    calls: BTreeMap<u64, Attempt<'a>>,
}

impl<'a> Ours<'a> {
    pub(super) fn new(endpoints: &'a [Arc<Endpoint>], random: Random, now: Instant) -> Self {
        let index = Index::new(endpoints.iter().cloned());
        let need = Need::new(&Request::typical(Capability::TextToImage));
        Self { endpoints, index, need, retries: RetryBudget::default(), random, watched: now, calls: BTreeMap::new() }
    }
}

impl Policy for Ours<'_> {
    fn begin(&mut self, call: u64, tried: &[usize], now: Instant) -> Option<usize> {
        if now.saturating_duration_since(self.watched) >= WATCH {
            self.watched = now;
            self.index.watch_pace(now);
        }
        if tried.is_empty() {
            self.retries.earn(now);
            self.need.seed = self.random.seed();
        } else if !self.retries.spend(now) {
            return None;
        }
        let mut tried: Vec<_> = tried.iter().filter_map(|&place| self.endpoints.get(place).cloned()).collect();
        loop {
            let choice = self.index.choose(&self.need, now, &tried)?;
            let place = self.endpoints.iter().position(|endpoint| Arc::ptr_eq(endpoint, &choice.endpoint))?;
            let live = &self.endpoints.get(place)?.live;
            let attempt = if choice.is_last_resort { live.begin_alone(now) } else { live.try_begin(now) };
            if let Some(attempt) = attempt {
                self.calls.insert(call, attempt);
                return Some(place);
            }
            tried.push(choice.endpoint);
        }
    }

    fn end(&mut self, call: u64, outcome: Outcome, took: Duration, now: Instant) {
        if let Some(attempt) = self.calls.remove(&call) {
            tell(attempt, outcome, took, now);
        }
    }
}

/// Tells what was measured of an endpoint how a call ended, as a host does.
pub(super) fn tell(attempt: Attempt<'_>, outcome: Outcome, took: Duration, now: Instant) {
    match outcome {
        Outcome::Served => attempt.succeeded(took, now),
        Outcome::Failed => attempt.failed(now, None),
        Outcome::Refused(wait) => attempt.throttled(now, wait),
    }
}
