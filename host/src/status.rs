//! What there is to say of a registered provider.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Instant, SystemTime},
};

use palisade_core::{
    Capability, Digest, ErrorKind, LimitSources, Limits, ModelId, ProviderId, Sourced, StoreName,
    catalogue::{Description, Parameter, Price, Quota},
    custom,
};
use palisade_routing::{Figures, Health, ListedPrices, Rate};
use palisade_sandbox::{Census, Isolation, SpokenVersion, WorkerStatus};
use serde::{Serialize, Serializer};

use crate::{allow::AllowStatus, health_report::HealthReport, loan::StoreLoan, permissions::Permissions};

/// A registered provider, as [`Context::providers`](crate::Context::providers) lists it. Serialises to the stable JSON of the
/// command line.
#[derive(Debug, Clone, Serialize)]
pub struct ProviderStatus {
    /// The name under which it is registered.
    pub id: ProviderId,
    /// Whether it serves.
    pub state: State,
    /// Counts the providers that have had this id, from 1; 0 while none was loaded.
    pub generation: u64,
    /// Where it comes from.
    pub source: Source,
    /// When it was registered, as seconds since 1970.
    #[serde(serialize_with = "unix_seconds")]
    pub registered_at: SystemTime,
    /// Its calls since it was registered.
    pub calls: CallCounts,
    /// What the latest check in the background has found; none where there was none.
    pub health: Option<HealthReport>,
    /// What it can do; empty when it was refused.
    pub capabilities: Vec<Capability>,
    /// What it says of itself; none when it was refused.
    pub description: Option<Description>,
    /// Its models.
    pub models: Vec<ModelStatus>,
    /// The tasks of its capability `custom`, with their schemas.
    pub tasks: Vec<custom::Task>,
    /// What it may reach, and whether it asks for that; nothing by default. Not of native providers.
    pub allowed: Vec<AllowStatus>,
    /// What of that it asks for since its operator has approved what it asked for before: not in force until
    /// [`Context::approve`](crate::Context::approve).
    pub awaits_approval: Permissions,
    /// The stores that it is lent, by the names that it knows them by.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lent: BTreeMap<StoreName, StoreLoan>,
    /// What there is to say of a component; none for a native provider, and for one that was refused.
    pub component: Option<ComponentDetails>,
}

/// Whether a provider serves.
///
/// ```text
/// discovered ─► verified ─► validated ─► live | staging ─► draining ─► stopped | retired
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
#[non_exhaustive]
pub enum State {
    /// It is being loaded, and nothing of it was looked at.
    Discovered,
    /// It is being loaded. Its bytes were read, checked against the gate and compiled; nothing of it has run. Of a native provider,
    /// which is code of the application, there is nothing to verify.
    Verified,
    /// It is loaded. What it says of itself was read and checked, and so was what the operator says of it, its configuration included.
    Validated,
    /// It serves.
    Live,
    /// It serves who names it.
    Staging,
    /// It is called no more, and its last calls end.
    Draining,
    /// It serves when it is started again.
    Stopped,
    /// The operator wants it to be known, and not to be loaded.
    Disabled,
    /// It serves when it is released.
    Quarantined {
        /// Why it was put there.
        reason: String,
        /// Since when, as seconds since 1970.
        #[serde(serialize_with = "unix_seconds")]
        since: SystemTime,
    },
    /// It was refused when it was loaded. Others are not affected.
    Refused {
        /// Why, to match on.
        code: ErrorKind,
        /// Why, for people.
        message: String,
        /// What to do about it.
        remedy: &'static str,
        /// How far it had come: `discovered`, `verified` or `validated`.
        after: &'static str,
    },
    /// It was taken out. Its last call has ended, and it has given back what it held.
    Retired {
        /// Why it was taken out.
        reason: String,
        /// Since when, as seconds since 1970.
        #[serde(serialize_with = "unix_seconds")]
        since: SystemTime,
    },
}

impl State {
    pub(crate) const REFUSED: &str = "refused";
    pub(crate) const RETIRED: &str = "retired";

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Discovered => "discovered",
            Self::Verified => "verified",
            Self::Validated => "validated",
            Self::Live => "live",
            Self::Staging => "staging",
            Self::Draining => "draining",
            Self::Stopped => "stopped",
            Self::Disabled => "disabled",
            Self::Quarantined { .. } => "quarantined",
            Self::Refused { .. } => Self::REFUSED,
            Self::Retired { .. } => Self::RETIRED,
        }
    }
}

/// Calls of a provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CallCounts {
    /// Those under way, and checks.
    pub under_way: usize,
    /// Those that have succeeded.
    pub served: u64,
    /// Those that have ended with an error, whoever's fault it was. What the caller has dropped is in neither.
    pub failed: u64,
}

impl CallCounts {
    pub(crate) fn add(&mut self, more: Self) {
        self.under_way += more.under_way;
        self.served += more.served;
        self.failed += more.failed;
    }
}

