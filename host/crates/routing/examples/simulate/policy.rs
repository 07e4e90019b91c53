//! Who is called: our policy, and those of others.

mod ours;
mod peak;
mod peer;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use palisade_routing::Endpoint;

use crate::{
    providers::Outcome,
    random::{Random, Stream},
};

pub(crate) use ours::endpoints;
pub(crate) use peer::{Gate, Pick};

/// Decides who is called, and learns from how it went. Endpoints are told apart by their place.
pub(crate) trait Policy {
    /// Chooses for a call, but for those who were tried before, and begins it. None when nobody is to be called.
    fn begin(&mut self, call: u64, tried: &[usize], now: Instant) -> Option<usize>;

    /// That call has ended.
    fn end(&mut self, call: u64, outcome: Outcome, took: Duration, now: Instant);
}

/// How a policy goes about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Rule {
    /// The score and the breaker of this project.
    Ours,
    /// A way to pick among those that a gate lets through.
    Peer(Pick, Gate),
}

/// A policy that is compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) rule: Rule,
}

const fn named(name: &'static str, rule: Rule) -> Named {
    Named { name, rule }
}

/// Consecutive failures that are enough, and the pause that follows.
const FIVE_IN_A_ROW: Gate = Gate::InARow { failures: 5, pause: Duration::from_secs(5) };

/// Ours first.
pub(crate) const POLICIES: [Named; 10] = [
    named("ours: score and breaker", Rule::Ours),
    named("round robin", Rule::Peer(Pick::RoundRobin, Gate::Open)),
    named("round robin, 5 in a row, 5 s", Rule::Peer(Pick::RoundRobin, FIVE_IN_A_ROW)),
    named("P2C, random", Rule::Peer(Pick::Random, Gate::Open)),
    named("P2C, fewer pending", Rule::Peer(Pick::FewerPending, Gate::Open)),
    named("P2C PeakEWMA", Rule::Peer(Pick::PeakEwma { penalty: None }, Gate::Open)),
    named("PeakEWMA, 5 s penalty", Rule::Peer(Pick::PeakEwma { penalty: Some(5.0) }, Gate::Open)),
    named("PeakEWMA, 20 s penalty", Rule::Peer(Pick::PeakEwma { penalty: Some(20.0) }, Gate::Open)),
    named("PeakEWMA, 5 in a row, 5 s", Rule::Peer(Pick::PeakEwma { penalty: None }, FIVE_IN_A_ROW)),
    named("PeakEWMA, our breaker", Rule::Peer(Pick::PeakEwma { penalty: None }, Gate::Breaker)),
];

/// Those that know a primary.
pub(crate) const WITH_PRIMARY: [Named; 4] = [
    named("ours: score and breaker", Rule::Ours),
    named("primary first", Rule::Peer(Pick::First, Gate::Open)),
    named("primary first, 5 in a row, 5 s", Rule::Peer(Pick::First, FIVE_IN_A_ROW)),
    named("primary first, our breaker", Rule::Peer(Pick::First, Gate::Breaker)),
];

impl Rule {
    /// The policy, for a run.
    pub(crate) fn policy<'a>(self, endpoints: &'a [Arc<Endpoint>], seed: u64, now: Instant) -> Box<dyn Policy + 'a> {
        let random = Random::new(seed, Stream::Policy);
        match self {
            Self::Ours => Box::new(ours::Ours::new(endpoints, random, now)),
            Self::Peer(pick, gate) => Box::new(peer::Peer::new(pick, gate, endpoints, random, now)),
        }
    }
}
