//! Runs AI and media providers that you don't trust, and picks the best one for every request.
//!
//! A provider is a WebAssembly component that exports capabilities of the WIT package `palisade:provider`, or a Rust
//! type that implements [`Provider`]. A [`Host`] loads components into a sandbox that grants nothing, reads what they
//! can do from their exports, and chooses among all of them by one open number.
//!
//! ```no_run
//! use palisade::{Capability, Host, Preference};
//!
//! # async fn example() -> Result<(), palisade::Error> {
//! let host = Host::open("palisade.toml").await?;
//! let provider = host.find_best_provider(Capability::TextToImage).prefer(Preference::Cheapest).await?;
//! let made = provider.text_to_image("a red fox in fresh snow").await?;
//! println!("{} bytes from {}", made.response.images[0].content.data.len(), made.provider);
//! # Ok(())
//! # }
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

mod config;
mod entry;
mod find;
mod handle;
mod host;
mod native;
mod registration;
mod status;
mod supervisor;
mod units;

pub use config::Config;
pub use find::FindProvider;
pub use handle::{CallSettings, Completion, ProviderHandle};
pub use host::{Host, HostBuilder};
pub use palisade_core::{
    BoxFuture, Call, CallOptions, CallReport, Capability, Catalogue, Digest, Dimensions, Error, ErrorClass, ErrorKind,
    InvalidAmount, InvalidId, Limits, LogLevel, LogLine, Media, ModelId, Operation, Outcome, PicoUsd, Progress,
    ProgressSink, Provider, ProviderId, RejectReason, Rejection, Request, ResourceUsage, Response, Result, Submitted,
    Unit, UnknownCapability, Usage, UsageItem, Warning, catalogue, text, text_to_image,
};
pub use palisade_routing::{Considered, Decision, Feature, Figures, Preference, Provenance, Score, Weights};
pub use palisade_sandbox::{Allocation, Sandbox};
pub use registration::{ModelSettings, Registration};
pub use status::{ComponentDetails, ModelStatus, ProviderStatus, Source, State};
