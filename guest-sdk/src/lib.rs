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
//! nothing but what the host offers: [`log`], [`config`], [`progress`], [`blobs`], [`credentials`], [`http`], [`key_value`] and [`stores`]. Natively
//! the same crate compiles and its functions can be tested: messages go to standard error, settings come from
//! [`config::set_in_test`], credentials from [`credentials::set_in_test`], room for values from `key_value::set_in_test`, and answers of upstreams from
//! `http::set_in_test`, progress is dropped, and blobs and stores are refused.
//!
//! A provider that passes requests on to an upstream finds where that is in [`upstream`], requests, answers and the failures that
//! they mean in [`http`], and streams of events in [`sse`].
//!
//! # Capabilities
//!
//! | module | trait | interface |
//! |---|---|---|
//! | [`text_to_image`] | [`TextToImage`] | `text-to-image` |
//! | [`image_edit`] | [`ImageEdit`] | `image-edit` |
//! | [`image_upscale`] | [`ImageUpscale`] | `image-upscale` |
//! | [`chat`] | [`Chat`] | `chat` |
//! | [`embedding`] | [`Embedding`] | `embedding` |
//! | [`rerank`] | [`Rerank`] | `rerank` |
//! | [`moderation`] | [`Moderation`] | `moderation` |
//! | [`image_to_text`] | [`ImageToText`] | `image-to-text` |
//! | [`text_to_speech`] | [`TextToSpeech`] | `text-to-speech` |
//! | [`speech_to_text`] | [`SpeechToText`] | `speech-to-text` |
//! | [`text_to_image_job`] | [`TextToImageJob`] | `text-to-image`, as a job |
//! | [`text_to_video`] | [`TextToVideo`] | `text-to-video`, as a job |
//! | [`image_to_video`] | [`ImageToVideo`] | `image-to-video`, as a job |
//! | [`custom`] | [`Custom`] | `custom` |
//!
//! A provider of several implements several traits and exports them together: `export!(Both: chat, embedding)`.
//!
//! Whose work is a job exports [`jobs`] too: `export!(Studio: jobs, text_to_video)`.
//!
//! # Adding a capability
//!
//! A capability that answers at once takes a world with its interface, beside the others in `bindings.rs`, and a file that
//! is named like the interface. The file holds a trait for authors, the re-exports of the generated types, their
//! constructors, which parameters a request has of those that a model may list, and two lines for the rest: `capability!` with
//! the name, the trait and the function, and `reports!`. See `image_upscale.rs`. Declare it below, and `export!` knows it under that name. One that answers with a stream, or has more
//! than one function, gives `capability!` no function and implements the generated `Guest` for [`Adapter`] itself, as
//! `chat.rs` and `custom.rs` do.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

pub mod bindings;

pub mod blobs;
pub mod catalog;
pub mod config;
pub mod credentials;
pub mod http;
pub mod key_value;
pub mod log;
#[cfg(feature = "picture")]
pub mod picture;
pub mod progress;
pub mod sse;
pub mod stores;
pub mod upstream;

pub mod chat;
pub mod custom;
pub mod embedding;
pub mod image_edit;
pub mod image_to_text;
pub mod image_to_video;
pub mod image_upscale;
pub mod jobs;
pub mod moderation;
pub mod rerank;
pub mod speech_to_text;
pub mod text_to_image;
pub mod text_to_image_job;
pub mod text_to_speech;
pub mod text_to_video;

mod adapter;
mod capability;
mod dimensions;
mod export;
mod failure;
mod image;
mod media;
mod options;
#[cfg(feature = "png")]
mod png;
mod provider;
mod random;
mod stream;
mod unlisted;
mod usage;

pub use adapter::{Adapter, Exported};
pub use bindings::palisade::provider::types::{
    BadInput, CallOptions, Content, Dimensions, Failure, FailureKind, Image, InlineMedia, Media, OptionKv, RateLimit,
    Submitted, Usage, UsageItem, Warning,
};
pub use catalog::Model;
pub use chat::Chat;
pub use custom::Custom;
pub use embedding::Embedding;
pub use failure::Result;
pub use image_edit::ImageEdit;
pub use image_to_text::ImageToText;
pub use image_to_video::ImageToVideo;
pub use image_upscale::ImageUpscale;
pub use jobs::Jobs;
pub use moderation::Moderation;
pub use options::Warnings;
pub use provider::{Description, Models, Provider};
pub use random::Random;
pub use rerank::Rerank;
pub use speech_to_text::SpeechToText;
pub use text_to_image::TextToImage;
pub use text_to_image_job::TextToImageJob;
pub use text_to_speech::TextToSpeech;
pub use text_to_video::TextToVideo;
