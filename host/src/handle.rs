//! A provider to call, and what a call gives.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Instant};

use palisade_core::{
    BoxFuture, Call, CallOptions, Capability, Error, ErrorClass, ErrorKind, EventSink, ModelId, Operation, Provider,
    ProviderId, Request, Result, Streaming,
    catalogue::{self, Price},
};
use palisade_routing::{Decision, Endpoint};
use serde_json::Value;

use crate::{
    admission::Admission,
    call::{CallSettings, Completion},
    entry::{Body, Entry},
    stream::CallStream,
};

/// A provider, bound to one of its models when it was chosen. Cheap to clone. It stays callable when the provider is
/// unregistered meanwhile.
#[derive(Clone)]
pub struct ProviderHandle {
    id: ProviderId,
    provider: Arc<dyn Provider>,
    admission: Arc<Admission>,
    endpoints: Vec<Arc<Endpoint>>,
    decision: Option<Arc<Decision>>,
}

impl ProviderHandle {
    pub(crate) fn chosen(entry: &Entry, endpoint: Arc<Endpoint>, decision: Arc<Decision>) -> Result<Self> {
        let mut handle = Self::of(entry)?;
        handle.endpoints = vec![endpoint];
        handle.decision = Some(decision);
        Ok(handle)
    }

    pub(crate) fn of(entry: &Entry) -> Result<Self> {
        match &entry.body {
            Body::Live { provider, admission, endpoints, .. } => Ok(Self {
                id: entry.id.clone(),
                provider: Arc::clone(provider),
                admission: Arc::clone(admission),
                endpoints: endpoints.clone(),
                decision: None,
            }),
            Body::Refused(error) => {
                let message = format!("provider `{}` was refused when it was loaded: {error}", entry.id);
                Err(Error::new(error.kind(), message).with_provider(entry.id.clone()))
            }
        }
    }

    /// The name under which the provider is registered.
    #[must_use]
    pub fn id(&self) -> &ProviderId {
        &self.id
    }

    /// The models that it is called with: the chosen one, or all when it was got by its id. A call takes the first that
    /// serves its capability.
    pub fn models(&self) -> impl Iterator<Item = &ModelId> {
        self.endpoints.iter().map(|endpoint| &endpoint.model.id)
    }

    /// What it can do.
    #[must_use]
    pub fn capabilities(&self) -> &[Capability] {
        self.provider.capabilities()
    }

    /// Why it was chosen; none when it was got by its id.
    #[must_use]
    pub fn decision(&self) -> Option<&Decision> {
        self.decision.as_deref()
    }

    /// Whether it could serve a call now. Free of charge; it takes the place of a call meanwhile.
    ///
    /// # Errors
    ///
    /// Says why it could not: of its own, or because too many calls of it are under way.
    pub async fn check(&self) -> Result<()> {
        let in_provider = |error: Error| error.with_provider(self.id.clone());
        let permit = self.admission.enter(None).await.map_err(in_provider)?;
        permit.guard.unless_aborted(self.provider.check()).await.map_err(in_provider)
    }

    /// Serves a request of any capability.
    ///
    /// Whoever no longer wants it drops it. A call that has begun and is kept without being polled holds its place, and its
    /// sandbox, for as long, whatever its deadline; a [`stream`](Self::stream) holds them until its deadline at the most.
    ///
    /// # Errors
    ///
    /// Any kind of the classes `Request`, `Sandbox` and `Provider`. An error carries a report when something ran.
    pub async fn call<O: Operation>(&self, request: O, settings: CallSettings) -> Result<Completion<O::Response>> {
        let request = Arc::new(request.into());
        self.check_request(O::CAPABILITY, &request)?;
        self.serve::<O>(request, settings, EventSink::default()).await
    }

