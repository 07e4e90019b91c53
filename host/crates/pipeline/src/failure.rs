//! Why a pipeline did not run to its end.

use std::fmt;

use palisade::Error;

use crate::name::Name;

/// What went wrong, and in which step.
#[derive(Debug)]
pub struct Failure {
    /// The step; none where no step is to blame.
    pub step: Option<Name>,
    /// What went wrong.
    pub error: Error,
}

impl Failure {
    pub(crate) fn of_step(step: &Name, error: Error) -> Self {
        Self { step: Some(step.clone()), error }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { step: None, error }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.step {
            Some(step) => write!(formatter, "step `{step}` failed"),
            None => write!(formatter, "{}", self.error),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.step {
            Some(_) => Some(&self.error),
            None => self.error.source(),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}
