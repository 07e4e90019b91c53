//! The parameters that a model knows, and the values that they take.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A parameter of a model: a field of the request, or a name of the provider's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What values it takes.
    pub spec: ParameterSpec,
}

/// The values that a parameter takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "type")]
pub enum ParameterSpec {
    /// True or false.
    Flag,
    /// Whole numbers.
    Integer(Range),
    /// Numbers.
    Number(Range),
    /// One of these strings.
    Choice {
        /// The strings.
        values: Vec<String>,
    },
    /// A text.
    Text {
        /// Most characters.
        max_length: u32,
    },
    /// Whatever a JSON Schema allows; the provider checks it.
    Schema {
        /// The schema.
        schema: String,
    },
}

/// A range of numbers, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// Lowest value.
    pub min: f64,
    /// Highest value.
    pub max: f64,
    /// Distance between allowed values, counted from `min`.
    pub step: Option<f64>,
}

impl Range {
    /// Whether the number is allowed.
    #[must_use]
    pub fn contains(&self, number: f64) -> bool {
        let is_on_step = || {
            self.step.is_none_or(|step| {
                let steps = (number - self.min) / step;
                (steps - nearest_whole(steps)).abs() < 1e-6
            })
        };
        number >= self.min && number <= self.max && is_on_step()
    }
}

/// The whole number that is nearest to one that is not negative. Each request asks that of many ranges, and `round` takes long.
fn nearest_whole(number: f64) -> f64 {
    // Larger numbers have no fraction; smaller ones lose it in the sum.
    const WHOLE: f64 = (1_u64 << 52) as f64;
    if number < WHOLE { (number + WHOLE) - WHOLE } else { number }
}

impl fmt::Display for Range {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} to {}", self.min, self.max)?;
        self.step.map_or(Ok(()), |step| write!(formatter, " in steps of {step}"))
    }
}

impl ParameterSpec {
    /// Whether the value is allowed.
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        match self {
            Self::Flag => value.is_boolean(),
            Self::Integer(range) => {
                (value.is_i64() || value.is_u64()) && value.as_f64().is_some_and(|number| range.contains(number))
            }
            Self::Number(range) => value.as_f64().is_some_and(|number| range.contains(number)),
            Self::Choice { values } => value.as_str().is_some_and(|text| values.iter().any(|allowed| allowed == text)),
            Self::Text { max_length } => {
                value.as_str().is_some_and(|text| text.chars().count() <= *max_length as usize)
            }
            Self::Schema { .. } => true,
        }
    }
}

impl fmt::Display for ParameterSpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => formatter.write_str("true or false"),
            Self::Integer(range) | Self::Number(range) => write!(formatter, "{range}"),
            Self::Choice { values } => formatter.write_str(&values.join(", ")),
            Self::Text { max_length } => write!(formatter, "at most {max_length} characters"),
            Self::Schema { .. } => formatter.write_str("what its schema allows"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_checked_against_their_spec() {
        let range = Range { min: 64.0, max: 128.0, step: Some(32.0) };
        let choice = ParameterSpec::Choice { values: vec!["low".to_owned()] };
        let cases = [
            (ParameterSpec::Flag, json!(true), true),
            (ParameterSpec::Flag, json!(1), false),
            (ParameterSpec::Integer(range), json!(96), true),
            (ParameterSpec::Integer(range), json!(97), false),
            (ParameterSpec::Integer(range), json!(96.0), false),
            (ParameterSpec::Integer(range), json!(160), false),
            (ParameterSpec::Number(range), json!(96.0), true),
            (ParameterSpec::Number(range), json!(null), false),
            (choice.clone(), json!("low"), true),
            (choice, json!("high"), false),
            (ParameterSpec::Text { max_length: 2 }, json!("äö"), true),
            (ParameterSpec::Text { max_length: 2 }, json!("abc"), false),
        ];
        for (spec, value, accepted) in cases {
            assert_eq!(spec.accepts(&value), accepted, "{spec:?} and {value}");
        }
    }
}
