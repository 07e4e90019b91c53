//! Starts hosts and kills them, and counts what became of the jobs.

use std::{
    collections::BTreeSet,
    fmt,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use palisade_core::{Request, Scope, text_to_image};
use palisade_storage::{Begin, Options, RequestHash, Storage};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{COST, FOLDER, MARK, RESERVED, SEED, upstream::Upstream};

/// What is to be done.
pub(crate) struct Start {
    /// How many jobs.
    pub(crate) jobs: u32,
    /// What random choices begin with.
    pub(crate) seed: u64,
    /// A child is killed after at most so many lines.
    pub(crate) lines: u32,
    /// How a child is started: a program that calls `was_child` first.
    pub(crate) child: fn() -> Result<Command>,
}

/// What became of the jobs.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Report {
    pub(crate) jobs: u32,
    pub(crate) kills: u32,
    pub(crate) restarts: u32,
    pub(crate) submissions: u32,
    /// Jobs that were submitted more than once.
    pub(crate) doubles: u32,
    pub(crate) finished: u32,
    pub(crate) uncertain: u32,
    /// Jobs that are uncertain and were submitted.
    pub(crate) uncertain_and_submitted: u32,
    pub(crate) replays: u32,
    pub(crate) time: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} jobs, {} kills, {} restarts, {} submissions, {} doubles, {} finished, {} uncertain ({} of them submitted), {} \
             replays, {:.1} s",
            self.jobs,
            self.kills,
            self.restarts,
            self.submissions,
            self.doubles,
            self.finished,
            self.uncertain,
            self.uncertain_and_submitted,
            self.replays,
            self.time.as_secs_f64()
        )
    }
}

impl Start {
    /// Has all jobs done, and checks that the ledger and the upstream agree.
    pub(crate) fn run(&self, folder: &Path) -> Result<Report> {
        let started = Instant::now();
        let mut random = StdRng::seed_from_u64(self.seed);
        let mut report = Report { jobs: self.jobs, ..Report::default() };
        let mut open: BTreeSet<u32> = (0..self.jobs).collect();
        while !open.is_empty() {
            // Some have their answer, and have lost it.
            let asked: Vec<u32> = (0..self.jobs).filter(|job| open.contains(job) || random.random_bool(0.02)).collect();
            let killed = self.generation(folder, &mut random, &asked, &mut open, &mut report)?;
            report.kills += u32::from(killed);
            report.restarts += u32::from(!open.is_empty());
        }
        report.time = started.elapsed();
        tokio::runtime::Builder::new_current_thread().build()?.block_on(report.check(folder))?;
        Ok(report)
    }

    /// Has one child work until it is done or killed. Says whether it was killed.
    fn generation(
        &self,
        folder: &Path,
        random: &mut StdRng,
        asked: &[u32],
        open: &mut BTreeSet<u32>,
        report: &mut Report,
    ) -> Result<bool> {
        let mut command = (self.child)()?;
        command.env(FOLDER, folder).env(SEED, random.random::<u64>().to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start a child")?;
        let text: String = asked.iter().map(|job| format!("{job}\n")).collect();
        child.stdin.take().context("no stdin")?.write_all(text.as_bytes())?;
        let mut left = random.random_range(0..self.lines);
        let mut killed = false;
        for line in BufReader::new(child.stdout.take().context("no stdout")?).lines() {
            let line = line?;
            let Some((_, said)) = line.split_once(MARK) else { continue };
            if let Some((job, answer)) = said.strip_prefix("answer ").and_then(|answer| answer.split_once(' ')) {
                open.remove(&job.parse()?);
                report.replays += u32::from(answer == "Replayed");
            }
            if left == 0 && !killed {
                child.kill()?;
                killed = true;
            }
            left = left.saturating_sub(1);
        }
        end(child, killed)?;
        Ok(killed)
    }
}

fn end(mut child: Child, killed: bool) -> Result<()> {
    let status = child.wait()?;
    ensure!(killed || status.success(), "a child ended with {status}");
    Ok(())
}

impl Report {
    /// Compares what the ledger knows with what the upstream has seen.
    async fn check(&mut self, folder: &Path) -> Result<()> {
        let submissions = Upstream::submissions(folder)?;
        self.submissions = submissions.values().sum();
        self.doubles = submissions.values().filter(|&&count| count > 1).count() as u32;
        let storage = Storage::open(folder.join("host.redb"), Options::default()).await?;
        for job in 0..self.jobs {
            let request = Request::from(text_to_image::Request::new(format!("picture {job}")));
            let request = RequestHash::of(&request, &"flux")?;
            let submitted = submissions.contains_key(&job);
            match storage.ledger().begin(&Scope::new("tenant"), &format!("job {job}"), request).await? {
                Begin::Finished(_) if submitted => self.finished += 1,
                Begin::Uncertain(_) => {
                    self.uncertain += 1;
                    self.uncertain_and_submitted += u32::from(submitted);
                }
                other => bail!("job {job}, submitted: {submitted}, is {other:?}"),
            }
        }
        let spent: u64 = storage.spent().await?.iter().map(|spent| spent.amount.0).sum();
        let expected = COST * u64::from(self.finished) + RESERVED * u64::from(self.uncertain);
        ensure!(spent == expected, "{spent} is noted as spent, and it is {expected}");
        storage.close().await?;
        Ok(())
    }
}
