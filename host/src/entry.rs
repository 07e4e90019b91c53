//! A provider that was loaded or refused, ready to be published.

use std::{sync::Arc, time::SystemTime};

use arc_swap::ArcSwapOption;
use palisade_core::{
    Digest, Error, ErrorKind, Limit, LimitSource, LimitSources, Limits, Provider, ProviderId, RejectReason, Result,
    catalogue::Model,
};
use palisade_routing::{Endpoint, ListedPrices, Live, Overrides};
use palisade_sandbox::{Component, Isolation, LoadOptions};

use crate::{
    admission::Admission,
    alarm::Crashes,
    allow::Reach,
    drift::Bills,
    health,
    hedge::Recent,
    life::Life,
    loading::Loading,
    native::Native,
    registration::{Origin, Registration},
    service::{Service, Tally, Watch},
    standing::Standing,
    status::{CallCounts, ComponentDetails, ModelStatus, ProviderStatus, Source, State},
};

/// What a snapshot holds of a provider.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) id: ProviderId,
    /// Counts those that have had this id.
    pub(crate) generation: u64,
    pub(crate) standing: Standing,
    source: Source,
    registered_at: SystemTime,
    body: Body,
}

#[derive(Clone)]
enum Body {
    /// It is being loaded.
    Discovered,
    /// The operator wants it to be known, and not to be loaded.
    Disabled,
    Live {
        service: Arc<Service>,
        /// What is behind it, where that is a component, and who decided its limits.
        component: Option<(Arc<Component>, LimitSources)>,
    },
    Refused(Arc<Error>),
}

impl Entry {
    /// Loads a provider.
    pub(crate) async fn load(id: ProviderId, registration: Registration, loading: &Loading) -> Result<Self> {
        let source = registration.source();
        if !registration.is_enabled {
            return Ok(Self::of(id, source, Body::Disabled));
        }
        let standing = registration.standing();
        let body = load(&id, registration, loading).await.map_err(|error| error.with_provider(id.clone()))?;
        Ok(Self { standing, ..Self::of(id, source, body) })
    }

    /// A provider that is being loaded.
    pub(crate) fn discovered(id: ProviderId, registration: &Registration) -> Self {
        Self::of(id, registration.source(), Body::Discovered)
    }

    fn of(id: ProviderId, source: Source, body: Body) -> Self {
        Self { id, generation: 0, standing: Standing::Live, source, registered_at: SystemTime::now(), body }
    }

    /// Loads a provider. One that is refused is an entry as well, with the reason.
    pub(crate) async fn load_or_refuse(id: ProviderId, registration: Registration, loading: &Loading) -> Self {
        let source = registration.source();
        let refused = |error| Self::of(id.clone(), source, Body::Refused(Arc::new(error)));
        Self::load(id.clone(), registration, loading).await.unwrap_or_else(refused)
    }

    /// The models that can be chosen; none when it was refused.
    pub(crate) fn endpoints(&self) -> &[Arc<Endpoint>] {
        match &self.body {
            Body::Live { service, .. } => &service.endpoints,
            Body::Discovered | Body::Disabled | Body::Refused(_) => &[],
        }
    }

    /// What can be called.
    ///
    /// # Errors
    ///
    /// Its own error when it was refused; `not-serving` when it is not loaded.
    pub(crate) fn service(&self) -> Result<&Arc<Service>> {
        match &self.body {
            Body::Live { service, .. } => Ok(service),
            Body::Discovered => Err(self.not_loaded("is being loaded")),
            Body::Disabled => Err(self.not_loaded("is disabled")),
            Body::Refused(error) => {
                let message = format!("provider `{}` was refused when it was loaded: {error}", self.id);
                Err(Error::new(error.kind(), message).with_provider(self.id.clone()))
            }
        }
    }

    /// The same with another standing.
    pub(crate) fn with_standing(&self, standing: Standing) -> Self {
        Self { standing, ..self.clone() }
    }

    fn not_loaded(&self, why: &str) -> Error {
        Error::new(ErrorKind::NotServing, format!("provider `{}` {why}", self.id)).with_provider(self.id.clone())
    }

    /// Why it was refused when it was loaded.
    pub(crate) fn refusal(&self) -> Option<&Error> {
        match &self.body {
            Body::Refused(error) => Some(error),
            Body::Discovered | Body::Disabled | Body::Live { .. } => None,
        }
    }

    /// Why nobody is sent there, whatever is asked for.
    pub(crate) fn reject_reason(&self) -> Option<RejectReason> {
        let not_loaded = |state: &str| RejectReason::NotServing { state: state.to_owned(), reason: None };
        match &self.body {
            Body::Discovered => Some(not_loaded("loading")),
            Body::Disabled => Some(not_loaded("disabled")),
            Body::Refused(error) => {
                Some(RejectReason::Refused { error: error.kind(), message: error.message().to_owned() })
            }
            Body::Live { .. } => self.standing.reject_reason(),
        }
    }

    /// SHA-256 of the component, where it is one.
    pub(crate) fn digest(&self) -> Option<Digest> {
        match &self.body {
            Body::Live { component: Some((component, _)), .. } => Some(component.digest()),
            Body::Discovered | Body::Disabled | Body::Live { .. } | Body::Refused(_) => None,
        }
    }

