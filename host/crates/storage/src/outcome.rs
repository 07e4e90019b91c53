//! What is answered to a call whose key is known.

use std::time::SystemTime;

use bytes::Bytes;
use palisade_core::{Error, ErrorKind, ModelId, ProviderId, Result, Submitted};

use crate::{options::time, record::Attempt};

/// A job that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// What it gave; none when it was too large to keep, or has made room for others.
    pub result: Option<Bytes>,
    /// When it was done.
    pub at: SystemTime,
    /// Who did it; none when nothing was noted since nothing could be billed.
    pub attempt: Option<Uncertain>,
}

impl Finished {
    /// Returns the result.
    ///
    /// # Errors
    ///
    /// `maybe-billed` when it is no longer held.
    pub fn into_result(self) -> Result<Bytes> {
        self.result.ok_or_else(|| {
            let message = "replay the result: the job was done, and its result is no longer held here; use a new idempotency \
                           key to have it done again";
            match self.attempt {
                Some(attempt) => attempt.error(message.to_owned(), Submitted::Yes),
                None => Error::new(ErrorKind::MaybeBilled, message),
            }
        })
    }
}

/// A job that was or may have been handed to a provider, and whose end is not known. It is never submitted again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uncertain {
    /// The provider.
    pub provider: ProviderId,
    /// Its model.
    pub model: ModelId,
    /// When the attempt began.
    pub at: SystemTime,
    /// What the upstream calls the job, if that is known.
    pub upstream_id: Option<String>,
}

impl Uncertain {
    fn error(self, message: String, submitted: Submitted) -> Error {
        Error::new(ErrorKind::MaybeBilled, message)
            .with_provider(self.provider)
            .with_upstream(submitted, self.upstream_id)
    }
}

impl From<Attempt> for Uncertain {
    fn from(attempt: Attempt) -> Self {
        Self {
            provider: attempt.provider,
            model: attempt.model,
            at: time(attempt.at),
            upstream_id: attempt.upstream_id,
        }
    }
}

impl From<Uncertain> for Error {
    fn from(uncertain: Uncertain) -> Self {
        let known = uncertain.upstream_id.as_ref().map(|id| format!(" as `{}`", palisade_core::text::escape(id, 80)));
        let message = format!(
            "submit the job again: {}/{} may have done it{}, and what became of it is not known; ask there, or use a new \
             idempotency key",
            uncertain.provider,
            uncertain.model,
            known.unwrap_or_default()
        );
        uncertain.error(message, Submitted::Unknown)
    }
}

/// The error for a key that is known for another request.
pub(crate) fn conflict() -> Error {
    Error::new(
        ErrorKind::KeyConflict,
        "begin the job: its idempotency key was used for another request; use another key, or repeat that request as it was",
    )
}
