//! Prices as an operator writes them.

use std::collections::BTreeMap;

use palisade_core::{
    Moment, PicoUsd, Unit,
    catalogue::{Condition, Price},
};
use serde::{Deserialize, Deserializer, de};

/// `price`: what each unit costs, always.
pub(crate) type PriceByUnit = BTreeMap<Unit, PicoUsd>;

/// One of `prices`: what a unit costs, under conditions and for a time.
#[derive(Deserialize)]
#[serde(try_from = "Fields")]
pub(crate) struct PriceTable(Price);

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Fields {
    unit: Unit,
    amount: PicoUsd,
    #[serde(default)]
    when: Vec<Written>,
    valid_from: Option<Day>,
    valid_until: Option<Day>,
}

struct Written(Condition);

/// A date or a time, between quotes or as TOML has them.
pub(crate) struct Day(pub(crate) Moment);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => text,
            other => other.to_string(),
        };
        text.parse().map(Self).map_err(de::Error::custom)
    }
}

impl TryFrom<Fields> for PriceTable {
    type Error = String;

    fn try_from(fields: Fields) -> Result<Self, String> {
        let Fields { unit, amount, when, valid_from, valid_until } = fields;
        let (from, until) = (valid_from.map(|day| day.0), valid_until.map(|day| day.0));
        if let Some((from, until)) = from.zip(until)
            && until <= from
        {
            return Err(format!("a price from {from} until {until} never applies"));
        }
        let when = when.into_iter().map(|written| written.0).collect();
        Ok(Self(Price { when, valid_from: from, valid_until: until, ..Price::new(unit, amount) }))
    }
}

/// The prices of the short form or of the long one; none where there is neither.
pub(crate) fn together(
    price: Option<PriceByUnit>,
    prices: Option<Vec<PriceTable>>,
) -> Result<Option<Vec<Price>>, String> {
    Ok(match (price, prices) {
        (Some(_), Some(_)) => return Err("there are `price` and `prices`: write all of them as `prices`".to_owned()),
        (Some(price), None) => Some(price.into_iter().map(|(unit, amount)| Price::new(unit, amount)).collect()),
        (None, prices) => prices.map(|prices| prices.into_iter().map(|table| table.0).collect()),
    })
}
