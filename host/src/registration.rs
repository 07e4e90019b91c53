//! How to register a provider: where it comes from, what it may use, what the operator says of it.

use std::{
    collections::BTreeMap,
    fmt,
    num::NonZero,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use palisade_core::{
    Capability, EffectiveLimits, Error, ErrorKind, InvalidId, LimitSources, ModelId, PicoUsd, Provider, ProviderId,
    Result, StoreName, Unit,
    catalogue::{Model, Price, Quota},
};
use palisade_routing::{BreakerSettings, Overrides};
use palisade_sandbox::{Isolation, LoadOptions, Reuse, exported_capabilities};
use palisade_stores::{Place, Settings};
use serde_json::Value;

use crate::{
    allow::Allow,
    found::{DiscoverySource, Found},
    life::LifeLimits,
    loan::StoreLoan,
    polling::Polling,
    resources_of_host::{Configured, HostResources},
    standing::Standing,
    status::Source,
};

/// The least time between two checks of a provider in the background.
const MIN_HEALTH_INTERVAL: Duration = Duration::from_millis(10);

/// A provider to register, with everything that the operator decides about it.
///
/// ```
/// use palisade::{Limits, Registration};
///
/// let registration = Registration::path("card.wasm")
///     .limits(Limits { fuel: 5_000_000_000, ..Limits::default() })
///     .quality(0.7);
/// ```
#[derive(Debug, Clone)]
pub struct Registration {
    pub(crate) origin: Origin,
    pub(crate) options: LoadOptions,
    pub(crate) limit_sources: LimitSources,
    pub(crate) life: LifeLimits,
    pub(crate) breaker: BreakerSettings,
    pub(crate) health_interval: Option<Duration>,
    pub(crate) polling: Polling,
    /// Bytes that it may keep.
    pub(crate) room: Option<u64>,
    /// The stores that it is lent, by the names that it knows them by.
    pub(crate) loans: BTreeMap<StoreName, StoreLoan>,
    pub(crate) is_enabled: bool,
    is_staging: bool,
    trusts_prices: Option<bool>,
    pub(crate) allowed: Vec<Allow>,
    pub(crate) settings: ModelSettings,
    pub(crate) models: BTreeMap<ModelId, ModelSettings>,
    /// Settings that refer to resources, until it is loaded.
    pub(crate) configured: Option<Configured>,
    /// Where it was found; none where the application registers it.
    pub(crate) found: Option<Arc<Found>>,
}

#[derive(Clone)]
pub(crate) enum Origin {
    Path(PathBuf),
    Bytes(Vec<u8>),
    Native(Arc<dyn Provider>),
    Store(StoreOrigin),
}

/// A store of this machine, opened anew for each who registers it.
#[derive(Debug, Clone)]
pub(crate) struct StoreOrigin {
    pub(crate) settings: Settings,
    pub(crate) place: Place,
}

impl StoreOrigin {
    pub(crate) fn open(&self) -> Arc<dyn Provider> {
        self.settings.clone().open(self.place.clone())
    }

    /// The file or the folder; none in memory.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::Memory => None,
            Place::Path(path) => Some(path),
        }
    }
}

/// What the operator says of a model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelSettings {
    /// How good its results are, 0 to 1. Unknown by default, which counts as the middle.
    pub quality: Option<f64>,
    /// How long a call takes, until it is measured.
    pub latency: Option<Duration>,
    /// What it costs, instead of what the provider claims; an empty list is free. Of several prices of a unit the last one that
    /// applies counts.
    pub prices: Option<Vec<Price>>,
    /// Calls at one time, instead of what the provider claims.
    pub max_concurrency: Option<NonZero<u32>>,
    /// Tokens in and out together, instead of what the provider claims.
    pub context_tokens: Option<NonZero<u32>>,
    /// Tokens out, instead of what the provider claims.
    pub max_output_tokens: Option<NonZero<u32>>,
    /// What may be used in a time, instead of what the provider claims; an empty list is as much as anybody wants.
    pub quotas: Option<Vec<Quota>>,
}

