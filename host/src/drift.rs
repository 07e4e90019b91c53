//! What providers settle, beside what was expected of them.
//!
//! ```text
//! a call is served ─► what is reported, beside its usage by the prices ─┐
//!                     what is settled, beside the estimate               ┴─► a moving ratio ─► price.drift, where it is off for long
//! no figure at all ─► price.unknown, once
//! ```

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use palisade_core::{ModelId, PicoUsd, Request, Usage, catalogue};
use palisade_routing::{Endpoint, Need};

/// How far off is a drift.
const TOLERANCE: f64 = 0.1;
/// Calls that have to be known before anything is said.
const CALLS: u32 = 5;
/// The part of the ratio that the latest call is: it takes about five calls to forget.
const LATEST: f64 = 0.2;

/// What one call cost, by everybody who says so.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Settlement {
    /// As the provider reports it.
    pub(crate) reported: Option<PicoUsd>,
    /// What it says that it used, by the prices.
    pub(crate) by_usage: Option<PicoUsd>,
    /// What was expected before it ran, at the least and at the most.
    pub(crate) estimate: Option<(PicoUsd, PicoUsd)>,
    /// Whether the operator does not believe what the provider says of money.
    pub(crate) is_doubted: bool,
}

impl Settlement {
    /// The bill of a call that was served.
    pub(crate) fn of(endpoint: &Endpoint, need: Option<&Need>, usage: &Usage) -> Self {
        let (reported, is_doubted) = (usage.reported_cost, endpoint.overrides.doubts_prices);
        let settlement = match (endpoint.prices().value, need) {
            // There is nothing to work out.
            (Some([]), _) => {
                let (by_usage, estimate) = (Some(PicoUsd::ZERO), Some((PicoUsd::ZERO, PicoUsd::ZERO)));
                Self { reported, by_usage, estimate, ..Self::default() }
            }
            (None, _) | (_, None) => Self { reported, ..Self::default() },
            (Some(prices), Some(need)) => {
                let estimate = endpoint.estimate(need);
                Self {
                    reported,
                    by_usage: catalogue::cost(Some(prices), usage, &need.parameters, need.at),
                    estimate: estimate.high.map(|high| (estimate.low, high)),
                    ..Self::default()
                }
            }
        };
        Self { is_doubted, ..settlement }
    }

    /// What there is to know of a request for its bill. Taken before the call, which takes the request; few prices ask for it.
    pub(crate) fn need(endpoint: &Endpoint, request: &Request) -> Option<Need> {
        let prices = endpoint.prices().value.unwrap_or_default();
        (!prices.is_empty()).then(|| Need::new(request))
    }

    /// What the caller is told.
    pub(crate) fn cost(&self) -> Option<PicoUsd> {
        self.reported.or(self.by_usage)
    }

    /// What budgets are charged with. Who is not believed says nothing that makes it cheaper: neither what it was billed, nor that it
    /// used less than the request asks for at the least.
    pub(crate) fn charged(&self) -> Option<PicoUsd> {
        if !self.is_doubted {
            return self.cost();
        }
        let least = self.estimate.map(|(low, _)| low);
        [self.reported, self.by_usage, least].into_iter().flatten().max()
    }

    /// What was expected, and how many times that is settled: of our own figure and the estimate, the one that is farther off.
    fn comparison(&self) -> Option<(PicoUsd, f64)> {
        let settled = self.cost()?;
        let own = self.reported.and(self.by_usage);
        let nearest = self.estimate.map(|(low, high)| settled.max(low).min(high));
        let compared = [own, nearest].into_iter().flatten().map(|expected| (expected, ratio(expected, settled)));
        compared.max_by(|(_, one), (_, other)| (one - 1.0).abs().total_cmp(&(other - 1.0).abs()))
    }
}

/// What there is to say about the bills of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Finding {
    /// It settles something else than was expected, for several calls by now.
    Drift { expected: PicoUsd, settled: PicoUsd, ratio: f64 },
    /// Nobody knows what its call has cost.
    Unknown,
}

/// The bills of the models of a provider.
#[derive(Debug, Default)]
pub(crate) struct Bills(Mutex<BTreeMap<ModelId, Record>>);

#[derive(Debug, Default)]
struct Record {
    calls: u32,
    ratio: f64,
    /// Whether it is told that it drifts: once, until it does no more.
    is_drifting: bool,
    is_unknown: bool,
}

impl Bills {
    /// Takes the bill of a call into account. Says what is new about the model.
    pub(crate) fn settle(&self, model: &ModelId, settlement: Settlement) -> Option<Finding> {
        if settlement.reported.is_none() && settlement.by_usage == Some(PicoUsd::ZERO) {
            // Nobody asks for anything: most calls of most providers.
            return None;
        }
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !records.contains_key(model) {
            records.insert(model.clone(), Record::default());
        }
        records.get_mut(model)?.settle(settlement)
    }
}

