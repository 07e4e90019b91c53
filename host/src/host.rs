//! The host: the providers that are registered, and the way to find one.

use std::{
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use palisade_core::{Capability, Operation, ProviderId, Result};
use palisade_routing::Budget;
use palisade_sandbox::{Compiler, LoadEvent, SandboxSettings};
use tokio::sync::mpsc;

use crate::{
    accounts::Accounts,
    background::Background,
    cache_place::CachePlace,
    call::{CallSettings, Completion},
    config::Config,
    decisions::Decisions,
    entry::Entry,
    event_log::{EventLog, EventLogPlace},
    events::EventBus,
    find::FindProvider,
    former::RetiredProvider,
    handle::ProviderHandle,
    in_flight::ShutdownReport,
    loading::{Loading, ProviderObserver, at_one_time},
    price_feed::{PriceFeed, PriceFeedPlace},
    progress::Discovered,
    registration::{Registration, parse_id},
    route::Router,
    status::{ProviderStatus, Statistics},
    supervisor::{Snapshot, Supervisor, taken, unknown},
    watch_decisions, watch_pace,
};

/// A registry of providers. Cheap to clone: clones are the same host.
///
/// Made inside a Tokio runtime with its timer and its I/O on; [`Host::shutdown`], or dropping the last clone, ends it.
#[derive(Clone)]
pub struct Host {
    pub(crate) router: Arc<Router>,
    pub(crate) loading: Arc<Loading>,
    /// What is done for nobody who waits.
    pub(crate) background: Arc<Background>,
    /// Until it is shut down.
    log: Arc<Mutex<Option<EventLog>>>,
}

impl Host {
    /// Opens a host with the providers of a `palisade.toml`.
    ///
    /// A provider that is refused does not keep the others from serving: [`Host::providers`] says why.
    ///
    /// # Errors
    ///
    /// `io` and `config` when the file cannot be read or is wrong.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self> {
        let config = Config::read(path.as_ref()).await?;
        Self::builder().config(config).build().await
    }

    /// A host to fill.
    #[must_use]
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// Everybody who is registered, by id; those who were refused too.
    #[must_use]
    pub fn providers(&self) -> Vec<ProviderStatus> {
        self.snapshot().entries.values().map(|entry| entry.status()).collect()
    }

    /// What there is to say of one provider.
    ///
    /// # Errors
    ///
    /// `invalid-id`, `unknown-provider`.
    pub fn status(&self, id: impl AsRef<str>) -> Result<ProviderStatus> {
        self.entry(id.as_ref()).map(|entry| entry.status())
    }

    /// The ids of everybody who is registered.
    #[must_use]
    pub fn names(&self) -> Vec<ProviderId> {
        self.snapshot().entries.keys().cloned().collect()
    }

    /// Those who were taken out: the one that was taken out last at the end, of at most 256 names. Of several that had the same name
    /// the last one that is gone, with the calls of all of them.
    #[must_use]
    pub fn retired(&self) -> Vec<RetiredProvider> {
        self.snapshot().former.all()
    }

    /// This host in numbers.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let snapshot = self.snapshot();
        let mut statistics =
            Statistics { version: snapshot.version, requests: self.router.requests(), ..Statistics::default() };
        for entry in snapshot.entries.values() {
            *statistics.providers.entry(entry.state().name()).or_default() += 1;
            statistics.models += entry.endpoints().len();
            statistics.calls.add(entry.calls());
        }
        for retired in snapshot.former.all() {
            *statistics.providers.entry(retired.state.name()).or_default() += 1;
        }
        statistics.calls.add(snapshot.former.calls());
        statistics
    }

    /// Whether the id is taken.
    #[must_use]
    pub fn has(&self, id: impl AsRef<str>) -> bool {
        self.entry(id.as_ref()).is_ok()
    }

    /// The provider of this id.
    ///
    /// # Errors
    ///
    /// `invalid-id`, `unknown-provider`; its own error when it was refused.
    pub fn get(&self, id: impl AsRef<str>) -> Result<ProviderHandle> {
        Ok(ProviderHandle::of(self.entry(id.as_ref())?.service()?))
    }

    /// Everybody who serves this capability, by id.
    #[must_use]
    pub fn providers_for(&self, capability: Capability) -> Vec<ProviderHandle> {
        let serves = |handle: &ProviderHandle| handle.capabilities().contains(&capability);
        let snapshot = self.snapshot();
        let services = snapshot.entries.values().filter_map(|entry| entry.service().ok());
        services.map(ProviderHandle::of).filter(serves).collect()
    }

    /// Finds the provider that serves this capability best. Add criteria, then await it.
    ///
    /// # Errors
    ///
    /// Awaiting it gives `no-provider`, with everybody and their reasons, when nobody fits.
    pub fn find_best_provider(&self, capability: Capability) -> FindProvider {
        FindProvider::new(Arc::clone(&self.router), capability)
    }

    /// Has a provider serve a request that is as good as any, and the next best when that one fails: [`FindProvider::call`]
    /// without criteria, with the usual settings, and [spread](FindProvider::spread) over all that are nearly the best.
    ///
    /// # Errors
    ///
    /// As [`FindProvider::call`].
    pub async fn call<O: Operation>(&self, request: O) -> Result<Completion<O::Response>> {
        self.find_best_provider(O::CAPABILITY).spread().call(request, CallSettings::default()).await
    }

    /// How often the set of providers has changed.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.snapshot().version
    }

    /// How long a host, or a provider, may take to end its calls, where nothing else is said.
    pub const DRAIN: Duration = Duration::from_secs(30);

    /// Takes every provider out, waits until the calls under way have ended, at most for this long ([`Host::DRAIN`] is
    /// a good choice), and aborts the rest:
    /// they end with `shutdown`. No call can begin meanwhile or later. A registration that is under way ends at once: nobody
    /// could call its provider any more. Each provider gives back what it holds, if that takes no longer than what is left of the time.
    ///
    /// A stream that was left lying is aborted as well. A call that nobody polls cannot be told; nothing of it runs, and
    /// dropping it gives back what it holds.
    pub async fn shutdown(&self, limit: Duration) -> ShutdownReport {
        // As good as for ever.
        let until = Instant::now() + limit.min(Duration::from_secs(1 << 30));
        self.router.supervisor.close().await;
        let report = self.loading.in_flight().drain(limit).await;
        self.router.supervisor.stop(until).await;
        self.loading.accounts.close().await;
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(log) = log {
            log.end().await;
        }
        report
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.router.supervisor.snapshot()
    }

    fn entry(&self, id: &str) -> Result<Arc<Entry>> {
        let id = parse_id(id)?;
        let snapshot = self.snapshot();
        snapshot.entries.get(&id).cloned().ok_or_else(|| unknown(&id, &snapshot.entries))
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Host").field("providers", &self.names()).finish_non_exhaustive()
    }
}