impl Registration {
    /// A component in a file.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self::new(Origin::Path(path.into()))
    }

    /// A component in memory.
    pub fn bytes(component: impl Into<Vec<u8>>) -> Self {
        Self::new(Origin::Bytes(component.into()))
    }

    /// A provider that is Rust code of the host application. It is trusted: no sandbox holds it.
    pub fn native(provider: impl Provider + 'static) -> Self {
        Self::new(Origin::Native(Arc::new(provider)))
    }

    /// A store of this machine, in a file or a folder, or in memory. It is opened when it is first used.
    pub fn store(settings: Settings, place: impl Into<Place>) -> Self {
        Self::new(Origin::Store(StoreOrigin { settings, place: place.into() }))
    }

    /// Whether it may serve this capability, as far as that can be told without compiling it.
    pub(crate) async fn may_serve(&self, capability: Capability) -> bool {
        let exported = |bytes: &[u8]| exported_capabilities(bytes);
        let capabilities = match &self.origin {
            Origin::Native(provider) => return provider.capabilities().contains(&capability),
            Origin::Store(store) => return store.settings.kind() == capability,
            Origin::Bytes(bytes) => exported(bytes),
            Origin::Path(path) => palisade_sandbox::read(path, self.options.limits.component_bytes)
                .await
                .ok()
                .and_then(|bytes| exported(&bytes)),
        };
        // What cannot be told is told when it is loaded.
        capabilities.is_none_or(|capabilities| capabilities.contains(&capability))
    }

    fn new(origin: Origin) -> Self {
        let EffectiveLimits { limits, sources: limit_sources } = EffectiveLimits::default();
        let options = LoadOptions { limits, ..LoadOptions::default() };
        Self {
            origin,
            options,
            limit_sources,
            life: LifeLimits::default(),
            breaker: BreakerSettings::default(),
            health_interval: None,
            polling: Polling::default(),
            room: None,
            loans: BTreeMap::new(),
            is_enabled: true,
            is_staging: false,
            trusts_prices: None,
            allowed: Vec::new(),
            settings: ModelSettings::default(),
            models: BTreeMap::new(),
            configured: None,
            found: None,
        }
    }

    /// The same, as the application has it, wherever it has it from.
    pub(crate) fn of_application(self) -> Self {
        Self { found: None, ..self }
    }

    /// The same, as it was found in this place.
    pub(crate) fn found_in(mut self, source: DiscoverySource) -> Self {
        // What is remembered is no part of what is said.
        self.found = None;
        self.found = Some(Arc::new(Found::new(source, &self)));
        self
    }

    /// What it may use: a preset, or limits that are put together from one. The preset `default` by default. A native
    /// provider keeps only to `timeout`.
    #[must_use]
    pub fn limits(mut self, limits: impl Into<EffectiveLimits>) -> Self {
        let EffectiveLimits { limits, sources } = limits.into();
        self.options.limits = limits;
        self.limit_sources = sources;
        self
    }

    /// Keeps instances between calls, for a component that takes long to start. By default every call gets a fresh one:
    /// what is kept, later calls of the same scope can see. A native provider has nothing to keep.
    #[must_use]
    pub fn reuse(mut self, reuse: Reuse) -> Self {
        self.options.reuse = Some(reuse);
        self
    }

    /// Where it runs: in this process by default, or in a worker process without files, network and secrets, which costs
    /// each call the way there and back. A native provider runs in this process.
    #[must_use]
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.options.isolation = isolation;
        self
    }

    /// How long it may take to be made ready, and to give back what it holds.
    #[must_use]
    pub fn life(mut self, limits: LifeLimits) -> Self {
        self.life = limits;
        self
    }

    /// When its models are left alone because they fail, and for how long.
    #[must_use]
    pub fn breaker(mut self, settings: BreakerSettings) -> Self {
        self.breaker = settings;
        self
    }

    /// Checks it in the background, this far apart, a tenth more or less. A provider that is not well is left alone until it is.
    /// By default only its calls tell.
    #[must_use]
    pub fn health_interval(mut self, interval: Duration) -> Self {
        self.health_interval = Some(interval.max(MIN_HEALTH_INTERVAL));
        self
    }

    /// Lets it keep values between its calls, of so many bytes for each scope of its callers, with their keys. By default it
    /// keeps nothing. Where the host has a [storage](crate::HostBuilder::storage), they outlive it.
    #[must_use]
    pub fn key_value(mut self, bytes: u64) -> Self {
        self.room = Some(bytes);
        self
    }

    /// Lends it a store of its context, which it asks by this name. Several calls add up; without any it is lent nothing. What it asks there
    /// is a call of that store like any other, with its limits, its figures and its health.
    #[must_use]
    pub fn lend(mut self, name: StoreName, loan: StoreLoan) -> Self {
        self.loans.insert(name, loan);
        self
    }

    /// How often it is asked after its jobs.
    #[must_use]
    pub fn polling(mut self, polling: Polling) -> Self {
        self.polling = polling;
        self
    }

    /// Whether it is loaded: one that is not is listed, and nothing else. It is by default.
    #[must_use]
    pub fn enabled(mut self, is_enabled: bool) -> Self {
        self.is_enabled = is_enabled;
        self
    }

    /// Serves only who names it, until it is [started](crate::Context::start): to be tried before others are sent there.
    #[must_use]
    pub fn staging(mut self) -> Self {
        self.is_staging = true;
        self
    }

    pub(crate) fn standing(&self) -> Standing {
        if self.is_staging { Standing::Staging } else { Standing::Live }
    }

    /// A setting that the component may read.
    #[must_use]
    pub fn config(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.config.insert(key.into(), value.into());
        self
    }

    /// Settings that the component may read, of which each may refer to resources of the host, as
    /// `json!({"retry": {"$ref": "config:retry"}})`, or all together: `json!({"$ref": "config:card"})`.
    #[must_use]
    pub fn configure(mut self, settings: Value) -> Self {
        self.configured = Some(Configured { value: Arc::new(settings), folder: None });
        self
    }

    /// The same with values in the place of references.
    pub(crate) async fn settle(mut self, id: &ProviderId, resources: &HostResources) -> Result<Self> {
        if let Some(configured) = self.configured.take() {
            self.options.config.extend(resources.settings(id, &configured).await?);
        }
        Ok(self)
    }

    /// The settings that the component may read.
    #[must_use]
    pub fn settings_of_component(&self) -> &BTreeMap<String, String> {
        &self.options.config
    }

    /// What a unit costs, instead of what the provider claims. Several calls add up.
    #[must_use]
    pub fn price(self, unit: Unit, amount: PicoUsd) -> Self {
        self.prices([Price::new(unit, amount)])
    }

    /// Prices with conditions, or for a time, instead of what the provider claims. Several calls add up; of several prices of a
    /// unit the last one that applies counts, and where none does the price is unknown.
    #[must_use]
    pub fn prices(mut self, prices: impl IntoIterator<Item = Price>) -> Self {
        self.settings.prices.get_or_insert_default().extend(prices);
        self
    }

    /// Whether its claim of what it costs is believed. By default that of a native provider is, and that of a component
    /// which reaches nothing that could send a bill; where it is not, the price counts as unknown, or as what it claims if that is more,
    /// and what it says that a call has used counts for budgets and quotas only where it is more than the request asks for.
    #[must_use]
    pub fn trust_prices(mut self, is_trusted: bool) -> Self {
        self.trusts_prices = Some(is_trusted);
        self
    }

    /// Whether the operator does not believe what such a provider claims to cost.
    pub(crate) fn doubts_prices(&self, provider: &dyn Provider) -> bool {
        let is_native = matches!(self.origin, Origin::Native(_) | Origin::Store(_));
        !self.trusts_prices.unwrap_or_else(|| is_native || !provider.reaches_out())
    }

    /// How good its results are, 0 to 1; beyond that it is cut.
    #[must_use]
    pub fn quality(mut self, quality: f64) -> Self {
        self.settings.quality = Some(quality);
        self
    }

    /// How long a call takes, until it is measured.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.settings.latency = Some(latency);
        self
    }

    /// How many calls its upstream takes at one time, instead of what it claims: the more of them are under way, the longer
    /// another is taken to wait. What the host lets in at one time is among its [`limits`](Self::limits).
    #[must_use]
    pub fn max_concurrency(mut self, calls: NonZero<u32>) -> Self {
        self.settings.max_concurrency = Some(calls);
        self
    }

    /// Lets it reach these addresses, as far as it asks for them in its catalogue. Several calls add up; without any it reaches nothing.
    /// A native provider is not held to that: it has ways of its own.
    #[must_use]
    pub fn allow(mut self, allow: Allow) -> Self {
        self.allowed.push(allow);
        self
    }

    /// What it may reach, and what it is lent there.
    #[must_use]
    pub fn allows(&self) -> &[Allow] {
        &self.allowed
    }

    /// What each of its models may be used for in a time, instead of what it claims; an empty list is as much as anybody wants. It is
    /// counted by this host, from its start on.
    #[must_use]
    pub fn quotas(mut self, quotas: impl IntoIterator<Item = Quota>) -> Self {
        self.settings.quotas = Some(quotas.into_iter().collect());
        self
    }

    /// What the operator says of one model, where it differs.
    #[must_use]
    pub fn model(mut self, model: ModelId, settings: ModelSettings) -> Self {
        self.models.insert(model, settings);
        self
    }

    pub(crate) fn source(&self) -> Source {
        match &self.origin {
            Origin::Path(path) => Source::File { path: path.clone() },
            Origin::Bytes(_) => Source::Memory,
            Origin::Native(_) => Source::Native,
            Origin::Store(store) => Source::Store { path: store.path().map(Path::to_owned) },
        }
    }

    /// Refuses settings of a model that the provider does not have: a misspelt id would leave its claims in force.
    pub(crate) fn check_models(&self, models: &[Model]) -> Result<()> {
        let unknown = self.models.keys().find(|id| !models.iter().any(|model| model.id == **id));
        let Some(id) = unknown else {
            return Ok(());
        };
        let known: Vec<_> = models.iter().take(20).map(|model| model.id.as_str()).collect();
        let message = format!(
            "there are settings of a model `{id}`, which the provider does not have; it has: {}",
            known.join(", ")
        );
        Err(Error::new(ErrorKind::Config, message))
    }

    /// What the operator says of this model, taken together.
    pub(crate) fn settings_of(&self, model: &ModelId) -> ModelSettings {
        let own = self.models.get(model).cloned().unwrap_or_default();
        ModelSettings {
            quality: own
                .quality
                .or(self.settings.quality)
                .filter(|quality| quality.is_finite())
                .map(|quality| quality.clamp(0.0, 1.0)),
            latency: own.latency.or(self.settings.latency),
            prices: own.prices.or_else(|| self.settings.prices.clone()),
            max_concurrency: own.max_concurrency.or(self.settings.max_concurrency),
            context_tokens: own.context_tokens.or(self.settings.context_tokens),
            max_output_tokens: own.max_output_tokens.or(self.settings.max_output_tokens),
            quotas: own.quotas.or_else(|| self.settings.quotas.clone()),
        }
    }
}