impl Record {
    fn settle(&mut self, settlement: Settlement) -> Option<Finding> {
        if settlement.cost().is_none() {
            let is_new = !std::mem::replace(&mut self.is_unknown, true);
            return is_new.then_some(Finding::Unknown);
        }
        let (settled, (expected, ratio)) = (settlement.cost()?, settlement.comparison()?);
        self.calls = self.calls.saturating_add(1);
        // The first calls count alike, so that none of them weighs for long.
        self.ratio += (ratio - self.ratio) * LATEST.max(1.0 / f64::from(self.calls));
        let is_off = self.calls >= CALLS && (self.ratio - 1.0).abs() > TOLERANCE;
        let is_new = is_off && !self.is_drifting;
        self.is_drifting = is_off;
        is_new.then_some(Finding::Drift { expected, settled, ratio: self.ratio })
    }
}

/// How many times what was expected is settled. Of what was expected to be free, anything is a hundred times as much.
fn ratio(expected: PicoUsd, settled: PicoUsd) -> f64 {
    const MOST: f64 = 100.0;
    match (expected, settled) {
        (PicoUsd::ZERO, PicoUsd::ZERO) => 1.0,
        _ => (settled.0 as f64 / expected.0 as f64).min(MOST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(bills: &Bills, bill: Settlement) -> Option<Finding> {
        bills.settle(&"m".parse().unwrap(), bill)
    }

    fn bill(reported: u64, by_usage: u64) -> Settlement {
        Settlement {
            reported: Some(PicoUsd(reported)),
            by_usage: Some(PicoUsd(by_usage)),
            estimate: Some((PicoUsd(1), PicoUsd(1000))),
            is_doubted: false,
        }
    }

    #[test]
    fn a_bill_that_is_off_for_several_calls_is_told_once() {
        let bills = Bills::default();
        for _ in 0..20 {
            assert_eq!(settle(&bills, bill(109, 100)), None, "nine in a hundred is no drift");
        }
        let found: Vec<_> = (0..20).filter_map(|_| settle(&bills, bill(131, 100))).collect();
        let [Finding::Drift { expected, settled, ratio }] = found[..] else { panic!("{found:?}") };
        assert_eq!((expected, settled), (PicoUsd(100), PicoUsd(131)));
        assert!(ratio > 1.1 && ratio < 1.31, "{ratio}");
        assert!((0..20).all(|_| settle(&bills, bill(100, 100)).is_none()));
        assert_eq!((0..20).filter_map(|_| settle(&bills, bill(50, 100))).count(), 1, "too little is a drift too");
    }

    #[test]
    fn who_is_not_believed_makes_nothing_cheaper() {
        let doubted = |reported, by_usage| Settlement { is_doubted: true, ..bill(reported, by_usage) };
        let charged = [bill(0, 70), doubted(0, 70), doubted(90, 70), doubted(0, 0)].map(|bill| bill.charged());
        assert_eq!(charged, [0, 70, 90, 1].map(|amount| Some(PicoUsd(amount))));
        assert_eq!(doubted(0, 70).cost(), Some(PicoUsd(0)), "what it reports is told as it is");
        assert_eq!(Settlement { is_doubted: true, ..Settlement::default() }.charged(), None);
    }

    #[test]
    fn few_calls_say_nothing() {
        let bills = Bills::default();
        let found: Vec<_> = (0..6).map(|_| settle(&bills, bill(200, 100)).is_some()).collect();
        assert_eq!(found, [false, false, false, false, true, false]);
    }

    #[test]
    fn what_is_settled_lies_within_the_estimate() {
        let estimate = Some((PicoUsd(10), PicoUsd(20)));
        for (reported, by_usage, times) in [
            (None, Some(15), None),
            (None, Some(50), Some(2.5)),
            (Some(5), None, Some(0.5)),
            (Some(30), Some(30), Some(1.5)),
            (Some(30), Some(10), Some(3.0)),
        ] {
            let (reported, by_usage) = (reported.map(PicoUsd), by_usage.map(PicoUsd));
            let bill = Settlement { reported, by_usage, estimate, is_doubted: false };
            let bills = Bills::default();
            let found = (0..9).find_map(|_| match settle(&bills, bill)? {
                Finding::Drift { ratio, .. } => Some(format!("{ratio:.3}")),
                Finding::Unknown => None,
            });
            assert_eq!(found, times.map(|times: f64| format!("{times:.3}")), "{bill:?}");
        }
        let zero = Some(PicoUsd::ZERO);
        let free = Settlement { reported: zero, by_usage: zero, estimate: zero.zip(zero), is_doubted: false };
        let bills = Bills::default();
        assert!((0..9).all(|_| settle(&bills, free).is_none()));
        let said_to_be_free = Settlement { reported: Some(PicoUsd(1)), ..free };
        assert!((0..9).any(|_| settle(&bills, said_to_be_free).is_some()));
    }

    #[test]
    fn a_call_whose_price_nobody_knows_is_told_once() {
        let bills = Bills::default();
        let unknown = Settlement { estimate: Some((PicoUsd(5), PicoUsd(5))), ..Settlement::default() };
        let found = [unknown, unknown, bill(1, 1), unknown].map(|bill| settle(&bills, bill));
        assert_eq!(found, [Some(Finding::Unknown), None, None, None]);
    }
}
