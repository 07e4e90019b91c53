//! A provider that was loaded or refused, ready to be published.

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use arc_swap::ArcSwapOption;
use palisade_core::{
    Digest, Error, ErrorKind, Limit, LimitSource, LimitSources, Limits, Provider, ProviderId, RejectReason, Result,
    catalogue::{Description, Model},
};
use palisade_routing::{Endpoint, ListedPrices, Live, Overrides};
use palisade_sandbox::{Component, LoadOptions, spoken};

use crate::{
    admission::Admission,
    alarm::Crashes,
    allow::Allow,
    drift::Bills,
    events::HostEvent,
    found::Found,
    health,
    hedge::Recent,
    life::Life,
    loading::Loading,
    native::Native,
    permissions::Permissions,
    progress::{Discovered, Progress, Validated},
    reach::Reach,
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
    /// How far it has come while it was loaded.
    pub(crate) progress: Arc<Progress>,
    source: Source,
    /// Where it was found; none where the application has registered it.
    found: Option<Arc<Found>>,
    registered_at: SystemTime,
    body: Body,
}

#[derive(Clone)]
enum Body {
    /// It is being loaded.
    Loading,
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
    /// Loads a provider, and tells each step.
    ///
    /// # Errors
    ///
    /// Why it is refused; that is told too.
    pub(crate) async fn load(discovered: Discovered, registration: Registration, loading: &Loading) -> Result<Self> {
        let entry = Self::of(&discovered, &registration, Body::Disabled);
        if !registration.is_enabled {
            return Ok(entry);
        }
        let standing = registration.standing();
        match load(discovered, registration, loading).await {
            Ok(body) => {
                let loaded = Self { standing, body, ..entry };
                let quarantined = loading.quarantined(&loaded.id).await;
                Ok(loaded.kept_to(quarantined))
            }
            Err(error) => {
                entry.progress.end(State::REFUSED, 0, Some(error.message().to_owned()));
                Err(error.with_provider(entry.id))
            }
        }
    }

    /// The same, as an operator has decided: nobody calls it before that is known.
    fn kept_to(self, quarantined: Option<Standing>) -> Self {
        let (Some(standing), Ok(service)) = (quarantined, self.service()) else { return self };
        service.life.close();
        Self { standing, ..self }
    }

    /// A provider that is being loaded.
    pub(crate) fn loading(discovered: &Discovered, registration: &Registration) -> Self {
        Self::of(discovered, registration, Body::Loading)
    }

    /// A provider that was refused when it was loaded.
    pub(crate) fn refused(self, error: Error) -> Self {
        Self { body: Body::Refused(Arc::new(error)), ..self }
    }

    fn of(discovered: &Discovered, registration: &Registration, body: Body) -> Self {
        Self {
            id: discovered.id().clone(),
            generation: 0,
            standing: Standing::Live,
            progress: discovered.progress(),
            source: registration.source(),
            found: registration.found.clone(),
            registered_at: SystemTime::now(),
            body,
        }
    }

    /// The models that can be chosen; none when it was refused.
    pub(crate) fn endpoints(&self) -> &[Arc<Endpoint>] {
        match &self.body {
            Body::Live { service, .. } => &service.endpoints,
            Body::Loading | Body::Disabled | Body::Refused(_) => &[],
        }
    }

    /// Whether it was loaded, so that it can be called as far as that is up to it.
    pub(crate) fn is_loaded(&self) -> bool {
        matches!(self.body, Body::Live { .. })
    }

