//! A request without an answer, as a failure of the call.

use super::HttpError;
use crate::{Failure, FailureKind, RateLimit, Submitted};

impl From<HttpError> for Failure {
    /// The failure of a call whose request had no answer. Where the host says that nothing has left, nothing is
    /// submitted; else nobody knows.
    fn from(error: HttpError) -> Self {
        let (kind, message, submitted) = match error {
            HttpError::Denied(what) => (FailureKind::Auth, format!("not granted: {what}"), Submitted::No),
            HttpError::InvalidRequest(why) => return Self::internal(format!("no request that can be sent: {why}")),
            // No kind says that nobody is there, since no upstream has said anything.
            HttpError::Connect(why) => return Self::internal(format!("no connection to the upstream: {why}")),
            HttpError::RequestTooLarge(limit) => {
                return Self::limit_exceeded("request", format!("it would be sent as more than {limit} bytes"));
            }
            HttpError::RateLimited(wait) => {
                let limit = RateLimit { retry_after_ms: Some(wait), limit_scope: "grant".to_owned() };
                let message = "as many requests were made as the operator granted".to_owned();
                (FailureKind::RateLimited(limit), message, Submitted::No)
            }
            HttpError::Timeout => (FailureKind::Timeout, "the upstream took too long".to_owned(), Submitted::Unknown),
            HttpError::ResponseTooLarge(limit) => {
                let reason = format!("the answer has more bytes than the {limit} that are allowed");
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
            (HttpError::RequestTooLarge(7), "limit-exceeded", Submitted::No),
            (HttpError::RateLimited(7), "rate-limited", Submitted::No),
            (HttpError::ResponseTooLarge(7), "bad-output", Submitted::Unknown),
            (HttpError::Protocol(sentence()), "bad-output", Submitted::Unknown),
        ] {
            let failure = Failure::from(error);
            let found = match failure.kind {
                FailureKind::Auth => "auth",
                FailureKind::LimitExceeded(_) => "limit-exceeded",
                FailureKind::RateLimited(limit) if limit.retry_after_ms == Some(7) => "rate-limited",
                FailureKind::Internal(_) => "internal",
                FailureKind::Timeout => "timeout",
                FailureKind::BadOutput(_) => "bad-output",
                other => panic!("{other:?}"),
            };
            assert_eq!((found, failure.submitted), (kind, submitted), "{}", failure.message);
        }
    }
}
