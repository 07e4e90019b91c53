//! Runs AI and media providers that you don't trust, and picks the best one for every request.
//!
//! A provider is a WebAssembly component that exports capabilities of the WIT package `palisade:provider`, or a Rust
//! type that implements [`Provider`]. A [`Host`] loads components into a sandbox that grants nothing, reads what they
//! can do from their exports, and chooses among all of them by one open number.
//!
//! ```no_run
//! use palisade::{Capability, Host, Preference};
//!
//! fn main() -> Result<(), palisade::Error> {
//!     // Components are compiled by this program, run again in a process that gives up everything else: before a
//!     // runtime starts, since only then there is nothing that it could not give up.
//!     palisade::init();
//!     run()
//! }
//!
//! #[tokio::main]
//! async fn run() -> Result<(), palisade::Error> {
//!     let host = Host::open("palisade.toml").await?;
//!     let provider = host.find_best_provider(Capability::TextToImage).prefer(Preference::Cheapest).await?;
//!     let made = provider.text_to_image("a red fox in fresh snow").await?;
//!     println!("{} bytes from {}", made.response.images[0].content.data.len(), made.provider);
//!     Ok(())
//! }
//! ```
//!
//! # How it fits together
//!
//! ```text
//! register ─► load (sandbox) or wrap (native) ─► Entry ─► Supervisor ─► Snapshot
//! find     ─► Snapshot ─► routing::choose ─► ProviderHandle
//! call     ─► ProviderHandle ─► Provider::call ─► Completion, and the live figures of the endpoint
//! ```
//!
//! Only the supervisor changes what a snapshot is made from; everybody else reads the latest one,
//! without waiting.

mod accounts;
mod admission;
mod alarm;
mod allow;
mod background;
mod builder;
mod cache_place;
mod call;
mod capabilities;
mod config;
mod context;
mod context_settings;
mod decide;
mod decision_record;
mod decisions;
mod discovery;
mod drift;
mod entry;
mod event_bus;
mod event_log;
mod events;
mod fallback;
mod file_stamp;
mod find;
mod former;
mod found;
mod global;
mod handle;
mod health;
mod health_report;
mod hedge;
mod host;
mod in_flight;
mod instantiate;
mod jobs;
mod keyring;
mod life;
mod lifecycle;
mod limits_table;
mod loading;
mod loan;
mod lookout;
mod native;
mod permissions;
mod polling;
mod price_feed;
mod price_table;
mod progress;
mod reach;
mod refresh;
mod registration;
mod resources_of_host;
mod resume;
mod route;
mod secret;
mod service;
mod snapshot;
mod sources;
mod standing;
mod started;
mod status;
mod stock;
mod stream;
mod supervisor;
mod units;
mod usual;
mod watch_decisions;
mod watch_pace;
mod watched;
mod watching;
mod work;

pub use allow::{Allow, AllowStatus, Lend};
pub use builder::HostBuilder;
pub use cache_place::CachePlace;
pub use call::{CallSettings, Completion};
pub use config::{Config, ConfigProblem};
pub use context::Context;
pub use context_settings::ContextSettings;
pub use decision_record::DecisionRecord;
pub use decisions::{Decisions, Quarantine};
pub use discovery::{Discovery, DiscoveryItem, DiscoveryReport, DiscoveryState, LeftOut};
pub use event_bus::Events;
pub use event_log::EventLogPlace;
pub use events::{EventRecord, HostEvent};
pub use fallback::Fallback;
pub use find::FindProvider;
pub use former::RetiredProvider;
pub use found::DiscoverySource;
pub use global::{host, set_host};
pub use handle::ProviderHandle;
pub use health_report::HealthReport;
pub use host::Host;
pub use in_flight::ShutdownReport;
pub use jobs::{Job, JobStatus};
pub use keyring::Keyring;
pub use life::LifeLimits;
pub use lifecycle::Selection;
pub use loan::StoreLoan;
pub use palisade_core::{
    BoxFuture, Call, CallOptions, CallReport, CancelResult, Capability, Catalogue, Collect, Content, ContextName,
    Digest, Dimensions, EffectiveLimits, Error, ErrorClass, ErrorKind, Event, EventSink, FailedAttempt,
    GUEST_STACK_BYTES, Image, InterfaceDifference, InvalidAmount, InvalidId, InvalidLimit, InvalidMoment, JobCall,
    JobProgress, JobState, JobToken, KeyValue, KeyValueStore, Limit, LimitGroup, LimitSource, LimitSources, LimitValue,
    Limits, LogLevel, LogLine, MAX_IMAGES, MAX_ITEMS, MAX_TEXT_BYTES, MAX_TEXTS_BYTES, MAX_VIDEOS, Media, ModelId,
    Moment, Namespace, Operation, Outcome, PicoUsd, Preset, Progress, ProgressSink, Provenance, Provider, ProviderId,
    Quantity, RejectReason, Rejection, Relaxation, Request, ResourceUsage, Response, Result, Schema, Scope, Sourced,
    StoreName, Streaming, Submitted, Suggestion, Unit, UnknownCapability, Usage, UsageItem, Video, Warning, Workload,
    catalogue, chat, custom, embedding, http, image_edit, image_to_text, image_to_video, image_upscale,
    key_value_store, lending, moderation, object_store, queue, rerank, speech_to_text, sql, store, text, text_to_image,
    text_to_speech, text_to_video, vector_store,
};
pub use palisade_egress::{Place, Rate as RequestRate};
/// Models, prompts and configurations, checked against schemas: the types of [`Context::resources`].
pub use palisade_resources as resources;
pub use palisade_routing::{
    BreakerSettings, Budget, Considered, Decision, Feature, Figures, Health, ListedPrices, Period, Preference, Rate,
    Score, Weights,
};
pub use palisade_sandbox::{
    Allocation, Cache, CacheCheck, CacheEntry, Census, Compiler, Confinement, Isolation, LoadEvent, Piece, PieceStatus,
    Reuse, SPOKEN_HERE, Sandbox, SandboxSettings, SpokenVersion, WorkerStatus, init, interfaces, spoken,
};
#[doc(hidden)]
pub use palisade_sandbox::{confine_but_for_system_calls, confine_like_a_serving_worker, confine_like_a_worker};
pub use palisade_storage::JobId;
/// Stores on this machine, as native providers.
pub use palisade_stores as stores;
pub use permissions::Permissions;
pub use polling::Polling;
pub use price_feed::PriceFeed;
pub use registration::{ModelSettings, Registration};
pub use secret::Secret;
pub use status::{CallCounts, ComponentDetails, ModelStatus, PriceLayers, ProviderStatus, Source, State, Statistics};
pub use stream::CallStream;
