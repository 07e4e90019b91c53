//! What it costs a component to ask a store that it is lent, beside the same question from the host, and the store alone.
//!
//! `cargo bench -p palisade --bench lending`, after `cargo xtask guests`.

use std::{hint::black_box, path::Path};

use anyhow::{Context as _, Result, ensure};
use criterion::Criterion;
use palisade::{
    CachePlace, Host, Isolation, ProviderHandle, Registration, Reuse, StoreLoan, chat, key_value_store,
    stores::KeyValueStore,
};
use tokio::runtime::Runtime;

/// Where the component runs, and what its provider is called there.
const PLACES: [(&str, Isolation); 2] = [("process of the host", Isolation::InProcess), ("worker", Isolation::Process)];

fn main() -> Result<()> {
    palisade::init();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/hostile/hostile.wasm");
    let component = std::fs::read(&path)
        .with_context(|| format!("cannot read {}: run `cargo xtask guests` first", path.display()))?;
    let entry = || key_value_store::Entry::new("k", [b'v'; 256]);
    let alone = KeyValueStore::in_memory();
    runtime.block_on(alone.ask(key_value_store::Request::set([entry()])))?;
    let (_host, store, askers) = runtime.block_on(async {
        let host = Host::builder().cache(CachePlace::Nowhere).build().await?;
        host.register("values", Registration::native(KeyValueStore::in_memory())).await?;
        let mut askers = Vec::new();
        for (number, (name, place)) in PLACES.into_iter().enumerate() {
            let loan = StoreLoan::new("values".parse()?).within("all".parse()?);
            let asking = Registration::bytes(component.clone()).config("behaviour", "stores").isolation(place);
            let reuse = Reuse { calls: u32::MAX, ..Reuse::default() };
            let id = format!("asker-{number}");
            host.register(id.as_str(), asking.reuse(reuse).lend("values".parse()?, loan)).await?;
            askers.push((name, host.get(&id)?));
        }
        let store = host.get("values")?;
        store.key_value_store(key_value_store::Request::set([entry()]).within("all")).await?;
        anyhow::Ok((host, store, askers))
    })?;

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("get a value");
    group.bench_function("peer: of the store alone", |bencher| {
        bencher.iter(|| black_box(runtime.block_on(alone.ask(key_value_store::Request::get(["k"])))));
    });
    group.bench_function("by the host", |bencher| {
        let get = || key_value_store::Request::get(["k"]).within("all");
        bencher.iter(|| black_box(runtime.block_on(store.key_value_store(get()))));
    });
    for (name, asker) in &askers {
        ensure!(say(&runtime, asker, "values values get k")?.len() == 256, "it is not what is kept");
        group.bench_function(format!("peer: a call that asks for nothing, {name}"), |bencher| {
            bencher.iter(|| say(&runtime, asker, "lent"));
        });
        group.bench_function(format!("by a component, {name}"), |bencher| {
            bencher.iter(|| say(&runtime, asker, "values values get k"));
        });
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}

fn say(runtime: &Runtime, asker: &ProviderHandle, prompt: &str) -> Result<String> {
    Ok(runtime.block_on(asker.call(chat::Request::new(prompt), Default::default()))?.response.text)
}
