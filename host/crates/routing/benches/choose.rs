//! What a choice costs, and what it needs: by the number of endpoints, for a call and with an explanation; what it costs to arrange
//! the endpoints, and to record how a call ended.
//!
//! Criterion tells the mean of many; `cargo bench -p palisade-routing -- distribution` tells how single choices spread, and what
//! memory the endpoints take.

#![allow(clippy::print_stdout, reason = "the figures are what this is for")]
#![allow(clippy::unwrap_used, reason = "what the bench makes up is sound")]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{BatchSize, Criterion};
use hdrhistogram::Histogram;
use palisade_core::{
    Capability, Dimensions, PicoUsd, Request, Unit,
    catalogue::{FailureBilling, Model, Parameter, ParameterSpec, Price, Range},
    text_to_image,
};
use palisade_routing::{Endpoint, Index, Live, Need, Overrides};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Capabilities that are served. The same number always, so that figures of different versions are of the same endpoints.
const CAPABILITIES: usize = 12;
/// Endpoints, of which each serves one of these capabilities.
const ENDPOINTS: [usize; 4] = [10, 1_000, 10_000, 100_000];
/// What the targets are for: about 830 serve each capability.
const TARGET: usize = 10_000;
/// Single choices that are timed.
const CHOICES: usize = 200_000;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    choices(&mut criterion);
    arranging(&mut criterion);
    recording(&mut criterion);
    criterion.final_summary();
    if !std::env::args().any(|argument| ["--test", "--list", "--profile-time"].contains(&argument.as_str())) {
        memory();
        distribution();
        from_two_threads();
    }
}

fn choices(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("choose");
    for endpoints in ENDPOINTS {
        let (index, need) = (Index::new(make(endpoints, diverse)), need());
        group.bench_function(format!("{endpoints} endpoints"), |bencher| {
            bencher.iter(|| index.choose(black_box(&need), Instant::now(), &[]));
        });
    }
    for (name, index, need) in cases() {
        group.bench_function(name, |bencher| bencher.iter(|| index.choose(black_box(&need), Instant::now(), &[])));
    }
    group.finish();
    let (index, need) = (Index::new(make(TARGET, diverse)), need());
    criterion.bench_function("record/10000 endpoints", |bencher| {
        bencher.iter_batched(|| need.clone(), |need| index.record(need, Instant::now()), BatchSize::SmallInput);
    });
    criterion.bench_function("explain/10000 endpoints", |bencher| {
        bencher.iter_with_large_drop(|| index.explain(black_box(&need), Instant::now()));
    });
    let decision = index.explain(&need, Instant::now()).unwrap();
    criterion.bench_function("read/10000 endpoints", |bencher| {
        bencher.iter_with_large_drop(|| serde_json::to_string(black_box(&decision)).unwrap());
    });
}

/// Ways to choose among as many as the targets are for.
fn cases() -> Vec<(&'static str, Index, Need)> {
    let index = || Index::new(make(TARGET, diverse));
    let limited = Need { max_price: Some(PicoUsd(50_000_000_000)), features: vec!["seed".parse().unwrap()], ..need() };
    let named = Need { model: Some("family/model-0".to_owned()), ..need() };
    vec![
        ("price limit and a feature", index(), limited),
        ("24 of a name", index(), named),
        ("all alike", Index::new(make(TARGET, alike)), need()),
    ]
}

fn arranging(criterion: &mut Criterion) {
    let endpoints = make(TARGET, diverse);
    criterion.bench_function("arrange/10000 endpoints", |bencher| {
        bencher.iter_batched(|| endpoints.clone(), Index::new, BatchSize::LargeInput);
    });
}

fn recording(criterion: &mut Criterion) {
    let (live, now) = (Live::default(), Instant::now());
    let took = Duration::from_secs(1);
    criterion.bench_function("outcome/success", |bencher| bencher.iter(|| live.begin(now).succeeded(took, now)));
}

/// The time of an outcome where two threads tell of the same endpoint.
fn from_two_threads() {
    const OUTCOMES: u32 = 1_000_000;
    let (live, now) = (Live::default(), Instant::now());
    let record = || (0..OUTCOMES).for_each(|_| live.begin(now).succeeded(Duration::from_secs(1), now));
    let start = Instant::now();
    std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(record))));
    println!("outcome, two threads on one endpoint: {:?} for one of each", start.elapsed() / OUTCOMES);
}

