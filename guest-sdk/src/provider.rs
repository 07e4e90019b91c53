//! What every provider says of itself.

use crate::Result;
use crate::catalog::{Cancellation, FailureBilling, Model, Param, ProviderInfo};

/// Implemented by every provider, beside the traits of its capabilities.
pub trait Provider {
    /// Describes the provider and its models. Must give the same answer each time; the host calls it with nothing granted.
    fn describe() -> Description;

    /// Lists the models a page at a time, `cursor` being [`Models::next`] of the page before. Unless overridden, one page
    /// with the models of [`describe`](Self::describe).
    ///
    /// # Errors
    /// When the list cannot be had, for example because it depends on settings that are missing.
    fn models(cursor: Option<&str>) -> Result<Models> {
        let _ = cursor;
        Ok(Models { models: Self::describe().models, next: None })
    }

    /// The parameters that a model heeds. Of any other that a request has, the SDK warns, or refuses it where the caller is
    /// strict. Unless overridden, those that [`describe`](Self::describe) lists of the model; where it lists no such model,
    /// none: then the provider says itself what has no effect.
    #[must_use]
    fn parameters(model: &str) -> Option<Vec<Param>> {
        Self::describe().models.into_iter().find(|own| own.id == model).map(|own| own.params)
    }

    /// Succeeds when a call could be served now. Must be free of charge and quick. Unless overridden, always succeeds.
    ///
    /// # Errors
    /// When a call could not be served, with the failure that it would get.
    fn check_health() -> Result<()> {
        Ok(())
    }
}

/// A page of models.
#[derive(Debug, Default)]
pub struct Models {
    /// The models.
    pub models: Vec<Model>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

/// A provider's description of itself, built step by step.
///
/// ```
/// use palisade_guest::Description;
/// use palisade_guest::catalog::Model;
///
/// let description = Description::new("card")
///     .summary("Typesets a text as a social card.")
///     .model(Model::new("card").free().output("image/png"));
/// ```
#[derive(Debug)]
pub struct Description {
    /// All but the models. The version is that of the author's crate when it is empty.
    pub info: ProviderInfo,
    /// The models.
    pub models: Vec<Model>,
}

impl Description {
    /// A provider that calls itself `id`: `[a-z0-9][a-z0-9._-]{0,63}`.
    pub fn new(id: impl Into<String>) -> Self {
        let info = ProviderInfo {
            id: id.into(),
            version: String::new(),
            summary: String::new(),
            credential_names: Vec::new(),
            hosts: Vec::new(),
            config_schema: None,
            bills_on_failure: FailureBilling::Never,
            idempotent: false,
            cancellation: Cancellation::None,
            resumes: Vec::new(),
        };
        Self { info, models: Vec::new() }
    }

    /// Sets the version, which is that of the author's crate otherwise.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.info.version = version.into();
        self
    }

    /// Sets the sentence for people.
    #[must_use]
    pub fn summary(mut self, sentence: impl Into<String>) -> Self {
        self.info.summary = sentence.into();
        self
    }

    /// Adds a model: an id, or a [`Model`] with all that is known of it.
    #[must_use]
    pub fn model(mut self, model: impl Into<Model>) -> Self {
        self.models.push(model.into());
        self
    }

    /// Asks the host to attach this credential to requests.
    #[must_use]
    pub fn credential(mut self, name: impl Into<String>) -> Self {
        self.info.credential_names.push(name.into());
        self
    }

    /// Asks for access to this host, for example `api.example.com`.
    #[must_use]
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.info.hosts.push(name.into());
        self
    }

    /// Sets the JSON Schema of the configuration.
    #[must_use]
    pub fn config_schema(mut self, schema: impl Into<String>) -> Self {
        self.info.config_schema = Some(schema.into());
        self
    }

    /// Says whether a failed request is billed. Never, unless said.
    #[must_use]
    pub fn bills_on_failure(mut self, billing: FailureBilling) -> Self {
        self.info.bills_on_failure = billing;
        self
    }

    /// Says that the upstream honours the idempotency key.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.info.idempotent = true;
        self
    }

    /// Says what cancelling does. Nothing, unless said.
    #[must_use]
    pub fn cancellation(mut self, cancellation: Cancellation) -> Self {
        self.info.cancellation = cancellation;
        self
    }

    /// Adds a version of this provider whose job tokens this one can resume.
    #[must_use]
    pub fn resumes(mut self, version: impl Into<String>) -> Self {
        self.info.resumes.push(version.into());
        self
    }
}
