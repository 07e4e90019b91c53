//! Two tenants of one host at work for a minute, with providers of the same names, and secrets and budgets of their own; fails where
//! anything of one is seen by the other.
//!
//! `cargo run --release -p palisade-tests --example tenants [SECONDS]`, after `cargo xtask guests`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "it fails by panicking, and prints what it has seen"
)]

use std::time::Duration;

use anyhow::Result;
use palisade::{Host, Registration};
use palisade_tests::target;

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../it/contexts/tenants.rs"]
mod tenants;

fn main() -> Result<()> {
    palisade::init();
    let seconds = std::env::args().nth(1).map_or(Ok(60), |text| text.parse())?;
    let hostile = std::fs::read(target()?.join("hostile/hostile.wasm"))?;
    let behaving = |behaviour: &str| Registration::bytes(hostile.clone()).config("behaviour", behaviour);
    let folder = tempfile::tempdir()?;
    let builder = Host::builder().storage(folder.path().join("palisade.redb"));
    let report =
        tokio::runtime::Runtime::new()?.block_on(tenants::during(builder, behaving, Duration::from_secs(seconds)));
    let tenants::Report { served, refused, upstream } = report;
    println!(
        "{seconds} s: served {served:?}, refused by their budgets {refused:?}, {upstream} requests at the upstream: nothing has crossed"
    );
    Ok(())
}
