//! Whether a provider that was loaded is to serve.

use std::time::SystemTime;

use palisade_core::RejectReason;

use crate::status::State;

/// What becomes of a provider, as its operator, or its own crashes, decide.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Standing {
    /// It serves.
    #[default]
    Live,
    /// It serves who names it.
    Staging,
    /// It is called no more, and its last calls end.
    Draining,
    /// It is called when it is started again.
    Stopped,
    /// It is called when somebody has released it.
    Quarantined { reason: String, since: SystemTime },
}

impl Standing {
    /// The name of the state.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Staging => "staging",
            Self::Draining => "draining",
            Self::Stopped => "stopped",
            Self::Quarantined { .. } => "quarantined",
        }
    }

    /// What is told of it.
    pub(crate) fn state(&self) -> State {
        match self {
            Self::Live => State::Live,
            Self::Staging => State::Staging,
            Self::Draining => State::Draining,
            Self::Stopped => State::Stopped,
            Self::Quarantined { reason, since } => State::Quarantined { reason: reason.clone(), since: *since },
        }
    }

    /// Why it is so, where somebody has said.
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Quarantined { reason, .. } => Some(reason),
            Self::Live | Self::Staging | Self::Draining | Self::Stopped => None,
        }
    }

    /// Whether anybody is to be sent there.
    pub(crate) fn serves(&self) -> bool {
        matches!(self, Self::Live | Self::Staging)
    }

    /// Why nobody is.
    pub(crate) fn reject_reason(&self) -> Option<RejectReason> {
        let reason = || self.reason().map(str::to_owned);
        (!self.serves()).then(|| RejectReason::NotServing { state: self.name().to_owned(), reason: reason() })
    }
}
