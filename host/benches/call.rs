//! What a call through Palisade costs, beside the same call on the engine alone; and what a choice costs.
//!
//! Criterion measures each side by itself. The ratios at the end come from rounds that take turns, so that what disturbs
//! the machine disturbs both sides: `cargo bench -p palisade --bench call -- ratio` prints these alone.

#![allow(clippy::print_stdout, reason = "the figures are what this is for")]

use std::{
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use criterion::Criterion;
use palisade::{
    BoxFuture, Call, Capability, Catalogue, Error, ErrorKind, Host, Outcome, Provider, ProviderHandle, Registration,
    catalogue::{Description, Model},
};
use tokio::runtime::Runtime;
use wasmtime::{Result, ensure, error::Context as _};

mod bare;

use bare::Bare;

/// What is asked for: a prompt that is no number gives one byte.
const TRIVIAL: &str = "a red fox in fresh snow";
const MEBIBYTE: &str = "1048576";

const ROUNDS: usize = 41;
/// How long a side runs in a round.
const TURN: Duration = Duration::from_millis(40);

/// Models of a provider, and of all, among which is chosen.
const MODELS: usize = 100;
const ENDPOINTS: [usize; 3] = [100, 1_000, 10_000];

fn main() -> Result<()> {
    palisade::init();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (bare, provider) = load(&runtime)?;

    let mut criterion = Criterion::default().measurement_time(Duration::from_secs(3)).configure_from_args();
    calls(&mut criterion, &runtime, &bare, &provider);
    choices(&mut criterion, &runtime)?;
    criterion.final_summary();

    if !std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        ratio(&runtime, "fresh call", TRIVIAL, &bare, &provider)?;
        ratio(&runtime, "payload 1 MiB out", MEBIBYTE, &bare, &provider)?;
        threads(&provider)?;
    }
    Ok(())
}

/// The guest, on the engine alone and behind a host.
fn load(runtime: &Runtime) -> Result<(Bare, ProviderHandle)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/hostile/trivial.wasm");
    let component = std::fs::read(&path)
        .with_context(|| format!("cannot read {}: run `cargo xtask guests` first", path.display()))?;
    let bare = Bare::load(&component)?;
    let provider = runtime.block_on(async {
        let host = Host::builder().build().await?;
        host.register("trivial", component).await?;
        host.get("trivial")
    })?;
    Ok((bare, provider))
}

async fn through_palisade(provider: &ProviderHandle, prompt: &str) -> Result<Vec<u8>> {
    let image = provider.text_to_image(prompt).await?.response.images.pop().context("no picture")?;
    Ok(image.content.data)
}

fn calls(criterion: &mut Criterion, runtime: &Runtime, bare: &Bare, provider: &ProviderHandle) {
    for (name, prompt) in [("fresh call", TRIVIAL), ("payload 1 MiB out", MEBIBYTE)] {
        let mut group = criterion.benchmark_group(name);
        group.bench_function("bare", |bencher| bencher.to_async(runtime).iter(|| bare.call(prompt)));
        group.bench_function("palisade", |bencher| {
            bencher.to_async(runtime).iter(|| through_palisade(provider, prompt));
        });
        group.finish();
    }
}

/// Everything that `find_best_provider` does but running somebody: filter, score, sort and explain all endpoints.
fn choices(criterion: &mut Criterion, runtime: &Runtime) -> Result<()> {
    let mut group = criterion.benchmark_group("choose");
    for endpoints in ENDPOINTS {
        let host = runtime.block_on(host_of(endpoints))?;
        let search = host.find_best_provider(Capability::TextToImage);
        ensure!(search.explain()?.considered.len() == endpoints, "not all endpoints can be chosen");
        group.bench_function(format!("{endpoints} endpoints"), |bencher| bencher.iter(|| search.explain()));
    }
    group.finish();
    Ok(())
}

async fn host_of(endpoints: usize) -> Result<Host> {
    let mut builder = Host::builder();
    for number in 0..endpoints / MODELS {
        builder = builder.provider(format!("provider-{number}").parse()?, Registration::native(Nobody::new()?));
    }
    Ok(builder.build().await?)
}

/// Serves nothing, and has many models.
struct Nobody(Catalogue);

impl Nobody {
    fn new() -> Result<Self> {
        let model = |number| {
            let free = Some(Vec::new());
            Ok(Model { prices: free, ..Model::new(format!("model-{number}").parse()?, &[Capability::TextToImage]) })
        };
        let models = (0..MODELS).map(model).collect::<Result<_>>()?;
        let description =
            Description { claimed_id: "nobody".to_owned(), version: "1.0.0".to_owned(), ..Description::default() };
        Ok(Self(Catalogue::new(description, models)))
    }
}

impl Provider for Nobody {
    fn capabilities(&self) -> &[Capability] {
        &[Capability::TextToImage]
    }

    fn catalogue(&self) -> &Catalogue {
        &self.0
    }

    fn call(&self, _call: Call) -> BoxFuture<'_, palisade::Result<Outcome>> {
        Box::pin(async { Err(Error::new(ErrorKind::Internal, "nobody is called")) })
    }
}

/// Prints the medians of rounds in which both sides take turns.
fn ratio(runtime: &Runtime, name: &str, prompt: &str, bare: &Bare, provider: &ProviderHandle) -> Result<()> {
    let (mut of_bare, mut of_palisade) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_bare.push(runtime.block_on(turn(|| bare.call(prompt)))?);
        of_palisade.push(runtime.block_on(turn(|| through_palisade(provider, prompt)))?);
    }
    let ratios = of_palisade.iter().zip(&of_bare).map(|(palisade, bare)| palisade / bare).collect();
    let (bare, palisade) = (median(of_bare), median(of_palisade));
    println!(
        "{name}: ratio palisade/bare: {:.2} ({palisade:.2} us / {bare:.2} us, {:+.2} us)",
        median(ratios),
        palisade - bare
    );
    Ok(())
}

/// The microseconds that a call takes.
async fn turn<F: Future<Output = Result<Vec<u8>>>>(call: impl Fn() -> F) -> Result<f64> {
    let (start, mut calls) = (Instant::now(), 0_u32);
    while start.elapsed() < TURN {
        // The clock is read once for many calls.
        for _ in 0..16 {
            black_box(call().await?);
        }
        calls += 16;
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / f64::from(calls))
}

/// Prints how much more two threads get done than one.
fn threads(provider: &ProviderHandle) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let per_second = |workers: usize| -> Result<f64> {
        let workers: Vec<_> = (0..workers)
            .map(|_| {
                let provider = provider.clone();
                runtime.spawn(async move { turn(|| through_palisade(&provider, TRIVIAL)).await })
            })
            .collect();
        runtime.block_on(async {
            let mut calls = 0.0;
            for worker in workers {
                calls += 1e6 / worker.await??;
            }
            Ok(calls)
        })
    };
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        one.push(per_second(1)?);
        two.push(per_second(2)?);
    }
    let (one, two) = (median(one), median(two));
    println!("calls per second: one thread {one:.0}, two threads {two:.0}, ratio {:.2}", two / one);
    Ok(())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
