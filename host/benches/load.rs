//! How long it takes to load a provider whose compiled code is in the cache, beside compiling it and beside the engine
//! alone; and what a call costs whose provider runs in a process of its own.
//!
//! `cargo bench -p palisade --bench load` prints the figures; arguments that are paths name more components to load.

#![allow(clippy::print_stdout, reason = "the figures are what this is for")]

use std::{
    env,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use criterion::Criterion;
use palisade::{CachePlace, CallSettings, Host, Isolation, LoadEvent, ProviderHandle, Registration, text_to_image};
use tokio::runtime::Runtime;
use wasmtime::{
    Engine, Result,
    component::{Component, Linker},
    ensure,
    error::Context as _,
};

#[allow(dead_code, reason = "other benches use all of it")]
mod bare;
#[allow(dead_code, reason = "other benches use all of it")]
mod rounds;

use bare::{Profile, engine};
use rounds::compare;

/// How many rounds there are, of which the medians are told.
const ROUNDS: usize = 21;
/// Functions that make a component as large as one that has an interpreter in it, and what each of them does so often.
const FUNCTIONS: usize = 10_800;
const STEPS: usize = 150;

fn main() -> Result<()> {
    palisade::init();
    if env::args().any(|argument| ["--test", "--list"].contains(&argument.as_str())) {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut criterion = Criterion::default().measurement_time(Duration::from_secs(3)).sample_size(20);
    loads(&mut criterion, &runtime)?;
    criterion.final_summary();
    in_a_process(&runtime)
}

fn built(component: &str) -> Result<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target").join(component);
    std::fs::read(&path).with_context(|| format!("cannot read {}: run `cargo xtask guests` first", path.display()))
}

/// Registers each component again and again, with nothing of it in the host in between.
fn loads(criterion: &mut Criterion, runtime: &Runtime) -> Result<()> {
    let mut components = vec![("trivial".to_owned(), built("hostile/trivial.wasm")?)];
    for name in ["eliza", "card"] {
        components.push((name.to_owned(), built(&format!("providers/{name}.wasm"))?));
    }
    components.push(("trivial with an interpreter's weight".to_owned(), heavy(built("hostile/trivial.wasm")?)));
    for path in env::args().skip(1).map(PathBuf::from).filter(|path| path.is_file()) {
        components.push((path.display().to_string(), std::fs::read(&path)?));
    }

    let folder = tempfile::tempdir()?;
    let place = CachePlace::Folder { path: folder.path().join("cache"), max_bytes: u64::MAX };
    let (compiled, code) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicU64::new(0)));
    let (count, size) = (Arc::clone(&compiled), Arc::clone(&code));
    let observe = move |_: &_, event| {
        if let LoadEvent::Compiled { code_bytes, .. } = event {
            count.fetch_add(1, Ordering::Relaxed);
            size.store(code_bytes, Ordering::Relaxed);
        }
    };
    let host = runtime.block_on(Host::builder().cache(place).on_load(observe).build())?;
    let engine = engine(Profile::SANDBOX)?;
    let mut group = criterion.benchmark_group("load from the cache");
    let count = components.len();
    for (name, component) in components {
        let load = async || {
            host.register("loaded", component.clone()).await?;
            host.unregister("loaded").await
        };
        let start = Instant::now();
        runtime.block_on(load())?;
        let (bytes, code, first) = (component.len(), code.load(Ordering::Relaxed), start.elapsed());
        println!("{name}: {bytes} bytes, {code} bytes of code, compiled and loaded in {first:.2?}");
        let failed = AtomicUsize::new(0);
        let counted = async || match load().await {
            Ok(_) => {}
            Err(_) => drop(failed.fetch_add(1, Ordering::Relaxed)),
        };
        group.bench_function(&name, |bencher| bencher.to_async(runtime).iter(counted));
        ensure!(failed.load(Ordering::Relaxed) == 0, "{name} was not loaded again");
        let file = folder.path().join("compiled");
        std::fs::write(&file, engine.precompile_component(&component)?)?;
        let alone = async || load_alone(&engine, &file);
        let beside = async || Ok(load().await?);
        let (one, other, ratio) = runtime.block_on(compare(ROUNDS, alone, beside))?;
        println!("{name}: {one:.0} us on the engine alone, {other:.0} us, ratio {ratio:.1}\n");
    }
    group.finish();
    let compiled = compiled.load(Ordering::Relaxed);
    ensure!(compiled == count, "{compiled} of {count} components were compiled: they do not come from the cache");
    Ok(())
}