fn memory() {
    let before = ALLOCATOR.current_usage();
    let endpoints = make(TARGET, diverse);
    let of_endpoints = ALLOCATOR.current_usage() - before;
    let index = Index::new(endpoints.iter().cloned());
    let of_index = ALLOCATOR.current_usage() - before - of_endpoints;
    println!("memory of an endpoint: {} B, and {} B in the index", of_endpoints / TARGET, of_index / TARGET);
    drop(index);
}

/// How single choices spread, and whether they need memory.
fn distribution() {
    let target = ("10000 endpoints", Index::new(make(TARGET, diverse)), need());
    for (name, index, mut need) in cases().into_iter().chain([target]) {
        let mut times = Histogram::<u64>::new_with_bounds(1, 1_000_000_000, 3).unwrap();
        let now = Instant::now();
        ALLOCATOR.reset_peak_usage();
        let before = ALLOCATOR.current_usage();
        for seed in 0..CHOICES as u64 {
            need.seed = seed;
            let start = Instant::now();
            drop(black_box(index.choose(&need, now, &[])));
            times.record(u64::try_from(start.elapsed().as_nanos()).unwrap()).unwrap();
        }
        let [p50, p99] = [0.5, 0.99].map(|quantile| times.value_at_quantile(quantile));
        let grown = ALLOCATOR.peak_usage() - before;
        println!("choose, {name}: p50 {p50} ns, p99 {p99} ns, {grown} B of memory");
    }
}

/// A picture of a size.
fn need() -> Need {
    let size = Dimensions::Pixels(1024, 768);
    Need::new(&Request::from(text_to_image::Request { size, ..text_to_image::Request::new("a red fox") }))
}

/// So many endpoints, which differ as `change` says.
fn make(count: usize, change: impl Fn(usize, &mut Endpoint)) -> Vec<Arc<Endpoint>> {
    let endpoint = |number: usize| {
        let capability = Capability::ALL.get(number % CAPABILITIES).unwrap();
        let model = Model::new(format!("model-{}", number / 100).parse().unwrap(), &[*capability]);
        let mut endpoint = Endpoint {
            provider: format!("provider-{number}").parse().unwrap(),
            model,
            overrides: Overrides::default(),
            bills_on_failure: FailureBilling::Never,
            quality: None,
            prior_latency: None,
            live: Live::of(number),
        };
        change(number, &mut endpoint);
        Arc::new(endpoint)
    };
    (0..count).map(endpoint).collect()
}

fn alike(_: usize, endpoint: &mut Endpoint) {
    endpoint.model.prices = Some(vec![]);
}

/// Prices, qualities, parameters, and what was measured, of all sizes.
fn diverse(number: usize, endpoint: &mut Endpoint) {
    // Numbers that look random.
    let any = |what: u64, most: u64| {
        let mixed = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ what.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 29)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 33) % most
    };
    let price = |unit, most| Price::new(unit, PicoUsd(any(1, most) * 1_000_000));
    let model = &mut endpoint.model;
    model.model_ref = Some(format!("family/model-{}", any(2, 35)));
    model.prices = Some(vec![price(Unit::Image, 100_000), price(Unit::Megapixel, 50_000)]);
    model.max_concurrency = (any(3, 2) == 0).then_some(4);
    let range = |most: f64| ParameterSpec::Integer(Range { min: 64.0, max: most, step: Some(8.0) });
    let most = 1024.0 + 512.0 * any(4, 3) as f64;
    model.parameters =
        [("width", range(most)), ("height", range(most)), ("seed", ParameterSpec::Text { max_length: 20 })]
            .map(|(name, spec)| Parameter { name: name.to_owned(), spec })
            .into();
    endpoint.quality = (any(5, 2) == 0).then(|| any(6, 100) as f64 / 100.0);
    let now = Instant::now();
    for call in 0..any(7, 10) {
        endpoint.live.begin(now).succeeded(Duration::from_millis(200 + any(8 + call, 5000)), now);
    }
    if any(20, 3) == 0 {
        endpoint.live.begin(now).failed(now, None);
    }
}
