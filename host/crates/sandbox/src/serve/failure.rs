//! An error on its way from a worker.

use std::time::Duration;

use palisade_core::{Error, ErrorClass, ErrorKind, Submitted, text::escape};
use serde::{Deserialize, Serialize};

/// Most characters of a message: what the host itself makes of a guest's words is shorter.
const MAX_MESSAGE: usize = 4000;
/// The longest wait that a guest can ask for.
const MAX_WAIT: Duration = Duration::from_millis(u32::MAX as u64);
/// Most characters of any other text.
const MAX_NAME: usize = 200;

/// What of an error leaves its process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failure {
    code: String,
    message: String,
    field: Option<String>,
    submitted: Submitted,
    upstream_id: Option<String>,
    retry_after: Option<Duration>,
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self {
            code: error.kind().code().to_owned(),
            message: error.message().to_owned(),
            field: error.field().map(str::to_owned),
            submitted: error.submitted(),
            upstream_id: error.upstream_id().map(str::to_owned),
            retry_after: error.retry_after(),
        }
    }
}

impl Failure {
    /// The error, as far as a provider can cause it. Its texts are a stranger's.
    pub(super) fn into_error(self) -> Error {
        let kind = ErrorKind::ALL.iter().copied().find(|kind| kind.code() == self.code);
        let kind = kind.filter(|kind| can_come_from_a_guest(*kind)).unwrap_or(ErrorKind::BadOutput);
        let error = Error::new(kind, escape(&self.message, MAX_MESSAGE))
            .with_upstream(self.submitted, self.upstream_id.map(|id| escape(&id, MAX_NAME)))
            .with_retry_after(self.retry_after.map(|wait| wait.min(MAX_WAIT)));
        match self.field {
            Some(field) => error.with_field(escape(&field, MAX_NAME)),
            None => error,
        }
    }

    /// The error of a host, as its worker is told.
    pub(super) fn into_error_of_the_host(self) -> Error {
        let kind = ErrorKind::ALL.iter().copied().find(|kind| kind.code() == self.code);
        Error::new(kind.unwrap_or(ErrorKind::Internal), self.message)
    }
}

fn can_come_from_a_guest(kind: ErrorKind) -> bool {
    match kind.class() {
        ErrorClass::Request | ErrorClass::Component | ErrorClass::Sandbox | ErrorClass::Provider => true,
        ErrorClass::Routing | ErrorClass::Host => matches!(kind, ErrorKind::Internal | ErrorKind::HostBusy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_arrives_as_it_was() {
        let error = Error::invalid_input("prompt", "too long")
            .with_upstream(Submitted::Unknown, Some("abc".to_owned()))
            .with_retry_after(Some(Duration::from_secs(3)));
        let arrived = Failure::from(&error).into_error();
        assert_eq!((arrived.kind(), arrived.message()), (error.kind(), error.message()));
        assert_eq!((arrived.field(), arrived.upstream_id()), (Some("prompt"), Some("abc")));
        assert_eq!((arrived.submitted(), arrived.retry_after()), (Submitted::Unknown, error.retry_after()));
    }

    #[test]
    fn nobody_has_to_wait_for_ever() {
        let failure = Failure::from(&Error::new(ErrorKind::Overloaded, "busy").with_retry_after(Some(Duration::MAX)));
        assert_eq!(failure.into_error().retry_after(), Some(MAX_WAIT));
    }

    #[test]
    fn a_worker_cannot_speak_for_the_host_or_to_a_terminal() {
        for code in ["config", "shutdown", "no-provider", "isolation-unavailable", "nonsense"] {
            let mut failure = Failure::from(&Error::new(ErrorKind::Trap, "\u{1b}[31m".repeat(10_000)));
            failure.code = code.to_owned();
            let error = failure.into_error();
            assert_eq!(error.kind(), ErrorKind::BadOutput);
            assert!(!error.message().contains('\u{1b}') && error.message().len() < 40_000);
        }
    }
}
