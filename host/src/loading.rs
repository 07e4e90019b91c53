//! How a host loads providers: with which compiler and cache, and who hears of it.

use std::{fmt, sync::Arc};

use palisade_core::{ProviderId, Result};
use palisade_sandbox::{Compiler, LoadEvent, LoadObserver, Loader};

use crate::{cache_place::CachePlace, entry::Entry, registration::Registration};

/// What a host loads with.
pub(crate) struct Loading {
    loader: Loader,
    observer: ProviderObserver,
}

impl Loading {
    pub(crate) fn new(compiler: Compiler, cache: &CachePlace, observer: ProviderObserver) -> Result<Self> {
        Ok(Self { loader: Loader::new(compiler, cache.open()?)?, observer })
    }

    /// Loads a provider.
    pub(crate) async fn entry(&self, id: ProviderId, registration: Registration) -> Result<Entry> {
        let registration = self.observed(&id, registration);
        Entry::load(id, registration, &self.loader).await
    }

    /// Loads a provider. One that is refused is an entry as well, with the reason.
    pub(crate) async fn entry_or_refusal(&self, id: ProviderId, registration: Registration) -> Entry {
        let registration = self.observed(&id, registration);
        Entry::load_or_refuse(id, registration, &self.loader).await
    }

    fn observed(&self, id: &ProviderId, mut registration: Registration) -> Registration {
        registration.options.observer = self.observer.of(id);
        registration
    }
}

/// Who wants to hear how far the loading of providers is. Nobody by default.
#[derive(Clone, Default)]
pub(crate) struct ProviderObserver(Option<Arc<Listener>>);

type Listener = dyn Fn(&ProviderId, LoadEvent) + Send + Sync;

impl ProviderObserver {
    pub(crate) fn new(listener: impl Fn(&ProviderId, LoadEvent) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    fn of(&self, id: &ProviderId) -> LoadObserver {
        let Some(listener) = self.0.clone() else { return LoadObserver::default() };
        let id = id.clone();
        LoadObserver::new(move |event| listener(&id, event))
    }
}

impl fmt::Debug for ProviderObserver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "ProviderObserver(..)" } else { "ProviderObserver(none)" })
    }
}
