//! The policies of others: a way to pick among the endpoints that a gate lets through.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use palisade_routing::{Attempt, Endpoint, Health, Rate};

use super::{Policy, ours::tell, peak::Peak};
use crate::{providers::Outcome, random::Random};

/// Who is taken of those that the gate lets through.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Pick {
    /// The first that there is.
    First,
    /// One after the other.
    RoundRobin,
    /// One of two, by chance.
    Random,
    /// The one of two that has fewer calls under way.
    FewerPending,
    /// The one of two whose estimate of latency, times the calls that it would then have, is lower.
    PeakEwma {
        /// The seconds that a failure counts for, unless the endpoint says how long to wait; without, the time it took.
        penalty: Option<f64>,
    },
}

/// Who is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Nobody.
    Open,
    /// Who failed so many times in a row, for a while. The count goes on until a success.
    InARow {
        /// How many times.
        failures: u32,
        /// How long.
        pause: Duration,
    },
    /// Who our breaker leaves alone.
    Breaker,
}

#[derive(Debug)]
struct Record {
    pending: u32,
    peak: Peak,
    in_a_row: u32,
    out_until: Instant,
}

struct Call<'a> {
    place: usize,
    attempt: Option<Attempt<'a>>,
}

/// The policy in a run.
pub(super) struct Peer<'a> {
    pick: Pick,
    gate: Gate,
    endpoints: &'a [Arc<Endpoint>],
    random: Random,
    records: Vec<Record>,
    turn: usize,
    calls: BTreeMap<u64, Call<'a>>,
}

impl<'a> Peer<'a> {
    pub(super) fn new(pick: Pick, gate: Gate, endpoints: &'a [Arc<Endpoint>], random: Random, now: Instant) -> Self {
        let record = |_| Record { pending: 0, peak: Peak::new(now), in_a_row: 0, out_until: now };
        let records = endpoints.iter().map(record).collect();
        Self { pick, gate, endpoints, random, records, turn: 0, calls: BTreeMap::new() }
    }

    fn lets_through(&mut self, place: usize, now: Instant) -> bool {
        match self.gate {
            Gate::Open => true,
            Gate::InARow { .. } => self.records.get(place).is_none_or(|record| record.out_until <= now),
            Gate::Breaker => {
                let Some(endpoint) = self.endpoints.get(place) else { return false };
                let figures = endpoint.live.figures(now);
                let is_called = match figures.health {
                    Health::Ramp { share } => self.random.share() < share,
                    health => matches!(health, Health::Closed | Health::Probation),
                };
                is_called && figures.rate == Rate::Free
            }
        }
    }

    fn pick(&mut self, among: &[usize], now: Instant) -> Option<usize> {
        match self.pick {
            Pick::First => return among.first().copied(),
            Pick::RoundRobin => {
                let count = self.endpoints.len();
                let turn = self.turn;
                let next = among.iter().copied().min_by_key(|place| (place + count - turn) % count)?;
                self.turn = (next + 1) % count;
                return Some(next);
            }
            Pick::Random | Pick::FewerPending | Pick::PeakEwma { .. } => {}
        }
        let first = self.random.below(among.len());
        let second = (first + 1 + self.random.below(among.len().saturating_sub(1))) % among.len().max(1);
        let (first, second) = (*among.get(first)?, *among.get(second)?);
        let better = self.weight(first, now)? <= self.weight(second, now)?;
        Some(if better { first } else { second })
    }

    /// How much speaks against this one.
    fn weight(&self, place: usize, now: Instant) -> Option<f64> {
        let record = self.records.get(place)?;
        Some(match self.pick {
            Pick::FewerPending => record.pending.into(),
            Pick::PeakEwma { .. } => record.peak.seconds(now) * f64::from(record.pending + 1),
            Pick::First | Pick::RoundRobin | Pick::Random => 0.0,
        })
    }
}

impl Policy for Peer<'_> {
    fn begin(&mut self, call: u64, tried: &[usize], now: Instant) -> Option<usize> {
        let left: Vec<_> = (0..self.endpoints.len()).filter(|place| !tried.contains(place)).collect();
        let mut among = left.clone();
        among.retain(|&place| self.lets_through(place, now));
        // Where all are left alone, none is.
        let among = if among.is_empty() { left } else { among };
        let place = self.pick(&among, now)?;
        self.records.get_mut(place)?.pending += 1;
        let attempt = match self.gate {
            Gate::Breaker => Some(self.endpoints.get(place)?.live.begin(now)),
            Gate::Open | Gate::InARow { .. } => None,
        };
        self.calls.insert(call, Call { place, attempt });
        Some(place)
    }

    fn end(&mut self, call: u64, outcome: Outcome, took: Duration, now: Instant) {
        let Some(Call { place, attempt }) = self.calls.remove(&call) else { return };
        if let Some(attempt) = attempt {
            tell(attempt, outcome, took, now);
        }
        let Some(record) = self.records.get_mut(place) else { return };
        record.pending = record.pending.saturating_sub(1);
        let seconds = match (self.pick, outcome) {
            (Pick::PeakEwma { penalty: Some(_) }, Outcome::Refused(Some(wait))) => wait.as_secs_f64(),
            (Pick::PeakEwma { penalty: Some(penalty) }, Outcome::Failed | Outcome::Refused(None)) => penalty,
            _ => took.as_secs_f64(),
        };
        record.peak.observe(seconds, now);
        record.in_a_row = if outcome == Outcome::Served { 0 } else { record.in_a_row + 1 };
        if let Gate::InARow { failures, pause } = self.gate
            && record.in_a_row >= failures
        {
            record.out_until = now + pause;
        }
    }
}
