//! Keeps one host alive for minutes, with providers that behave well and others that do their worst, and prints whether
//! its memory, descriptors and threads grow, and whether a neighbour notices.
//!
//! `cargo xtask soak` starts it: `soak MINUTES SEED WORKERS`. A seed decides what is done, and not how quickly. The exit
//! code says whether all ended as it should, and whether everything was given back. On Linux only.
//!
//! ```text
//! every action once ─► base ─► the neighbour alone ─► workers act, the neighbour goes on ─► end, compared with base
//! ```

#![allow(clippy::print_stdout, reason = "it is a program that prints")]

mod act;
mod hostile;
mod neighbour;
mod plan;
mod scene;
mod tally;
mod trend;
mod working;

use std::{
    env,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use futures_util::future;
use palisade_tests::Usage;
use peak_alloc::PeakAlloc;
use tokio::time::{interval, sleep, timeout};

use neighbour::{Neighbour, Times};
use plan::Action;
use scene::{NEIGHBOUR, Scene};
use tally::Tally;

/// Counts what is allocated and not given back. What is resident is more: the allocator keeps pages for later.
#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// How often a line is printed.
const EVERY: Duration = Duration::from_secs(10);
/// The longest time in which the neighbour is alone at the beginning; less in a short run.
const CALM: Duration = Duration::from_secs(30);
/// The longest that anything may take before it hangs.
const PATIENCE: Duration = Duration::from_secs(120);
/// The longest that everything may take to be given back.
const SETTLING: Duration = Duration::from_secs(60);
/// Bytes that may stay allocated: why up to a thousand components were refused.
const REMEMBERED: usize = 4 << 20;
/// How long a thread waits for something that blocks before it ends.
const IDLE_THREAD: Duration = Duration::from_secs(1);

/// What is asked for.
#[derive(Debug, Clone, Copy)]
struct Order {
    time: Duration,
    seed: u64,
    workers: usize,
}

/// What there is at some moment.
#[derive(Debug, Clone, Copy)]
struct Sample {
    usage: Usage,
    allocated: usize,
}

impl Sample {
    fn now() -> Result<Self> {
        Ok(Self { usage: Usage::now()?, allocated: ALLOCATED.current_usage() })
    }
}

fn main() -> Result<ExitCode> {
    palisade::init();
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [minutes, seed, workers] = arguments.as_slice() else { bail!("usage: soak MINUTES SEED WORKERS") };
    let order = Order {
        time: Duration::try_from_secs_f64(minutes.parse::<f64>()? * 60.0)?,
        seed: seed.parse()?,
        workers: workers.parse()?,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_keep_alive(IDLE_THREAD).build()?;
    runtime.block_on(soak(order))
}

async fn soak(order: Order) -> Result<ExitCode> {
    let scene = Arc::new(Scene::set().await?);
    let tally = Arc::new(Tally::default());
    println!("Every action once, to begin with. Then `base` is what the host keeps.\n");
    let actions = plan::every_action(&scene.cases);
    run(&scene, &tally, order.workers, move |number| actions.get(usize::try_from(number).ok()?).copied()).await?;
    let base = settle(None).await?;
    let names = scene.host.names();

    let start = Instant::now();
    let neighbour = Neighbour::start(scene.host.get(NEIGHBOUR)?)?;
    header();
    line("base", &tally, base, &neighbour.take()?);
    sleep(CALM.min(order.time / 10)).await;
    let calm = neighbour.take()?;
    line("calm", &tally, Sample::now()?, &calm);

    let over = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&over);
    let planned = Arc::clone(&scene);
    let next = move |number| (!stop.load(Ordering::Relaxed)).then(|| plan::action(order.seed, number, &planned.cases));
    let storm = run(&scene, &tally, order.workers, next);
    let watch = async {
        let (mut samples, mut stormy) = (Vec::new(), Times::new()?);
        let mut pace = interval(EVERY);
        pace.tick().await;
        while start.elapsed() < order.time && !neighbour.has_failed() {
            pace.tick().await;
            let (sample, times) = (Sample::now()?, neighbour.take()?);
            let minutes = start.elapsed().as_secs_f64() / 60.0;
            line(&format!("{minutes:.1}"), &tally, sample, &times);
            stormy.add(&times)?;
            samples.push((minutes / 60.0, sample));
        }
        over.store(true, Ordering::Relaxed);
        anyhow::Ok((samples, stormy))
    };
    let ((), (samples, mut stormy)) = future::try_join(storm, watch).await?;
    stormy.add(&neighbour.take()?)?;
    neighbour.stop().await?;
    let end = settle(Some(base)).await?;
    line("end", &tally, end, &Times::new()?);

    let mut wrong = tally.counts().reasons;
    wrong.extend(left_over(base, end));
    if scene.host.names() != names {
        wrong.push(format!("there were {names:?} in the host, and now {:?}", scene.host.names()));
    }
    grown(&samples);
    noticed(&calm, &stormy);
    Ok(verdict(order, &wrong))
}

/// Does one thing after the other with so many workers, until there is nothing more to do.
async fn run(
    scene: &Arc<Scene>,
    tally: &Arc<Tally>,
    workers: usize,
    action: impl Fn(u64) -> Option<Action> + Send + Sync + 'static,
) -> Result<()> {
    let next = Arc::new((AtomicU64::new(0), action));
    let workers = (0..workers).map(|_| {
        let (scene, tally, next) = (Arc::clone(scene), Arc::clone(tally), Arc::clone(&next));
        tokio::spawn(async move {
            loop {
                let number = next.0.fetch_add(1, Ordering::Relaxed);
                let Some(action) = next.1(number) else { return };
                let ended = timeout(PATIENCE, act::perform(&scene, action, number)).await;
                let ended = ended.unwrap_or_else(|_| bail!("it took longer than {PATIENCE:?}"));
                tally.add(ended.map_err(|error| format!("action {number}, {action:?}: {error:#}")));
            }
        })
    });
    future::try_join_all(workers).await.context("a worker panicked")?;
    Ok(())
}

/// Waits until there is no more than there was, or without that until nothing changes any more.
async fn settle(base: Option<Sample>) -> Result<Sample> {
    let start = Instant::now();
    let mut last = Sample::now()?;
    let mut same = 0;
    loop {
        sleep(IDLE_THREAD / 4).await;
        let sample = Sample::now()?;
        let counts = |Sample { usage, .. }: Sample| (usage.descriptors, usage.threads, usage.children);
        same = if counts(sample) == counts(last) { same + 1 } else { 0 };
        last = sample;
        let settled = match base {
            Some(base) => left_over(base, sample).is_empty(),
            // Longer than any thread and any kept instance waits.
            None => same > 12,
        };
        if settled || start.elapsed() > SETTLING {
            return Ok(sample);
        }
    }
}

/// What was not given back.
fn left_over(base: Sample, end: Sample) -> Vec<String> {
    let allocated = (base.allocated, end.allocated);
    let (base, end) = (base.usage, end.usage);
    let counts = [
        ("descriptors", base.descriptors, end.descriptors),
        ("threads", base.threads, end.threads),
        ("child processes", base.children, end.children),
    ];
    let more = counts.into_iter().filter(|(_, base, end)| end > base);
    let mut left: Vec<_> = more.map(|(what, base, end)| format!("there were {base} {what}, and now {end}")).collect();
    if allocated.1 > allocated.0 + REMEMBERED {
        left.push(format!("there were {} bytes allocated, and now {}", allocated.0, allocated.1));
    }
    left
}

fn header() {
    println!(
        "| minute | actions | served | refused | failed as expected | dropped | wrong | resident, MiB | allocated, MiB | descriptors \
         | threads | children | neighbour: calls | p50, ms | p99, ms | p99 when due, ms |"
    );
    println!("|{}", "--:|".repeat(16));
}

fn line(minute: &str, tally: &Tally, sample: Sample, times: &Times) {
    let Usage { resident_kib, descriptors, threads, children } = sample.usage;
    let (resident, allocated) = (resident_kib as f64 / 1024.0, sample.allocated as f64 / (1024.0 * 1024.0));
    let counts = tally.counts();
    println!(
        "| {minute} | {counts} | {resident:.1} | {allocated:.1} | {descriptors} | {threads} | {children} | {} | {:.2} | {:.2} | {:.2} |",
        times.calls(),
        times.begun.quantile(0.5),
        times.begun.quantile(0.99),
        times.due.quantile(0.99)
    );
}

/// What may grow: resident and allocated megabytes, descriptors, threads.
fn figures(Sample { usage, allocated }: Sample) -> [f64; 4] {
    let resident = usage.resident_kib as f64 * 1024.0 / 1e6;
    [resident, allocated as f64 / 1e6, usage.descriptors as f64, usage.threads as f64]
}

/// Prints what grew in the second half.
fn grown(samples: &[(f64, Sample)]) {
    let late = samples.get(samples.len() / 2..).unwrap_or_default();
    println!("\nGrowth per hour, by least squares over the second half ({} lines):", late.len());
    for (place, what) in ["MB resident", "MB allocated", "descriptors", "threads"].into_iter().enumerate() {
        let points = late.iter().filter_map(|&(hours, sample)| Some((hours, *figures(sample).get(place)?)));
        let points: Vec<_> = points.collect();
        println!("{}", trend::slope(&points).map_or(format!("unknown {what}"), |slope| format!("{slope:+.1} {what}")));
    }
    println!();
}

/// Prints what the neighbour noticed.
fn noticed(calm: &Times, stormy: &Times) {
    println!("Calls of the neighbour: {} alone, {} beside the others", calm.calls(), stormy.calls());
    for (what, alone, beside) in
        [("its calls", &calm.begun, &stormy.begun), ("its calls from when they were due", &calm.due, &stormy.due)]
    {
        let (alone, beside) = (alone.quantile(0.99), beside.quantile(0.99));
        println!("p99 of {what}: {alone:.2} ms alone, {beside:.2} ms beside the others: {:.1} times", beside / alone);
    }
}

fn verdict(order: Order, wrong: &[String]) -> ExitCode {
    if wrong.is_empty() {
        println!("ok: everything ended as it should, and everything was given back");
        return ExitCode::SUCCESS;
    }
    println!("FAILED with seed {}:\n\n- {}", order.seed, wrong.join("\n- "));
    ExitCode::FAILURE
}
