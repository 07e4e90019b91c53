//! Prices as rows of numbers, so that what a request costs is a short sum.

use palisade_core::{
    PicoUsd, Unit, Workload,
    catalogue::{Estimate, Price},
};

use crate::need::sound;

/// Units that have a place of their own. Prices that need more are worked out one by one.
const SLOTS: usize = 4;
/// The prices are not known.
const UNKNOWN: u8 = 1 << 6;
/// They depend on the request, or on more units than there are places.
const INTRICATE: u8 = 1 << 7;
/// Pico-dollars in a dollar.
const PER_USD: f64 = 1e12;
/// A quantity that is larger is not told from this one: at any price it costs more than there is money.
const MOST: f64 = 1e20;

/// The units that have a place: those that most prices are in.
#[derive(Debug, Default)]
pub(crate) struct Units(Vec<Unit>);

impl Units {
    pub(crate) fn of<'a>(prices: impl Iterator<Item = &'a Price>) -> Self {
        let mut counts: Vec<(usize, &Unit)> = Vec::new();
        for price in prices {
            match counts.iter_mut().find(|(_, unit)| *unit == &price.unit) {
                Some((count, _)) => *count += 1,
                None => counts.push((1, &price.unit)),
            }
        }
        counts.sort_by(|(left, left_unit), (right, right_unit)| right.cmp(left).then(left_unit.cmp(right_unit)));
        Self(counts.into_iter().take(SLOTS).map(|(_, unit)| unit.clone()).collect())
    }

    fn slot(&self, unit: &Unit) -> Option<usize> {
        self.0.iter().position(|known| known == unit)
    }
}

/// What an endpoint costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tariff {
    /// Dollars for one of each unit.
    amounts: [f64; SLOTS],
    /// A bit for each unit that is billed, and the marks above.
    bills: u8,
}

impl Tariff {
    pub(crate) fn new(prices: Option<&[Price]>, units: &Units) -> Self {
        let mut tariff = Self { amounts: [0.0; SLOTS], bills: 0 };
        let Some(prices) = prices else { return Self { bills: UNKNOWN, ..tariff } };
        for price in prices {
            let slot = units.slot(&price.unit).filter(|_| price.is_unconditional());
            let Some((slot, amount)) = slot.and_then(|slot| Some((slot, tariff.amounts.get_mut(slot)?))) else {
                return Self { bills: INTRICATE, ..tariff };
            };
            // The last price of a unit counts. What costs nothing is not billed, however much of it there is.
            *amount = price.amount.as_usd();
            tariff.bills = if *amount > 0.0 { tariff.bills | 1 << slot } else { tariff.bills & !(1 << slot) };
            if pico(*amount) != price.amount {
                return Self { bills: INTRICATE, ..tariff };
            }
        }
        tariff
    }

    /// Prices that nobody believes: each request is looked at by itself.
    pub(crate) fn doubted() -> Self {
        Self { amounts: [0.0; SLOTS], bills: INTRICATE }
    }

    /// Whether what this much costs can only be worked out from the prices themselves.
    pub(crate) fn is_intricate(&self) -> bool {
        self.bills & INTRICATE != 0
    }

    /// Whether it is a sum that is known.
    #[inline]
    pub(crate) fn is_sum(&self, load: &Load) -> bool {
        self.bills & load.no_sum == 0
    }

    /// What this much costs where it is a sum, in dollars, but for the rounding of a bill.
    #[inline]
    pub(crate) fn dollars(&self, load: &Load) -> f64 {
        let ([a, b, c, d], [e, f, g, h]) = (self.amounts, load.quantities);
        // In this order the processor does two at a time.
        (a * e + c * g) + (b * f + d * h)
    }

    /// The same, roughly and quickly.
    pub(crate) fn rough(&self) -> RoughTariff {
        RoughTariff { amounts: self.amounts.map(|amount| amount as f32), bills: self.bills }
    }

    /// What this much costs where it is a sum, as it is billed: to the pico-dollar, each unit rounded up.
    pub(crate) fn bill(&self, load: &Load) -> PicoUsd {
        self.bill_of(&load.quantities)
    }

    fn bill_of(&self, quantities: &[f64; SLOTS]) -> PicoUsd {
        self.amounts.iter().zip(quantities).map(|(amount, quantity)| pico(*amount).times(*quantity)).sum()
    }

    /// What this much costs from the least to the most; none where that can only be worked out from the prices themselves.
    pub(crate) fn estimate(&self, load: &Load) -> Option<Estimate> {
        let [low, expected, high] =
            [&load.low, &load.quantities, &load.high].map(|quantities| self.bill_of(quantities));
        let estimate = Estimate { low, expected: Some(expected), high: Some(high), unknown: Vec::new() };
        (self.is_sum(load) && !load.is_open).then_some(estimate)
    }
}

/// The exact amount, where it is not so large that a pico-dollar is lost in it.
fn pico(dollars: f64) -> PicoUsd {
    PicoUsd((dollars * PER_USD + 0.5) as u64)
}

/// What an endpoint costs, roughly.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RoughTariff {
    amounts: [f32; SLOTS],
    bills: u8,
}

