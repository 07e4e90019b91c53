//! What a unit costs, under which conditions, and what a workload costs by that.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Moment, PicoUsd, Unit, Usage};

/// What one unit costs. Where several prices of a unit apply, the last one counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// What is counted.
    pub unit: Unit,
    /// What one costs.
    pub amount: PicoUsd,
    /// When it applies: all must hold.
    pub when: Vec<Condition>,
    /// From when on it applies; always where nobody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Moment>,
    /// From when on it applies no more; never where nobody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Moment>,
}

impl Price {
    /// What one unit costs, always.
    #[must_use]
    pub const fn new(unit: Unit, amount: PicoUsd) -> Self {
        Self { unit, amount, when: Vec::new(), valid_from: None, valid_until: None }
    }

    /// Whether it holds for every request at any time.
    #[must_use]
    pub fn is_unconditional(&self) -> bool {
        self.when.is_empty() && self.valid_from.is_none() && self.valid_until.is_none()
    }

    /// Whether it applies at this moment to a request with these parameters; none where that depends on what the request leaves to
    /// the provider.
    pub(super) fn applies(&self, parameters: &BTreeMap<&str, Value>, at: Moment) -> Option<bool> {
        let is_valid = self.valid_from.is_none_or(|from| from <= at) && self.valid_until.is_none_or(|until| at < until);
        let mut conditions = self.when.iter().map(|condition| condition.holds(parameters));
        if !is_valid || conditions.clone().any(|holds| holds == Some(false)) {
            return Some(false);
        }
        conditions.try_for_each(|holds| holds.map(drop)).map(|()| true)
    }
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

impl Comparison {
    /// Its sign.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
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

    /// None where the parameter is not set.
    fn holds(&self, parameters: &BTreeMap<&str, Value>) -> Option<bool> {
        let value = parameters.get(self.parameter.as_str())?;
        let numbers = value.as_f64().zip(self.value.as_f64());
        let ordered = |holds: fn(f64, f64) -> bool| numbers.is_some_and(|(left, right)| holds(left, right));
        let equal = numbers.map_or_else(|| *value == self.value, |(left, right)| left == right);
        Some(match self.comparison {
            Comparison::Equal => equal,
            Comparison::NotEqual => !equal,
            Comparison::Less => ordered(|left, right| left < right),
            Comparison::LessOrEqual => ordered(|left, right| left <= right),
            Comparison::Greater => ordered(|left, right| left > right),
            Comparison::GreaterOrEqual => ordered(|left, right| left >= right),
        })
    }
}

impl FromStr for Condition {
    type Err = String;

    /// Reads `quality = high` or `width > 1024`: what is no JSON is a text.
    fn from_str(text: &str) -> Result<Self, String> {
        let invalid = || {
            let text = crate::text::escape(text, 80);
            format!("`{text}` is no condition: write for example `quality = high` or `width > 1024`")
        };
        let (parameter, rest) = text.trim().split_once(char::is_whitespace).ok_or_else(invalid)?;
        let (comparison, value) = rest.trim_start().split_once(char::is_whitespace).ok_or_else(invalid)?;
        let value = value.trim_start();
        if value.is_empty() || value.len() > Self::MAX_VALUE_BYTES {
            return Err(invalid());
        }
        Ok(Self {
            parameter: parameter.to_owned(),
            comparison: comparison.parse()?,
            value: serde_json::from_str(value).unwrap_or_else(|_| value.into()),
        })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} ", self.parameter, self.comparison.as_str())?;
        match self.value.as_str() {
            Some(text) => formatter.write_str(text),
            None => write!(formatter, "{}", self.value),
        }
    }
}

impl fmt::Display for Price {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.amount, self.unit)?;
        for (index, condition) in self.when.iter().enumerate() {
            write!(formatter, "{}{condition}", if index == 0 { " when " } else { " and " })?;
        }
        self.valid_from.map_or(Ok(()), |from| write!(formatter, " from {from}"))?;
        self.valid_until.map_or(Ok(()), |until| write!(formatter, " until {until}"))
    }
}

