//! What was spent of a budget: what a restart must not forget.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::PicoUsd;

/// An amount that was spent of a budget, in one window of its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spent {
    /// The name of the budget.
    pub budget: String,
    /// When the window began.
    pub from: SystemTime,
    /// When it ends; none when never.
    pub until: Option<SystemTime>,
    /// How much.
    pub amount: PicoUsd,
}
