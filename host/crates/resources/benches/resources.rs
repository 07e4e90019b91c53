//! What it costs to find a resource, to make a configuration into a value, and to have a registry, beside a map and `serde_json` alone.
//!
//! Criterion tells the times; memory is told at the end.

#![allow(clippy::print_stdout, reason = "the figures are what this is for")]
#![allow(clippy::unwrap_used, reason = "what the bench makes up is sound")]

use std::{collections::HashMap, hint::black_box, sync::Arc};

use criterion::{BatchSize, Criterion, Throughput};
use palisade_resources::{Entry, Loaded, Resource, ResourceId, Resources};
use peak_alloc::PeakAlloc;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Resources of a registry.
const RESOURCES: usize = 1_000;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Resource)]
#[resource(kind = "model")]
struct Llama {
    #[resource(name)]
    name: String,
    #[schemars(range(min = 1))]
    context_tokens: u32,
    #[serde(default)]
    temperature: f64,
    stop: Vec<String>,
    retry: Retry,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct Retry {
    attempts: u32,
    #[serde(default = "half")]
    jitter: f64,
}

fn half() -> f64 {
    0.5
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    lookup(&mut criterion);
    instantiate(&mut criterion);
    write(&mut criterion);
    criterion.final_summary();
    if !std::env::args().any(|argument| ["--test", "--list", "--profile-time"].contains(&argument.as_str())) {
        memory();
    }
}

fn name(number: usize) -> String {
    format!("llama-{number}")
}

fn data(number: usize) -> Value {
    let stop = ["</s>", "\n\n"];
    json!({"name": name(number), "context_tokens": 8192, "temperature": 0.2, "stop": stop, "retry": {"attempts": 3, "jitter": 0.5}})
}

fn entries(count: usize) -> Vec<Entry> {
    let id = |number| format!("model:{}", name(number)).parse::<ResourceId>().unwrap();
    (0..count).map(|number| Entry::data(id(number), data(number)).unwrap()).collect()
}

fn filled(count: usize) -> Resources {
    let resources = Resources::strict();
    resources.register_type::<Llama>().unwrap();
    assert!(resources.register_many(entries(count)).iter().all(Result::is_ok));
    resources
}

fn lookup(criterion: &mut Criterion) {
    let wanted = name(RESOURCES / 2);
    let (of_data, typed) = (filled(RESOURCES), Resources::strict());
    for number in 0..RESOURCES {
        typed.register(&serde_json::from_value::<Llama>(data(number)).unwrap()).unwrap();
    }
    let values: HashMap<String, Value> = (0..RESOURCES).map(|number| (name(number), data(number))).collect();
    let ready: HashMap<String, Arc<Llama>> =
        values.iter().map(|(name, value)| (name.clone(), Arc::new(Llama::deserialize(value).unwrap()))).collect();
    let mut group = criterion.benchmark_group("lookup");
    group.bench_function("get, registered value", |bencher| {
        bencher.iter(|| typed.get::<Llama>(black_box(&wanted)).unwrap());
    });
    group.bench_function("get, registered data", |bencher| {
        bencher.iter(|| of_data.get::<Llama>(black_box(&wanted)).unwrap());
    });
    group.bench_function("peer: HashMap of Arc", |bencher| {
        bencher.iter(|| Arc::clone(ready.get(black_box(&wanted)).unwrap()));
    });
    group.bench_function("peer: HashMap and serde_json::from_value", |bencher| {
        bencher.iter(|| serde_json::from_value::<Llama>(values.get(black_box(&wanted)).unwrap().clone()).unwrap());
    });
    group.finish();
}

fn instantiate(criterion: &mut Criterion) {
    let resources = filled(1);
    resources.register_data("config:retry".parse().unwrap(), json!({"attempts": 3})).unwrap();
    let plain = Loaded::plain(data(1));
    let mut referring = data(1);
    *referring.pointer_mut("/retry").unwrap() = json!({"$ref": "config:retry"});
    let referring = Loaded::plain(referring);
    let schema = schemars::generate::SchemaSettings::draft2020_12()
        .with(|settings| settings.inline_subschemas = true)
        .into_generator()
        .into_root_schema_for::<Llama>();
    let validator = jsonschema::validator_for(schema.as_value()).unwrap();
    let value = data(1);
    let mut group = criterion.benchmark_group("instantiate");
    group.bench_function("build", |bencher| bencher.iter(|| resources.build::<Llama>(black_box(&plain)).unwrap()));
    group.bench_function("build, with a reference", |bencher| {
        bencher.iter(|| resources.build::<Llama>(black_box(&referring)).unwrap());
    });
    group.bench_function("peer: serde_json::from_value", |bencher| {
        bencher.iter(|| serde_json::from_value::<Llama>(black_box(&value).clone()).unwrap());
    });
    group.bench_function("peer: jsonschema", |bencher| bencher.iter(|| validator.is_valid(black_box(&value))));
    group.bench_function("peer: jsonschema and serde_json::from_value", |bencher| {
        bencher.iter(|| {
            assert!(validator.is_valid(black_box(&value)));
            serde_json::from_value::<Llama>(value.clone()).unwrap()
        });
    });
    group.finish();
}

fn write(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("write");
    let resources = filled(RESOURCES);
    let replacing: Llama = serde_json::from_value(data(RESOURCES / 2)).unwrap();
    group.bench_function("replace one of 1000", |bencher| bencher.iter(|| resources.replace(&replacing).unwrap()));
    group.throughput(Throughput::Elements(RESOURCES as u64));
    group.bench_function("register 1000 together", |bencher| {
        let make = || {
            let resources = Resources::strict();
            resources.register_type::<Llama>().unwrap();
            (resources, entries(RESOURCES))
        };
        bencher.iter_batched(make, |(resources, entries)| resources.register_many(entries), BatchSize::LargeInput);
    });
    group.finish();
}

fn memory() {
    const MANY: usize = 1_000;
    let before = ALLOCATOR.current_usage();
    let empty: Vec<Resources> = (0..MANY).map(|_| Resources::strict()).collect();
    let each = (ALLOCATOR.current_usage() - before) / MANY;
    println!("memory of an empty registry: {each} B, with the place in a list that it takes");
    drop(empty);
    let before = ALLOCATOR.current_usage();
    let resources = filled(RESOURCES);
    println!("memory of a resource that is data and a value: {} B", (ALLOCATOR.current_usage() - before) / RESOURCES);
    drop(resources);
}
