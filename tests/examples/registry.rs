//! Measures a registry that changes while it is used: how long a provider takes to be registered from the cache, alone and
//! with many, and how long those who choose have to wait for those who register. Prints Markdown.
//!
//! `cargo run --release -p palisade-tests --example registry`, after `cargo xtask guests`.

#![allow(clippy::print_stdout, reason = "it is a program that prints")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use hdrhistogram::Histogram;
use palisade::{CachePlace, Capability, Host, Registration, catalogue::Model};
use palisade_chaos::{Act, Chaos};
use palisade_tests::target;

/// Registrations of one provider after the other.
const ALONE: usize = 100;
/// Registrations at one time.
const TOGETHER: usize = 300;
/// Endpoints of a large registry, and those of each provider in it.
const ENDPOINTS: usize = 10_000;
const MODELS: usize = 100;
/// For how long the readers read.
const READING: Duration = Duration::from_secs(2);

fn main() -> Result<()> {
    palisade::init();
    tokio::runtime::Runtime::new()?.block_on(measure())
}

async fn measure() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cache = CachePlace::Folder { path: folder.path().join("cache"), max_bytes: 1 << 30 };
    let host = Host::builder().cache(cache).build().await?;
    let card = target()?.join("providers").join("card.wasm");
    // Compiled once.
    host.register("card", Registration::path(&card)).await?;
    host.unregister("card").await?;

    println!("| registered from the cache | median | longest |\n|---|---|---|");
    let times = one_after_the_other(&host, &card).await?;
    row("card.wasm, alone", &times);
    let many = (0..TOGETHER).map(|number| (format!("card-{number}"), Registration::path(&card)));
    let start = Instant::now();
    let registered = host.register_many(many).await;
    let took = start.elapsed();
    ensure!(registered.iter().all(|(_, result)| result.is_ok()), "not all were registered");
    println!(
        "| {TOGETHER} of it at one time, each | {:.2} ms | {:.0} ms for all |",
        in_ms(took) / TOGETHER as f64,
        in_ms(took)
    );

    for number in 0..ENDPOINTS / MODELS {
        host.register(format!("p{number}"), Registration::native(large(number))).await?;
    }
    let times = one_after_the_other(&host, &card).await?;
    row(&format!("card.wasm, beside {ENDPOINTS} endpoints"), &times);

    println!("\n| a choice among {ENDPOINTS} endpoints | median | p99 | longest |\n|---|---|---|---|");
    let quiet = read(&host)?;
    row_of_reads("nobody registers", &quiet);
    let is_over = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn(write(host.clone(), Arc::clone(&is_over)));
    let host = host.clone();
    let busy = tokio::task::spawn_blocking(move || read(&host)).await??;
    is_over.store(true, Ordering::Relaxed);
    let written = writer.await??;
    row_of_reads(&format!("{:.0} changes a second", written as f64 / READING.as_secs_f64()), &busy);
    Ok(())
}

async fn one_after_the_other(host: &Host, card: &std::path::Path) -> Result<Histogram<u64>> {
    let mut times = Histogram::new(3)?;
    for _ in 0..ALONE {
        let start = Instant::now();
        host.register("card", Registration::path(card)).await?;
        times.record(nanoseconds(start.elapsed()))?;
        host.unregister("card").await?;
    }
    Ok(times)
}

/// A provider with many models, of which every twelfth serves pictures.
fn large(number: usize) -> Chaos {
    Chaos::always(Act::Serve).change(|catalogue| {
        let model = |index: usize| {
            let capabilities: &[Capability] = if index.is_multiple_of(12) {
                &[Capability::TextToImage]
            } else {
                &[Capability::Chat, Capability::Embedding]
            };
            // Letters and digits alone are an id.
            let id = format!("m{number}-{index}").parse().ok()?;
            Some(Model { prices: Some(Vec::new()), ..Model::new(id, capabilities) })
        };
        catalogue.models = (0..MODELS).filter_map(model).collect();
    })
}

/// Chooses again and again.
fn read(host: &Host) -> Result<Histogram<u64>> {
    let search = host.find_best_provider(Capability::TextToImage);
    let (mut times, start) = (Histogram::new(3)?, Instant::now());
    while start.elapsed() < READING {
        let before = Instant::now();
        ensure!(search.choose().is_some(), "nobody was chosen");
        times.record(nanoseconds(before.elapsed()))?;
    }
    Ok(times)
}

/// Registers and unregisters a provider again and again. Gives how often.
async fn write(host: Host, is_over: Arc<AtomicBool>) -> Result<u64> {
    let mut changes = 0;
    while !is_over.load(Ordering::Relaxed) {
        host.register("comes-and-goes", Registration::native(Chaos::always(Act::Serve))).await?;
        host.unregister("comes-and-goes").await?;
        changes += 2;
        thread::yield_now();
    }
    Ok(changes)
}

fn row(name: &str, times: &Histogram<u64>) {
    println!(
        "| {name} | {:.2} ms | {:.2} ms |",
        nanoseconds_in_ms(times.value_at_quantile(0.5)),
        nanoseconds_in_ms(times.max())
    );
}

fn row_of_reads(name: &str, times: &Histogram<u64>) {
    let microseconds = |quantile: f64| times.value_at_quantile(quantile) as f64 / 1e3;
    println!(
        "| {name} | {:.1} us | {:.1} us | {:.0} us |",
        microseconds(0.5),
        microseconds(0.99),
        times.max() as f64 / 1e3
    );
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn nanoseconds_in_ms(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}

fn in_ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
