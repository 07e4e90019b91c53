//! What a request will cost, before anything runs.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;
use serde_json::Value;

use super::Price;
use crate::{Moment, PicoUsd, Unit, Workload};

/// What a request is expected to cost. What is unknown is never free: it leaves no most.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// At the least: what is unknown counts as nothing here, and nowhere else.
    pub low: PicoUsd,
    /// What is usual; none when that is not known.
    pub expected: Option<PicoUsd>,
    /// At the most; none when that is not known.
    pub high: Option<PicoUsd>,
    /// The units that are billed, or may be, and of which nobody knows the price, or how much there will be. Of a model without
    /// prices it is all that the request uses.
    pub unknown: Vec<Unit>,
}

impl fmt::Display for Estimate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.low, self.high) {
            (_, None) => formatter.write_str("unknown"),
            (PicoUsd::ZERO, Some(PicoUsd::ZERO)) => formatter.write_str("free"),
            (low, Some(high)) if low == high => write!(formatter, "{low}"),
            (low, Some(high)) => write!(formatter, "{low} to {high}"),
        }
    }
}

/// What one unit may cost.
struct Rate {
    low: PicoUsd,
    /// None where no price applies for certain.
    expected: Option<PicoUsd>,
    high: PicoUsd,
}

/// Estimates what so much costs at these prices and at this moment, for a request with these parameters. What is expected is what
/// [`cost`](super::cost) gives for what is usual. A price that depends on a parameter which the request leaves to the provider may
/// apply or not: it widens the range.
#[must_use]
pub fn estimate(
    prices: Option<&[Price]>,
    workload: &Workload,
    parameters: &BTreeMap<&str, Value>,
    at: Moment,
) -> Estimate {
    let Some(prices) = prices else {
        let unknown = workload.items.iter().map(|item| item.unit.clone()).collect();
        return Estimate { unknown, ..Estimate::default() };
    };
    let nothing = Some(PicoUsd::ZERO);
    let mut estimate = Estimate { low: PicoUsd::ZERO, expected: nothing, high: nothing, unknown: Vec::new() };
    for (unit, rate) in rates(prices, parameters, at) {
        let quantity = workload.quantity(unit);
        let parts = match (rate, quantity) {
            (Some(rate), Some(quantity)) => (
                // Where no price applies for certain, maybe none does.
                rate.expected.map_or(PicoUsd::ZERO, |_| rate.low.times(quantity.low)),
                rate.expected.map(|expected| expected.times(quantity.expected)),
                rate.expected.map(|_| rate.high.times(quantity.high)),
            ),
            // However much there is.
            (Some(Rate { expected, high: PicoUsd::ZERO, .. }), None) => (PicoUsd::ZERO, expected, expected),
            (Some(Rate { expected, .. }), None) => {
                (PicoUsd::ZERO, expected.filter(|expected| *expected == PicoUsd::ZERO), None)
            }
            (None, _) => (PicoUsd::ZERO, None, None),
        };
        if parts.2.is_none() {
            estimate.unknown.push(unit.clone());
        }
        estimate.low = sum(estimate.low, parts.0);
        estimate.expected = estimate.expected.zip(parts.1).map(|(all, part)| sum(all, part));
        estimate.high = estimate.high.zip(parts.2).map(|(all, part)| sum(all, part));
    }
    estimate
}

fn sum(left: PicoUsd, right: PicoUsd) -> PicoUsd {
    [left, right].into_iter().sum()
}

