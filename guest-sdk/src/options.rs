//! What comes with every request: the provider's own parameters, and how strictly the rest is taken.

use serde::de::DeserializeOwned;

use crate::{CallOptions, Failure, FailureKind, Result, Warning};

impl CallOptions {
    /// Options as a plain call has them: this model, a minute to go, nothing special. For tests.
    pub fn new(model: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            idempotency_key: "key".to_owned(),
            deadline_ms: 60_000,
            provider_options: Vec::new(),
            strict: false,
        }
    }

    /// The value of a provider-specific option; none when it was not given.
    ///
    /// ```
    /// # fn main() -> palisade_guest::Result<()> {
    /// # let options = palisade_guest::CallOptions::new("qr");
    /// let margin = options.get::<u32>("margin")?.unwrap_or(4);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// `invalid-input` when the value is of another type.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let Some(option) = self.provider_options.iter().find(|option| option.key == key) else {
            return Ok(None);
        };
        serde_json::from_str(&option.json)
            .map(Some)
            .map_err(|error| Failure::invalid_input(format!("provider-options.{key}"), error.to_string()))
    }

    /// The model that the call names is none of ours.
    #[must_use]
    pub fn unknown_model(&self) -> Failure {
        Failure::new(FailureKind::ModelNotFound, format!("there is no model {:?} here", self.model))
    }

    /// A place to collect warnings that fails at the first one when the caller is strict.
    #[must_use]
    pub fn warnings(&self) -> Warnings {
        Warnings { strict: self.strict, list: Vec::new() }
    }
}

/// Warnings on their way into a response. Where the caller is `strict`, they are failures.
#[derive(Debug, Default)]
pub struct Warnings {
    strict: bool,
    list: Vec<Warning>,
}

impl Warnings {
    /// The named parameter has no effect.
    ///
    /// # Errors
    /// `unsupported` when the caller is strict.
    pub fn ignored(&mut self, parameter: &str) -> Result<()> {
        if self.strict {
            return Err(Failure::unsupported([parameter]));
        }
        self.list.push(Warning::IgnoredParameter(parameter.to_owned()));
        Ok(())
    }

    /// The named parameter is beyond a limit, and `used` is taken instead.
    ///
    /// # Errors
    /// `limit-exceeded` when the caller is strict.
    pub fn adjusted(&mut self, parameter: &str, used: impl Into<String>) -> Result<()> {
        let used = used.into();
        if self.strict {
            return Err(Failure::limit_exceeded(parameter, format!("the nearest that is possible is {used}")));
        }
        self.list.push(Warning::AdjustedParameter((parameter.to_owned(), used)));
        Ok(())
    }

    /// The named parameter asks for something that is not on offer, and `used` is taken instead.
    ///
    /// # Errors
    /// `unsupported` when the caller is strict.
    pub fn replaced(&mut self, parameter: &str, used: impl Into<String>) -> Result<()> {
        if self.strict {
            return Err(Failure::unsupported([parameter]));
        }
        self.list.push(Warning::AdjustedParameter((parameter.to_owned(), used.into())));
        Ok(())
    }

    /// Anything else that the caller should know.
    pub fn note(&mut self, sentence: impl Into<String>) {
        self.list.push(Warning::Note(sentence.into()));
    }

    /// The collected warnings.
    #[must_use]
    pub fn into_vec(self) -> Vec<Warning> {
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FailureKind, OptionKv};

    #[test]
    fn options_are_typed() {
        let mut options = CallOptions::new("m");
        options.provider_options.push(OptionKv { key: "margin".into(), json: "7".into() });
        assert_eq!(options.get::<u32>("margin").unwrap(), Some(7));
        assert_eq!(options.get::<u32>("other").unwrap(), None);
        let FailureKind::InvalidInput(bad) = options.get::<String>("margin").unwrap_err().kind else {
            panic!("another kind");
        };
        assert_eq!(bad.field, "provider-options.margin");
    }

    #[test]
    fn strict_turns_warnings_into_failures() {
        let mut options = CallOptions::new("m");
        let mut lenient = options.warnings();
        lenient.ignored("negative-prompt").unwrap();
        lenient.adjusted("n", "8").unwrap();
        assert_eq!(lenient.into_vec().len(), 2);

        options.strict = true;
        let mut strict = options.warnings();
        assert!(matches!(strict.ignored("seed").unwrap_err().kind, FailureKind::Unsupported(_)));
        assert!(matches!(strict.adjusted("n", "8").unwrap_err().kind, FailureKind::LimitExceeded(_)));
    }
}