/// A host to be.
#[derive(Debug, Default)]
pub struct HostBuilder {
    registrations: Vec<(ProviderId, Registration)>,
    serving: Option<Capability>,
    storage: Option<PathBuf>,
    budgets: Vec<Budget>,
    events: Option<EventLogPlace>,
    decisions: Option<Decisions>,
    prices: PriceFeedPlace,
    sandbox: Option<SandboxSettings>,
    compiler: Compiler,
    cache: CachePlace,
    observer: ProviderObserver,
}

impl HostBuilder {
    /// The providers of a configuration, and what it says of the host. One that is refused does not keep the others from
    /// serving.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        let Config { registrations, cache, sandbox, events, decisions, storage, budgets, prices } = config;
        self.storage = storage.or(self.storage);
        self.budgets.extend(budgets);
        self.events = events.or(self.events);
        self.decisions = decisions.or(self.decisions);
        self.prices = prices.unwrap_or(self.prices);
        self.registrations.extend(registrations);
        self.cache = cache.unwrap_or(self.cache);
        self.sandbox = sandbox.or(self.sandbox);
        self
    }

    /// A provider. As with a configuration, it is listed as refused when it cannot be loaded;
    /// [`Host::register`] gives the error instead.
    #[must_use]
    pub fn provider(mut self, id: ProviderId, registration: impl Into<Registration>) -> Self {
        self.registrations.push((id, registration.into()));
        self
    }

    /// Leaves out providers that do not serve this capability, before they are compiled: for a program that is started
    /// for one request. Nobody lists them.
    #[must_use]
    pub fn serving(mut self, capability: Capability) -> Self {
        self.serving = Some(capability);
        self
    }

    /// How large the sandbox of this process is. All hosts of a process share one: the first decides.
    #[must_use]
    pub fn sandbox(mut self, settings: SandboxSettings) -> Self {
        self.sandbox = Some(settings);
        self
    }

    /// Who compiles components. By default this program does, in a process of its own, for which its `main` calls
    /// [`init`](crate::init) first.
    #[must_use]
    pub fn compiler(mut self, compiler: Compiler) -> Self {
        self.compiler = compiler;
        self
    }

    /// Where compiled code is kept. By default a folder of this user.
    #[must_use]
    pub fn cache(mut self, cache: CachePlace) -> Self {
        self.cache = cache;
        self
    }

    /// Keeps in this file what was spent of budgets, and what is known of idempotency keys, so that no restart forgets it. One
    /// host at a time can have it open. By default it is forgotten with the host.
    #[must_use]
    pub fn storage(mut self, file: impl Into<PathBuf>) -> Self {
        self.storage = Some(file.into());
        self
    }

    /// The most that calls may cost in a time. Several calls add up.
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budgets.push(budget);
        self
    }

    /// Writes what happens to a file. By default nothing is written.
    #[must_use]
    pub fn events(mut self, place: EventLogPlace) -> Self {
        self.events = Some(place);
        self
    }

    /// Keeps to what an operator decides about providers while the host runs: it looks once a second. A configuration that was
    /// read from a file has decisions of its own.
    ///
    /// It is kept there what each provider asks for when it is first loaded with something granted; what another component
    /// under its id asks for more has to be [approved](Host::approve). Without decisions, all that is granted is in force.
    #[must_use]
    pub fn decisions(mut self, decisions: Decisions) -> Self {
        self.decisions = Some(decisions);
        self
    }

    /// What models cost, instead of what providers claim; what is said of a provider when it is registered goes before it.
    #[must_use]
    pub fn prices(mut self, feed: PriceFeed) -> Self {
        self.prices = PriceFeedPlace::Given(feed);
        self
    }

    /// Calls this at each step of loading a provider, which may take seconds when it is compiled. It must not block.
    #[must_use]
    pub fn on_load(mut self, observer: impl Fn(&ProviderId, LoadEvent) + Send + Sync + 'static) -> Self {
        self.observer = ProviderObserver::new(observer);
        self
    }

    /// Loads all providers and opens the host.
    ///
    /// # Errors
    ///
    /// `already-exists` when two have the same id; `io` and `config` when the list of prices cannot be read or is wrong; `io`
    /// when the folder that was named for the cache, or the file for events, or the one for what was spent, cannot be used;
    /// `config` when the sandbox of this process has other settings; `internal` when this machine cannot run the sandbox.
    pub async fn build(self) -> Result<Host> {
        let events = EventBus::default();
        let accounts = Arc::new(Accounts::open(self.budgets, self.storage, events.clone()).await?);
        let (alarms, alarmed) = mpsc::unbounded_channel();
        self.prices.check().await?;
        let loading = Loading::new(
            self.sandbox,
            self.compiler,
            &self.cache,
            self.observer,
            (events.clone(), alarms),
            Arc::clone(&accounts),
        )?;
        let loading = Arc::new(loading.with_prices(self.prices).with_decisions(self.decisions.clone()));
        let log = match self.events {
            Some(place) => Some(EventLog::start(place, &events).await?),
            None => None,
        };
        let supervisor = Supervisor::start(events, alarmed);
        let mut ids = BTreeSet::new();
        for (id, _) in &self.registrations {
            if !ids.insert(id) {
                return Err(taken(id));
            }
        }
        let loads = self.registrations.into_iter().map(|(id, registration)| async {
            if let Some(capability) = self.serving
                && !registration.may_serve(capability).await
            {
                return Ok(());
            }
            let discovered = Discovered::new(id, &loading.events);
            let _underway = discovered.underway();
            let loading_entry = Entry::loading(&discovered, &registration);
            let reserved = supervisor.reserve(loading_entry.clone()).await?;
            let entry = Entry::load(discovered, registration, &loading).await.unwrap_or_else(|error| {
                tracing::warn!(provider = %loading_entry.id, code = error.kind().code(), %error, "a provider was refused");
                loading_entry.refused(error)
            });
            reserved.settle(entry).await
        });
        let mut loaded = stream::iter(loads).buffered(at_one_time());
        while let Some(result) = loaded.next().await {
            result?;
        }
        drop(loaded);
        let background = Arc::<Background>::default();
        let (in_flight, events) = (loading.in_flight(), loading.events.clone());
        let router = Router::new(supervisor, in_flight, accounts, events, Arc::downgrade(&background));
        let router = Arc::new(router);
        if let Some(decisions) = self.decisions {
            watch_decisions::watch(decisions, &router).await;
        }
        watch_pace::watch(&router);
        Ok(Host { router, loading, background, log: Arc::new(Mutex::new(log)) })
    }
}
