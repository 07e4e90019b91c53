//! What it costs to look again for a thousand plugins of which nothing or one has changed, beside finding and loading all of them anew.
//!
//! `cargo bench -p palisade --bench discovery` prints the figures, and fails where a look that finds one change takes more than [`SHARE`] of
//! what loading all takes.

#![allow(clippy::print_stdout, reason = "the figures are what this is for")]

use std::{
    env, fs,
    path::Path,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, Result, ensure};
use palisade::{CachePlace, Discovery, DiscoveryReport, DiscoveryState, Host};

/// Plugins.
const MANY: usize = 1000;
/// Looks of each kind, of which the median is told.
const ROUNDS: u8 = 21;
/// What a look that finds one change may take of the time that all take.
const SHARE: f64 = 0.1;

fn main() -> Result<()> {
    palisade::init();
    if env::args().any(|argument| ["--test", "--list"].contains(&argument.as_str())) {
        return Ok(());
    }
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run())
}

async fn run() -> Result<()> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/hostile/trivial.wasm");
    let component = fs::read(built).context("run `cargo xtask guests` first")?;
    let folder = tempfile::tempdir()?;
    let plugins = folder.path().join("plugins");
    fs::create_dir(&plugins)?;
    // Of each the code is compiled once.
    let [one_version, other_version] = [0, 1].map(|number| [&component[..], &[0, 3, 1, b'n', number]].concat());
    for number in 0..MANY {
        put(&plugins.join(format!("plugin-{number}.wasm")), &one_version)?;
    }
    let open = async || {
        let cache = CachePlace::Folder { path: folder.path().join("cache"), max_bytes: 1 << 30 };
        Host::builder().cache(cache).discovery(Discovery::default().folder(&plugins)).build().await
    };
    let host = open().await?;
    ensure!(host.names().len() == MANY, "{} of {MANY} are there", host.names().len());
    let changed = plugins.join("plugin-500.wasm");
    put(&changed, &other_version)?;
    check(&host.refresh().await?, 1)?;

    let (mut nothing, mut one, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let begun = Instant::now();
        check(&host.refresh().await?, 0)?;
        nothing.push(begun.elapsed());
        put(&changed, if round % 2 == 0 { &one_version } else { &other_version })?;
        let begun = Instant::now();
        check(&host.refresh().await?, 1)?;
        one.push(begun.elapsed());
    }
    host.shutdown(Duration::ZERO).await;
    for _ in 0..3 {
        let begun = Instant::now();
        let host = open().await?;
        all.push(begun.elapsed());
        ensure!(host.names().len() == MANY, "{} of {MANY} are there", host.names().len());
        host.shutdown(Duration::ZERO).await;
    }
    let [nothing, one, all] = [nothing, one, all].map(median);
    let [told_nothing, told_one, told_all] = [nothing, one, all].map(|time| format!("{time:.1?}"));
    let times = all.as_secs_f64() / one.as_secs_f64();
    println!("of {MANY} plugins, with their code in the cache:");
    println!("  a look that finds nothing new   {told_nothing:>8}");
    println!("  a look that finds one changed   {told_one:>8}, and has it take the place of the one before");
    println!("  all found and loaded anew       {told_all:>8}, {times:.0} times as long");
    ensure!(
        one.as_secs_f64() <= SHARE * all.as_secs_f64(),
        "a look that finds one change takes {one:.1?} of {all:.1?}"
    );
    Ok(())
}

/// Fails where something else was replaced than so many.
fn check(report: &DiscoveryReport, replaced: usize) -> Result<()> {
    let found = report.found.iter().filter(|item| item.state == DiscoveryState::Replaced).count();
    ensure!(found == replaced && report.found.len() == MANY, "{found} were replaced, and not {replaced}");
    Ok(())
}

/// Writes a file as if it had been there for long, so that nobody waits until it is complete.
fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, bytes)?;
    fs::File::options().write(true).open(&new)?.set_modified(SystemTime::now() - Duration::from_secs(3600))?;
    Ok(fs::rename(new, path)?)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