/// A host in numbers. Serialises to JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Statistics {
    /// How often the set of providers has changed.
    pub version: u64,
    /// How many providers are in each state, by its name; of those that were taken out, the ones that are remembered.
    pub providers: BTreeMap<&'static str, usize>,
    /// Models of those that are loaded.
    pub models: usize,
    /// Requests that were routed.
    pub requests: u64,
    /// The calls of all providers, those that were taken out included.
    pub calls: CallCounts,
}

/// Where a provider comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
#[non_exhaustive]
pub enum Source {
    /// A component in a file.
    File {
        /// The file.
        path: PathBuf,
    },
    /// A component that the application held in memory.
    Memory,
    /// Rust code of the application.
    Native,
    /// A store of this machine.
    Store {
        /// Its file or folder; none where it is in memory.
        path: Option<PathBuf>,
    },
}

/// What there is to say of a component.
#[derive(Debug, Clone, Serialize)]
pub struct ComponentDetails {
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Size in bytes.
    pub size: u64,
    /// What it is made of.
    pub census: Census,
    /// The versions of `palisade:provider` that it speaks.
    pub speaks: Vec<SpokenVersion>,
    /// The interfaces that it imports.
    pub imports: Vec<String>,
    /// The interfaces that it exports.
    pub exports: Vec<String>,
    /// Where it runs.
    pub isolation: Isolation,
    /// Its worker at this moment, where it has one.
    pub worker: Option<WorkerStatus>,
    /// What it may use.
    pub limits: Limits,
    /// Who decided each of its limits.
    pub limit_sources: LimitSources,
}

/// A model of a provider, with what is known of it.
#[derive(Debug, Clone, Serialize)]
pub struct ModelStatus {
    /// The model.
    pub id: ModelId,
    /// What it serves.
    pub capabilities: Vec<Capability>,
    /// What it costs: none is unknown, an empty list is free.
    pub prices: Sourced<Option<Vec<Price>>>,
    /// What each says that it costs, of whom the operator goes before a list, and that before the provider.
    pub price_layers: PriceLayers,
    /// Whether these are claims that are not believed.
    pub doubts_prices: bool,
    /// The parameters that it knows.
    pub parameters: Vec<Parameter>,
    /// Media types that it takes beside text.
    pub input_types: Vec<String>,
    /// Media types that it gives.
    pub output_types: Vec<String>,
    /// Free words.
    pub tags: Vec<String>,
    /// `live`, `staging` or `deprecated`.
    pub status: String,
    /// How good it is, 0 to 1; none where nobody says, which counts as the middle.
    pub quality: Sourced<Option<f64>>,
    /// Seconds that a call takes; none where nobody says, before the first.
    pub latency_seconds: Sourced<Option<f64>>,
    /// Calls that it takes at one time; none where there is no such limit.
    pub max_concurrency: Sourced<Option<u32>>,
    /// Tokens that it takes, in and out together; none where that is not known.
    pub context_tokens: Sourced<Option<u32>>,
    /// Tokens that it gives; none where that is not known.
    pub max_output_tokens: Sourced<Option<u32>>,
    /// What may be used in a time; empty where there is no such limit.
    pub quotas: Sourced<Vec<Quota>>,
    /// Calls under way.
    pub pending: u32,
    /// Whether it is called, or left alone because it has failed.
    pub health: Health,
    /// What its rate lets through.
    pub rate: Rate,
}

/// What each says that a model costs; none where one says nothing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PriceLayers {
    /// The provider.
    pub claimed: Option<Vec<Price>>,
    /// A list of prices, with where it comes from.
    pub feed: Option<ListedPrices>,
    /// The operator.
    pub operator: Option<Vec<Price>>,
}

impl ModelStatus {
    pub(crate) fn new(endpoint: &palisade_routing::Endpoint) -> Self {
        let Figures { pending, latency, health, rate, .. } = endpoint.live.figures(Instant::now());
        let model = &endpoint.model;
        Self {
            id: model.id.clone(),
            capabilities: model.capabilities.clone(),
            price_layers: PriceLayers {
                claimed: model.prices.clone(),
                feed: endpoint.overrides.listed.clone(),
                operator: endpoint.overrides.prices.clone(),
            },
            doubts_prices: endpoint.is_doubted(),
            prices: endpoint.prices().map(|prices| prices.map(<[_]>::to_vec)),
            parameters: model.parameters.clone(),
            input_types: model.input_types.clone(),
            output_types: model.output_types.clone(),
            tags: model.tags.clone(),
            status: model.status.clone(),
            quality: by_operator(endpoint.quality),
            latency_seconds: match latency {
                Some(measured) => Sourced::measured(Some(measured)),
                None => by_operator(endpoint.prior_latency.map(|latency| latency.as_secs_f64())),
            },
            max_concurrency: endpoint.max_concurrency(),
            context_tokens: endpoint.context_tokens(),
            max_output_tokens: endpoint.max_output_tokens(),
            quotas: endpoint.quotas().map(<[_]>::to_vec),
            pending,
            health,
            rate,
        }
    }
}

/// What only the operator says.
fn by_operator<T>(value: Option<T>) -> Sourced<Option<T>> {
    if value.is_some() { Sourced::operator(value) } else { Sourced::assumed(None) }
}

fn unix_seconds<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    serializer.serialize_u64(since.as_secs())
}
