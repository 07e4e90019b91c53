//! Models, prompts and configurations: checked against schemas, typed, and put together from references.
//!
//! ```
//! use palisade_resources::{Loaded, Resource, Resources};
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use serde_json::json;
//!
//! #[derive(Clone, Serialize, Deserialize, JsonSchema, Resource)]
//! #[resource(kind = "prompt")]
//! struct Greeting {
//!     #[resource(name)]
//!     name: String,
//!     text: String,
//!     #[serde(default)]
//!     language: Option<String>,
//! }
//!
//! let resources = Resources::strict();
//! resources.register_type::<Greeting>()?;
//! resources.register_data("config:house".parse()?, json!({"language": "en"}))?;
//! resources.register_data(
//!     "prompt:hello".parse()?,
//!     json!({"text": "Hello!", "language": {"$ref": "config:house#/language"}}),
//! )?;
//! assert_eq!(resources.get::<Greeting>("hello")?.language.as_deref(), Some("en"));
//!
//! let error = resources.register_data("prompt:bye".parse()?, json!({"txt": "Bye!"})).unwrap_err();
//! assert!(error.message().contains("did you mean `text`?"), "{error}");
//! # Ok::<(), palisade_core::Error>(())
//! ```
//!
//! # The data
//!
//! ```text
//! Resources ─► State (never changed: who writes makes another, who reads waits for nobody)
//!               ├─ kind ─► name ─► Slot ─┬─ Typed: a value of Rust, as it was registered
//!               │                        └─ Data: JSON with references, and what it has become, by type
//!               ├─ Type: kind, name, schema, how data becomes a value of Rust
//!               └─ Function, Constructor: schema of what it takes, and what to do with it
//!
//! file, address ─► Loader (formats, bounds, fences) ─► Loaded: a value, and whatever it refers to ─► Entry
//! Entry ─► admitted (kind, name) ─► references resolved ─► defaults ─► schema ─► Slot
//! ```
//!
//! A path from the edge to the value: [`Loader::read`] does all that waits, and gives a [`Loaded`]. From there on nothing waits:
//! registering checks, and [`Resources::get`] finds an `Arc` of what was made before.
//!
//! # References
//!
//! `{ "$ref": "model:fast" }` stands for that resource, `config:base#/retry` for a place in one, `#/retry` for one in the same,
//! `file:retry.yaml` for a file below the folder of the file that says so, and `https://...` for what a [`Fetch`] gets. A cycle is
//! refused with the way that it goes, a name that nobody has with those that are like it. [`Bounds`] says how much there may be.

// What is derived names this crate, also in it.
extern crate self as palisade_resources;

mod bounds;
mod calls;
mod describe;
mod document;
mod entry;
mod factory;
mod fetch;
mod format;
mod kind;
mod loader;
mod nearest;
mod path;
mod problem;
mod reference;
mod registry;
mod resolve;
mod resource;
mod shape;
mod slot;
mod state;
mod statics;
mod strict;
mod strictness;
mod types;

pub use bounds::Bounds;
pub use document::{Base, Loaded};
pub use entry::Entry;
pub use fetch::Fetch;
pub use format::{Format, from_toml, from_yaml};
#[doc(hidden)]
pub use inventory;
pub use kind::{ResourceId, ResourceKind};
pub use loader::Loader;
pub use palisade_resources_derive::Resource;
pub use problem::Problem;
pub use registry::{ResourceInfo, Resources};
pub use resource::Resource;
#[doc(hidden)]
pub use statics::{Make, Static};
pub use strictness::Strictness;
pub use types::TypeInfo;
