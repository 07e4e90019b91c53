//! Write a Palisade provider in Rust: implement [`Provider`] and the capabilities that it serves, and [`export!`] them.
//!
//! ```
//! use palisade_guest::text_to_image::{Image, Request, Response};
//! use palisade_guest::{CallOptions, Description, Provider, Result, TextToImage};
//!
//! struct Hello;
//!
//! impl Provider for Hello {
//!     fn describe() -> Description {
//!         Description::new("hello").model("greeter")
//!     }
//! }
//! impl TextToImage for Hello {
//!     fn generate(request: Request, _: &CallOptions) -> Result<Response> {
//!         let svg = format!("<svg xmlns='http://www.w3.org/2000/svg'><text y='20'>{}</text></svg>", request.prompt.len());
//!         Ok(Response::new([Image::new("image/svg+xml", svg.into_bytes(), 100, 30)?]))
//!     }
//! }
//! palisade_guest::export!(Hello: text_to_image);
//! ```
//!
//! Built for `wasm32-unknown-unknown` as a `cdylib` and encoded with `wit-component`, this is a component that imports
//! nothing but what the host offers: [`log`], [`config`], [`progress`] and [`blobs`]. Natively the same crate compiles and
//! its functions can be tested: messages go to standard error, settings come from [`config::set_in_test`], progress is
//! dropped, and blobs are refused.
//!
//! # Adding a capability
//!
//! A capability is one file, named like its interface. It holds a `NAME`, a module `bindings` with the generated code for a
//! world that exports the interface, a trait for authors, and the generated `Guest` for [`Adapter`]: see
//! `text_to_image.rs`. Declare it below, and `export!` knows it under that name.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

pub mod bindings;

pub mod blobs;
pub mod catalog;
pub mod config;
pub mod log;
pub mod progress;

pub mod text_to_image;

mod adapter;
mod export;
mod failure;
mod media;
mod options;
#[cfg(feature = "png")]
mod png;
mod provider;
mod random;
mod usage;

pub use adapter::{Adapter, Exported};
pub use bindings::palisade::provider::types::{
    BadInput, CallOptions, Dimensions, Failure, FailureKind, InlineMedia, Media, OptionKv, RateLimit, Submitted, Usage,
    UsageItem, Warning,
};
pub use failure::Result;
pub use options::Warnings;
pub use provider::{Description, Models, Provider};
pub use random::Random;
pub use text_to_image::TextToImage;
