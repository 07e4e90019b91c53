//! Servers on this machine that answer as vendors of AI do, and one that misbehaves on demand.
//!
//! For tests and demos only. Each vendor demands its credential, keeps what it was asked, and answers with nothing but what the
//! request says, so that the same request always has the same answer.
//!
//! ```
//! use palisade_vendors::{Failure, OpenAi, Vendor};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let vendor = OpenAi::start().await;
//! let base_url = vendor.url("/v1");
//! assert!(base_url.starts_with("http://127.0.0.1:"));
//!
//! // What a test does with it: a client is given the address and the key ...
//! assert!(OpenAi::KEY.starts_with("sk-"));
//! // ... perhaps to see what it makes of a failure ...
//! vendor.fail_next(Failure::RateLimited { retry_after: Some(2) });
//! // ... and then it looks at what the vendor was asked.
//! assert!(vendor.requests().is_empty());
//! # }
//! ```
//!
//! A request may also ask for its failure, with a word such as `fail:unavailable` in its body; [`Failure`] lists them. From a
//! shell: `cargo run -p palisade-vendors -- openai --port 8081`.

#![allow(clippy::indexing_slicing, reason = "a member of a JSON value that is not there is null, and no panic")]

mod accept;
mod anthropic;
mod failure;
mod fal;
mod form;
mod misbehaving;
mod openai;
mod picture;
pub mod raw;
mod request;
mod sample;
mod site;
mod sound;
mod stability;
mod talk;
mod vendor;

pub use self::{
    anthropic::Anthropic,
    failure::Failure,
    fal::{Counts, Fal, Pace, Stage},
    misbehaving::{Behaviour, Misbehaving},
    openai::OpenAi,
    request::Request,
    stability::Stability,
    vendor::{Listen, Running, Vendor},
};
