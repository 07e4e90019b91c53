//! The vendors, spoken to by a plain client: their shapes, and how they say no.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers do too"
)]

mod anthropic;
mod binary;
mod client;
mod common;
mod fal;
mod misbehaving;
mod openai_chat;
mod openai_media;
mod stability;
mod talk;
