//! A host to be: what it is made with, and whom it begins with.

use std::path::{Path, PathBuf};

use palisade_core::{Capability, ContextName, ProviderId, Result};
use palisade_resources::Resources;
use palisade_routing::Budget;
use palisade_sandbox::{Compiler, LoadEvent, Loader, Sandbox, SandboxSettings};

use crate::{
    cache_place::CachePlace,
    config::Config,
    context::{self, Context},
    context_settings::ContextSettings,
    decisions::Decisions,
    discovery::{ConfigurationFile, Discovery},
    event_bus::AllEvents,
    event_log::{EventLog, EventLogPlace},
    host::{self, Host},
    loading::{Machine, ProviderObserver},
    price_feed::{PriceFeed, PriceFeedPlace},
    registration::Registration,
    resources_of_host::ResourcesPlace,
    usual::Usual,
};

impl Host {
    /// Opens a host with the providers of a `palisade.toml`.
    ///
    /// A provider that is refused does not keep the others from serving: [`Context::providers`] says why.
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
}

/// A host to be.
#[derive(Debug, Default)]
pub struct HostBuilder {
    /// What its default context is called.
    name: ContextName,
    registrations: Vec<(ProviderId, Registration)>,
    contexts: Vec<(ContextName, ContextSettings)>,
    serving: Option<Capability>,
    storage: Option<PathBuf>,
    budgets: Vec<Budget>,
    events: Option<EventLogPlace>,
    decisions: Option<Decisions>,
    prices: PriceFeedPlace,
    /// Those of the application, and those of the configuration.
    resources: (Option<Resources>, Option<ResourcesPlace>),
    /// That of the application, and that of the configuration.
    discovery: (Option<Discovery>, Option<Discovery>),
    files: Vec<ConfigurationFile>,
    usual: Usual,
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
        let Config {
            name,
            registrations,
            contexts,
            cache,
            sandbox,
            events,
            decisions,
            storage,
            budgets,
            prices,
            resources,
            discovery,
            usual,
            file,
        } = config;
        self.name = name;
        self.resources.1 = resources.or(self.resources.1);
        self.contexts.extend(contexts);
        self.storage = storage.or(self.storage);
        self.budgets.extend(budgets);
        self.events = events.or(self.events);
        self.decisions = decisions.or(self.decisions);
        self.prices = prices.unwrap_or(self.prices);
        self.registrations.extend(registrations);
        self.cache = cache.unwrap_or(self.cache);
        self.sandbox = sandbox.or(self.sandbox);
        self.discovery.1 = discovery.or(self.discovery.1);
        self.files.extend(file);
        self.usual = usual;
        self
    }

    /// A provider. As with a configuration, it is listed as refused when it cannot be loaded;
    /// [`Context::register`](crate::Context::register) gives the error instead.
    #[must_use]
    pub fn provider(mut self, id: ProviderId, registration: impl Into<Registration>) -> Self {
        self.registrations.push((id, registration.into().of_application()));
        self
    }

    /// What the default context looks for beside the providers that it is given, in the place of what a configuration says of that. By
    /// default nothing.
    #[must_use]
    pub fn discovery(mut self, discovery: Discovery) -> Self {
        self.discovery.0 = Some(discovery);
        self
    }

    /// Another context than the default one, and what is in it. As in that, providers are listed as refused when they cannot be loaded.
    #[must_use]
    pub fn context(mut self, name: ContextName, settings: ContextSettings) -> Self {
        self.contexts.push((name, settings));
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
    /// host at a time can have it open. Each other context has one of its own beside it: beside `palisade.redb`, that of `acme` is
    /// `palisade.acme.redb`. By default it is forgotten with the host.
    #[must_use]
    pub fn storage(mut self, file: impl Into<PathBuf>) -> Self {
        self.storage = Some(file.into());
        self
    }

    /// The most that calls of the default context may cost in a time. Several calls add up.
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
    /// under its id asks for more has to be [approved](crate::Context::approve). Without decisions, all that is granted is in force.
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

    /// The resources that settings of providers of the default context refer to. What a configuration names is registered there too. By
    /// default a strict registry of its own.
    #[must_use]
    pub fn resources(mut self, resources: Resources) -> Self {
        self.resources.0 = Some(resources);
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
    /// `already-exists` when two providers of a context, or two contexts, have the same name; `io` and `config` when the list of prices cannot
    /// be read or is wrong; `io` when the folder that was named for the cache, or the file for events, or the one for what was spent, cannot
    /// be used; as [`Resources::register_data`] when resources are wrong; `config` when the sandbox of this process has other settings; `internal` when this machine cannot run the sandbox.
    pub async fn build(self) -> Result<Host> {
        self.prices.check().await?;
        let loader = Loader::new(Sandbox::shared(self.sandbox)?, self.compiler, self.cache.open()?);
        let Self { prices, observer, decisions, storage, serving, .. } = self;
        let machine = Machine { loader, events: AllEvents::default(), observer, prices, decisions, storage };
        let (resources, place) = self.resources;
        let Self { budgets, discovery, files, usual, .. } = self;
        let resources = (resources, None);
        let settings = ContextSettings { budgets, resources, discovery, files, usual, ..ContextSettings::default() };
        let host = Host::new(machine, self.name, settings)?;
        let mut fillings = vec![((*host).clone(), self.registrations, place)];
        for (name, mut settings) in self.contexts {
            let (providers, place) = (std::mem::take(&mut settings.providers), settings.resources.1.take());
            fillings.push((host.add_context(name.as_str(), settings)?, providers, place));
        }
        let contexts: Vec<Context> = fillings.iter().map(|(context, ..)| context.clone()).collect();
        for (context, _, place) in &fillings {
            context.open(place.as_ref()).await?;
        }
        if let Some(place) = self.events {
            host.write_events(EventLog::start(place, host.all_events()).await?);
        }
        let mut loads = Vec::new();
        for (context, providers, _) in fillings {
            context::check_distinct(&providers)?;
            loads.extend(providers.into_iter().map(|provider| context.clone().fill_in(provider, serving)));
        }
        host::fill(loads).await?;
        for context in &contexts {
            context.ready().await?;
            context.discover(serving).await?;
        }
        Ok(host)
    }
}