/// Loads what this program has compiled into a file, and links it. Nothing is checked, and the guest is not asked what it is.
#[expect(unsafe_code, reason = "the engine cannot know where code comes from")]
fn load_alone(engine: &Engine, file: &Path) -> Result<()> {
    let code = std::fs::read(file)?;
    // SAFETY: this program has written the file, in a folder of its own.
    let component = unsafe { Component::deserialize(engine, code)? };
    let mut linker = Linker::<()>::new(engine);
    linker.define_unknown_imports_as_traps(&component)?;
    linker.instantiate_pre(&component).map(drop)
}

/// The component with so much code beside its own that it is as large as one with an interpreter in it.
fn heavy(mut component: Vec<u8>) -> Vec<u8> {
    // local.get 0, local.get 0, i32.load offset=1000, i32.add, local.set 0
    let step = [0x20, 0, 0x20, 0, 0x28, 2, 0xe8, 0x07, 0x6a, 0x21, 0];
    let body = [&[0][..], &step.repeat(STEPS), &[0x20, 0, 0x0b]].concat();
    let function = [number(body.len()), body].concat();
    let code = [number(FUNCTIONS), function.repeat(FUNCTIONS)].concat();
    let functions = [number(FUNCTIONS), vec![0; FUNCTIONS]].concat();
    let module = [
        b"\0asm\x01\0\0\0".to_vec(),
        // One type: from i32 to i32. One memory of a page.
        section(1, &[1, 0x60, 1, 0x7f, 1, 0x7f]),
        section(3, &functions),
        section(5, &[1, 0, 1]),
        section(10, &code),
    ];
    component.extend(section(1, &module.concat()));
    component
}

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id][..], &number(content.len()), content].concat()
}

/// A number as WebAssembly writes it.
fn number(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// Calls the same provider in this process and in one of its own.
fn in_a_process(runtime: &Runtime) -> Result<()> {
    let component = built("hostile/trivial.wasm")?;
    runtime.block_on(async {
        let host = Host::builder().cache(CachePlace::Nowhere).build().await?;
        host.register("here", component.clone()).await?;
        let there = Registration::bytes(component.clone()).isolation(Isolation::Process);
        let start = Instant::now();
        if let Err(error) = host.register("there", there).await {
            println!("no call in a process of its own: {error}");
            return Ok(());
        }
        println!("\nloaded into a process of its own: {:.1?}, of which its code is there already", start.elapsed());
        let (here, there) = (host.get("here")?, host.get("there")?);
        for (what, bytes) in [("a fresh call", 0), ("1 MiB in and out", 1 << 20)] {
            let (one, other, ratio) = compare(ROUNDS, || back(&here, bytes), || back(&there, bytes)).await?;
            println!("{what}: {one:.1} us in this process, {other:.1} us in one of its own, ratio {ratio:.1}");
        }
        Ok(())
    })
}

/// Has a provider give back so many bytes.
async fn back(provider: &ProviderHandle, bytes: usize) -> Result<usize> {
    let mut request = text_to_image::Request::new(if bytes == 0 { "a red fox" } else { "back" });
    if bytes > 0 {
        let data = vec![1; bytes];
        request.references.push(palisade::Media { media_type: "image/x-raw".to_owned(), data });
    }
    let made = provider.call(request, CallSettings::default()).await?;
    let image = made.response.images.first().context("no picture")?;
    Ok(image.content.data.len())
}
