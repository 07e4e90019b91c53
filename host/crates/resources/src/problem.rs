//! What is wrong with a value: where, what, and what to write instead.

use std::fmt;

use palisade_core::{Error, ErrorKind, Result};
use serde::Serialize;

/// Most problems that are told of one value.
pub(crate) const MAX_PROBLEMS: usize = 100;

/// Something that is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What kind of mistake it is.
    pub code: ErrorKind,
    /// Where: `providers.card.config.models[2].name`.
    pub path: String,
    /// Which references led there, where it is in what they name.
    pub through: Box<[String]>,
    /// What is wrong, and what was found.
    pub message: String,
    /// What is taken there.
    pub expected: Option<String>,
    /// What may have been meant.
    pub suggestion: Option<String>,
}

impl Problem {
    /// A mistake in the configuration.
    pub(crate) fn new(path: impl fmt::Display, message: impl Into<String>) -> Self {
        Self {
            code: ErrorKind::Config,
            path: path.to_string(),
            through: Box::default(),
            message: message.into(),
            expected: None,
            suggestion: None,
        }
    }

    pub(crate) fn kind(self, code: ErrorKind) -> Self {
        Self { code, ..self }
    }

    pub(crate) fn expected(self, expected: impl Into<String>) -> Self {
        Self { expected: Some(expected.into()), ..self }
    }

    pub(crate) fn suggest(self, suggestion: Option<String>) -> Self {
        Self { suggestion, ..self }
    }

    pub(crate) fn through(self, through: &[String]) -> Self {
        Self { through: through.into(), ..self }
    }

    /// The same as an error.
    #[must_use]
    pub fn into_error(self) -> Error {
        Error::new(self.code, self.to_string()).with_field(self.path)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(formatter, "`{}`: ", self.path)?;
        }
        formatter.write_str(&self.message)?;
        if !self.through.is_empty() {
            write!(formatter, ", through {}", self.through.join(" → "))?;
        }
        if let Some(expected) = &self.expected {
            write!(formatter, "; it takes {expected}")?;
        }
        match &self.suggestion {
            Some(suggestion) => write!(formatter, "; {suggestion}"),
            None => Ok(()),
        }
    }
}

/// Nothing, or the first problem with the number of the others.
pub(crate) fn none_of(problems: Vec<Problem>) -> Result<()> {
    let count = problems.len();
    let Some(first) = problems.into_iter().next() else { return Ok(()) };
    let more = if count > 1 { format!(" (and {} more)", count - 1) } else { String::new() };
    Err(Error::new(first.code, format!("{first}{more}")).with_field(first.path))
}
