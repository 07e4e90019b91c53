//! A provider that was loaded or refused, ready to be published.

use std::{sync::Arc, time::SystemTime};

use palisade_core::{Error, Limit, LimitSource, LimitSources, Limits, Provider, ProviderId, Result};
use palisade_routing::{Endpoint, Live, Provenance};
use palisade_sandbox::{Component, LoadOptions};

use crate::{
    admission::Admission,
    loading::Loading,
    native::Native,
    registration::{Origin, Registration},
    service::Service,
    status::{ComponentDetails, ModelStatus, ProviderStatus, Source, State},
};

/// What a snapshot holds of a provider.
pub(crate) struct Entry {
    pub(crate) id: ProviderId,
    source: Source,
    registered_at: SystemTime,
    pub(crate) body: Body,
}

pub(crate) enum Body {
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
        let body = load(&id, registration, loading).await.map_err(|error| error.with_provider(id.clone()))?;
        Ok(Self { id, source, registered_at: SystemTime::now(), body })
    }

    /// Loads a provider. One that is refused is an entry as well, with the reason.
    pub(crate) async fn load_or_refuse(id: ProviderId, registration: Registration, loading: &Loading) -> Self {
        let source = registration.source();
        let refused = |error| {
            let body = Body::Refused(Arc::new(error));
            Self { id: id.clone(), source, registered_at: SystemTime::now(), body }
        };
        Self::load(id.clone(), registration, loading).await.unwrap_or_else(refused)
    }

    /// The models that can be chosen; none when it was refused.
    pub(crate) fn endpoints(&self) -> &[Arc<Endpoint>] {
        match &self.body {
            Body::Live { service, .. } => &service.endpoints,
            Body::Refused(_) => &[],
        }
    }

    /// What can be called.
    ///
    /// # Errors
    ///
    /// Its own error when it was refused.
    pub(crate) fn service(&self) -> Result<&Arc<Service>> {
        match &self.body {
            Body::Live { service, .. } => Ok(service),
            Body::Refused(error) => {
                let message = format!("provider `{}` was refused when it was loaded: {error}", self.id);
                Err(Error::new(error.kind(), message).with_provider(self.id.clone()))
            }
        }
    }

    pub(crate) fn status(&self) -> ProviderStatus {
        let mut status = ProviderStatus {
            id: self.id.clone(),
            state: State::Live,
            source: self.source.clone(),
            registered_at: self.registered_at,
            capabilities: Vec::new(),
            description: None,
            models: Vec::new(),
            tasks: Vec::new(),
            component: None,
        };
        match &self.body {
            Body::Live { service, component } => {
                let Service { provider, endpoints, .. } = &**service;
                status.capabilities = provider.capabilities().to_vec();
                status.description = Some(provider.catalogue().description.clone());
                status.tasks.clone_from(&provider.catalogue().tasks);
                status.models = endpoints.iter().map(|endpoint| ModelStatus::new(endpoint)).collect();
                status.component = component.as_ref().map(|(component, sources)| details(component, sources));
            }
            Body::Refused(error) => {
                let (code, message) = (error.kind(), error.message().to_owned());
                status.state = State::Refused { code, message, remedy: code.remedy() };
            }
        }
        status
    }
}

async fn load(id: &ProviderId, registration: Registration, loading: &Loading) -> Result<Body> {
    let options = LoadOptions { observer: loading.observer(id), ..registration.options.clone() };
    let admission = |limits: &Limits| Admission::new(limits, loading.in_flight());
    let component = match &registration.origin {
        Origin::Path(path) => loading.loader.load_file(path, options).await?,
        Origin::Bytes(bytes) => loading.loader.load(bytes.clone(), options).await?,
        Origin::Native(provider) => {
            let provider = Native::new(Arc::clone(provider), registration.options.limits.timeout);
            provider.catalogue().validate(provider.capabilities())?;
            let endpoints = endpoints(id, &provider, &registration)?;
            let admission = admission(&registration.options.limits);
            let service = Service { id: id.clone(), provider: Arc::new(provider), admission, endpoints };
            return Ok(Body::Live { service: Arc::new(service), component: None });
        }
    };
    let endpoints = endpoints(id, &component, &registration)?;
    let component = Arc::new(component);
    let provider: Arc<dyn Provider> = Arc::<Component>::clone(&component);
    let (limits, mut sources) = (component.limits(), registration.limit_sources);
    if limits.concurrency < registration.options.limits.concurrency {
        sources.decide(Limit::Concurrency, LimitSource::Sandbox);
    }
    let service = Service { id: id.clone(), provider, admission: admission(limits), endpoints };
    Ok(Body::Live { service: Arc::new(service), component: Some((component, sources)) })
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

fn endpoints(id: &ProviderId, provider: &dyn Provider, registration: &Registration) -> Result<Vec<Arc<Endpoint>>> {
    let catalogue = provider.catalogue();
    registration.check_models(&catalogue.models)?;
    let endpoint = |model: &palisade_core::catalogue::Model| {
        let mut model = model.clone();
        let settings = registration.settings_of(&model.id);
        let price_source =
            if settings.override_prices(&mut model) { Provenance::Operator } else { Provenance::Claimed };
        let live = Live::of((id, &model.id));
        Arc::new(Endpoint {
            provider: id.clone(),
            model,
            price_source,
            bills_on_failure: catalogue.description.bills_on_failure,
            quality: settings.quality,
            prior_latency: settings.latency,
            live,
        })
    };
    Ok(catalogue.models.iter().map(endpoint).collect())
}