impl ModelSettings {
    /// What stands in the place of the claims.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides {
            prices: self.prices.clone(),
            listed: None,
            doubts_prices: false,
            max_concurrency: self.max_concurrency.map(NonZero::get),
            context_tokens: self.context_tokens.map(NonZero::get),
            max_output_tokens: self.max_output_tokens.map(NonZero::get),
            quotas: self.quotas.clone(),
        }
    }
}

impl From<&Path> for Registration {
    fn from(path: &Path) -> Self {
        Self::path(path)
    }
}

impl From<PathBuf> for Registration {
    fn from(path: PathBuf) -> Self {
        Self::path(path)
    }
}

impl From<Vec<u8>> for Registration {
    fn from(component: Vec<u8>) -> Self {
        Self::bytes(component)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(formatter, "Path({})", path.display()),
            Self::Bytes(bytes) => write!(formatter, "Bytes({} bytes)", bytes.len()),
            Self::Native(_) => formatter.write_str("Native"),
            Self::Store(store) => store.fmt(formatter),
        }
    }
}

/// The id of a provider.
pub(crate) fn parse_id(id: &str) -> Result<ProviderId> {
    id.parse().map_err(invalid_id)
}

/// The error for a text that is no id.
pub(crate) fn invalid_id(error: InvalidId) -> Error {
    Error::new(ErrorKind::InvalidId, error.to_string())
}
