//! What it costs to have a tenant: to make a context, to find one, and the memory of one that is empty; beside making a host, which is
//! what each tenant would need without contexts.
//!
//! `cargo bench -p palisade --bench contexts` prints the figures, and fails where an empty context takes more than [`MOST_BYTES`].

#![allow(clippy::print_stdout, reason = "the figures are what this is for")]

use std::{env, hint::black_box, time::Duration};

use anyhow::{Result, ensure};
use criterion::{BatchSize, Criterion};
use palisade::{CachePlace, Context, Host};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What an empty context may take.
const MOST_BYTES: usize = 10 * 1024;
/// Contexts of which the memory is counted, and among which one is found.
const MANY: usize = 1000;

fn main() -> Result<()> {
    palisade::init();
    if env::args().any(|argument| ["--test", "--list"].contains(&argument.as_str())) {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _entered = runtime.enter();
    let open = || runtime.block_on(Host::builder().cache(CachePlace::Nowhere).build());
    let host = open()?;
    memory(&host)?;

    let mut criterion = Criterion::default().measurement_time(Duration::from_secs(3)).sample_size(50);
    let mut group = criterion.benchmark_group("context");
    let mut number = 0_u64;
    group.bench_function("made, among many", |bencher| {
        bencher.iter_batched(
            || {
                number += 1;
                format!("new-{number}")
            },
            |name| host.context(name),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("found by name among 1000", |bencher| {
        bencher.iter(|| host.context_if_exists(black_box("tenant-500")));
    });
    group.bench_function("peer: a host of its own", |bencher| bencher.iter_with_large_drop(open));
    group.finish();
    criterion.final_summary();
    Ok(())
}

/// Counts what empty contexts take.
fn memory(host: &Host) -> Result<()> {
    let before = ALLOCATOR.current_usage();
    let made: Vec<Context> =
        (0..MANY).map(|number| host.context(format!("tenant-{number}"))).collect::<Result<_, _>>()?;
    let each = ALLOCATOR.current_usage().saturating_sub(before) / made.len();
    println!("an empty context takes {each} bytes, of {MANY}");
    ensure!(each <= MOST_BYTES, "an empty context takes {each} bytes, and may take {MOST_BYTES}");
    Ok(())
}
