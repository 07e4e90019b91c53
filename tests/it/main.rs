//! The tests that need real components: what is refused when it is loaded, what is stopped when it is called, who is
//! chosen, and what every provider keeps to.
//!
//! `cargo xtask guests` builds the components first.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers do too"
)]

use palisade::Isolation;

/// Where the components run of those tests that are made [from a worker](from_a_worker) too.
const PLACE: Isolation = Isolation::InProcess;

mod approving;
mod canary;
mod checking;
mod choosing;
mod compatibility;
mod compiling;
mod conformance;
mod contexts;
mod corpus;
mod discovery;
#[cfg(target_os = "linux")]
mod escape;
mod fal;
mod fallback;
#[cfg(target_os = "linux")]
mod from_a_worker;
#[path = "../fuzz/src/lib.rs"]
#[allow(dead_code, unreachable_pub, reason = "it is a library of its own as well")]
mod fuzz;
mod fuzzing;
mod guide;
mod isolation;
#[cfg(target_os = "linux")]
mod isolation_process;
mod jobs;
mod keeping;
mod languages;
mod lending;
mod lending_native;
mod lending_room;
mod lifecycle;
mod limits;
mod native;
mod pace;
mod paying;
mod pipelines;
mod prices;
mod reaching;
mod recording;
mod refusals;
mod registry;
mod resources;
mod reuse;
mod states;
mod stores;
mod streaming;
mod support;
mod vendors;
mod wasi_http;
