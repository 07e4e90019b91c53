//! The configuration file `palisade.toml`.
//!
//! ```toml
//! isolation = "in-process"            # of all providers; or "process"
//!
//! [cache]                             # of compiled code
//! size = "1GiB"
//!
//! [sandbox]
//! calls = 1000                        # at one time, of all providers together
//!
//! [events]                            # what happens, as lines of JSON, for `palisade events`
//! file = "events.jsonl"               # relative to this file
//! size = "16MiB"                      # then a new one is begun, and the one before has `.1` at its end
//! decisions = false                   # true: who serves each request, too
//!
//! [storage]                           # what was spent, and what is known of idempotency keys
//! file = "palisade.redb"              # relative to this file; one host at a time
//!
//! [[budgets]]                         # what calls may cost; a call falls under all that name nothing else
//! name = "pictures"
//! limit = "5.00"                      # US dollars
//! period = "day"                      # or "hour", "forever", "6h"
//! capability = "text-to-image"        # of this capability; scope and provider likewise
//!
//! [prices]
//! file = "prices.toml"                # what models cost, instead of what providers claim; relative to this file
//!
//! [resources]                         # what the `config` of providers refers to; see docs/resources.md
//! files = ["prompts/*.toml"]          # relative to this file
//!
//! [resources.config.house]            # a resource of this file: kind and name
//! language = "en"
//!
//! [limits]                            # of all providers; `limits = "tight"` for short
//! preset = "tight"
//! timeout = "10s"
//!
//! [providers.card]                    # the id of the provider
//! component = "card.wasm"             # relative to this file
//! config = { tone = "dark" }          # what the component may read; { "$ref" = "config:house" } is what stands there
//! quality = 0.7                       # 0 to 1: how good you find it
//! latency = "80ms"                    # how long a call takes, until it is measured
//! price = { image = "0.04" }          # US dollars for each unit, instead of what it claims; {} is free
//! trust-prices = true                 # believes what it claims to cost; at the top of the file: of all providers
//! limits = { fuel = "5G", memory = "64MiB" }
//! reuse = { calls = 100 }             # keeps instances between calls
//! isolation = "process"               # runs it in a worker without files, network and secrets
//! enabled = true                      # false: it is listed, and not loaded
//! staging = false                     # true: it serves only who names it
//! initialize-timeout = "30s"          # to be made ready, before its first call
//! dispose-timeout = "10s"             # to give back what it holds
//! breaker = { failures-in-a-row = 3, slowdown = 2.0 }  # when it is left alone; or { enabled = false }
//! health-interval = "30s"             # checks it in the background; by default only its calls tell
//!
//! max-concurrency = 4                 # calls that its upstream takes at one time, instead of what it claims
//! context-tokens = 8192               # and what its models take of text, in and out together
//! max-output-tokens = 1024            # and out
//! quotas = [{ unit = "request", amount = 60, per = "1m" }]    # and what may be used in a time; [] is as much as you like
//!
//! stores.memory = { provider = "vectors" }    # a store that it may ask, by this name; see docs/stores.md
//!
//! [[providers.card.allow]]            # what it may reach, where it asks for it; nothing else
//! url = "https://api.example.com/v1/*"
//! credential = { secret = "env:EXAMPLE_KEY", header = "authorization", format = "Bearer {}" }    # or "file:PATH"; `query`
//!
//! [providers.card.models.card]        # the same of one of its models, from `quality` to `quotas`
//! quality = 0.8
//! [[providers.card.models.card.prices]]    # prices with conditions, or for a time, instead of `price`
//! unit = "image"
//! amount = "0.08"
//! when = ["quality = high", "width > 1024"]
//! valid-until = "2027-01-01"
//!
//! [discovery]                         # providers that are looked for; see docs/discovery.md
//! folders = ["plugins"]               # relative to this file: each `*.wasm` is a provider
//! environment = true                  # and what PALISADE_PROVIDER_<NAME> and PALISADE_PLUGINS name
//! well-known-keys = false             # true: vendors whose key is in the environment
//! watch = true                        # looks again when a file has changed; `poll = "2s"`: so often
//!
//! [providers.sessions]                # a store of this machine, instead of a component; see docs/stores.md
//! store = "key-value-store"           # or "vector-store", "object-store", "queue", "sql"
//! file = "state/sessions.db"          # relative to this file; without it, in memory
//! options = { quota = "64MiB" }
//!
//! [contexts.acme.providers.card]      # a provider of a context of its own, as `[providers]`; so are `budgets` and `prices`
//! component = "card.wasm"
//! ```

mod allow;
mod breaker;
mod budgets;
mod check;
mod contexts;
mod discovery;
mod host;
mod loans;
mod origin;
mod plugin;
mod polling;
mod quotas;
mod resources;

