//! The seam between the host and whatever does the work.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc, time::Duration};

use crate::{CallReport, Capability, Catalogue, ModelId, ProgressSink, Request, Response, Result};

/// A future on the heap, so that [`Provider`] can be a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that serves capabilities: a sandboxed component, a native Rust provider, a provider elsewhere.
pub trait Provider: Send + Sync {
    /// The capabilities that it serves.
    fn capabilities(&self) -> &[Capability];

    /// What it says of itself and its models.
    fn catalogue(&self) -> &Catalogue;

    /// Serves one call.
    ///
    /// # Errors
    ///
    /// Any kind of the classes `Request`, `Sandbox` and `Provider`; with a [`CallReport`] when something ran.
    fn call(&self, call: Call) -> BoxFuture<'_, Result<Outcome>>;

    /// Whether it could serve a call now. Free of charge.
    ///
    /// # Errors
    ///
    /// Says why it could not.
    fn check(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

/// One call of a provider.
#[derive(Debug, Clone)]
pub struct Call {
    /// What to do. Shared, because it may be large, and may be tried elsewhere.
    pub request: Arc<Request>,
    /// How.
    pub options: CallOptions,
    /// Who wants to hear how far it is.
    pub progress: ProgressSink,
}

/// What comes with every request, whatever the capability.
#[derive(Debug, Clone, PartialEq)]
pub struct CallOptions {
    /// The model that serves it.
    pub model: ModelId,
    /// The same key means the same request: whoever supports it does the work once. Never empty.
    pub idempotency_key: String,
    /// How long it may take. The provider's own limit holds as well.
    pub timeout: Option<Duration>,
    /// Options of the provider's own, checked against its catalogue.
    pub provider_options: BTreeMap<String, serde_json::Value>,
    /// Whether an adjusted or ignored parameter is a failure rather than a warning.
    pub strict: bool,
}

/// What a call gave.
#[derive(Debug)]
pub struct Outcome {
    /// The result.
    pub response: Response,
    /// What it used and logged.
    pub report: CallReport,
}