    /// What can be called.
    ///
    /// # Errors
    ///
    /// Its own error when it was refused; `not-serving` when it is not loaded.
    pub(crate) fn service(&self) -> Result<&Arc<Service>> {
        match &self.body {
            Body::Live { service, .. } => Ok(service),
            Body::Loading => Err(self.not_loaded("is being loaded")),
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

    /// Why nobody is sent there, whatever is asked for.
    pub(crate) fn reject_reason(&self) -> Option<RejectReason> {
        let not_loaded = |state: &str| RejectReason::NotServing { state: state.to_owned(), reason: None };
        match &self.body {
            Body::Loading => Some(not_loaded("loading")),
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
            Body::Loading | Body::Disabled | Body::Live { .. } | Body::Refused(_) => None,
        }
    }

    /// Where it comes from.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// Where it was found, and how.
    pub(crate) fn found(&self) -> Option<&Arc<Found>> {
        self.found.as_ref()
    }

    /// Its calls.
    pub(crate) fn calls(&self) -> CallCounts {
        match &self.body {
            Body::Live { service, .. } => service.calls(),
            Body::Loading | Body::Disabled | Body::Refused(_) => CallCounts::default(),
        }
    }

    /// Whether it serves.
    pub(crate) fn state(&self) -> State {
        match &self.body {
            Body::Loading => self.progress.stage().state(),
            Body::Disabled => State::Disabled,
            Body::Live { .. } => self.standing.state(),
            Body::Refused(error) => {
                let (code, message) = (error.kind(), error.message().to_owned());
                let after = self.progress.stage().state().name();
                State::Refused { code, message, remedy: code.remedy(), after }
            }
        }
    }

    pub(crate) fn status(&self) -> ProviderStatus {
        let mut status = ProviderStatus {
            id: self.id.clone(),
            state: self.state(),
            generation: self.generation,
            source: self.source.clone(),
            registered_at: self.registered_at,
            calls: self.calls(),
            health: None,
            capabilities: Vec::new(),
            description: None,
            models: Vec::new(),
            tasks: Vec::new(),
            allowed: Vec::new(),
            awaits_approval: Permissions::default(),
            lent: BTreeMap::new(),
            component: None,
        };
        if let Body::Live { service, component } = &self.body {
            let Service { provider, endpoints, .. } = &**service;
            status.health = service.watch.health.load().as_deref().cloned();
            status.capabilities = provider.capabilities().to_vec();
            status.description = Some(provider.catalogue().description.clone());
            status.tasks.clone_from(&provider.catalogue().tasks);
            status.models = endpoints.iter().map(|endpoint| ModelStatus::new(endpoint)).collect();
            if let Some(reach) = &service.reach {
                (status.allowed, status.awaits_approval) = (reach.status(), reach.awaits());
            }
            status.lent = service.loans.status();
            status.component = component.as_ref().map(|(component, sources)| details(component, sources));
        }
        status
    }
}

async fn load(discovered: Discovered, registration: Registration, loading: &Loading) -> Result<Body> {
    let id = &discovered.id().clone();
    let registration = registration.settle(id, &loading.resources).await?;
    let reaches_out = !registration.allowed.is_empty();
    let lends_stores = !registration.loans.is_empty();
    let options =
        LoadOptions { observer: loading.observer(id), reaches_out, lends_stores, ..registration.options.clone() };
    let (life_limits, health_interval) = (registration.life, registration.health_interval);
    let (polling, room) = (registration.polling, registration.room);
    let service = |_validated: Validated, provider, endpoints, limits: &Limits, digest, reach| {
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
            polling,
            room,
            loans: loading.loans(id, registration.loans.clone()),
        });
        if let Some(interval) = health_interval {
            health::keep_checking(&service, interval);
        }
        service
    };
    let native = match &registration.origin {
        Origin::Path(path) => Err(loading.machine.loader.verify_file(path, options).await?),
        Origin::Bytes(bytes) => Err(loading.machine.loader.verify(bytes.clone(), options).await?),
        Origin::Native(provider) => Ok(Arc::clone(provider)),
        Origin::Store(store) => Ok(store.open()),
    };
    let component = match native {
        Err(component) => component,
        Ok(provider) => {
            let verified = discovered.verified();
            let provider = Native::new(provider, registration.options.limits.timeout);
            provider.catalogue().validate(provider.capabilities())?;
            let endpoints = endpoints(id, &provider, &registration, loading).await?;
            let limits = &registration.options.limits;
            let service = service(verified.validated(), Arc::new(provider), endpoints, limits, None, None);
            return Ok(Body::Live { service, component: None });
        }
    };
    let verified = discovered.verified();
    let component = component.describe().await?;
    component.catalogue().description.check_config(&registration.options.config)?;
    let endpoints = endpoints(id, &component, &registration, loading).await?;
    let reach = reach(id, &registration.allowed, &component.catalogue().description, loading).await?;
    let component = Arc::new(component);
    let provider: Arc<dyn Provider> = Arc::<Component>::clone(&component);
    let (limits, mut sources) = (component.limits(), registration.limit_sources);
    if limits.concurrency < registration.options.limits.concurrency {
        sources.decide(Limit::Concurrency, LimitSource::Sandbox);
    }
    let service = service(verified.validated(), provider, endpoints, limits, Some(component.digest()), reach);
    Ok(Body::Live { service, component: Some((component, sources)) })
}

/// What a component reaches; none where nothing was granted.
async fn reach(
    id: &ProviderId,
    allowed: &[Allow],
    description: &Description,
    loading: &Loading,
) -> Result<Option<Reach>> {
    if allowed.is_empty() {
        return Ok(None);
    }
    let approved = loading.approved(id, Permissions::asked_for(description)).await?;
    let reach = Reach::new(loading.egress()?, id, allowed, description, approved).await?;
    let awaits = reach.as_ref().map(Reach::awaits).unwrap_or_default();
    if !awaits.is_empty() {
        let Permissions { hosts, credentials } = awaits;
        tracing::warn!(
            provider = %id, ?hosts, ?credentials,
            "a provider asks for more than was approved: `palisade approve` lets it have that"
        );
        let provider = id.clone();
        loading.events.emit(|| HostEvent::ProviderAsksForMore { provider, hosts, credentials });
    }
    Ok(reach)
}

fn details(component: &Component, sources: &LimitSources) -> ComponentDetails {
    ComponentDetails {
        digest: component.digest(),
        size: component.size(),
        census: component.census().clone(),
        speaks: spoken(component.imports(), component.exports()),
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
