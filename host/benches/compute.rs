//! What it costs a guest to compute: beside the same code outside, and under each way of metering it.
//!
//! `cargo bench -p palisade --bench compute` prints a table. The engine alone runs the guest under profiles that the
//! sandbox does not have, which shows what each part of its profile costs.

#![allow(clippy::print_stdout, reason = "the figures are what this is for")]

use std::{path::Path, sync::Arc};

use palisade::{Host, ProviderHandle};
use wasmtime::{Result, error::Context as _};

mod bare;
mod rounds;

use bare::{Bare, Profile};
use rounds::{compare, scaling, turn};
use trivial::kernels;

const ROUNDS: usize = 7;

/// The profiles, by name.
const PROFILES: [(&str, Profile); 6] = [
    ("no metering", Profile { fuel: false, epochs: false, ..Profile::SANDBOX }),
    ("epochs", Profile { fuel: false, ..Profile::SANDBOX }),
    ("fuel", Profile { epochs: false, ..Profile::SANDBOX }),
    ("fuel and epochs", Profile::SANDBOX),
    ("the same without signals", Profile { signals: false, ..Profile::SANDBOX }),
    ("and without guards", Profile { signals: false, guards: false, ..Profile::SANDBOX }),
];

fn main() -> Result<()> {
    palisade::init();
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/hostile/trivial.wasm");
    let component = std::fs::read(&path)
        .with_context(|| format!("cannot read {}: run `cargo xtask guests` first", path.display()))?;
    let engines = runtime.block_on(async {
        let host = Host::builder().build().await?;
        host.register("trivial", component.clone()).await?;
        let provider = host.get("trivial")?;
        let load = |(name, profile)| Ok((name, Bare::load(&component, profile)?));
        let engines = PROFILES.into_iter().map(load).collect::<Result<Vec<_>>>()?;
        println!("time over that of the same code outside of a guest\n");
        println!("| kernel | native | palisade | {} |", PROFILES.map(|(name, _)| name).join(" | "));
        println!("|{}", "---|".repeat(3 + PROFILES.len()));
        for kernel in kernels::NAMES {
            row(kernel, &provider, &engines).await?;
        }
        println!("\n| | {} |\n|{}", PROFILES.map(|(name, _)| name).join(" | "), "---|".repeat(1 + PROFILES.len()));
        let mut calls = Vec::new();
        for (_, engine) in &engines {
            calls.push(format!("{:.1} us", turn(|| engine.call("", None)).await?));
        }
        println!("| fresh call | {} |", calls.join(" | "));
        Ok::<_, wasmtime::Error>(engines)
    })?;
    let engines = engines.into_iter().map(|(_, engine)| Arc::new(engine));
    let scaling =
        engines.map(|engine| Ok(format!("{:.2}", two_threads_over_one(engine)?))).collect::<Result<Vec<_>>>()?;
    println!("| calls per second, two threads over one | {} |", scaling.join(" | "));
    Ok(())
}

async fn row(kernel: &str, provider: &ProviderHandle, engines: &[(&str, Bare)]) -> Result<()> {
    let rounds = rounds(kernel);
    let prompt = format!("{kernel} {rounds}");
    let native = || async { kernels::run(kernel, rounds).context("no such kernel") };
    let through = || async { Ok(provider.text_to_image(prompt.as_str()).await?) };
    let (time, _, ratio) = compare(ROUNDS, native, through).await?;
    let mut ratios = vec![ratio];
    for (_, engine) in engines {
        ratios.push(compare(ROUNDS, native, || engine.call(&prompt, None)).await?.2);
    }
    let ratios: Vec<_> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
    println!("| {kernel} | {:.1} ms | {} |", time / 1e3, ratios.join(" | "));
    Ok(())
}

/// How much more two threads get done than one.
fn two_threads_over_one(engine: Arc<Bare>) -> Result<f64> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    scaling(&runtime, ROUNDS, || {
        let engine = Arc::clone(&engine);
        async move { turn(|| engine.call("", None)).await }
    })
    .map(|(one, two)| two / one)
}

/// Rounds that take some milliseconds, beside which a call is nothing.
fn rounds(kernel: &str) -> u32 {
    let mut rounds = 1;
    loop {
        let start = std::time::Instant::now();
        std::hint::black_box(kernels::run(kernel, rounds));
        if start.elapsed().as_millis() >= 8 {
            return rounds;
        }
        rounds *= 2;
    }
}
