//! How a host loads providers: with which compiler and cache, and who hears of it.

use std::{
    fmt,
    num::NonZero,
    sync::{Arc, OnceLock},
    thread,
};

use palisade_core::{Error, ErrorKind, ProviderId, Result};
use palisade_egress::{Egress, Network, Settings};
use palisade_sandbox::{Compiler, LoadEvent, LoadObserver, Loader, Sandbox, SandboxSettings};

use crate::{
    accounts::Accounts, alarm::Alarms, cache_place::CachePlace, decisions::Decisions, events::EventBus,
    in_flight::InFlight, permissions::Permissions, price_feed::PriceFeedPlace,
};

/// What a host loads with, and what all its providers share.
pub(crate) struct Loading {
    pub(crate) loader: Loader,
    pub(crate) events: EventBus,
    pub(crate) alarms: Alarms,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) prices: PriceFeedPlace,
    /// Where it is kept what providers asked for when that was approved; none where nobody keeps it.
    pub(crate) decisions: Option<Decisions>,
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
        Ok(Self { loader, events, alarms, accounts, prices, decisions: None, egress, observer, in_flight })
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

    /// The same, with decisions of an operator.
    pub(crate) fn with_decisions(self, decisions: Option<Decisions>) -> Self {
        Self { decisions, ..self }
    }

    /// What a provider may ask for: what it asks for now where it is loaded for the first time, which is noted, since its
    /// operator has just written what it is granted. None where nobody keeps that.
    ///
    /// # Errors
    ///
    /// As [`Decisions::approved`].
    pub(crate) async fn approved(&self, id: &ProviderId, asked: Permissions) -> Result<Option<Permissions>> {
        let Some(decisions) = self.decisions.clone() else { return Ok(None) };
        let id = id.clone();
        blocking(move || decisions.approved_or_note(&id, &asked)).await.map(Some)
    }

    /// Approves what a provider asks for. Gives what was not approved before; nothing where nobody keeps that.
    ///
    /// # Errors
    ///
    /// As [`Decisions::approve`].
    pub(crate) async fn approve(&self, id: &ProviderId, asked: Permissions) -> Result<Permissions> {
        let Some(decisions) = self.decisions.clone() else { return Ok(Permissions::default()) };
        let id = id.clone();
        blocking(move || decisions.approve(id, asked)).await
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

/// Does what waits for a disk.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let failed = |error| Error::new(ErrorKind::Internal, "reading what was approved has failed").with_source(error);
    tokio::task::spawn_blocking(work).await.map_err(failed)?
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
