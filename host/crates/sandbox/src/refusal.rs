//! Why a component was refused, in a form that can be sent and kept.

use std::time::{Duration, SystemTime};

use palisade_core::{Error, ErrorKind, Limits, text::escape};
use serde::{Deserialize, Serialize};

use crate::{Allocation, Sandbox};

/// How long a component that cost too much is refused without another try: the machine may have been busy.
const COSTS_ARE_REMEMBERED: Duration = Duration::from_secs(3600);
/// Most characters of a compiler's words.
const MAX_MESSAGE: usize = 1000;

/// An error that leaves its process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    /// The code of the error's kind.
    code: String,
    message: String,
}

/// What it depends on beside the component whether code fits the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shape {
    allocation: Allocation,
    calls: u32,
}

/// A refusal that is remembered, so that the same component is not compiled again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    refusal: Refusal,
    /// What compiling was allowed to cost.
    memory_bytes: u64,
    cpu_time: Duration,
    timeout: Duration,
    /// What the code would have had to fit.
    shape: Shape,
    at: SystemTime,
}

impl Shape {
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        Self { allocation: sandbox.allocation(), calls: sandbox.settings().calls }
    }
}

impl Refusal {
    /// The error, from a compiler that may be somebody else's by now: it may say what a compiler finds, and in so many words.
    pub(crate) fn of_compiler(self) -> Option<Error> {
        use ErrorKind::{CompileLimit, Malformed, UnsupportedFeature};
        let error = Error::from(self);
        let may_be = matches!(error.kind(), CompileLimit | Malformed | UnsupportedFeature);
        may_be.then(|| Error::new(error.kind(), escape(error.message(), MAX_MESSAGE)))
    }
}

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        Self { code: error.kind().code().to_owned(), message: error.message().to_owned() }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let kind = ErrorKind::ALL.iter().find(|kind| kind.code() == refusal.code).copied();
        Self::new(kind.unwrap_or(ErrorKind::Internal), refusal.message)
    }
}

impl Remembered {
    /// The refusal, when the same component would be refused again; none for an error that says nothing about it.
    pub(crate) fn of(error: &Error, limits: &Limits, shape: Shape) -> Option<Self> {
        use ErrorKind::{CompileLimit, Malformed, ResourceLimit, UnsupportedFeature};
        matches!(error.kind(), CompileLimit | Malformed | ResourceLimit | UnsupportedFeature).then(|| Self {
            refusal: error.into(),
            memory_bytes: limits.compile_memory_bytes,
            cpu_time: limits.compile_cpu_time,
            timeout: limits.compile_timeout,
            shape,
            at: SystemTime::now(),
        })
    }

    /// The error, when it holds under these limits and in this sandbox too, and still.
    pub(crate) fn error(&self, limits: &Limits, shape: Shape, now: SystemTime) -> Option<Error> {
        let error = Error::from(self.refusal.clone());
        let could_do_now = match error.kind() {
            ErrorKind::CompileLimit => {
                // Of a time that is yet to come nothing is known: the clock was set back.
                let age = now.duration_since(self.at).ok();
                limits.compile_memory_bytes > self.memory_bytes
                    || limits.compile_cpu_time > self.cpu_time
                    || limits.compile_timeout > self.timeout
                    || age.is_none_or(|age| age > COSTS_ARE_REMEMBERED)
            }
            ErrorKind::ResourceLimit => shape != self.shape,
            _ => false,
        };
        (!could_do_now).then_some(error)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const SHAPE: Shape = Shape { allocation: Allocation::Pooled, calls: 256 };

    fn remembered(kind: ErrorKind) -> Remembered {
        Remembered::of(&Error::new(kind, "no"), &Limits::default(), SHAPE).unwrap()
    }

    #[test]
    fn a_cost_is_refused_again_until_more_is_allowed_or_an_hour_has_gone() {
        let remembered = remembered(ErrorKind::CompileLimit);
        let (limits, now) = (Limits::default(), remembered.at);
        assert_eq!(remembered.error(&limits, SHAPE, now).unwrap().message(), "no");
        let more = Limits { compile_cpu_time: limits.compile_cpu_time * 2, ..limits.clone() };
        assert!(remembered.error(&more, SHAPE, now).is_none());
        let less = Limits { compile_cpu_time: limits.compile_cpu_time / 2, ..limits.clone() };
        assert!(remembered.error(&less, SHAPE, now).is_some());
        assert!(remembered.error(&limits, SHAPE, now + COSTS_ARE_REMEMBERED * 2).is_none());
    }

    #[test]
    fn a_cost_is_forgotten_when_the_clock_is_set_back() {
        let remembered = remembered(ErrorKind::CompileLimit);
        assert!(remembered.error(&Limits::default(), SHAPE, remembered.at - Duration::from_secs(1)).is_none());
    }

    #[test]
    fn what_did_not_fit_one_sandbox_is_tried_in_another() {
        let remembered = remembered(ErrorKind::ResourceLimit);
        let error = |shape| remembered.error(&Limits::default(), shape, remembered.at + COSTS_ARE_REMEMBERED * 2);
        assert_eq!(error(SHAPE).unwrap().kind(), ErrorKind::ResourceLimit);
        assert!(error(Shape { calls: 16, ..SHAPE }).is_none());
        assert!(error(Shape { allocation: Allocation::OnDemand, ..SHAPE }).is_none());
    }

    #[test]
    fn what_is_malformed_stays_so() {
        let remembered = remembered(ErrorKind::Malformed);
        let limits = Limits::default();
        let more = Limits { compile_cpu_time: limits.compile_cpu_time * 2, ..limits };
        let other = Shape { calls: 16, ..SHAPE };
        let error = remembered.error(&more, other, remembered.at + COSTS_ARE_REMEMBERED * 2).unwrap();
        assert_eq!(error.kind(), ErrorKind::Malformed);
    }

    #[test]
    fn a_compiler_is_believed_what_it_may_find_and_nothing_that_acts() {
        let said = |kind: ErrorKind| {
            let refusal = Refusal { code: kind.code().to_owned(), message: "\x1b[31m".repeat(1000) };
            refusal.of_compiler().map(|error| (error.kind(), error.message().len(), error.message().contains('\x1b')))
        };
        let (kind, length, acts) = said(ErrorKind::Malformed).unwrap();
        assert_eq!((kind, length <= 4 * MAX_MESSAGE, acts), (ErrorKind::Malformed, true, false));
        for kind in [ErrorKind::Internal, ErrorKind::ResourceLimit, ErrorKind::Trap, ErrorKind::NoCompiler] {
            assert_eq!(said(kind), None, "{kind:?}");
        }
        let unknown = Refusal { code: "unheard-of".to_owned(), message: String::new() };
        assert!(unknown.of_compiler().is_none());
    }

    #[test]
    fn a_compiler_that_is_missing_says_nothing_about_the_component() {
        let error = Error::new(ErrorKind::NoCompiler, "none");
        assert_eq!(Remembered::of(&error, &Limits::default(), SHAPE), None);
    }
}
