//! Where a figure comes from.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whose word a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// The provider says so.
    Claimed,
    /// The operator says so.
    Operator,
    /// A list of prices says so, which the operator has chosen.
    Feed,
    /// The host measured it.
    Measured,
    /// Nobody says: it is what is assumed of any provider.
    Assumed,
}

impl Provenance {
    /// Its name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Operator => "operator",
            Self::Feed => "feed",
            Self::Measured => "measured",
            Self::Assumed => "assumed",
        }
    }
}

impl fmt::Display for Provenance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// A figure, and whose word it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sourced<T> {
    /// The figure.
    pub value: T,
    /// Whose word it is.
    pub source: Provenance,
}

impl<T> Sourced<T> {
    /// What the provider says.
    pub const fn claimed(value: T) -> Self {
        Self { value, source: Provenance::Claimed }
    }

    /// What the operator says.
    pub const fn operator(value: T) -> Self {
        Self { value, source: Provenance::Operator }
    }

    /// What a list of prices says.
    pub const fn feed(value: T) -> Self {
        Self { value, source: Provenance::Feed }
    }

    /// What the host measured.
    pub const fn measured(value: T) -> Self {
        Self { value, source: Provenance::Measured }
    }

    /// What is taken for granted where nobody says anything.
    pub const fn assumed(value: T) -> Self {
        Self { value, source: Provenance::Assumed }
    }

    /// Another figure, by the same word.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Sourced<U> {
        Sourced { value: change(self.value), source: self.source }
    }
}
