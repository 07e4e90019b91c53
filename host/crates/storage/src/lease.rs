//! The right to work on a job, and the duty to say what became of it.

use std::{mem, sync::Arc};

use bytes::Bytes;
use palisade_core::{ModelId, PicoUsd, ProviderId, Result, Spent};

use crate::{
    jobs::{End, Jobs},
    options::{in_milliseconds, time},
    outcome::{Finished, Uncertain},
    record::{Attempt, Record},
    request::{Key, RequestHash},
    spending::SpentChange,
    store::{Store, Written},
    submission::{JobId, Submission, SubmittedJob},
    tables::Change,
};

/// Longest id of an upstream that is kept, in bytes.
const MAX_UPSTREAM_ID: usize = 512;

/// A job that nobody else works on.
///
/// Note each attempt that may be billed, before anything is sent, and how the job ended. A lease that is dropped leaves a
/// job free whose attempts were not noted or not billed, and uncertain otherwise: it is never submitted again.
#[derive(Debug)]
#[must_use = "a lease that is dropped gives the job up"]
pub struct Lease {
    store: Arc<Store>,
    jobs: Arc<Jobs>,
    key: Key,
    request: RequestHash,
    /// The attempt that was noted last.
    attempt: Option<Attempt>,
    /// What is noted as spent for it.
    reserved: Vec<Spent>,
    /// What finds the work again, from when it was submitted.
    submission: Option<Submission>,
    /// Whether it may be billed: it was noted, and who asked for that knows.
    may_be_billed: bool,
    /// Whether it was said what became of the job.
    ended: bool,
}

impl Lease {
    pub(crate) fn new(store: Arc<Store>, jobs: Arc<Jobs>, key: Key, request: RequestHash) -> Self {
        let (attempt, reserved, submission) = (None, Vec::new(), None);
        Self { store, jobs, key, request, attempt, reserved, submission, may_be_billed: false, ended: false }
    }

    /// Goes on with work that was submitted.
    pub(crate) fn resume(&mut self, attempt: Attempt, submission: Submission) {
        self.reserved.clone_from(&submission.spent);
        self.attempt = Some(attempt);
        self.submission = Some(submission);
        self.may_be_billed = true;
    }

    /// What the work is known by.
    #[must_use]
    pub fn id(&self) -> JobId {
        JobId(self.key)
    }

    /// Who has the work and when it got it, and what finds it again; none before it was submitted.
    #[must_use]
    pub fn submitted_job(&self) -> Option<SubmittedJob> {
        self.record(0).into_listed(self.key)
    }

    /// Notes what finds the work again that was just submitted: whoever comes next, in whatever process, asks after it.
    ///
    /// # Errors
    ///
    /// `io` when it cannot be written, `shutdown` when the storage was closed. The work is known to this lease all the same.
    pub async fn submitted(&mut self, submission: Submission) -> Result<()> {
        self.submission = Some(Submission { spent: self.reserved.clone(), ..submission });
        self.store.write(Some(self.open()), Vec::new()).await
    }

    /// Notes that a provider is about to be given the job. Send nothing before this returns: from then on the job counts as
    /// submitted. What is `reserved` of budgets is noted as spent with it, which is put right at the end.
    ///
    /// # Errors
    ///
    /// `maybe-billed` when the attempt before may be billed: say first that it is [`Lease::not_billed`]. `host-busy` when as many jobs are known as may be, `io` when it cannot be written, `shutdown` when the storage was
    /// closed. Then nothing may be sent.
    pub async fn attempt(&mut self, provider: &ProviderId, model: &ModelId, reserved: Vec<Spent>) -> Result<()> {
        if let (true, Some(attempt)) = (self.may_be_billed, self.attempt.clone()) {
            return Err(Uncertain::from(attempt).into());
        }
        let mut spent = self.give_back();
        spent.extend(reserved.iter().map(SpentChange::add));
        self.reserved = reserved;
        self.attempt = Some(Attempt {
            provider: provider.clone(),
            model: model.clone(),
            at: self.store.clock.now(),
            upstream_id: None,
        });
        let written = self.store.write(Some(self.open()), spent).await;
        if written.is_err() {
            self.reserved.clear();
        }
        written?;
        self.may_be_billed = true;
        Ok(())
    }

    /// Notes what the upstream calls the job, so that it can be asked for after a crash.
    ///
    /// # Errors
    ///
    /// `io` when it cannot be written, `shutdown` when the storage was closed.
    pub async fn accepted(&mut self, upstream_id: &str) -> Result<()> {
        if let Some(attempt) = &mut self.attempt {
            attempt.upstream_id = Some(cut(upstream_id));
            self.store.write(Some(self.open()), Vec::new()).await?;
        }
        Ok(())
    }