use std::{
    collections::BTreeMap,
    num::NonZero,
    path::{Path, PathBuf},
};

use palisade_core::{
    Capability, ContextName, EffectiveLimits, Error, ErrorKind, ModelId, ProviderId, Result, StoreName,
};
use palisade_routing::Budget;
use palisade_sandbox::{Isolation, SandboxSettings};
use serde::{Deserialize, Deserializer, de};

use self::{
    allow::AllowTable,
    breaker::BreakerTable,
    budgets::{BudgetTable, StorageTable},
    contexts::{ContextTable, Reader},
    discovery::DiscoveryTable,
    host::{CacheTable, EventsTable, PricesTable, ReuseTable, SandboxTable},
    loans::LoanTable,
    polling::PollingTable,
    quotas::QuotaTable,
    resources::ResourcesTable,
};
use crate::{
    cache_place::CachePlace,
    context_settings::ContextSettings,
    decisions::Decisions,
    discovery::{ConfigurationFile, Discovery},
    event_log::EventLogPlace,
    file_stamp::FileStamp,
    found::DiscoverySource,
    life::LifeLimits,
    limits_table::LimitsTable,
    price_feed::PriceFeedPlace,
    price_table::{PriceByUnit, PriceTable, together},
    registration::{ModelSettings, Registration},
    resources_of_host::ResourcesPlace,
    units::{Bytes, Time},
    usual::Usual,
};

pub use check::ConfigProblem;
pub(crate) use plugin::plugin_registration;

/// A configuration that was read and checked.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// What the default context of its host is called.
    pub(crate) name: ContextName,
    pub(crate) registrations: Vec<(ProviderId, Registration)>,
    pub(crate) contexts: Vec<(ContextName, ContextSettings)>,
    pub(crate) cache: Option<CachePlace>,
    pub(crate) sandbox: Option<SandboxSettings>,
    pub(crate) events: Option<EventLogPlace>,
    /// Of the default context. Those of others are beside them.
    pub(crate) decisions: Option<Decisions>,
    pub(crate) storage: Option<PathBuf>,
    pub(crate) budgets: Vec<Budget>,
    pub(crate) prices: Option<PriceFeedPlace>,
    pub(crate) resources: Option<ResourcesPlace>,
    pub(crate) discovery: Option<Discovery>,
    /// What it says of all providers.
    pub(crate) usual: Usual,
    /// The file that it was read from.
    pub(crate) file: Option<ConfigurationFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    isolation: Isolation,
    trust_prices: Option<bool>,
    #[serde(default)]
    limits: LimitsTable,
    cache: Option<CacheTable>,
    sandbox: Option<SandboxTable>,
    events: Option<EventsTable>,
    storage: Option<StorageTable>,
    #[serde(default)]
    budgets: Vec<BudgetTable>,
    prices: Option<PricesTable>,
    resources: Option<ResourcesTable>,
    discovery: Option<DiscoveryTable>,
    #[serde(default)]
    providers: BTreeMap<ProviderId, ProviderTable>,
    #[serde(default)]
    contexts: BTreeMap<ContextName, ContextTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ProviderTable {
    component: Option<PathBuf>,
    store: Option<Capability>,
    file: Option<PathBuf>,
    #[serde(default)]
    options: toml::Table,
    #[serde(default)]
    config: BTreeMap<String, toml::Value>,
    quality: Option<Quality>,
    latency: Option<Time>,
    price: Option<PriceByUnit>,
    prices: Option<Vec<PriceTable>>,
    max_concurrency: Option<NonZero<u32>>,
    context_tokens: Option<NonZero<u32>>,
    max_output_tokens: Option<NonZero<u32>>,
    quotas: Option<Vec<QuotaTable>>,
    #[serde(default)]
    limits: LimitsTable,
    reuse: Option<ReuseTable>,
    isolation: Option<Isolation>,
    #[serde(default = "yes")]
    enabled: bool,
    #[serde(default)]
    staging: bool,
    initialize_timeout: Option<Time>,
    dispose_timeout: Option<Time>,
    health_interval: Option<Time>,
    breaker: Option<BreakerTable>,
    polling: Option<PollingTable>,
    key_value: Option<Bytes>,
    #[serde(default)]
    stores: BTreeMap<StoreName, LoanTable>,
    #[serde(default)]
    allow: Vec<AllowTable>,
    trust_prices: Option<bool>,
    #[serde(default)]
    models: BTreeMap<ModelId, ModelTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ModelTable {
    quality: Option<Quality>,
    latency: Option<Time>,
    price: Option<PriceByUnit>,
    prices: Option<Vec<PriceTable>>,
    max_concurrency: Option<NonZero<u32>>,
    context_tokens: Option<NonZero<u32>>,
    max_output_tokens: Option<NonZero<u32>>,
    quotas: Option<Vec<QuotaTable>>,
}

struct Quality(f64);

impl<'de> Deserialize<'de> for Quality {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let quality = f64::deserialize(deserializer)?;
        if !(0.0..=1.0).contains(&quality) {
            return Err(de::Error::custom(format!("a quality of {quality} is not between 0 and 1")));
        }
        Ok(Self(quality))
    }
}

