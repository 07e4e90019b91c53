//! The vocabulary of Palisade: ids, capabilities, requests and responses, prices, limits, catalogues and errors.
//!
//! Plain data, and the one trait between the host and whatever does the work ([`Provider`]). This crate does no I/O and
//! names no runtime, so that every other crate can speak it.
//!
//! ```
//! use palisade_core::{Capability, PicoUsd, ProviderId, Request, text_to_image};
//!
//! let id: ProviderId = "card".parse()?;
//! let request = Request::from(text_to_image::Request::new("a red fox in fresh snow"));
//! assert_eq!(request.capability(), Capability::TextToImage);
//! assert_eq!("0.04".parse::<PicoUsd>()?.to_string(), "$0.04");
//! # assert_eq!(id.as_str(), "card");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod capability;
pub mod catalogue;
pub mod chat;
mod check;
mod clean;
mod collect;
pub mod custom;
mod digest;
pub mod embedding;
mod error;
mod error_kind;
mod failed_attempt;
mod fits;
mod future;
pub mod http;
mod id;
mod image;
pub mod image_edit;
pub mod image_to_text;
pub mod image_to_video;
pub mod image_upscale;
mod interface_difference;
mod job;
mod key_value;
pub mod key_value_store;
pub mod lending;
mod limits;
mod media;
mod media_types;
pub mod moderation;
mod moment;
mod money;
pub mod object_store;
mod provenance;
mod provider;
pub mod queue;
mod quota;
mod rejection;
mod report;
pub mod rerank;
mod schema;
mod scope;
pub mod speech_to_text;
mod spent;
pub mod sql;
pub mod store;
mod submitted;
mod suggestion;
pub mod text;
pub mod text_to_image;
pub mod text_to_speech;
pub mod text_to_video;
mod unit;
mod usage;
pub mod vector_store;
mod vectors;
mod video;
mod workload;

pub use capability::{Capability, Event, Operation, Pieces, Request, Response, Streaming, UnknownCapability};
pub use catalogue::Catalogue;
pub use check::{JSON_GROWTH, MAX_IMAGES, MAX_ITEMS, MAX_TEXT_BYTES, MAX_TEXTS_BYTES};
pub use collect::Collect;
pub use digest::Digest;
pub use error::Error;
pub use error_kind::{ErrorClass, ErrorKind};
pub use failed_attempt::FailedAttempt;
pub use fits::too_long;
pub use future::BoxFuture;
pub use id::{ContextName, InvalidId, ModelId, Namespace, ProviderId, ResourceName, StoreName};
pub use image::Image;
pub use interface_difference::InterfaceDifference;
pub use job::{CancelResult, JobCall, JobOutcome, JobOutput, JobProgress, JobState, JobToken};
pub use key_value::{KeyValue, KeyValueStore};
pub use limits::{
    EffectiveLimits, GUEST_STACK_BYTES, InvalidLimit, Limit, LimitGroup, LimitSource, LimitSources, LimitValue, Limits,
    Preset,
};
pub use media::{Content, Dimensions, Media};
pub use moment::{InvalidMoment, Moment};
pub use money::{InvalidAmount, PicoUsd};
pub use provenance::{Provenance, Sourced};
pub use provider::{Call, CallOptions, EventSink, Outcome, Provider};
pub use rejection::{RejectReason, Rejection};
pub use report::{CallReport, LogLevel, LogLine, Progress, ProgressSink, ResourceUsage};
pub use schema::Schema;
pub use scope::Scope;
pub use spent::Spent;
pub use submitted::Submitted;
pub use suggestion::{Relaxation, Suggestion};
pub use unit::Unit;
pub use usage::{Usage, UsageItem, Warning};
pub use video::{MAX_VIDEOS, Video};
pub use workload::{Quantity, Workload};

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;