    /// The attempt failed and costs nothing, so that another may follow. Nothing is written yet: for whoever looks after a
    /// crash it may still be billed.
    pub fn not_billed(&mut self) {
        self.may_be_billed = false;
    }

    /// Notes that the job is done, with its result and what it cost; a cost that is not known is what was reserved. The
    /// note is handed over by the call itself: the future only waits until it is durable.
    ///
    /// Calls that have joined get the result even if it cannot be written.
    pub fn finished(mut self, result: Bytes, cost: Option<PicoUsd>) -> Written {
        self.ended = true;
        let spent = match cost {
            Some(cost) => self.reserved.iter().map(|reserved| SpentChange::replace(reserved, cost)).collect(),
            None if self.may_be_billed => Vec::new(),
            None => self.give_back(),
        };
        let now = self.store.clock.now();
        let mut record = self.record(now.saturating_add(in_milliseconds(self.store.options.keep_finished)));
        record.finished_at = Some(now);
        let attempt = record.attempt.clone().map(Into::into);
        let end = Finished { result: Some(result.clone()), at: time(now), attempt };
        if self.submission.is_some() && result.len() as u64 > self.store.options.result_bytes {
            // Too large to keep: it stays where it is asked for again, and what it has cost is settled.
            self.submission.iter_mut().for_each(|submission| submission.spent.clear());
            return self.end_with(self.open(), spent, End::Finished(end));
        }
        self.end_with(
            Change::Put { key: self.key, record: Box::new(record), result: Some(result) },
            spent,
            End::Finished(end),
        )
    }

    /// Notes that the job failed and costs nothing: its key is free again. The note is handed over by the call itself.
    pub fn failed_unbilled(mut self) -> Written {
        self.ended = true;
        self.free()
    }

    /// Notes that the job failed and may have been billed, and what the upstream calls it: it is never submitted again. The
    /// note is handed over by the call itself. A job of which no attempt was noted is free, since nothing can have been sent.
    pub fn failed_maybe_billed(mut self, upstream_id: Option<&str>) -> Written {
        self.ended = true;
        let can_be_asked_after = self.submission.is_some();
        let uncertain = self.attempt.as_mut().map(|attempt| {
            attempt.upstream_id = upstream_id.map(cut).or(attempt.upstream_id.take());
            if can_be_asked_after { End::Free } else { End::Uncertain(attempt.clone().into()) }
        });
        match uncertain {
            Some(end) => self.end_with(self.open(), Vec::new(), end),
            None => self.free(),
        }
    }

    /// What is known of the job while somebody works on it.
    fn open(&self) -> Change {
        let expires_at = self.store.clock.now().saturating_add(in_milliseconds(self.store.options.keep_uncertain));
        Change::Put { key: self.key, record: Box::new(self.record(expires_at)), result: None }
    }

    fn record(&self, expires_at: u64) -> Record {
        let mut record = Record::new(self.request, self.attempt.clone(), expires_at);
        record.submission.clone_from(&self.submission);
        record
    }

    fn free(&mut self) -> Written {
        let spent = self.give_back();
        self.end_with(Change::Forget(self.key), spent, End::Free)
    }

    /// What was noted as spent is not.
    fn give_back(&mut self) -> Vec<SpentChange> {
        mem::take(&mut self.reserved).iter().map(|spent| SpentChange::replace(spent, PicoUsd::ZERO)).collect()
    }

    /// Writes how the job ended, and then lets go of it: who asks next finds what is written.
    fn end_with(&self, change: Change, spent: Vec<SpentChange>, end: End) -> Written {
        let (jobs, key) = (self.jobs.clone(), self.key);
        self.store.write_and(Some(change), spent, move || jobs.end(key, end))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        match self.attempt.take() {
            // Who looks again finds what asks after it.
            Some(_) if self.may_be_billed && self.submission.is_some() => self.jobs.end(self.key, End::Free),
            // What is written already says so.
            Some(attempt) if self.may_be_billed => self.jobs.end(self.key, End::Uncertain(attempt.into())),
            Some(_) => drop(self.free()),
            None => self.jobs.end(self.key, End::Free),
        }
    }
}

/// An upstream says how long its id is, and has to be bounded.
fn cut(upstream_id: &str) -> String {
    let end = upstream_id.floor_char_boundary(MAX_UPSTREAM_ID);
    upstream_id.get(..end).unwrap_or_default().to_owned()
}
