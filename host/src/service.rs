//! A provider that can be called, and one attempt to have it serve a request.
//!
//! ```text
//! request ─► options fit? ─► a place (admission) ─► Provider::call ─► how it ended ─► the endpoint's live figures
//! ```

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use palisade_core::{
    Call, CallOptions, Capability, Error, ErrorClass, ErrorKind, EventSink, Operation, Outcome, PicoUsd, Provider,
    ProviderId, Request, Result, Submitted,
    catalogue::{self, Price},
};
use palisade_routing::{Attempt, Endpoint};
use serde_json::Value;

use crate::{
    admission::Admission,
    call::{CallSettings, Completion},
};

/// A provider that was loaded, with its models.
pub(crate) struct Service {
    pub(crate) id: ProviderId,
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) admission: Admission,
    pub(crate) endpoints: Vec<Arc<Endpoint>>,
}

/// What an attempt gave.
pub(crate) struct Served {
    pub(crate) outcome: Outcome,
    pub(crate) cost: Option<PicoUsd>,
}

impl Service {
    /// Checks what this provider cannot serve.
    pub(crate) fn check_request(&self, capability: Capability, request: &Request) -> Result<()> {
        if !self.provider.capabilities().contains(&capability) {
            return Err(self.unsupported(capability));
        }
        self.provider.catalogue().check_request(request).map_err(|error| self.own(error))
    }

    /// Has the provider serve a request with a model. `begun` hears how it ended.
    pub(crate) async fn attempt(
        &self,
        endpoint: &Endpoint,
        begun: Attempt<'_>,
        request: Arc<Request>,
        settings: CallSettings,
        events: EventSink,
    ) -> Result<Served> {
        check_options(endpoint, &settings.options).map_err(|error| self.own(error))?;
        let permit = self.admission.enter(settings.timeout).await.map_err(|error| self.own(error))?;
        let given = permit.timeout;
        let options = CallOptions {
            model: endpoint.model.id.clone(),
            idempotency_key: settings.idempotency_key.unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
            timeout: Some(given),
            provider_options: settings.options,
            strict: settings.strict,
            scope: settings.scope,
        };
        let parameters = parameters_of_price(endpoint.model.prices.as_deref(), &request);
        let call = Call { request, options, progress: settings.progress, events: events.clone() };
        let result = permit.guard.unless_aborted(self.provider.call(call)).await;
        drop(permit);
        let is_fair = given >= self.admission.timeout(None) || given >= fair_time(endpoint);
        record(begun, &result, &events, is_fair);
        let outcome = result.map_err(|error| self.own(self.with_submitted(error)))?;
        tracing::debug!(provider = %self.id, model = %endpoint.model.id, "a call succeeded");
        let usage = outcome.response.usage();
        let prices = endpoint.model.prices.as_deref();
        let cost = usage.reported_cost.or_else(|| catalogue::cost(prices, usage, &parameters));
        Ok(Served { outcome, cost })
    }

    /// What is told of a call that was served.
    pub(crate) fn complete<O: Operation>(
        &self,
        endpoint: &Endpoint,
        served: Served,
    ) -> Result<Completion<O::Response>> {
        let Served { outcome, cost } = served;
        let other = || self.own(Error::new(ErrorKind::BadOutput, "the response is of another capability"));
        Ok(Completion {
            response: O::response(outcome.response).ok_or_else(other)?,
            provider: self.id.clone(),
            model: endpoint.model.id.clone(),
            cost,
            report: outcome.report,
            failed_attempts: Vec::new(),
        })
    }

    pub(crate) fn unsupported(&self, capability: Capability) -> Error {
        let message = format!("provider `{}` does not serve {capability}", self.id);
        self.own(Error::new(ErrorKind::Unsupported, message))
    }

    pub(crate) fn own(&self, error: Error) -> Error {
        error.with_provider(self.id.clone())
    }

    /// What the provider says of work that was handed over, put right by what the host knows: where nothing can leave, nothing
    /// has; what was cut off, or answered nonsense, may have.
    fn with_submitted(&self, error: Error) -> Error {
        let submitted = match error.kind() {
            _ if !self.provider.reaches_out() => Submitted::No,
            ErrorKind::Deadline | ErrorKind::Trap | ErrorKind::Shutdown | ErrorKind::BadOutput
                if error.submitted() == Submitted::No =>
            {
                Submitted::Unknown
            }
            _ => error.submitted(),
        };
        let upstream_id = error.upstream_id().map(str::to_owned);
        error.with_upstream(submitted, upstream_id)
    }
}

/// Tells the endpoint how an attempt ended, where that says something of it.
fn record(begun: Attempt<'_>, result: &Result<Outcome>, events: &EventSink, is_fair: bool) {
    let now = Instant::now();
    match result {
        Ok(outcome) => begun.succeeded(outcome.report.resources.wall_time.saturating_sub(events.waited()), now),
        // Who listens too slowly, or gives too little time, has nobody to blame.
        Err(error) if error.kind() == ErrorKind::Deadline && (!is_fair || was_kept_waiting(error, events)) => {
            drop(begun);
        }
        Err(error) if error.kind() == ErrorKind::RateLimited => begun.throttled(now, error.retry_after()),
        Err(error) if is_providers_fault(error.kind()) => begun.failed(now, error.retry_after()),
        Err(_) => drop(begun),
    }
}

/// The time in which a call of this endpoint ought to have ended: several times what it takes; for ever when nobody knows.
fn fair_time(endpoint: &Endpoint) -> Duration {
    const TIMES: f64 = 3.0;
    let measured = endpoint.live.figures(Instant::now()).latency;
    let usual = measured.or_else(|| endpoint.prior_latency.map(|latency| latency.as_secs_f64()));
    usual.map_or(Duration::MAX, |usual| Duration::try_from_secs_f64(usual * TIMES).unwrap_or(Duration::MAX))
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