impl RoughTariff {
    /// What this much costs, to 6 digits; nothing where that is no sum that is known.
    #[inline]
    pub(crate) fn dollars(&self, load: &Load) -> f32 {
        let ([a, b, c, d], [e, f, g, h]) = (self.amounts, load.rough);
        if self.bills & load.no_sum == 0 { (a * e + c * g) + (b * f + d * h) } else { 0.0 }
    }
}

/// How much a request is taken to use.
#[derive(Debug)]
pub(crate) struct Load {
    quantities: [f64; SLOTS],
    low: [f64; SLOTS],
    high: [f64; SLOTS],
    rough: [f32; SLOTS],
    /// A bit for each unit of which nobody knows how much, and the marks.
    no_sum: u8,
    /// Whether it depends on the model how much it is at the most.
    is_open: bool,
}

impl Load {
    pub(crate) fn new(workload: &Workload, units: &Units) -> Self {
        let none = [0.0; SLOTS];
        let (mut quantities, mut low, mut high, mut no_sum) = (none, none, none, UNKNOWN | INTRICATE);
        let places = quantities.iter_mut().zip(&mut low).zip(&mut high);
        for (slot, (unit, ((quantity, low), high))) in units.0.iter().zip(places).enumerate() {
            match workload.quantity(unit) {
                Some(item) => {
                    (*quantity, *low, *high) =
                        (sound(item.expected, MOST), sound(item.low, MOST), sound(item.high, MOST));
                }
                None => no_sum |= 1 << slot,
            }
        }
        let rough = quantities.map(|quantity| quantity as f32);
        Self { quantities, low, high, rough, no_sum, is_open: workload.has_answer() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use palisade_core::{
        Moment, Quantity,
        catalogue::{self, Condition},
    };
    use proptest::prelude::*;

    use super::*;

    const UNITS: [Unit; 6] =
        [Unit::Image, Unit::Step, Unit::Request, Unit::Character, Unit::InputToken, Unit::OutputToken];

    prop_compose! {
        fn any_price()(unit in 0..UNITS.len(), amount in prop_oneof![Just(0_u64), 1_u64..1000, 1_000_000_u64..1_000_000_000_000, any::<u64>()], conditional in prop::bool::weighted(0.1)) -> Price {
            let condition = || Condition { parameter: "n".to_owned(), comparison: catalogue::Comparison::Equal, value: 1.into() };
            let when = if conditional { vec![condition()] } else { vec![] };
            Price { when, ..Price::new(UNITS[unit].clone(), PicoUsd(amount)) }
        }
    }

    fn any_quantity() -> impl Strategy<Value = f64> {
        prop_oneof![Just(0.0), 0.0..1e7, Just(f64::NAN), Just(f64::INFINITY)]
    }

    proptest! {
        #[test]
        fn a_tariff_costs_what_its_prices_cost(
            prices in prop::option::of(prop::collection::vec(any_price(), 0..6)),
            items in prop::collection::btree_map(0..UNITS.len(), (any_quantity(), any_quantity(), any_quantity()), 0..6),
        ) {
            let units = Units::of(prices.iter().flatten());
            let tariff = Tariff::new(prices.as_deref(), &units);
            if tariff.is_intricate() {
                return Ok(());
            }
            let quantity = |(unit, (low, expected, high)): (usize, (f64, f64, f64))| {
                Quantity::between(UNITS[unit].clone(), low, expected, high)
            };
            let workload = Workload { items: items.into_iter().map(quantity).collect() };
            let load = Load::new(&workload, &units);
            let estimate = catalogue::estimate(prices.as_deref(), &workload, &BTreeMap::new(), Moment(0));
            let expected = estimate.expected;
            prop_assert_eq!(tariff.is_sum(&load).then(|| tariff.bill(&load)), expected);
            if let Some(quick) = tariff.estimate(&load) {
                prop_assert_eq!(quick, estimate);
            }
            if let Some(expected) = expected.filter(|expected| expected.0 < u64::MAX) {
                let (dollars, expected) = (tariff.dollars(&load), expected.as_usd());
                prop_assert!((dollars - expected).abs() <= 1e-9 * expected + 1e-11, "{dollars} and {expected}");
            }
        }
    }

    #[test]
    fn ordinary_prices_are_simple_and_conditions_are_not() {
        let price = |unit, amount, when| Price { when, ..Price::new(unit, PicoUsd(amount)) };
        let condition =
            Condition { parameter: "n".to_owned(), comparison: catalogue::Comparison::Equal, value: 1.into() };
        let simple = [price(Unit::Image, 40_000_000_000, vec![]), price(Unit::Step, 20_000, vec![])];
        let units = Units::of(simple.iter());
        assert!(!Tariff::new(Some(&simple), &units).is_intricate());
        assert!(!Tariff::new(None, &units).is_intricate());
        assert!(Tariff::new(Some(&[price(Unit::Image, 1, vec![condition])]), &units).is_intricate());
        assert!(Tariff::new(Some(&[price(Unit::Request, 1, vec![])]), &units).is_intricate());
    }
}
