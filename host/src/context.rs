//! A registry of providers that nobody else has: of a tenant, of an environment, of a pipeline.
//!
//! ```text
//! Machine (sandbox, compiler, cache of code)
//!    ├─► Context `default` ─► Supervisor ─► Snapshot ─► Router
//!    ├─► Context `acme`    ─► Supervisor ─► Snapshot ─► Router
//!    └─► …
//! ```
//!
//! Everything by which one could learn of another is made anew for each: who is registered, what was granted, secrets, connections, live
//! figures, budgets, what is known of jobs and idempotency keys, what providers keep, kept instances, events.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use palisade_core::{Capability, ContextName, Operation, ProviderId, Result};
use tokio::sync::{OnceCell, mpsc};

use crate::{
    background::Background,
    call::{CallSettings, Completion},
    context_settings::ContextSettings,
    entry::Entry,
    find::FindProvider,
    former::RetiredProvider,
    handle::ProviderHandle,
    in_flight::ShutdownReport,
    loading::{Loading, Machine},
    lookout::Lookout,
    progress::Discovered,
    registration::{Registration, parse_id},
    resources_of_host::ResourcesPlace,
    route::Router,
    snapshot::{Snapshot, taken, unknown},
    status::{ProviderStatus, Statistics},
    stock::Registered,
    supervisor::Supervisor,
    watch_decisions, watch_pace,
};

/// A registry of providers that shares nothing with other contexts of its host but the machinery. Cheap to clone: clones are the same context.
///
/// [`Host::context`](crate::Host::context) gives one. A host is its own default context.
#[derive(Clone)]
pub struct Context {
    name: ContextName,
    pub(crate) router: Arc<Router>,
    pub(crate) loading: Arc<Loading>,
    /// What is done for nobody who waits.
    pub(crate) background: Arc<Background>,
    /// Who looks for providers.
    pub(crate) lookout: Arc<Lookout>,
    /// Done once what it needs to have providers is there.
    ready: Arc<OnceCell<()>>,
}

/// A context that ends when nobody else has it.
pub(crate) struct WeakContext {
    name: ContextName,
    router: Weak<Router>,
    loading: Weak<Loading>,
    background: Weak<Background>,
    lookout: Weak<Lookout>,
    ready: Weak<OnceCell<()>>,
}

impl WeakContext {
    /// The context, while it is there.
    pub(crate) fn upgrade(&self) -> Option<Context> {
        Some(Context {
            name: self.name.clone(),
            router: self.router.upgrade()?,
            loading: self.loading.upgrade()?,
            background: self.background.upgrade()?,
            lookout: self.lookout.upgrade()?,
            ready: self.ready.upgrade()?,
        })
    }
}

impl Context {
    /// An empty one. Nothing of it runs until it has a provider.
    ///
    /// # Errors
    ///
    /// `config` where a budget makes no sense.
    pub(crate) fn new(machine: &Arc<Machine>, name: ContextName, mut settings: ContextSettings) -> Result<Self> {
        let (discovery, files) = (std::mem::take(&mut settings.discovery), std::mem::take(&mut settings.files));
        let lookout = Lookout::new(name.clone(), files, discovery, std::mem::take(&mut settings.usual));
        let (alarms, alarmed) = mpsc::unbounded_channel();
        let published = Arc::<ArcSwap<Snapshot>>::default();
        let loading = Loading::new(machine, &name, settings, alarms, Arc::new(Registered(Arc::downgrade(&published))))?;
        let events = loading.events.clone();
        let background = Arc::<Background>::default();
        let supervisor = Supervisor::new(events.clone(), alarmed, published);
        let accounts = Arc::clone(&loading.accounts);
        let router = Router::new(supervisor, loading.in_flight(), accounts, events, Arc::downgrade(&background));
        let (router, loading, lookout) = (Arc::new(router), Arc::new(loading), Arc::new(lookout));
        Ok(Self { name, router, loading, background, lookout, ready: Arc::default() })
    }

    /// The same for who must not keep it alive.
    pub(crate) fn downgrade(&self) -> WeakContext {
        WeakContext {
            name: self.name.clone(),
            router: Arc::downgrade(&self.router),
            loading: Arc::downgrade(&self.loading),
            background: Arc::downgrade(&self.background),
            lookout: Arc::downgrade(&self.lookout),
            ready: Arc::downgrade(&self.ready),
        }
    }

    /// Opens what it needs to have providers. The first time counts.
    ///
    /// # Errors
    ///
    /// `io` when what it keeps cannot be read.
    pub(crate) async fn ready(&self) -> Result<()> {
        let make_ready = async || {
            self.loading.accounts.open().await?;
            if let Some(decisions) = &self.loading.decisions {
                watch_decisions::watch(decisions.clone(), &self.router).await;
            }
            watch_pace::watch(&self.router);
            Ok(())
        };
        self.ready.get_or_try_init(make_ready).await.copied()
    }

    /// Goes on from what was kept of budgets, jobs and idempotency keys, and reads what its providers refer to.
    pub(crate) async fn open(&self, resources: Option<&ResourcesPlace>) -> Result<()> {
        self.loading.accounts.open().await?;
        match resources {
            Some(place) => self.loading.resources.open(place, || self.loading.egress().cloned()).await,
            None => Ok(()),
        }
    }

    /// Loads a provider, which is listed as refused when it cannot be loaded; or leaves it out, where it serves something else.
    pub(crate) async fn fill_in(
        self,
        (id, registration): (ProviderId, Registration),
        serving: Option<Capability>,
    ) -> Result<()> {
        if let Some(capability) = serving
            && !registration.may_serve(capability).await
        {
            return Ok(());
        }
        let discovered = Discovered::new(id, &self.loading.events);
        let _underway = discovered.underway();
        let loading = Entry::loading(&discovered, &registration);
        let reserved = self.router.supervisor.reserve(loading.clone()).await?;
        let entry = Entry::load(discovered, registration, &self.loading).await.unwrap_or_else(|error| {
            tracing::warn!(
                context = %self.name, provider = %loading.id, code = error.kind().code(), %error, "a provider was refused"
            );
            loading.refused(error)
        });
        reserved.settle(entry).await
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &ContextName {
        &self.name
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

    /// This context in numbers.
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

    /// Takes every provider out, and waits until the calls under way have ended, at most for this long.
    pub(crate) async fn shut_down(&self, limit: Duration) -> ShutdownReport {
        // As good as for ever.
        let until = Instant::now() + limit.min(Duration::from_secs(1 << 30));
        self.router.supervisor.close().await;
        let report = self.loading.in_flight().drain(limit).await;
        self.router.supervisor.stop(until).await;
        self.loading.accounts.close().await;
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

impl fmt::Debug for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, providers) = (&self.name, self.names());
        formatter.debug_struct("Context").field("name", name).field("providers", &providers).finish_non_exhaustive()
    }
}

/// Refuses several providers of one id.
pub(crate) fn check_distinct(providers: &[(ProviderId, Registration)]) -> Result<()> {
    let mut ids = BTreeSet::new();
    match providers.iter().find(|(id, _)| !ids.insert(id)) {
        Some((id, _)) => Err(taken(id)),
        None => Ok(()),
    }
}
