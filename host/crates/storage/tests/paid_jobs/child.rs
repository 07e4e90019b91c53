//! A host that does paid jobs until it is done or killed.

use std::{
    future::{Future, poll_fn},
    io::{Read as _, Write as _},
    path::Path,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::UNIX_EPOCH,
};

use anyhow::{Result, bail, ensure};
use palisade_core::{PicoUsd, Request, Scope, Spent, text_to_image};
use palisade_storage::{Begin, Lease, Options, RequestHash, Storage};
use rand::{Rng, RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{COST, MARK, RESERVED, upstream::Upstream};

/// Jobs at one time.
const WORKERS: usize = 16;

/// What a client is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Done,
    Replayed,
    Uncertain,
    /// It failed and cost nothing: the client asks again.
    Failed,
}

#[derive(Clone)]
struct Host {
    storage: Storage,
    upstream: Upstream,
    seed: u64,
}

/// Does the jobs that the parent names.
pub(crate) fn run(folder: &Path, seed: u64) -> Result<()> {
    let mut jobs = String::new();
    std::io::stdin().read_to_string(&mut jobs)?;
    let jobs = jobs.lines().map(str::parse).collect::<Result<Vec<u32>, _>>()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    runtime.block_on(async {
        let storage = Storage::open(folder.join("host.redb"), Options::default()).await?;
        say("opened")?;
        let host = Host { storage, upstream: Upstream::open(folder)?, seed };
        let jobs = Arc::new(Mutex::new(jobs.into_iter()));
        let workers: Vec<_> = (0..WORKERS).map(|_| tokio::spawn(host.clone().work(jobs.clone()))).collect();
        for worker in workers {
            worker.await??;
        }
        host.storage.close().await?;
        say("ended")
    })
}

/// Tells the parent, which may answer with a signal.
fn say(what: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{MARK}{what}")?)
}

impl Host {
    async fn work(self, jobs: Arc<Mutex<std::vec::IntoIter<u32>>>) -> Result<()> {
        let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
        while let Some(job) = next() {
            let mut random = StdRng::seed_from_u64(self.seed ^ u64::from(job));
            let second = StdRng::seed_from_u64(random.random());
            if random.random_bool(0.25) {
                // Another client asks for the same at the same time.
                tokio::try_join!(self.client(job, random), self.client(job, second))?;
            } else {
                self.client(job, random).await?;
            }
        }
        Ok(())
    }

    /// Asks until there is an answer. Goes away in between, at any place.
    async fn client(&self, job: u32, mut random: StdRng) -> Result<()> {
        loop {
            let polls = if random.random_bool(0.15) { random.random_range(1..12) } else { usize::MAX };
            let call = self.call(job, StdRng::seed_from_u64(random.random()));
            match at_most(polls, call).await.transpose()? {
                None | Some(Answer::Failed) => {}
                Some(answer) => return say(&format!("answer {job} {answer:?}")),
            }
        }
    }

    async fn call(&self, job: u32, random: StdRng) -> Result<Answer> {
        let request = Request::from(text_to_image::Request::new(format!("picture {job}")));
        let request = RequestHash::of(&request, &"flux")?;
        let mut begin = self.storage.ledger().begin(&Scope::new("tenant"), &format!("job {job}"), request).await?;
        if let Begin::InFlight(other) = begin {
            begin = other.wait().await?;
        }
        match begin {
            Begin::New(lease) => self.submit(job, lease, random).await,
            Begin::Finished(finished) => {
                ensure!(finished.into_result()? == result(job), "job {job} got the result of another");
                Ok(Answer::Replayed)
            }
            Begin::Uncertain(_) => Ok(Answer::Uncertain),
            other => bail!("job {job} got {other:?}"),
        }
    }

    async fn submit(&self, job: u32, mut lease: Lease, mut random: impl Rng) -> Result<Answer> {
        let spent = Spent { budget: "jobs".to_owned(), from: UNIX_EPOCH, until: None, amount: PicoUsd(RESERVED) };
        let (first, second, model) = ("first".parse()?, "second".parse()?, "flux".parse()?);
        lease.attempt(&first, &model, vec![spent.clone()]).await?;
        say("attempted")?;
        if random.random_bool(0.1) {
            lease.not_billed();
            lease.attempt(&second, &model, vec![spent]).await?;
        }
        if random.random_bool(0.05) {
            lease.failed_unbilled().await?;
            return Ok(Answer::Failed);
        }
        self.upstream.submit(job).await?;
        say("submitted")?;
        if random.random_bool(0.5) {
            lease.accepted(&format!("upstream {job}")).await?;
        }
        if random.random_bool(0.05) {
            lease.failed_maybe_billed(None).await?;
            return Ok(Answer::Uncertain);
        }
        lease.finished(result(job).into(), Some(PicoUsd(COST))).await?;
        Ok(Answer::Done)
    }
}

fn result(job: u32) -> String {
    format!("result {job} ").repeat(20)
}

/// Polls a future so often, and then drops it.
async fn at_most<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => {
            left -= 1;
            if left == 0 { Poll::Ready(None) } else { Poll::Pending }
        }
    })
    .await
}
