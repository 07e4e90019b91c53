//! The way out, against servers that behave and servers that do not.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers do too"
)]

mod garbage;
mod memory;
mod misbehaving;
mod phases;
mod refused;
mod requests;
mod secrets;
mod setup;
mod tls;
mod uploads;

use palisade_vendors::raw as server;
