//! The one error of the libraries.

use std::{error, fmt, time::Duration};

use crate::{CallReport, ErrorKind, FailedAttempt, InterfaceDifference, ProviderId, Rejection, Submitted, Suggestion};

/// What went wrong: a [kind](ErrorKind) to match on, a message for people, and what is known about it.
///
/// Printed it is the message alone; what caused it is its [`source`](error::Error::source).
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    provider: Option<ProviderId>,
    field: Option<String>,
    rejected: Vec<Rejection>,
    suggestions: Vec<Suggestion>,
    attempts: Vec<FailedAttempt>,
    differences: Vec<InterfaceDifference>,
    submitted: Submitted,
    upstream_id: Option<String>,
    job: Option<String>,
    retry_after: Option<Duration>,
    report: Option<CallReport>,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

impl Error {
    /// An error of this kind. The message is lower case, without a period, and fits after "failed to"; text of a guest
    /// in it is [escaped](crate::text::escape).
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            provider: None,
            field: None,
            rejected: Vec::new(),
            suggestions: Vec::new(),
            attempts: Vec::new(),
            differences: Vec::new(),
            submitted: Submitted::No,
            upstream_id: None,
            job: None,
            retry_after: None,
            report: None,
            source: None,
        }))
    }

    /// The request is wrong in this field.
    pub fn invalid_input(field: impl Into<String>, reason: impl fmt::Display) -> Self {
        let field = field.into();
        Self::new(ErrorKind::InvalidInput, format!("{field}: {reason}")).with_field(field)
    }

    /// What caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Which provider it happened in.
    #[must_use]
    pub fn with_provider(mut self, provider: ProviderId) -> Self {
        self.0.provider = Some(provider);
        self
    }

    /// Which field of the request is meant.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// Who was considered, and why each was not chosen.
    #[must_use]
    pub fn with_rejected(mut self, rejected: Vec<Rejection>) -> Self {
        self.0.rejected = rejected;
        self
    }

    /// What to change in the request so that somebody can serve it.
    #[must_use]
    pub fn with_suggestions(mut self, suggestions: Vec<Suggestion>) -> Self {
        self.0.suggestions = suggestions;
        self
    }

    /// Who was asked to serve the request, and how each failed.
    #[must_use]
    pub fn with_attempts(mut self, attempts: Vec<FailedAttempt>) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Where a component is another than its interfaces.
    #[must_use]
    pub fn with_differences(mut self, differences: Vec<InterfaceDifference>) -> Self {
        self.0.differences = differences;
        self
    }

    /// What an upstream knows of the call.
    #[must_use]
    pub fn with_upstream(mut self, submitted: Submitted, upstream_id: Option<String>) -> Self {
        self.0.submitted = submitted;
        self.0.upstream_id = upstream_id;
        self
    }

    /// Says that a job of this id goes on, whatever became of waiting for it.
    #[must_use]
    pub fn with_job(mut self, id: impl Into<String>) -> Self {
        self.0.job = Some(id.into());
        self
    }

    /// How long to wait before trying again.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    /// What the call used and logged before it failed.
    #[must_use]
    pub fn with_report(mut self, report: CallReport) -> Self {
        self.0.report = Some(report);
        self
    }

    /// What went wrong, to match on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The message alone.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The provider that it happened in.
    #[must_use]
    pub fn provider(&self) -> Option<&ProviderId> {
        self.0.provider.as_ref()
    }

    /// The field of the request that is meant.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// Who was considered, and why each was not chosen.
    #[must_use]
    pub fn rejected(&self) -> &[Rejection] {
        &self.0.rejected
    }

    /// What to change in the request so that somebody can serve it, the least change first.
    #[must_use]
    pub fn suggestions(&self) -> &[Suggestion] {
        &self.0.suggestions
    }

    /// Who was asked to serve a request that was routed, and how each failed, in order. The error itself is the last one's.
    #[must_use]
    pub fn attempts(&self) -> &[FailedAttempt] {
        &self.0.attempts
    }

    /// Where a component that was refused is another than its interfaces: at most 20 differences.
    #[must_use]
    pub fn differences(&self) -> &[InterfaceDifference] {
        &self.0.differences
    }

    /// What the job is known by that goes on all the same; none where nothing does.
    #[must_use]
    pub fn job(&self) -> Option<&str> {
        self.0.job.as_deref()
    }

    /// Whether paid work was handed to an upstream.
    #[must_use]
    pub fn submitted(&self) -> Submitted {
        self.0.submitted
    }

    /// The upstream's id of the request.
    #[must_use]
    pub fn upstream_id(&self) -> Option<&str> {
        self.0.upstream_id.as_deref()
    }

    /// How long to wait before trying again, when that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What the call used and logged before it failed; none when no guest ran.
    #[must_use]
    pub fn report(&self) -> Option<&CallReport> {
        self.0.report.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Error");
        debug.field("code", &self.0.kind.code()).field("message", &self.0.message);
        if let Some(provider) = &self.0.provider {
            debug.field("provider", provider);
        }
        if !self.0.rejected.is_empty() {
            debug.field("rejected", &self.0.rejected);
        }
        if let Some(source) = &self.0.source {
            debug.field("source", source);
        }
        debug.finish()
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn error::Error + 'static))
    }
}
