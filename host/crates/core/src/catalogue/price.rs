//! What a unit costs, under which conditions, and what a workload costs by that.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{PicoUsd, Unit, Usage};

/// What one unit costs. Where several prices of a unit apply, the last one counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// What is counted.
    pub unit: Unit,
    /// What one costs.
    pub amount: PicoUsd,
    /// When it applies: all must hold.
    pub when: Vec<Condition>,
}

/// A condition on a parameter of the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Name of the parameter.
    pub parameter: String,
    /// How to compare.
    pub comparison: Comparison,
    /// What to compare with.
    pub value: Value,
}

/// How two values are compared: numbers by size, anything else only by being equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// Equal.
    #[serde(rename = "=")]
    Equal,
    /// Not equal.
    #[serde(rename = "!=")]
    NotEqual,
    /// Less.
    #[serde(rename = "<")]
    Less,
    /// Less or equal.
    #[serde(rename = "<=")]
    LessOrEqual,
    /// Greater.
    #[serde(rename = ">")]
    Greater,
    /// Greater or equal.
    #[serde(rename = ">=")]
    GreaterOrEqual,
}

impl FromStr for Comparison {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "=" => Self::Equal,
            "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return Err(format!("`{}` is none of = != < <= > >=", crate::text::escape(text, 10))),
        })
    }
}

impl Condition {
    /// Most bytes of the JSON of its value.
    pub const MAX_VALUE_BYTES: usize = 256;

    fn holds(&self, parameters: &BTreeMap<&str, Value>) -> bool {
        let Some(value) = parameters.get(self.parameter.as_str()) else {
            return false;
        };
        let numbers = value.as_f64().zip(self.value.as_f64());
        let ordered = |holds: fn(f64, f64) -> bool| numbers.is_some_and(|(left, right)| holds(left, right));
        let equal = numbers.map_or_else(|| *value == self.value, |(left, right)| left == right);
        match self.comparison {
            Comparison::Equal => equal,
            Comparison::NotEqual => !equal,
            Comparison::Less => ordered(|left, right| left < right),
            Comparison::LessOrEqual => ordered(|left, right| left <= right),
            Comparison::Greater => ordered(|left, right| left > right),
            Comparison::GreaterOrEqual => ordered(|left, right| left >= right),
        }
    }
}

impl fmt::Display for Price {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.amount, self.unit)
    }
}

/// What this much costs at these prices, for a request with these parameters. A unit without a price is free: prices
/// name what is billed. None when the prices are unknown; when a unit has prices and none of them applies; when a unit
/// is billed of which nobody knows how much.
#[must_use]
pub fn cost(prices: Option<&[Price]>, usage: &Usage, parameters: &BTreeMap<&str, Value>) -> Option<PicoUsd> {
    let mut by_unit: BTreeMap<&Unit, Option<PicoUsd>> = BTreeMap::new();
    for price in prices? {
        let amount = by_unit.entry(&price.unit).or_default();
        if price.when.iter().all(|condition| condition.holds(parameters)) {
            *amount = Some(price.amount);
        }
    }
    by_unit
        .into_iter()
        .map(|(unit, amount)| {
            let amount = amount?;
            let mut quantities =
                usage.items.iter().filter(|item| item.unit == *unit).map(|item| item.quantity).peekable();
            match quantities.peek() {
                Some(_) => Some(amount.times(quantities.sum())),
                None => (amount == PicoUsd::ZERO).then_some(PicoUsd::ZERO),
            }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UsageItem;
    use serde_json::json;

    fn price(unit: Unit, pico: u64, when: &[(&str, &str, Value)]) -> Price {
        let condition = |(parameter, comparison, value): &(&str, &str, Value)| Condition {
            parameter: (*parameter).to_owned(),
            comparison: comparison.parse().unwrap(),
            value: value.clone(),
        };
        Price { unit, amount: PicoUsd(pico), when: when.iter().map(condition).collect() }
    }

    #[test]
    fn the_last_price_that_applies_counts() {
        let prices = [
            price(Unit::Image, 40, &[]),
            price(Unit::Image, 90, &[("quality", "=", json!("high")), ("width", ">", json!(1024))]),
        ];
        let usage = Usage { items: vec![UsageItem { unit: Unit::Image, quantity: 2.0 }], reported_cost: None };
        let cost_of = |quality: &str, width: u32| {
            let parameters = BTreeMap::from([("quality", json!(quality)), ("width", json!(width))]);
            cost(Some(&prices), &usage, &parameters)
        };
        assert_eq!(cost_of("high", 2048), Some(PicoUsd(180)));
        assert_eq!(cost_of("high", 1024), Some(PicoUsd(80)));
        assert_eq!(cost_of("low", 2048), Some(PicoUsd(80)));
    }

    #[test]
    fn all_items_of_a_unit_count() {
        let item = |quantity| UsageItem { unit: Unit::Image, quantity };
        let usage = Usage { items: vec![item(0.0), item(10.0)], reported_cost: None };
        assert_eq!(cost(Some(&[price(Unit::Image, 3, &[])]), &usage, &BTreeMap::new()), Some(PicoUsd(30)));
    }

    #[test]
    fn unknown_is_never_free() {
        let usage = Usage { items: vec![UsageItem { unit: Unit::Image, quantity: 1.0 }], reported_cost: None };
        let none = BTreeMap::new();
        assert_eq!(cost(None, &usage, &none), None, "no prices");
        let only_hd = [price(Unit::Image, 5, &[("quality", "=", json!("hd"))])];
        assert_eq!(cost(Some(&only_hd), &usage, &none), None, "no price applies");
        assert_eq!(cost(Some(&[price(Unit::Step, 5, &[])]), &usage, &none), None, "steps are billed, and not known");
        assert_eq!(cost(Some(&[]), &usage, &none), Some(PicoUsd::ZERO), "an empty list is free");
        assert_eq!(cost(Some(&[price(Unit::Step, 0, &[])]), &usage, &none), Some(PicoUsd::ZERO), "0 each is free");
    }
}
