//! How a host loads providers: with which compiler and cache, and who hears of it.

use std::{
    fmt,
    num::NonZero,
    sync::{Arc, OnceLock},
    thread,
};

use palisade_core::{ProviderId, Result};
use palisade_egress::{Egress, Network, Settings};
use palisade_sandbox::{Compiler, LoadEvent, LoadObserver, Loader, Sandbox, SandboxSettings};

use crate::{
    accounts::Accounts, alarm::Alarms, cache_place::CachePlace, events::EventBus, in_flight::InFlight,
    price_feed::PriceFeedPlace,
};

/// What a host loads with, and what all its providers share.
pub(crate) struct Loading {
    pub(crate) loader: Loader,
    pub(crate) events: EventBus,
    pub(crate) alarms: Alarms,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) prices: PriceFeedPlace,
    /// The one way out, made when somebody is first let out.
    egress: OnceLock<Egress>,
    observer: ProviderObserver,
    in_flight: Arc<InFlight>,
}

impl Loading {
    pub(crate) fn new(
        settings: Option<SandboxSettings>,
        compiler: Compiler,
        cache: &CachePlace,
        observer: ProviderObserver,
        (events, alarms): (EventBus, Alarms),
        accounts: Arc<Accounts>,
    ) -> Result<Self> {
        let loader = Loader::new(Sandbox::shared(settings)?, compiler, cache.open()?);
        let prices = PriceFeedPlace::Nowhere;
        let (egress, in_flight) = (OnceLock::new(), Arc::default());
        Ok(Self { loader, events, alarms, accounts, prices, egress, observer, in_flight })
    }

    /// The one way out.
    pub(crate) fn egress(&self) -> Result<&Egress> {
        match self.egress.get() {
            Some(egress) => Ok(egress),
            None => {
                let egress = Egress::new(Settings::default(), Network::default())?;
                Ok(self.egress.get_or_init(|| egress))
            }
        }
    }

    /// The same, with a list of prices.
    pub(crate) fn with_prices(self, prices: PriceFeedPlace) -> Self {
        Self { prices, ..self }
    }

    /// The calls of this host.
    pub(crate) fn in_flight(&self) -> Arc<InFlight> {
        Arc::clone(&self.in_flight)
    }

    /// Who wants to hear how far this provider is.
    pub(crate) fn observer(&self, id: &ProviderId) -> LoadObserver {
        self.observer.of(id)
    }
}

/// How many providers are loaded at one time: compiling keeps a processor busy, and takes memory.
pub(crate) fn at_one_time() -> usize {
    thread::available_parallelism().map_or(2, NonZero::get)
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
