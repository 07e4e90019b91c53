//! A request without an answer, as a failure of the call.

use super::HttpError;
use crate::{Failure, FailureKind, Submitted};

impl From<HttpError> for Failure {
    /// The failure of a call whose request had no answer. Where the host says that nothing has left, nothing is
    /// submitted; else nobody knows.
    fn from(error: HttpError) -> Self {
        let (kind, message, submitted) = match error {
            HttpError::Denied(what) => (FailureKind::Auth, format!("not granted: {what}"), Submitted::No),
            HttpError::InvalidRequest(why) => return Self::internal(format!("no request that can be sent: {why}")),
            // No kind says that nobody is there, since no upstream has said anything.
            HttpError::Connect(why) => return Self::internal(format!("no connection to the upstream: {why}")),
            HttpError::Timeout => (FailureKind::Timeout, "the upstream took too long".to_owned(), Submitted::Unknown),
            HttpError::TooLarge(limit) => {
                // Of the request or of the answer: the host does not say which.
                let reason = format!("there are more bytes than the {limit} that are allowed");
                (FailureKind::BadOutput(reason.clone()), reason, Submitted::Unknown)
            }
            HttpError::Protocol(why) => {
                let reason = format!("no answer that can be read: {why}");
                (FailureKind::BadOutput(reason.clone()), reason, Submitted::Unknown)
            }
        };
        Self::new(kind, message).submitted(submitted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_left_is_said_truthfully() {
        let sentence = || "why".to_owned();
        for (error, kind, submitted) in [
            (HttpError::Denied(sentence()), "auth", Submitted::No),
            (HttpError::InvalidRequest(sentence()), "internal", Submitted::No),
            (HttpError::Connect(sentence()), "internal", Submitted::No),
            (HttpError::Timeout, "timeout", Submitted::Unknown),
            (HttpError::TooLarge(7), "bad-output", Submitted::Unknown),
            (HttpError::Protocol(sentence()), "bad-output", Submitted::Unknown),
        ] {
            let failure = Failure::from(error);
            let found = match failure.kind {
                FailureKind::Auth => "auth",
                FailureKind::Internal(_) => "internal",
                FailureKind::Timeout => "timeout",
                FailureKind::BadOutput(_) => "bad-output",
                other => panic!("{other:?}"),
            };
            assert_eq!((found, failure.submitted), (kind, submitted), "{}", failure.message);
        }
    }
}
