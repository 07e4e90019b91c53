//! How much a request is expected to use, from the least to the most.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::{Unit, Usage, UsageItem};

/// Tokens that an answer is taken to have at the most where neither the request nor the model bounds it.
const MOST_OUTPUT_TOKENS: f64 = 16_384.0;

/// How much of a unit a request is expected to use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// What is counted.
    pub unit: Unit,
    /// How much at the least.
    pub low: f64,
    /// How much is usual: not less than `low`.
    pub expected: f64,
    /// How much at the most: not less than `expected`; infinite where only the model bounds it.
    pub high: f64,
}

/// Everything that a request is expected to use, each unit once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    /// What is counted.
    pub items: Vec<Quantity>,
}

impl Workload {
    /// How much of this unit; none when nobody knows.
    #[must_use]
    pub fn quantity(&self, unit: &Unit) -> Option<&Quantity> {
        self.items.iter().find(|item| item.unit == *unit)
    }

    /// What is usual.
    #[must_use]
    pub fn expected(&self) -> Usage {
        let item = |item: &Quantity| UsageItem { unit: item.unit.clone(), quantity: item.expected };
        Usage { items: self.items.iter().map(item).collect(), reported_cost: None }
    }

    /// Whether a part of it is an answer, of which the model says how long it gets.
    #[must_use]
    pub fn has_answer(&self) -> bool {
        self.items.iter().any(Quantity::is_answer)
    }

    /// The same for a model that gives so many tokens at the most.
    #[must_use]
    pub fn bounded(&self, max_output_tokens: Option<u32>) -> Cow<'_, Self> {
        let most = max_output_tokens.map(f64::from);
        let is_beyond = |item: &Quantity| item.is_answer() && item.high > most.unwrap_or(f64::MAX);
        if !self.items.iter().any(is_beyond) {
            return Cow::Borrowed(self);
        }
        let mut bounded = self.clone();
        for item in bounded.items.iter_mut().filter(|item| is_beyond(item)) {
            item.high = most.unwrap_or(MOST_OUTPUT_TOKENS).max(item.expected);
        }
        Cow::Owned(bounded)
    }
}

impl Quantity {
    /// So much, neither less nor more.
    #[must_use]
    pub fn exactly(unit: Unit, quantity: f64) -> Self {
        Self::between(unit, quantity, quantity, quantity)
    }

    /// So much as is usual, from the least to the most.
    #[must_use]
    pub fn between(unit: Unit, low: f64, expected: f64, high: f64) -> Self {
        // What is no number is nothing.
        let expected = expected.max(0.0);
        Self { unit, low: low.max(0.0).min(expected), expected, high: high.max(expected) }
    }

    fn is_answer(&self) -> bool {
        matches!(self.unit, Unit::OutputToken | Unit::ReasoningToken)
    }
}