impl Config {
    /// Reads a configuration file. Paths in it are relative to it.
    ///
    /// # Errors
    ///
    /// `io` when it cannot be read; `config` with the line when it is wrong.
    pub async fn read(path: &Path) -> Result<Self> {
        // Taken first: what changes while it is read is read again.
        let stamp = FileStamp::of(path).ok();
        let text = tokio::fs::read_to_string(path).await.map_err(|error| {
            Error::new(ErrorKind::Io, format!("cannot read `{}`", path.display())).with_source(error)
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let config = Self::parse(&text, folder).map_err(|error| {
            Error::new(ErrorKind::Config, format!("`{}` is wrong: {}", path.display(), error.message()))
        })?;
        // Where there is no folder for it, nothing was decided either.
        let decisions = Decisions::of(path).inspect_err(|error| tracing::debug!(%error, "decisions are not kept")).ok();
        Ok(Self { decisions, ..config.read_from(path, stamp) })
    }

    /// The same, as it stands in this file.
    fn read_from(mut self, path: &Path, stamp: Option<FileStamp>) -> Self {
        let source = DiscoverySource::Configuration { file: path.to_owned() };
        let mark = |registrations: &mut Vec<(ProviderId, Registration)>| {
            for (_, registration) in registrations.iter_mut() {
                *registration = registration.clone().found_in(source.clone());
            }
            ConfigurationFile { path: path.to_owned(), stamp, registrations: registrations.clone() }
        };
        for (_, settings) in &mut self.contexts {
            settings.files = vec![mark(&mut settings.providers)];
        }
        self.file = Some(mark(&mut self.registrations));
        self
    }

    /// Reads a configuration from text. Paths in it are relative to `folder`.
    ///
    /// # Errors
    ///
    /// `config` with the line when it is wrong.
    pub fn parse(text: &str, folder: &Path) -> Result<Self> {
        let file: File =
            toml::from_str(text).map_err(|error| Error::new(ErrorKind::Config, allow::message(&error, text)))?;
        let resources = file.resources.map(|table| table.place(folder)).transpose();
        let resources = resources.map_err(|reason| Error::new(ErrorKind::Config, format!("resources: {reason}")))?;
        let usual = Usual { isolation: file.isolation, trusts_prices: file.trust_prices, limits: file.limits };
        let reader = Reader { usual: &usual, folder };
        let context = |(name, table): (ContextName, ContextTable)| {
            if name.is_default() {
                let message = format!("contexts.{name}: what is of the default context stands at the top of the file");
                return Err(Error::new(ErrorKind::Config, message));
            }
            let settings = reader.context(&format!("contexts.{name}."), table)?;
            Ok((name, settings))
        };
        Ok(Self {
            name: ContextName::default(),
            registrations: reader.registrations("", file.providers)?,
            contexts: file.contexts.into_iter().map(context).collect::<Result<_>>()?,
            cache: file.cache.map(|table| table.place(folder)),
            sandbox: file.sandbox.map(SandboxTable::settings),
            events: file.events.map(|table| table.place(folder)),
            decisions: None,
            storage: file.storage.map(|table| table.file(folder)),
            budgets: file.budgets.into_iter().map(BudgetTable::budget).collect(),
            prices: file.prices.map(|table| table.place(folder)),
            resources,
            discovery: file.discovery.map(|table| table.discovery(folder, true)),
            file: None,
            usual,
        })
    }

    /// What it says of one context, as if that were all there is.
    ///
    /// # Errors
    ///
    /// `unknown-context`.
    pub fn of_context(mut self, name: &ContextName) -> Result<Self> {
        let contexts = std::mem::take(&mut self.contexts);
        if *name == self.name {
            return Ok(self);
        }
        let known = contexts.iter().map(|(known, _)| known).chain([&self.name]).map(ContextName::as_str);
        let known = known.collect::<Vec<_>>().join(", ");
        let Some((_, settings)) = contexts.into_iter().find(|(known, _)| known == name) else {
            let message = format!("the configuration has no context `{name}`; known: {known}");
            return Err(Error::new(ErrorKind::UnknownContext, message));
        };
        let ContextSettings { providers: registrations, budgets, prices, resources, discovery, files, usual } =
            settings;
        let (resources, discovery, file) = (resources.1, discovery.1, files.into_iter().next());
        Ok(Self {
            name: name.clone(),
            registrations,
            budgets,
            prices: prices.or(self.prices),
            resources,
            discovery,
            usual,
            file,
            ..self
        })
    }

    /// The contexts that it says something of, beside the default one.
    pub fn contexts(&self) -> impl Iterator<Item = &ContextName> {
        self.contexts.iter().map(|(name, _)| name)
    }

    /// Where it says that compiled code is kept.
    #[must_use]
    pub fn cache(&self) -> CachePlace {
        self.cache.clone().unwrap_or_default()
    }

    /// Where it says that events are written to.
    #[must_use]
    pub fn events(&self) -> Option<&EventLogPlace> {
        self.events.as_ref()
    }

    /// Where it is kept what the operator has decided about its providers, those of the [context](Self::of_context) that is meant; none where it
    /// was not read from a file.
    #[must_use]
    pub fn decisions(&self) -> Option<Decisions> {
        self.decisions.as_ref().map(|decisions| decisions.of_context(&self.name))
    }

    /// The ids of its providers.
    pub fn ids(&self) -> impl Iterator<Item = &ProviderId> {
        self.registrations.iter().map(|(id, _)| id)
    }

    /// What it says of one provider.
    #[must_use]
    pub fn registration(&self, id: &ProviderId) -> Option<&Registration> {
        self.registrations.iter().find(|(known, _)| known == id).map(|(_, registration)| registration)
    }

    /// The same without its providers and those that it has looked for, for a host that looks after something else, or registers those that it needs.
    #[must_use]
    pub fn without_providers(self) -> Self {
        let without = |(name, settings)| {
            let (providers, discovery, files) = (Vec::new(), (None, None), Vec::new());
            (name, ContextSettings { providers, discovery, files, ..settings })
        };
        let contexts = self.contexts.into_iter().map(without).collect();
        Self { registrations: Vec::new(), contexts, discovery: None, file: None, ..self }
    }

    /// What it says of the one sandbox of a process.
    #[must_use]
    pub fn sandbox(&self) -> Option<SandboxSettings> {
        self.sandbox
    }
}

fn registration(table: ProviderTable, limits: EffectiveLimits, folder: &Path) -> Result<Registration, String> {
    let origin = origin::of(table.component, table.store, table.file, table.options, folder)?;
    let (models, config) = (table.models, table.config);
    let registration = origin.limits(limits);
    let mut registration = resources::configure(registration, config, folder)?;
    registration = registration.enabled(table.enabled).life(life(table.initialize_timeout, table.dispose_timeout));
    if let Some(Time(interval)) = table.health_interval {
        registration = registration.health_interval(interval);
    }
    if let Some(breaker) = table.breaker {
        registration = registration.breaker(breaker.settings());
    }
    if let Some(polling) = table.polling {
        registration = registration.polling(polling.polling());
    }
    if let Some(Bytes(room)) = table.key_value {
        registration = registration.key_value(room);
    }
    for (name, table) in table.stores {
        registration = registration.lend(name, table.loan());
    }
    for table in table.allow {
        registration = registration.allow(table.allow(folder)?);
    }
    if table.staging {
        registration = registration.staging();
    }
    registration.options.reuse = table.reuse.map(ReuseTable::reuse);
    let ProviderTable { quality, latency, price, prices, .. } = table;
    let ProviderTable { max_concurrency, context_tokens, max_output_tokens, quotas, .. } = table;
    let table =
        ModelTable { quality, latency, price, prices, max_concurrency, context_tokens, max_output_tokens, quotas };
    registration.settings = table.settings()?;
    for (model, table) in models {
        let settings = table.settings().map_err(|reason| format!("models.{model}: {reason}"))?;
        registration = registration.model(model, settings);
    }
    Ok(registration)
}

fn life(initialize: Option<Time>, dispose: Option<Time>) -> LifeLimits {
    let default = LifeLimits::default();
    LifeLimits {
        initialize: initialize.map_or(default.initialize, |time| time.0),
        dispose: dispose.map_or(default.dispose, |time| time.0),
    }
}

fn yes() -> bool {
    true
}

impl ModelTable {
    fn settings(self) -> Result<ModelSettings, String> {
        Ok(ModelSettings {
            quality: self.quality.map(|quality| quality.0),
            latency: self.latency.map(|latency| latency.0),
            prices: together(self.price, self.prices)?,
            max_concurrency: self.max_concurrency,
            context_tokens: self.context_tokens,
            max_output_tokens: self.max_output_tokens,
            quotas: self.quotas.map(|quotas| quotas.into_iter().map(QuotaTable::quota).collect()),
        })
    }
}

/// What a guest reads: a string as it is, anything else as JSON.
fn config_value(value: toml::Value) -> String {
    match value {
        toml::Value::String(text) => text,
        other => serde_json::to_string(&other).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests;
