//! Failures, made in one line.

use std::fmt::Display;

use crate::{BadInput, Failure, FailureKind, Submitted, Usage};

/// What a provider's functions return.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// A failure of this kind, before anything was submitted anywhere. The message is a sentence for people in lower case
    /// without a period.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), submitted: Submitted::No, upstream_id: None, usage: None }
    }

    /// The request is wrong for every provider: this field, for this reason.
    pub fn invalid_input(field: impl Into<String>, reason: impl Into<String>) -> Self {
        let bad = BadInput { field: field.into(), reason: reason.into() };
        let message = format!("{}: {}", bad.field, bad.reason);
        Self::new(FailureKind::InvalidInput(bad), message)
    }

    /// The request is right but larger than this model takes: this field, for this reason.
    pub fn limit_exceeded(field: impl Into<String>, reason: impl Into<String>) -> Self {
        let bad = BadInput { field: field.into(), reason: reason.into() };
        let message = format!("{}: {}", bad.field, bad.reason);
        Self::new(FailureKind::LimitExceeded(bad), message)
    }

    /// These parameters or features are not available here.
    pub fn unsupported<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let message = format!("not supported: {}", names.join(", "));
        Self::new(FailureKind::Unsupported(names), message)
    }

    /// The upstream's answer could not be understood, for this reason.
    pub fn bad_output(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::new(FailureKind::BadOutput(reason.clone()), reason)
    }

    /// The upstream has answered, and the answer has this instead of what was asked for: `no picture`.
    pub fn incomplete(what: &str) -> Self {
        Self::bad_output(format!("the answer has {what}")).submitted(Submitted::Yes)
    }

    /// The upstream took the request and failed while it served it, for this reason: of this kind, or `bad-output` where
    /// nothing is known of it.
    pub fn broke_off(kind: Option<FailureKind>, reason: &str) -> Self {
        let message = format!("the upstream broke off: {reason}");
        let kind = kind.unwrap_or_else(|| FailureKind::BadOutput(message.clone()));
        Self::new(kind, message).submitted(Submitted::Yes)
    }

    /// The provider itself failed. Fits `map_err` of any error.
    pub fn internal(error: impl Display) -> Self {
        let message = error.to_string();
        Self::new(FailureKind::Internal(message.clone()), message)
    }

    /// Says whether paid work had been handed to an upstream.
    #[must_use]
    pub fn submitted(mut self, submitted: Submitted) -> Self {
        self.submitted = submitted;
        self
    }

    /// Sets what the upstream calls the request.
    #[must_use]
    pub fn upstream_id(mut self, id: impl Into<Option<String>>) -> Self {
        self.upstream_id = id.into();
        self
    }

    /// Sets what is billed although the call failed.
    #[must_use]
    pub fn usage(mut self, usage: Usage) -> Self {
        self.usage = Some(usage);
        self
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::internal(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_names_the_field_in_kind_and_message() {
        let failure = Failure::invalid_input("size", "must be at least 1");
        assert_eq!(failure.message, "size: must be at least 1");
        assert_eq!(
            failure.kind,
            FailureKind::InvalidInput(BadInput { field: "size".into(), reason: "must be at least 1".into() })
        );
        assert_eq!(failure.submitted, Submitted::No);
    }

    #[test]
    fn unsupported_lists_all() {
        assert_eq!(Failure::unsupported(["mask", "references"]).message, "not supported: mask, references");
    }
}
