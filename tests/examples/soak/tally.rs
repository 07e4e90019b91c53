//! How all that was done has ended.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use crate::act::Ending;

/// Most endings that were wrong that are told in full.
const TOLD: usize = 20;

/// A count of endings, for all workers.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Counts>);

/// The counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    endings: BTreeMap<Ending, u64>,
    pub(crate) wrong: u64,
    /// What was wrong, of the first ones.
    pub(crate) reasons: Vec<String>,
}

impl Tally {
    pub(crate) fn add(&self, ended: Result<Ending, String>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match ended {
            Ok(ending) => *counts.endings.entry(ending).or_default() += 1,
            Err(reason) => {
                counts.wrong += 1;
                if counts.reasons.len() < TOLD {
                    counts.reasons.push(reason);
                }
            }
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Counts {
    pub(crate) fn all(&self) -> u64 {
        self.endings.values().sum::<u64>() + self.wrong
    }

    pub(crate) fn of(&self, ending: Ending) -> u64 {
        self.endings.get(&ending).copied().unwrap_or_default()
    }
}

/// As columns of a table: all, and how they ended.
impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.all())?;
        for ending in Ending::ALL {
            write!(formatter, " | {}", self.of(ending))?;
        }
        write!(formatter, " | {}", self.wrong)
    }
}
