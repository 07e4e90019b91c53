//! The WIT package `palisade:provider` as Rust: the only generated bindings of the host, and their conversion to and
//! from the vocabulary of `palisade-core`.
//!
//! Nothing generated leaves this crate. Towards the guest's imports it asks the store's state for what [`Imports`]
//! names; towards the guest's exports it offers [`Exports`].
//!
//! ```text
//! guest import ─► bindings ─► View ─► Imports (the sandbox's store state)
//!              wasi:http ─► wasi_http::bindings ─► View
//! refused component ─► differences, each with what was expected
//! core::Request ─► convert ─► bindings ─► guest export ─► bindings ─► convert ─► core::Response
//! ```
//!
//! A new capability is a file in `convert/` and a line in the table of `interfaces.rs`; one whose responses come piece by
//! piece is a function in `streams.rs` as well.

mod account;
mod alarm;
mod bindings;
mod blob;
mod buffer;
mod convert;
mod differences;
mod exports;
mod http;
mod http_response;
mod imports;
mod interfaces;
mod invocation;
mod jobs;
mod key_value;
mod package;
mod sources;
mod stores;
mod streams;
mod wasi_http;

pub use account::Account;
pub use alarm::LeakAlarm;
pub use blob::{Blob, BlobWriter};
pub use differences::differences;
pub use exports::Exports;
pub use http_response::HttpResponse;
pub use imports::{EventPlace, Imports, add_to_linker};
pub use interfaces::Guest;
pub use invocation::Invocation;
pub use package::{Answer, PACKAGE, VERSION, fits, numbers};
pub use wasi_http::{PACKAGE as WASI_HTTP, add_to_linker as add_wasi_http_to_linker, end_requests};
