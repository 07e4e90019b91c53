//! Where a provider runs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where the code of a component runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Isolation {
    /// In this process: the engine is the wall. The fastest.
    #[default]
    InProcess,
    /// In a worker process without files, network and secrets: a second wall, for the day on which the engine has a hole.
    /// Loading fails where the kernel cannot give it.
    Process,
}

impl fmt::Display for Isolation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::InProcess => "in-process",
            Self::Process => "process",
        })
    }
}
