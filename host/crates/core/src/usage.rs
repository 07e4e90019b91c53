//! What a call used, in the units that providers bill, and what the caller should know about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{PicoUsd, Unit};

/// Something counted for billing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UsageItem {
    /// What is counted.
    pub unit: Unit,
    /// How much: finite and not negative.
    pub quantity: f64,
}

/// What a call used, as the provider reports it. What the host measured is in
/// [`ResourceUsage`](crate::ResourceUsage).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// What was counted.
    pub items: Vec<UsageItem>,
    /// What the upstream says that it cost.
    pub reported_cost: Option<PicoUsd>,
}

/// Something that the caller should know about a call that succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Warning {
    /// The parameter had no effect.
    IgnoredParameter {
        /// Its name.
        name: String,
    },
    /// The parameter was changed.
    AdjustedParameter {
        /// Its name.
        name: String,
        /// The value that was used.
        value: String,
    },
    /// Anything else.
    Note {
        /// A sentence.
        text: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IgnoredParameter { name } => write!(formatter, "`{name}` had no effect"),
            Self::AdjustedParameter { name, value } => write!(formatter, "`{name}` was changed to {value}"),
            Self::Note { text } => formatter.write_str(text),
        }
    }
}
