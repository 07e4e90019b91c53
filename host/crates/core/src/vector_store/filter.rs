//! What is to hold of a point, by what is known of it beside its vector.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Result, check, store};

/// Something that holds of a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// A field of the payload, or of an object in it: `author.name`.
    pub field: String,
    /// What its value is.
    pub is: Test,
}

/// What a value is. Numbers are compared with numbers and texts with texts, as they are; a field that is missing is nothing of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    /// The same.
    Equal(Value),
    /// There, and another.
    NotEqual(Value),
    /// One of these.
    OneOf(Vec<Value>),
    /// A list in which this is.
    Contains(Value),
    /// Smaller.
    Less(Value),
    /// Not larger.
    AtMost(Value),
    /// Larger.
    Greater(Value),
    /// Not smaller.
    AtLeast(Value),
    /// There, or not.
    Exists(bool),
}

impl Condition {
    /// That a field has this value.
    pub fn equal(field: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { field: field.into(), is: Test::Equal(value.into()) }
    }

    /// Whether it holds of a point of which this is known.
    ///
    /// ```
    /// use palisade_core::vector_store::{Condition, Test};
    /// use serde_json::json;
    ///
    /// let payload = json!({"year": 1999, "author": {"name": "Ada"}});
    /// let payload = payload.as_object().unwrap();
    /// assert!(Condition::equal("author.name", "Ada").holds(payload));
    /// assert!(!Condition { field: "year".to_owned(), is: Test::Less(json!(1999)) }.holds(payload));
    /// ```
    #[must_use]
    pub fn holds(&self, payload: &Map<String, Value>) -> bool {
        let value = find(payload, &self.field);
        match (&self.is, value) {
            (Test::Exists(is_there), value) => value.is_some() == *is_there,
            (_, None) => false,
            (Test::Equal(wanted), Some(value)) => is_same(value, wanted),
            (Test::NotEqual(wanted), Some(value)) => !is_same(value, wanted),
            (Test::OneOf(wanted), Some(value)) => wanted.iter().any(|wanted| is_same(value, wanted)),
            (Test::Contains(wanted), Some(Value::Array(values))) => values.iter().any(|value| is_same(value, wanted)),
            (Test::Contains(_), Some(_)) => false,
            (Test::Less(wanted), Some(value)) => order(value, wanted) == Some(Ordering::Less),
            (Test::AtMost(wanted), Some(value)) => order(value, wanted).is_some_and(Ordering::is_le),
            (Test::Greater(wanted), Some(value)) => order(value, wanted) == Some(Ordering::Greater),
            (Test::AtLeast(wanted), Some(value)) => order(value, wanted).is_some_and(Ordering::is_ge),
        }
    }
}

/// The value of a field, which may be one of an object: a name with dots is looked for as a whole first.
fn find<'a>(payload: &'a Map<String, Value>, field: &str) -> Option<&'a Value> {
    if let Some(value) = payload.get(field) {
        return Some(value);
    }
    let (first, rest) = field.split_once('.')?;
    find(payload.get(first)?.as_object()?, rest)
}

/// 1 and 1.0 are the same number.
fn is_same(value: &Value, wanted: &Value) -> bool {
    value == wanted || order(value, wanted) == Some(Ordering::Equal)
}

fn order(value: &Value, wanted: &Value) -> Option<Ordering> {
    match (value, wanted) {
        (Value::Number(value), Value::Number(wanted)) => match (value.as_i64(), wanted.as_i64()) {
            (Some(value), Some(wanted)) => Some(value.cmp(&wanted)),
            _ => value.as_f64()?.partial_cmp(&wanted.as_f64()?),
        },
        (Value::String(value), Value::String(wanted)) => Some(value.cmp(wanted)),
        _ => None,
    }
}

/// Checks conditions, all of which are to hold.
pub(super) fn check(filter: &[Condition]) -> Result<()> {
    /// More of them nobody writes.
    const MOST: usize = 64;
    /// Each is compared with what each point has.
    const MOST_VALUES: usize = 1000;
    check::within("filter", filter.len(), MOST, "conditions")?;
    let values = |condition: &Condition| if let Test::OneOf(values) = &condition.is { values.len() } else { 1 };
    check::within("filter", filter.iter().map(values).sum(), MOST_VALUES, "values")?;
    for (index, condition) in filter.iter().enumerate() {
        store::key(&format!("filter[{index}].field"), &condition.field)?;
    }
    store::value("filter", usize::try_from(size_in_bytes(filter)).unwrap_or(usize::MAX))
}

pub(super) fn size_in_bytes(filter: &[Condition]) -> u64 {
    let of = |condition: &Condition| {
        let value = match &condition.is {
            Test::Equal(value)
            | Test::NotEqual(value)
            | Test::Contains(value)
            | Test::Less(value)
            | Test::AtMost(value)
            | Test::Greater(value)
            | Test::AtLeast(value) => value.to_string().len(),
            Test::OneOf(values) => values.iter().map(|value| value.to_string().len()).sum(),
            Test::Exists(_) => 1,
        };
        (condition.field.len() + value) as u64
    };
    filter.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_filter_compares_with_so_many_values() {
        let one_of = |count| vec![Condition { field: "a".to_owned(), is: Test::OneOf(vec![Value::Null; count]) }];
        check(&one_of(1000)).unwrap();
        assert!(check(&one_of(1001)).unwrap_err().to_string().starts_with("filter: "));
        assert!(check(&[one_of(999), one_of(1), one_of(1)].concat()).is_err());
    }

    #[test]
    fn what_holds_is_told_by_the_payload_alone() {
        let payload = json!({"year": 1999, "price": 2.5, "genre": "jazz", "tags": ["live", 7], "a": {"b": {"c": true}}, "x.y": 1, "none": null});
        let cases = [
            ("year", json!({"equal": 1999}), true),
            ("year", json!({"equal": 1999.0}), true),
            ("year", json!({"equal": "1999"}), false),
            ("year", json!({"not-equal": 2000}), true),
            ("missing", json!({"not-equal": 2000}), false),
            ("genre", json!({"one-of": ["rock", "jazz"]}), true),
            ("genre", json!({"one-of": []}), false),
            ("tags", json!({"contains": 7}), true),
            ("tags", json!({"contains": "jazz"}), false),
            ("genre", json!({"contains": "jazz"}), false),
            ("price", json!({"less": 3}), true),
            ("price", json!({"at-most": 2.5}), true),
            ("price", json!({"greater": 2.5}), false),
            ("genre", json!({"at-least": "jazz"}), true),
            ("genre", json!({"at-least": 1}), false),
            ("a.b.c", json!({"equal": true}), true),
            ("x.y", json!({"equal": 1}), true),
            ("none", json!({"exists": true}), true),
            ("none.deeper", json!({"exists": false}), true),
        ];
        for (field, is, expected) in cases {
            let condition: Condition = serde_json::from_value(json!({"field": field, "is": is})).unwrap();
            assert_eq!(condition.holds(payload.as_object().unwrap()), expected, "{condition:?}");
        }
    }
}
