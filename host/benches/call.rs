//! What a call through Palisade costs, beside the same call on the engine alone; and what a choice costs.
//!
//! Criterion measures each side by itself. The ratios at the end come from rounds that take turns:
//! `cargo bench -p palisade --bench call -- ratio` prints these alone.

#![allow(clippy::print_stdout, reason = "the figures are what this is for")]

use std::{future::IntoFuture, path::Path, sync::Arc, time::Duration};

use criterion::{BatchSize, Criterion};
use palisade::{
    BoxFuture, Call, CallSettings, Capability, Catalogue, Error, ErrorKind, Host, Media, Outcome, Provider,
    ProviderHandle, Registration, Reuse,
    catalogue::{Description, Model},
    text_to_image::Request,
};
use tokio::runtime::Runtime;
use wasmtime::{Result, ensure, error::Context as _};

mod bare;
mod rounds;

use bare::{Bare, Profile};
use rounds::{compare, scaling, turn};

/// How many rounds there are, of which the medians are told.
const ROUNDS: usize = 41;

/// What is asked for: a prompt that is no number gives one byte.
const TRIVIAL: &str = "a red fox in fresh snow";
/// A prompt that gives back what comes with it.
const BACK: &str = "back";
/// Bytes that go in and come out.
const PAYLOADS: [(&str, usize); 4] =
    [("1 KiB", 1 << 10), ("64 KiB", 64 << 10), ("1 MiB", 1 << 20), ("16 MiB", 16 << 20)];

/// Models of a provider, and of all, among which is chosen.
const MODELS: usize = 100;
const ENDPOINTS: [usize; 3] = [100, 1_000, 10_000];

fn main() -> Result<()> {
    palisade::init();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (bare, providers) = load(&runtime)?;

    let mut criterion = Criterion::default().measurement_time(Duration::from_secs(3)).configure_from_args();
    calls(&mut criterion, &runtime, &bare, &providers);
    choices(&mut criterion, &runtime)?;
    criterion.final_summary();

    if !std::env::args().any(|argument| ["--test", "--list", "--profile-time"].contains(&argument.as_str())) {
        ratios(&runtime, &bare, &providers)?;
        threads(&bare, &providers)?;
    }
    Ok(())
}

/// The guest, on the engine alone and behind a host.
fn load(runtime: &Runtime) -> Result<(Arc<Bare>, Providers)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/hostile/trivial.wasm");
    let component = std::fs::read(&path)
        .with_context(|| format!("cannot read {}: run `cargo xtask guests` first", path.display()))?;
    let bare = Bare::load(&component, Profile::SANDBOX)?;
    let (fresh, warm) = runtime.block_on(async {
        let host = Host::builder().build().await?;
        let reuse = Reuse { calls: u32::MAX, ..Reuse::default() };
        host.register("warm", Registration::bytes(component.clone()).reuse(reuse)).await?;
        host.register("trivial", component).await?;
        Ok::<_, Error>((host.get("trivial")?, host.get("warm")?))
    })?;
    Ok((Arc::new(bare), Providers { fresh, warm }))
}

/// The guest behind a host: in a fresh instance for each call, and in one that is kept.
struct Providers {
    fresh: ProviderHandle,
    warm: ProviderHandle,
}

async fn through_palisade(provider: &ProviderHandle, prompt: &str, reference: Option<&[u8]>) -> Result<Vec<u8>> {
    let mut request = Request::new(prompt);
    if let Some(data) = reference {
        request.references.push(Media { media_type: "image/x-raw".to_owned(), data: data.to_vec() });
    }
    let made = provider.call(request, CallSettings::default()).await?;
    Ok(made.response.images.into_iter().next().context("no picture")?.content.data)
}

fn calls(criterion: &mut Criterion, runtime: &Runtime, bare: &Bare, providers: &Providers) {
    let mut group = criterion.benchmark_group("fresh call");
    group.bench_function("bare", |bencher| bencher.to_async(runtime).iter(|| bare.call(TRIVIAL, None)));
    group.bench_function("palisade", |bencher| {
        bencher.to_async(runtime).iter(|| through_palisade(&providers.fresh, TRIVIAL, None));
    });
    group.finish();
    let mut group = criterion.benchmark_group("warm call");
    group.bench_function("palisade", |bencher| {
        bencher.to_async(runtime).iter(|| through_palisade(&providers.warm, TRIVIAL, None));
    });
    group.finish();
}

/// The three ways to ask who is the best, as an application does: what each attempt of a call begins with; a handle to call; and
/// everybody with scores and reasons.
fn choices(criterion: &mut Criterion, runtime: &Runtime) -> Result<()> {
    let mut group = criterion.benchmark_group("find");
    for endpoints in ENDPOINTS {
        let host = runtime.block_on(host_of(endpoints))?;
        let search = host.find_best_provider(Capability::TextToImage);
        ensure!(search.explain()?.considered().count() == endpoints, "not all endpoints can be chosen");
        group.bench_function(format!("choose/{endpoints} endpoints"), |bencher| bencher.iter(|| search.choose()));
        group.bench_function(format!("handle/{endpoints} endpoints"), |bencher| {
            bencher.to_async(runtime).iter_batched(|| search.clone(), IntoFuture::into_future, BatchSize::SmallInput);
        });
        group.bench_function(format!("explain/{endpoints} endpoints"), |bencher| bencher.iter(|| search.explain()));
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
fn ratios(runtime: &Runtime, bare: &Bare, providers: &Providers) -> Result<()> {
    runtime.block_on(async {
        let fresh = || through_palisade(&providers.fresh, TRIVIAL, None);
        print("fresh call", compare(ROUNDS, || bare.call(TRIVIAL, None), fresh).await?);

        let live = tokio::sync::Mutex::new(bare.live().await?);
        let on_live = || async { live.lock().await.call(TRIVIAL, None).await };
        let warm = || through_palisade(&providers.warm, TRIVIAL, None);
        print("warm call", compare(ROUNDS, on_live, warm).await?);

        for (name, bytes) in PAYLOADS {
            let payload = vec![1_u8; bytes];
            let payload = payload.as_slice();
            let on_bare = || bare.call(BACK, Some(payload));
            let through = || through_palisade(&providers.fresh, BACK, Some(payload));
            let back = through().await?;
            ensure!(back == payload && on_bare().await? == payload, "it is not what went in");
            print(&format!("payload {name} in and out"), compare(ROUNDS, on_bare, through).await?);
        }
        Ok(())
    })
}

fn print(name: &str, (bare, palisade, ratio): (f64, f64, f64)) {
    let more = palisade - bare;
    println!("{name}: ratio palisade/bare: {ratio:.2} ({palisade:.2} us / {bare:.2} us, {more:+.2} us)");
}

/// Prints how much more two threads get done than one, on the engine alone as well.
fn threads(bare: &Arc<Bare>, providers: &Providers) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let through = || {
        let provider = providers.fresh.clone();
        async move { turn(|| through_palisade(&provider, TRIVIAL, None)).await }
    };
    let on_bare = || {
        let bare = Arc::clone(bare);
        async move { turn(|| bare.call(TRIVIAL, None)).await }
    };
    for (name, (one, two)) in
        [("palisade", scaling(&runtime, ROUNDS, through)?), ("bare", scaling(&runtime, ROUNDS, on_bare)?)]
    {
        println!("calls per second, {name}: one thread {one:.0}, two threads {two:.0}, ratio {:.2}", two / one);
    }
    Ok(())
}
