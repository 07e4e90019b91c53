//! Paid jobs through a host that is killed again and again: how many were submitted twice. Prints one line.
//!
//! ```text
//! cargo run -p palisade-tests --example paid -- 10000 1      # jobs, seed
//! ```
//!
//! ```text
//! parent ─► child: a host with a storage, 32 jobs at one time, one in ten dropped ─► upstream: a line for each submission
//!    ▲         │ a line for each job that has ended now
//!    └─ kills it after so many lines, and starts the next, until one gets through all
//! ```

#![allow(clippy::print_stdout, reason = "it is a program that prints")]

use std::{
    collections::BTreeMap,
    env,
    fs::{self, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use futures_util::{StreamExt as _, stream};
use palisade::{
    BoxFuture, Call, CallSettings, Capability, Catalogue, ErrorKind, Host, ModelSettings, Outcome, Provider,
    Registration, Unit, chat,
};
use palisade_chaos::{Act, Chaos};
use rand::{Rng as _, RngExt as _, SeedableRng as _, rngs::StdRng};

/// Jobs at one time.
const AT_ONE_TIME: usize = 32;
/// Of so many calls, one is dropped at its first or second wait.
const DROPPED: u64 = 10;

fn main() -> Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [role, jobs, seed, folder] if role == "child" => {
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(work(jobs.parse()?, seed.parse()?, Path::new(folder)))
        }
        arguments => {
            let number = |index: usize, default: u64| arguments.get(index).map_or(Ok(default), |text| text.parse());
            kill_again_and_again(number(0, 10_000)?, number(1, 1)?)
        }
    }
}

/// Runs children and kills them, and counts what came out.
fn kill_again_and_again(jobs: u64, seed: u64) -> Result<()> {
    let (folder, start) = (tempfile::tempdir()?, Instant::now());
    let mut random = StdRng::seed_from_u64(seed);
    let mut kills = 0;
    while !run_child(jobs, random.next_u64(), folder.path(), random.random_range(1..jobs / 20 + 2))? {
        kills += 1;
    }
    let mut submitted = BTreeMap::<String, u64>::new();
    for line in fs::read_to_string(upstream(folder.path()))?.lines() {
        *submitted.entry(line.to_owned()).or_default() += 1;
    }
    let submissions: u64 = submitted.values().sum();
    let twice = submitted.values().filter(|count| **count > 1).count();
    let ends = fs::read_to_string(folder.path().join("ends"))?;
    let count = |end: &str| ends.lines().filter(|line| *line == end).count();
    let done = count("done") + count("repeated");
    println!(
        "{jobs} jobs, {kills} kills: {submissions} submissions, {twice} of a job twice; at the end {} done, {} uncertain; {:.1} s",
        done,
        count("uncertain"),
        start.elapsed().as_secs_f64()
    );
    ensure!(twice == 0, "jobs were submitted twice");
    ensure!(done + count("uncertain") == jobs as usize, "some jobs have no end");
    Ok(())
}

/// Whether the child got through all jobs before it had printed so many lines.
fn run_child(jobs: u64, seed: u64, folder: &Path, lines: u64) -> Result<bool> {
    let mut child = Command::new(env::current_exe()?)
        .args(["child", &jobs.to_string(), &seed.to_string()])
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()?;
    let output = BufReader::new(child.stdout.take().context("its output is piped")?);
    for (printed, line) in output.lines().enumerate() {
        line?;
        if printed as u64 == lines {
            child.kill()?;
        }
    }
    Ok(child.wait()?.success())
}

/// Makes every job, whatever became of it before; at the end, asks for each once more.
async fn work(jobs: u64, seed: u64, folder: &Path) -> Result<()> {
    let host = Host::builder().storage(folder.join("palisade.redb")).build().await?;
    let prices = Some(vec![palisade::catalogue::Price::new(Unit::Request, "0.04".parse()?)]);
    let settings = ModelSettings { prices, ..ModelSettings::default() };
    host.register("upstream", Registration::native(Upstream::new(folder)).model("chaos".parse()?, settings)).await?;
    let work = stream::iter(0..jobs).map(|job| {
        let mut random = StdRng::seed_from_u64(seed ^ job);
        let is_dropped = random.next_u64().is_multiple_of(DROPPED);
        let waits = random.random_range(1..3_u32);
        let host = &host;
        async move {
            let ask = Box::pin(ask(host, job));
            let end = if is_dropped {
                tokio::time::timeout(Duration::from_micros(u64::from(waits) * 500), ask).await.ok()
            } else {
                Some(ask.await)
            };
            // What was done before the last kill is no progress.
            if !matches!(end, Some(Ok("repeated" | "uncertain"))) {
                println!("{job}");
            }
        }
    });
    work.buffer_unordered(AT_ONE_TIME).collect::<Vec<_>>().await;
    let ends = stream::iter(0..jobs).map(|job| ask(&host, job)).buffered(AT_ONE_TIME).collect::<Vec<_>>().await;
    let ends: Result<Vec<_>> = ends.into_iter().collect();
    fs::write(folder.join("ends"), ends?.join("\n"))?;
    Ok(())
}

/// How a job ends.
async fn ask(host: &Host, job: u64) -> Result<&'static str> {
    let settings = CallSettings { idempotency_key: Some(format!("job-{job}")), ..CallSettings::default() };
    let search = host.find_best_provider(Capability::Chat);
    match search.call(chat::Request::new(format!("job {job}")), settings).await {
        Ok(made) if made.is_repeated => Ok("repeated"),
        Ok(_) => Ok("done"),
        Err(error) if error.kind() == ErrorKind::MaybeBilled => Ok("uncertain"),
        Err(error) => Err(error.into()),
    }
}

fn upstream(folder: &Path) -> PathBuf {
    folder.join("upstream")
}

/// Writes a line for each job that it is given, before it does anything else.
struct Upstream {
    file: PathBuf,
    serves: Chaos,
}

impl Upstream {
    fn new(folder: &Path) -> Self {
        Self { file: upstream(folder), serves: Chaos::always(Act::Serve) }
    }
}

impl Provider for Upstream {
    fn capabilities(&self) -> &[Capability] {
        self.serves.capabilities()
    }

    fn catalogue(&self) -> &Catalogue {
        self.serves.catalogue()
    }

    fn call(&self, call: Call) -> BoxFuture<'_, palisade::Result<Outcome>> {
        Box::pin(async move {
            let failed = |error| palisade::Error::new(ErrorKind::Io, "the upstream cannot write").with_source(error);
            let mut file = OpenOptions::new().append(true).create(true).open(&self.file).map_err(failed)?;
            writeln!(file, "{}", call.options.idempotency_key).map_err(failed)?;
            // It takes a while, in which it is dropped or killed.
            tokio::task::yield_now().await;
            self.serves.call(call).await
        })
    }
}
