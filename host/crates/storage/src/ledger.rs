//! The ledger of idempotency: a paid job is never submitted twice.
//!
//! ```text
//! begin ─► New ─► attempt (durable) ─► the provider ─► finished (durable) ─► Finished: the result again
//!   │       │        ├► dropped, killed, failed and maybe billed ─────────► Uncertain: never again
//!   │       │        └► submitted (durable) ─► dropped, killed ───────────► Submitted: asked after
//!   │       └► dropped before an attempt, or failed and not billed ───────► New
//!   └► InFlight: another call of this process has it ─► wait
//! ```

use std::sync::Arc;

use palisade_core::{Error, Result, Scope};

use crate::{
    jobs::{Claim, End, Job, Jobs},
    lease::Lease,
    options::time,
    outcome::{Finished, Uncertain, conflict},
    record::Record,
    request::{Key, RequestHash},
    store::Store,
    submission::{self, JobId, SubmittedJob},
    tables::{self, Known},
};

/// What was paid for, by the keys of the callers.
#[derive(Debug, Clone)]
pub struct Ledger {
    store: Arc<Store>,
    jobs: Arc<Jobs>,
}

/// What is to be done with a call that has an idempotency key.
#[derive(Debug)]
pub enum Begin {
    /// The job is the caller's to do.
    New(Lease),
    /// Another call of this process does it.
    InFlight(InFlight),
    /// It was submitted, and is the caller's to ask after.
    Submitted(Lease),
    /// It is done.
    Finished(Finished),
    /// It was or may have been submitted, and is not submitted again.
    Uncertain(Uncertain),
    /// The key was used for another request. As an error it is [`Begin::conflict`].
    Conflict,
}

impl Begin {
    /// The error that a call gets whose key was used for another request.
    #[must_use]
    pub fn conflict() -> Error {
        conflict()
    }
}

impl Ledger {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store, jobs: Arc::default() }
    }

    /// Looks up what is known of a key of this scope, and takes the job if nothing is. Nothing is written.
    ///
    /// # Errors
    ///
    /// `io` when the database cannot be read, `shutdown` when it was closed.
    pub async fn begin(&self, scope: &Scope, idempotency_key: &str, request: RequestHash) -> Result<Begin> {
        self.begin_key(Key::new(scope, idempotency_key)?, request).await
    }

    /// Looks up submitted work by its id, as [`begin`](Self::begin) does by its key. None when nothing is known of it.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub async fn begin_job(&self, id: JobId) -> Result<Option<Begin>> {
        let (key, now) = (id.0, self.store.clock.now());
        let known = self.store.read(move |transaction| tables::known(transaction, key, now)).await?;
        match known.filter(|known| known.record.submission.is_some()) {
            Some(known) => self.begin_key(key, known.record.request()).await.map(Some),
            None => Ok(None),
        }
    }

    /// The work that was submitted and is still known, under way or done: that whose ids begin with these hexadecimal digits,
    /// or all.
    ///
    /// # Errors
    ///
    /// `unknown-job` when these are no digits of an id; `io`, `shutdown`.
    pub async fn submitted(&self, ids: Option<&str>) -> Result<Vec<SubmittedJob>> {
        let range = match ids {
            Some(prefix) => submission::range_of(prefix)?,
            None => (Key::from_bytes([0; 32]), Key::from_bytes([u8::MAX; 32])),
        };
        let now = self.store.clock.now();
        self.store.read(move |transaction| tables::submitted(transaction, range, now)).await
    }

    async fn begin_key(&self, key: Key, request: RequestHash) -> Result<Begin> {
        loop {
            match self.jobs.claim(key, request) {
                Claim::Taken(job) => return self.look_up(&job, key, request).await,
                Claim::Joined(job) => {
                    return Ok(Begin::InFlight(InFlight { ledger: self.clone(), job, key, request }));
                }
                // It may be the wrong one itself, which is known when it was looked up.
                Claim::Other(job) => {
                    if job.begins().await? {
                        return Ok(Begin::Conflict);
                    }
                }
            }
        }
    }

    /// Sees what is written of a job that nobody else can change now.
    async fn look_up(&self, job: &Job, key: Key, request: RequestHash) -> Result<Begin> {
        // Gives the job up when it is dropped, by whatever way this ends.
        let mut lease = Lease::new(self.store.clone(), self.jobs.clone(), key, request);
        let now = self.store.clock.now();
        let known = self.store.read(move |transaction| tables::known(transaction, key, now)).await?;
        let Some(Known { record, result }) = known else {
            job.begin();
            return Ok(Begin::New(lease));
        };
        if record.request() != request {
            return Ok(Begin::Conflict);
        }
        if let Record { attempt: Some(attempt), submission: Some(submission), finished_at: None, .. } = record {
            job.begin();
            lease.resume(attempt, submission);
            return Ok(Begin::Submitted(lease));
        }
        let attempt = record.attempt.map(Uncertain::from);
        Ok(match (record.finished_at, attempt) {
            (Some(at), attempt) => Begin::Finished(Finished { result, at: time(at), attempt }),
            (None, Some(attempt)) => Begin::Uncertain(attempt),
            // Nobody writes such a record. It would say that nothing was sent.
            (None, None) => {
                job.begin();
                Begin::New(lease)
            }
        })
    }
}

/// A job that another call of this process does.
#[derive(Debug)]
pub struct InFlight {
    ledger: Ledger,
    job: Arc<Job>,
    key: Key,
    request: RequestHash,
}

impl InFlight {
    /// What the work is known by.
    #[must_use]
    pub fn id(&self) -> JobId {
        JobId(self.key)
    }

    /// Waits for the other call. Never answers [`Begin::InFlight`]; [`Begin::New`] when the other has given up before
    /// anything could be billed, so that this one may do it.
    ///
    /// # Errors
    ///
    /// As [`Ledger::begin`].
    pub async fn wait(self) -> Result<Begin> {
        let mut joined = self;
        loop {
            let begin = match joined.job.ended().await? {
                End::Finished(finished) => Begin::Finished(finished),
                End::Uncertain(uncertain) => Begin::Uncertain(uncertain),
                End::Free => joined.ledger.begin_key(joined.key, joined.request).await?,
            };
            match begin {
                Begin::InFlight(other) => joined = other,
                begin => return Ok(begin),
            }
        }
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