    pub(crate) fn status(&self) -> ProviderStatus {
        let mut status = ProviderStatus {
            id: self.id.clone(),
            state: self.standing.state(),
            generation: self.generation,
            source: self.source.clone(),
            registered_at: self.registered_at,
            calls: CallCounts::default(),
            health: None,
            capabilities: Vec::new(),
            description: None,
            models: Vec::new(),
            tasks: Vec::new(),
            allowed: Vec::new(),
            component: None,
        };
        match &self.body {
            Body::Live { service, component } => {
                let Service { provider, endpoints, .. } = &**service;
                status.calls = service.calls();
                status.health = service.watch.health.load().as_deref().cloned();
                status.capabilities = provider.capabilities().to_vec();
                status.description = Some(provider.catalogue().description.clone());
                status.tasks.clone_from(&provider.catalogue().tasks);
                status.models = endpoints.iter().map(|endpoint| ModelStatus::new(endpoint)).collect();
                status.allowed = service.reach.as_ref().map(|reach| reach.status.clone()).unwrap_or_default();
                status.component = component.as_ref().map(|(component, sources)| details(component, sources));
            }
            Body::Discovered => status.state = State::Discovered,
            Body::Disabled => status.state = State::Disabled,
            Body::Refused(error) => {
                let (code, message) = (error.kind(), error.message().to_owned());
                status.state = State::Refused { code, message, remedy: code.remedy() };
            }
        }
        status
    }
}

async fn load(id: &ProviderId, registration: Registration, loading: &Loading) -> Result<Body> {
    let reaches_out = !registration.allowed.is_empty();
    if reaches_out && registration.options.isolation == Isolation::Process {
        let message =
            "a provider with `isolation = \"process\"` has no way out yet: take `allow` or the isolation away";
        return Err(Error::new(ErrorKind::Config, message));
    }
    let options = LoadOptions { observer: loading.observer(id), reaches_out, ..registration.options.clone() };
    let (life_limits, health_interval) = (registration.life, registration.health_interval);
    let service = |id: &ProviderId, provider, endpoints, limits: &Limits, digest, reach| {
        let life = Life::new(&loading.in_flight(), life_limits);
        let admission = Admission::new(limits, Arc::clone(&life.in_flight));
        let (events, alarms) = (loading.events.clone(), loading.alarms.clone());
        let accounts = Arc::clone(&loading.accounts);
        let (crashes, health) = (Crashes::default(), ArcSwapOption::empty());
        let watch = Watch { events, alarms, digest, crashes, health };
        let service = Arc::new(Service {
            id: id.clone(),
            provider,
            admission,
            life,
            endpoints,
            watch,
            tally: Tally::default(),
            recent: Recent::default(),
            accounts,
            bills: Bills::default(),
            reach,
        });
        if let Some(interval) = health_interval {
            health::keep_checking(&service, interval);
        }
        service
    };
    let component = match &registration.origin {
        Origin::Path(path) => loading.loader.load_file(path, options).await?,
        Origin::Bytes(bytes) => loading.loader.load(bytes.clone(), options).await?,
        Origin::Native(provider) => {
            let provider = Native::new(Arc::clone(provider), registration.options.limits.timeout);
            provider.catalogue().validate(provider.capabilities())?;
            let endpoints = endpoints(id, &provider, &registration, loading).await?;
            let service = service(id, Arc::new(provider), endpoints, &registration.options.limits, None, None);
            return Ok(Body::Live { service, component: None });
        }
    };
    let endpoints = endpoints(id, &component, &registration, loading).await?;
    let reach = match registration.allowed.as_slice() {
        [] => None,
        allowed => Reach::new(loading.egress()?, id, allowed, &component.catalogue().description).await?,
    };
    let component = Arc::new(component);
    let provider: Arc<dyn Provider> = Arc::<Component>::clone(&component);
    let (limits, mut sources) = (component.limits(), registration.limit_sources);
    if limits.concurrency < registration.options.limits.concurrency {
        sources.decide(Limit::Concurrency, LimitSource::Sandbox);
    }
    let service = service(id, provider, endpoints, limits, Some(component.digest()), reach);
    Ok(Body::Live { service, component: Some((component, sources)) })
}

fn details(component: &Component, sources: &LimitSources) -> ComponentDetails {
    ComponentDetails {
        digest: component.digest(),
        size: component.size(),
        census: component.census().clone(),
        imports: component.imports().to_vec(),
        exports: component.exports().to_vec(),
        isolation: component.isolation(),
        worker: component.worker(),
        limits: component.limits().clone(),
        limit_sources: sources.clone(),
    }
}

async fn endpoints(
    id: &ProviderId,
    provider: &dyn Provider,
    registration: &Registration,
    loading: &Loading,
) -> Result<Vec<Arc<Endpoint>>> {
    let catalogue = provider.catalogue();
    registration.check_models(&catalogue.models)?;
    let listed = loading.prices.listed(id, &catalogue.models).await?;
    let endpoint = |(model, listed): (&Model, Option<ListedPrices>)| {
        let settings = registration.settings_of(&model.id);
        let overrides = settings.overrides();
        let doubts_prices = registration.doubts_prices(provider);
        let quotas = overrides.quotas.as_ref().unwrap_or(&model.quotas);
        let live = Live::of((id, &model.id)).with_breaker(registration.breaker).with_quotas(quotas);
        Arc::new(Endpoint {
            provider: id.clone(),
            model: model.clone(),
            overrides: Overrides { listed, doubts_prices, ..overrides },
            bills_on_failure: catalogue.description.bills_on_failure,
            quality: settings.quality,
            prior_latency: settings.latency,
            live,
        })
    };
    Ok(catalogue.models.iter().zip(listed).map(endpoint).collect())
}
