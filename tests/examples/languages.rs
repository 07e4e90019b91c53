//! Measures the same provider in every language: how large its component is, how long a host takes to compile it and to load
//! it from its cache, and what a call takes. Prints Markdown.
//!
//! `cargo run --release -p palisade-tests --example languages`, after `cargo xtask guests`.

#![allow(clippy::print_stdout, reason = "it is a program that prints")]

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use palisade::{Cache, CachePlace, Host, Registration, Reuse};
use palisade_tests::target;

/// The language, what makes a component of it, and the component.
const HELLOS: [(&str, &str, &str); 7] = [
    ("C", "Zig 0.17 (clang)", "hello-c"),
    ("Zig", "Zig 0.17", "hello-zig"),
    ("Rust", "rustc, wit-component", "hello-rust"),
    ("Go", "Go 1.27", "hello-go"),
    ("JavaScript", "componentize-qjs 0.4 (QuickJS)", "hello-javascript"),
    ("TypeScript", "the same, with esbuild", "hello-typescript"),
    ("Python", "componentize-py 0.25 (CPython 3.14)", "hello-python"),
];

/// Calls of which the median is told.
const CALLS: usize = 101;
/// Loads from the cache of which the median is told.
const LOADS: usize = 11;

/// What is measured of one.
struct Measured {
    bytes: u64,
    compiled: Duration,
    loaded: Duration,
    fresh: Duration,
    kept: Duration,
    fuel: u64,
    memory: u64,
}

fn main() -> Result<()> {
    palisade::init();
    tokio::runtime::Runtime::new()?.block_on(measure_all())
}

async fn measure_all() -> Result<()> {
    println!(
        "| language | toolchain | component | compiled | loaded from the cache | a call, instantiated for it | a call of a kept instance | fuel | memory |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (language, toolchain, name) in HELLOS {
        let component = target()?.join("languages").join(format!("{name}.wasm"));
        let measured = measure(&component).await?;
        println!(
            "| {language} | {toolchain} | {:.2} MB | {} | {} | {} | {} | {:.2} M | {:.1} MiB |",
            measured.bytes as f64 / 1e6,
            shown(measured.compiled),
            shown(measured.loaded),
            shown(measured.fresh),
            shown(measured.kept),
            measured.fuel as f64 / 1e6,
            measured.memory as f64 / f64::from(1 << 20),
        );
    }
    Ok(())
}

async fn measure(component: &Path) -> Result<Measured> {
    let folder = tempfile::tempdir()?;
    let cache = CachePlace::Folder { path: folder.path().join("cache"), max_bytes: Cache::DEFAULT_BYTES };
    let host = Host::builder().cache(cache).build().await?;
    let compiled = registered(&host, component).await?;
    host.unregister("hello").await?;
    let mut loads = Vec::new();
    for _ in 0..LOADS {
        loads.push(registered(&host, component).await?);
        host.unregister("hello").await?;
    }

    registered(&host, component).await?;
    let (fresh, fuel, memory) = called(&host).await?;
    host.unregister("hello").await?;
    host.register("hello", Registration::path(component).reuse(Reuse::default())).await?;
    let (kept, ..) = called(&host).await?;
    let bytes = std::fs::metadata(component)?.len();
    Ok(Measured { bytes, compiled, loaded: median(loads), fresh, kept, fuel, memory })
}

async fn registered(host: &Host, component: &Path) -> Result<Duration> {
    let start = Instant::now();
    host.register("hello", Registration::path(component)).await?;
    Ok(start.elapsed())
}

/// How long a call takes, with its fuel and its memory.
async fn called(host: &Host) -> Result<(Duration, u64, u64)> {
    let hello = host.get("hello")?;
    let (mut times, mut used) = (Vec::new(), (0, 0));
    for _ in 0..CALLS {
        let start = Instant::now();
        let made = hello.chat("World").await?;
        times.push(start.elapsed());
        ensure!(made.response.text == "Hello, World!", "it said {:?}", made.response.text);
        let resources = &made.report.resources;
        used = (resources.fuel.unwrap_or_default(), resources.peak_memory_bytes as u64);
    }
    Ok((median(times), used.0, used.1))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// A time in the unit in which it is read best.
fn shown(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1e3;
    match milliseconds {
        more if more >= 1000.0 => format!("{:.1} s", more / 1e3),
        more if more >= 1.0 => format!("{more:.1} ms"),
        less => format!("{:.0} us", less * 1e3),
    }
}