/// What each unit that has prices may cost; none where no price applies.
fn rates<'a>(prices: &'a [Price], parameters: &BTreeMap<&str, Value>, at: Moment) -> BTreeMap<&'a Unit, Option<Rate>> {
    let mut rates: BTreeMap<&Unit, Option<Rate>> = BTreeMap::new();
    for price in prices {
        let rate = rates.entry(&price.unit).or_default();
        let amount = price.amount;
        match (price.applies(parameters, at), &rate) {
            (Some(false), _) => {}
            (Some(true), _) => *rate = Some(Rate { low: amount, expected: Some(amount), high: amount }),
            (None, None) => *rate = Some(Rate { low: amount, expected: None, high: amount }),
            (None, Some(Rate { low, expected, high })) => {
                *rate = Some(Rate { low: amount.min(*low), expected: *expected, high: amount.max(*high) });
            }
        }
    }
    rates
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Capability, Request, catalogue::cost, workload::Quantity};

    const NOW: Moment = Moment(1000);
    const UNITS: [Unit; 4] = [Unit::Image, Unit::Step, Unit::InputToken, Unit::OutputToken];

    fn any_price() -> impl Strategy<Value = Price> {
        let when = prop::collection::vec(
            prop::sample::select(vec!["quality = high", "quality != high", "width > 1024", "n <= 2"]),
            0..3,
        );
        (
            0..UNITS.len(),
            prop_oneof![Just(0), 0..1_000_000_000_u64, any::<u64>()],
            when,
            prop::option::of(500..1500_u64),
        )
            .prop_map(|(unit, amount, when, until)| Price {
                when: when.into_iter().map(|condition| condition.parse().unwrap()).collect(),
                valid_until: until.map(Moment),
                ..Price::new(UNITS[unit].clone(), PicoUsd(amount))
            })
    }

    fn any_workload() -> impl Strategy<Value = Workload> {
        let number = || prop_oneof![Just(0.0), 0.0..1e6, Just(f64::NAN), Just(f64::INFINITY)];
        let quantity = (number(), number(), number());
        prop::collection::vec(prop::option::of(quantity), UNITS.len()).prop_map(|quantities| {
            let items = UNITS.iter().zip(quantities).filter_map(|(unit, quantity)| {
                let (low, expected, high) = quantity?;
                Some(Quantity::between(unit.clone(), low, expected, high))
            });
            Workload { items: items.collect() }
        })
    }

    fn any_parameters() -> impl Strategy<Value = BTreeMap<&'static str, Value>> {
        let width = prop::option::of(prop::sample::select(vec![512, 2048]));
        (prop::option::of(prop::sample::select(vec!["high", "low"])), width).prop_map(|(quality, width)| {
            let set = [("quality", quality.map(Value::from)), ("width", width.map(Value::from)), ("n", Some(1.into()))];
            set.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
        })
    }

    proptest! {
        #[test]
        fn the_least_is_below_what_is_expected_and_that_below_the_most(
            prices in prop::option::of(prop::collection::vec(any_price(), 0..6)),
            (workload, parameters) in (any_workload(), any_parameters()),
        ) {
            let estimate = estimate(prices.as_deref(), &workload, &parameters, NOW);
            let expected = cost(prices.as_deref(), &workload.expected(), &parameters, NOW);
            prop_assert_eq!(estimate.expected, expected, "{:?}", estimate);
            prop_assert_eq!(estimate.high.is_none(), !estimate.unknown.is_empty() || prices.is_none());
            if let Some(expected) = estimate.expected {
                prop_assert!(estimate.low <= expected);
                prop_assert!(estimate.high.is_none_or(|high| expected <= high));
            } else {
                prop_assert_eq!(estimate.high, None, "what is unknown has no most");
            }
        }

        #[test]
        fn a_higher_price_never_makes_anything_cheaper(
            prices in prop::collection::vec(any_price(), 1..6),
            (raised, by) in (any::<prop::sample::Index>(), any::<u64>()),
            (workload, parameters) in (any_workload(), any_parameters()),
        ) {
            let before = estimate(Some(&prices), &workload, &parameters, NOW);
            let mut dearer = prices.clone();
            let price = &mut dearer[raised.index(prices.len())];
            price.amount = PicoUsd(price.amount.0.saturating_add(by));
            let after = estimate(Some(&dearer), &workload, &parameters, NOW);
            prop_assert!(before.low <= after.low);
            for (before, after) in [(before.expected, after.expected), (before.high, after.high)] {
                // Of a unit that nobody can count, only a price of nothing is known.
                prop_assert!(after.is_none_or(|after| before.is_some_and(|before| before <= after)));
            }
        }
    }

    #[test]
    fn every_capability_has_a_range() {
        for &capability in Capability::ALL {
            let workload = Request::typical(capability).workload();
            assert!(workload.quantity(&Unit::Request).is_some(), "{capability}");
            for item in workload.bounded(None).items.iter() {
                let Quantity { low, expected, high, .. } = *item;
                assert!(
                    0.0 <= low && low <= expected && expected <= high && high.is_finite(),
                    "{capability}: {item:?}"
                );
            }
            let mut units: Vec<_> = workload.items.iter().map(|item| &item.unit).collect();
            units.sort();
            units.dedup();
            assert_eq!(units.len(), workload.items.len(), "{capability}: a unit is there twice");
        }
    }

    #[test]
    fn what_the_provider_decides_is_a_range() {
        let of_output = [Price::new(Unit::OutputToken, PicoUsd(10))];
        let chat = |max_output_tokens| crate::chat::Request { max_output_tokens, ..crate::chat::Request::new("hi") };
        let told = |request: crate::chat::Request, of_model| {
            let request = Request::from(request);
            let workload = request.workload();
            estimate(Some(&of_output), &workload.bounded(of_model), &request.parameters(), NOW).high
        };
        assert_eq!(told(chat(Some(1000)), None), Some(PicoUsd(10_000)), "as the request says");
        assert_eq!(told(chat(Some(1000)), Some(400)), Some(PicoUsd(4000)), "as the model says");
        assert_eq!(told(chat(None), Some(100_000)), Some(PicoUsd(1_000_000)), "as the model says");
        assert_eq!(told(chat(None), None), Some(PicoUsd(163_840)), "nobody says");

        let high = Price { when: vec!["quality = high".parse().unwrap()], ..Price::new(Unit::Image, PicoUsd(8)) };
        let request = Request::from(crate::text_to_image::Request::new("a fox"));
        let estimate = |prices: &[Price]| estimate(Some(prices), &request.workload(), &request.parameters(), NOW);
        let either = estimate(&[Price::new(Unit::Image, PicoUsd(4)), high.clone()]);
        assert_eq!(either.to_string(), "$0.000000000004 to $0.000000000008", "the quality is left to the provider");
        assert_eq!(estimate(&[high]).unknown, [Unit::Image], "maybe no price applies");
        assert_eq!(estimate(&[]).to_string(), "free");
    }
}
