//! What the interface calls a failure.

use palisade_core::http::Error;

use super::bindings::wasi::http::types::ErrorCode;

/// Where a failure happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Before the headers of the answer had come.
    Asking,
    /// After that.
    Reading,
}

/// The code of a failure. The sentences that belong to it go where the code has room for one.
pub(crate) fn code(error: &Error, phase: Phase) -> ErrorCode {
    match (error, phase) {
        // No code says that there were too many, or that the call ends.
        (Error::Denied(_) | Error::RateLimited(_) | Error::Leak, _) => ErrorCode::HttpRequestDenied,
        (Error::InvalidRequest(why), _) => ErrorCode::InternalError(Some(why.clone())),
        (Error::Connect(_), _) => ErrorCode::DestinationUnavailable,
        (Error::Timeout, Phase::Asking) => ErrorCode::HttpResponseTimeout,
        (Error::Timeout, Phase::Reading) => ErrorCode::ConnectionReadTimeout,
        (Error::RequestTooLarge(limit), _) => ErrorCode::HttpRequestBodySize(Some(*limit)),
        (Error::ResponseTooLarge(limit), _) => ErrorCode::HttpResponseBodySize(Some(*limit)),
        (Error::Protocol(_), Phase::Asking) => ErrorCode::HttpProtocolError,
        (Error::Protocol(_), Phase::Reading) => ErrorCode::HttpResponseIncomplete,
    }
}
