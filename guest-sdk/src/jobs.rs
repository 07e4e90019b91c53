//! Work that takes longer than a call. A capability whose work is a job is [submitted](crate::TextToVideo::submit): that gives
//! a token, which the host keeps; with it the host asks this interface until the job is done, also after a restart, and of
//! another instance.
//!
//! ```
//! use palisade_guest::jobs::{self, CancelResult, Outcome, Output, Progress, State};
//! use palisade_guest::text_to_video::Request;
//! use palisade_guest::{CallOptions, Jobs, Media, Result, TextToVideo};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Ticket {
//!     upstream_id: String,
//! }
//!
//! struct Studio;
//! impl TextToVideo for Studio {
//!     fn submit(request: Request, options: &CallOptions) -> Result<Vec<u8>> {
//!         // Ask the upstream, and keep what it calls the work.
//!         jobs::token(&Ticket { upstream_id: "42".to_owned() })
//!     }
//! }
//! impl Jobs for Studio {
//!     fn poll(token: &[u8]) -> Result<State> {
//!         let ticket: Ticket = jobs::read(token)?;
//!         // Ask the upstream about `ticket.upstream_id`.
//!         Ok(State::Running(Progress::permille(500)))
//!     }
//! }
//! // palisade_guest::export!(Studio: jobs, text_to_video);
//! ```

mod remarks;

pub use bindings::exports::palisade::provider::jobs::{CancelResult, JobProgress as Progress, Outcome, Output, State};
pub use remarks::Remarks;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::capability::{capability, reports};
use crate::unlisted::Unlisted;
use crate::{Exported, Failure, Media, Provider, Result, Usage};

capability!("jobs", Jobs);
reports!(Outcome);

/// Implemented by a provider whose work is jobs, beside the capabilities that submit them.
pub trait Jobs {
    /// Asks the upstream once, without waiting, where a job is.
    ///
    /// # Errors
    /// When that cannot be told now: the host asks again later. A job that has failed is a [`State::Failed`].
    fn poll(token: &[u8]) -> Result<State>;

    /// Asks the upstream to stop a job. By default it cannot.
    ///
    /// # Errors
    /// When it cannot be told whether it stops.
    fn cancel(token: &[u8]) -> Result<CancelResult> {
        let _ = token;
        Ok(CancelResult::Unsupported)
    }
}

/// What the host gets when it asks after a job: the outcome warns of each parameter that the model did not list when it was
/// submitted. For tests; within a component the SDK calls it.
///
/// # Errors
/// As [`Jobs::poll`].
pub fn poll<P: Provider + Jobs>(token: &[u8]) -> Result<State> {
    let (unlisted, token) = Unlisted::kept_in(token);
    let mut state = P::poll(token)?;
    if let State::Succeeded(outcome) = &mut state {
        unlisted.tell(&mut outcome.warnings);
    }
    Ok(state)
}

impl<P: Exported + Jobs> bindings::exports::palisade::provider::jobs::Guest for crate::Adapter<P> {
    fn poll(token: Vec<u8>) -> Result<State> {
        crate::adapter::enter();
        poll::<P>(&token)
    }

    fn cancel(token: Vec<u8>) -> Result<CancelResult> {
        crate::adapter::enter();
        P::cancel(Unlisted::kept_in(&token).1)
    }
}

/// A token that holds this, as JSON. It must not hold a secret.
///
/// # Errors
/// `internal` when it cannot be written.
pub fn token(ticket: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(ticket).map_err(|error| Failure::internal(format!("the token cannot be written: {error}")))
}

/// What a token holds.
///
/// # Errors
/// `internal` when it is another provider's, or of a version that wrote other tokens.
pub fn read<T: DeserializeOwned>(token: &[u8]) -> Result<T> {
    serde_json::from_slice(token).map_err(|error| Failure::internal(format!("the token cannot be read: {error}")))
}

impl Progress {
    /// Nothing is known of how far it is.
    #[must_use]
    pub fn unknown() -> Self {
        Self { permille: None, queue_position: None, eta_ms: None, preview: None }
    }

    /// So many thousandths are done.
    #[must_use]
    pub fn permille(done: u32) -> Self {
        Self { permille: Some(done), ..Self::unknown() }
    }

    /// So many are before it.
    #[must_use]
    pub fn queued(position: u32) -> Self {
        Self { queue_position: Some(position), ..Self::unknown() }
    }
}

impl Output {
    /// A picture or a film of which nothing else is known.
    #[must_use]
    pub fn new(content: Media) -> Self {
        Self { content, width: None, height: None, seconds: None, seed: None, revised_prompt: None }
    }
}

impl Outcome {
    /// These results. Unless set, nothing is known to have been used.
    pub fn new(outputs: impl IntoIterator<Item = Output>) -> Self {
        Self { outputs: outputs.into_iter().collect(), usage: Usage::none(), warnings: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FailureKind;

    #[test]
    fn a_token_reads_back_and_another_is_refused() {
        let written = token(&("fal", 7)).unwrap();
        assert_eq!(read::<(String, u32)>(&written).unwrap(), ("fal".to_owned(), 7));
        assert!(matches!(read::<(String, u32)>(b"{").unwrap_err().kind, FailureKind::Internal(_)));
    }
}