/// What this much costs at these prices and at this moment, for a request with these parameters. A unit without a price is free: prices
/// name what is billed. None when the prices are unknown; when a unit has prices and none of them applies; when a unit
/// is billed of which nobody knows how much.
#[must_use]
pub fn cost(
    prices: Option<&[Price]>,
    usage: &Usage,
    parameters: &BTreeMap<&str, Value>,
    at: Moment,
) -> Option<PicoUsd> {
    let mut by_unit: BTreeMap<&Unit, Option<PicoUsd>> = BTreeMap::new();
    for price in prices? {
        let amount = by_unit.entry(&price.unit).or_default();
        if price.applies(parameters, at) == Some(true) {
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
    use proptest::prelude::*;
    use serde_json::json;

    fn price(unit: Unit, pico: u64, when: &[(&str, &str, Value)]) -> Price {
        let condition = |(parameter, comparison, value): &(&str, &str, Value)| Condition {
            parameter: (*parameter).to_owned(),
            comparison: comparison.parse().unwrap(),
            value: value.clone(),
        };
        Price { when: when.iter().map(condition).collect(), ..Price::new(unit, PicoUsd(pico)) }
    }

    const NOW: Moment = Moment(1000);

    #[test]
    fn the_last_price_that_applies_counts() {
        let prices = [
            price(Unit::Image, 40, &[]),
            price(Unit::Image, 90, &[("quality", "=", json!("high")), ("width", ">", json!(1024))]),
        ];
        let usage = Usage { items: vec![UsageItem { unit: Unit::Image, quantity: 2.0 }], reported_cost: None };
        let cost_of = |quality: &str, width: u32| {
            let parameters = BTreeMap::from([("quality", json!(quality)), ("width", json!(width))]);
            cost(Some(&prices), &usage, &parameters, NOW)
        };
        assert_eq!(cost_of("high", 2048), Some(PicoUsd(180)));
        assert_eq!(cost_of("high", 1024), Some(PicoUsd(80)));
        assert_eq!(cost_of("low", 2048), Some(PicoUsd(80)));
    }

    #[test]
    fn all_items_of_a_unit_count() {
        let item = |quantity| UsageItem { unit: Unit::Image, quantity };
        let usage = Usage { items: vec![item(0.0), item(10.0)], reported_cost: None };
        assert_eq!(cost(Some(&[price(Unit::Image, 3, &[])]), &usage, &BTreeMap::new(), NOW), Some(PicoUsd(30)));
    }

    #[test]
    fn unknown_is_never_free() {
        let usage = Usage { items: vec![UsageItem { unit: Unit::Image, quantity: 1.0 }], reported_cost: None };
        let none = BTreeMap::new();
        assert_eq!(cost(None, &usage, &none, NOW), None, "no prices");
        let only_hd = [price(Unit::Image, 5, &[("quality", "=", json!("hd"))])];
        assert_eq!(cost(Some(&only_hd), &usage, &none, NOW), None, "no price applies");
        assert_eq!(
            cost(Some(&[price(Unit::Step, 5, &[])]), &usage, &none, NOW),
            None,
            "steps are billed, and not known"
        );
        assert_eq!(cost(Some(&[]), &usage, &none, NOW), Some(PicoUsd::ZERO), "an empty list is free");
        assert_eq!(cost(Some(&[price(Unit::Step, 0, &[])]), &usage, &none, NOW), Some(PicoUsd::ZERO), "0 each is free");
    }
    #[test]
    fn a_price_applies_only_while_it_is_valid() {
        let usage = Usage { items: vec![UsageItem { unit: Unit::Image, quantity: 1.0 }], reported_cost: None };
        let from = Price { valid_from: Some(Moment(100)), ..Price::new(Unit::Image, PicoUsd(3)) };
        let until = Price { valid_until: Some(Moment(100)), ..Price::new(Unit::Image, PicoUsd(4)) };
        let cost_at = |prices: &[&Price], at| {
            let prices: Vec<_> = prices.iter().copied().cloned().collect();
            cost(Some(&prices), &usage, &BTreeMap::new(), Moment(at))
        };
        assert_eq!([99, 100].map(|at| cost_at(&[&from], at)), [None, Some(PicoUsd(3))], "not yet is unknown");
        assert_eq!([99, 100].map(|at| cost_at(&[&until], at)), [Some(PicoUsd(4)), None], "no more is unknown");
        assert_eq!([99, 100].map(|at| cost_at(&[&from, &until], at)), [4, 3].map(|pico| Some(PicoUsd(pico))));
    }

    #[test]
    fn a_price_is_told_with_all_that_it_depends_on() {
        let amount = "0.08".parse().unwrap();
        let when = ["quality = high", "width > 1024"].map(|condition| condition.parse().unwrap()).to_vec();
        let (from, until) = ("2026-01-01".parse().ok(), "2027-01-01T12:00:00Z".parse().ok());
        let price = Price { when, valid_from: from, valid_until: until, ..Price::new(Unit::Image, amount) };
        let expected = "$0.08/image when quality = high and width > 1024 from 2026-01-01 until 2027-01-01T12:00:00Z";
        assert_eq!(price.to_string(), expected);
        for bad in ["", "quality", "quality =", "quality = ", "quality is high", "width>1024"] {
            assert!(bad.parse::<Condition>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_condition_that_is_printed_reads_back(
            parameter in "[a-z-]{1,8}",
            sign in prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]),
            value in prop_oneof![any::<i32>().prop_map(Value::from), "[a-z]{5}( [a-z]{1,5})?".prop_map(Value::from)],
        ) {
            let condition = Condition { parameter, comparison: sign.parse().unwrap(), value };
            prop_assert_eq!(condition.to_string().parse(), Ok(condition));
        }
    }
}
