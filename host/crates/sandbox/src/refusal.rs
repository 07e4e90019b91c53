//! Why a component was refused, in a form that can be sent and kept.

use std::time::{Duration, SystemTime};

use palisade_core::{Error, ErrorKind, Limits};
use serde::{Deserialize, Serialize};

/// How long a component that cost too much is refused without another try: the machine may have been busy.
const COSTS_ARE_REMEMBERED: Duration = Duration::from_secs(3600);

/// An error that leaves its process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    /// The code of the error's kind.
    code: String,
    message: String,
}

/// A refusal that is remembered, so that the same component is not compiled again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    refusal: Refusal,
    /// What compiling was allowed to cost.
    memory_bytes: u64,
    cpu_time: Duration,
    timeout: Duration,
    at: SystemTime,
}

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        Self { code: error.kind().code().to_owned(), message: error.message().to_owned() }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let kind = ErrorKind::ALL.iter().find(|kind| kind.code() == refusal.code).copied();
        Self::new(kind.unwrap_or(ErrorKind::Malformed), refusal.message)
    }
}

impl Remembered {
    /// The refusal, when the same component would be refused again; none for an error that says nothing about it.
    pub(crate) fn of(error: &Error, limits: &Limits) -> Option<Self> {
        use ErrorKind::{CompileLimit, Malformed, ResourceLimit, UnsupportedFeature};
        matches!(error.kind(), CompileLimit | Malformed | ResourceLimit | UnsupportedFeature).then(|| Self {
            refusal: error.into(),
            memory_bytes: limits.compile_memory_bytes,
            cpu_time: limits.compile_cpu_time,
            timeout: limits.compile_timeout,
            at: SystemTime::now(),
        })
    }

    /// The error, when it holds under these limits too, and still.
    pub(crate) fn error(&self, limits: &Limits, now: SystemTime) -> Option<Error> {
        let error = Error::from(self.refusal.clone());
        let could_do_now = error.kind() == ErrorKind::CompileLimit
            && (limits.compile_memory_bytes > self.memory_bytes
                || limits.compile_cpu_time > self.cpu_time
                || limits.compile_timeout > self.timeout
                || now.duration_since(self.at).is_ok_and(|age| age > COSTS_ARE_REMEMBERED));
        (!could_do_now).then_some(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_refused_again_until_more_is_allowed_or_an_hour_has_gone() {
        let limits = Limits::default();
        let error = Error::new(ErrorKind::CompileLimit, "compiling the component costs more than 60s");
        let remembered = Remembered::of(&error, &limits).unwrap();
        let now = remembered.at;
        assert_eq!(remembered.error(&limits, now).unwrap().message(), error.message());
        let more = Limits { compile_cpu_time: limits.compile_cpu_time * 2, ..limits.clone() };
        assert!(remembered.error(&more, now).is_none());
        let less = Limits { compile_cpu_time: limits.compile_cpu_time / 2, ..limits.clone() };
        assert!(remembered.error(&less, now).is_some());
        assert!(remembered.error(&limits, now + COSTS_ARE_REMEMBERED * 2).is_none());
    }

    #[test]
    fn what_is_malformed_stays_so() {
        let limits = Limits::default();
        let remembered = Remembered::of(&Error::new(ErrorKind::Malformed, "no"), &limits).unwrap();
        let more = Limits { compile_cpu_time: limits.compile_cpu_time * 2, ..limits };
        let error = remembered.error(&more, remembered.at + COSTS_ARE_REMEMBERED * 2).unwrap();
        assert_eq!(error.kind(), ErrorKind::Malformed);
    }

    #[test]
    fn a_compiler_that_is_missing_says_nothing_about_the_component() {
        assert_eq!(Remembered::of(&Error::new(ErrorKind::NoCompiler, "none"), &Limits::default()), None);
    }
}