    /// Serves a request whose response comes piece by piece. Nothing runs before the stream is polled.
    ///
    /// ```no_run
    /// use futures_util::StreamExt as _;
    /// use palisade::chat::Event;
    ///
    /// # async fn example(provider: palisade::ProviderHandle) -> palisade::Result<()> {
    /// let mut answer = provider.chat_stream("Where do foxes live?")?;
    /// while let Some(event) = answer.next().await {
    ///     if let Event::Text(text) = event? {
    ///         print!("{text}");
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `invalid-input`; `unsupported` when the provider does not serve the capability. What else goes wrong is told by
    /// the stream.
    pub fn stream<O: Streaming + 'static>(&self, request: O, settings: CallSettings) -> Result<CallStream<O>> {
        let request = Arc::new(request.into());
        self.check_request(O::CAPABILITY, &request)?;
        let handle = self.clone();
        let over = Box::pin(Arc::clone(&self.admission).over(settings.timeout));
        let call = |events| -> BoxFuture<'static, _> {
            Box::pin(async move { handle.serve::<O>(request, settings, events).await })
        };
        Ok(CallStream::new(call, over))
    }

    async fn serve<O: Operation>(
        &self,
        request: Arc<Request>,
        settings: CallSettings,
        events: EventSink,
    ) -> Result<Completion<O::Response>> {
        let in_provider = |error: Error| error.with_provider(self.id.clone());
        let endpoint = self.endpoint(O::CAPABILITY).map_err(in_provider)?;
        check_options(endpoint, &settings.options).map_err(in_provider)?;
        let attempt = endpoint.live.begin(Instant::now());
        let permit = self.admission.enter(settings.timeout).await.map_err(in_provider)?;
        let options = CallOptions {
            model: endpoint.model.id.clone(),
            idempotency_key: settings.idempotency_key.unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
            timeout: Some(permit.timeout),
            provider_options: settings.options,
            strict: settings.strict,
            scope: settings.scope,
        };

        let parameters = parameters_of_price(endpoint.model.prices.as_deref(), &request);
        let call = Call { request, options, progress: settings.progress, events: events.clone() };
        let result = permit.guard.unless_aborted(self.provider.call(call)).await;
        drop(permit);
        let now = Instant::now();
        match &result {
            Ok(outcome) => attempt.succeeded(outcome.report.resources.wall_time.saturating_sub(events.waited()), now),
            // Who listens too slowly has nobody to blame.
            Err(error) if error.kind() == ErrorKind::Deadline && was_kept_waiting(error, &events) => drop(attempt),
            Err(error) if error.kind() == ErrorKind::RateLimited => attempt.throttled(now, error.retry_after()),
            Err(error) if is_providers_fault(error.kind()) => attempt.failed(now, error.retry_after()),
            Err(_) => drop(attempt),
        }

        let outcome = result.map_err(in_provider)?;
        let usage = outcome.response.usage();
        let cost =
            usage.reported_cost.or_else(|| catalogue::cost(endpoint.model.prices.as_deref(), usage, &parameters));
        let other = || Error::new(ErrorKind::BadOutput, "the response is of another capability");
        let response = O::response(outcome.response).ok_or_else(other).map_err(in_provider)?;
        tracing::debug!(provider = %self.id, model = %endpoint.model.id, capability = %O::CAPABILITY, "call succeeded");
        Ok(Completion {
            response,
            provider: self.id.clone(),
            model: endpoint.model.id.clone(),
            cost,
            report: outcome.report,
        })
    }

    fn check_request(&self, capability: Capability, request: &Request) -> Result<()> {
        let checked = self.endpoint(capability).and_then(|_| self.provider.catalogue().check_request(request));
        checked.map_err(|error| error.with_provider(self.id.clone()))
    }

    fn endpoint(&self, capability: Capability) -> Result<&Endpoint> {
        let serves = |endpoint: &&Arc<Endpoint>| endpoint.model.capabilities.contains(&capability);
        self.endpoints.iter().find(serves).map(Arc::as_ref).ok_or_else(|| {
            Error::new(ErrorKind::Unsupported, format!("provider `{}` does not serve {capability}", self.id))
        })
    }
}

impl fmt::Debug for ProviderHandle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let models: Vec<_> = self.models().collect();
        formatter.debug_struct("ProviderHandle").field("id", &self.id).field("models", &models).finish_non_exhaustive()
    }
}

/// What prices may ask of a request. Few have conditions, and nothing else looks at the parameters.
fn parameters_of_price(prices: Option<&[Price]>, request: &Request) -> BTreeMap<&'static str, Value> {
    let is_conditional = prices.unwrap_or_default().iter().any(|price| !price.when.is_empty());
    if is_conditional { request.parameters() } else { BTreeMap::new() }
}

/// Options of the provider's own must be in its catalogue.
fn check_options(endpoint: &Endpoint, options: &BTreeMap<String, Value>) -> Result<()> {
    for (name, value) in options {
        let known = || endpoint.model.parameters.iter().map(|parameter| parameter.name.as_str()).collect::<Vec<_>>();
        match endpoint.model.parameter(name) {
            Some(parameter) if parameter.spec.accepts(value) => {}
            Some(parameter) => {
                return Err(Error::invalid_input(name, format!("{value} is not taken: use {}", parameter.spec)));
            }
            None => {
                let reason = format!("the model knows no such option; it knows: {}", known().join(", "));
                return Err(Error::invalid_input(name, reason));
            }
        }
    }
    Ok(())
}

/// Whether a call spent most of its time waiting for who listens to it.
fn was_kept_waiting(error: &Error, events: &EventSink) -> bool {
    let wall_time = error.report().map(|report| report.resources.wall_time);
    wall_time.is_some_and(|wall_time| events.waited() > wall_time / 2)
}

/// Whether an error speaks against the provider, rather than against the request or the state of an account.
fn is_providers_fault(kind: ErrorKind) -> bool {
    match kind.class() {
        ErrorClass::Sandbox => true,
        ErrorClass::Provider => kind.is_retryable() && kind != ErrorKind::RateLimited,
        ErrorClass::Request | ErrorClass::Routing | ErrorClass::Component | ErrorClass::Host => false,
    }
}
