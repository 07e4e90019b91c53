//! Work that is a job, at one provider: submitted once, and asked after until it has ended.
//!
//! ```text
//! Provider::submit ─► token ─► noted (durable) ─► pause ─► Provider::poll ─► queued | running ─► pause ...
//!                                                               └─► Ended: the response, or why there is none
//! ```
//!
//! Whoever stops asking, by whatever way, leaves the job to go on: what is noted finds it again.

use std::time::Instant;

use palisade_core::{
    Call, CallReport, CancelResult, Error, ErrorKind, JobCall, JobProgress, JobState, Outcome, Progress, ProgressSink,
    Provider, ProviderId, Request, Response, Result, Scope, Submitted, catalogue::Cancellation, http::Outlet,
};
use palisade_storage::{JobId, Lease, Submission};

use crate::{
    accounts::Accounts,
    admission::{Admission, Permit},
    event_bus::EventBus,
    events::HostEvent,
    loan::Loans,
    polling::{self, Polling},
    reach::Reach,
    started::Started,
};

/// How often a provider may answer that it cannot tell, for a reason that does not pass by itself, before nobody asks it any
/// more.
const MOST_REFUSALS: u32 = 5;

/// What jobs of a provider are seen to with.
pub(crate) struct Work<'a> {
    pub(crate) id: &'a ProviderId,
    pub(crate) provider: &'a dyn Provider,
    pub(crate) admission: &'a Admission,
    pub(crate) reach: Option<&'a Reach>,
    pub(crate) events: &'a EventBus,
    pub(crate) polling: Polling,
    pub(crate) accounts: &'a Accounts,
    pub(crate) room: Option<u64>,
    pub(crate) loans: &'a Loans,
}

/// How a job has ended.
pub(crate) enum Ended {
    Done(Response),
    Failed(Error),
}

/// What there is beside the call that submits a job.
pub(crate) struct Handover<'a> {
    /// Where it is noted.
    pub(crate) lease: Option<&'a mut Lease>,
    /// When nobody waits for it any more.
    pub(crate) until: Instant,
    /// Who wants to know that it was submitted.
    pub(crate) started: Option<&'a Started>,
    /// Becomes true when it is.
    pub(crate) is_submitted: &'a mut bool,
}

impl Work<'_> {
    /// Submits work and waits for it. The error of a job that goes on says so.
    pub(crate) async fn carry_out(&self, call: Call, permit: Permit<'_>, handover: Handover<'_>) -> Result<Outcome> {
        let start = Instant::now();
        let Handover { lease, until, started, is_submitted } = handover;
        let (request, progress) = (call.request.without_media(), call.progress.clone());
        let (capability, scope, model) = (request.capability(), call.options.scope.clone(), call.options.model.clone());
        let (token, mut report) = permit.guard.unless_aborted(self.provider.submit(call)).await?;
        drop(permit);
        *is_submitted = true;
        let version = self.provider.catalogue().description.version.clone();
        let submission = Submission::new(token, capability, scope, version, written(&request)?);
        let mut id = None;
        if let Some(lease) = lease {
            if let Err(error) = lease.submitted(submission.clone()).await {
                tracing::warn!(%error, provider = %self.id, "a job that was submitted is not kept");
            }
            let job = lease.id();
            self.events.emit(|| HostEvent::JobSubmitted { job, capability, provider: self.id.clone(), model });
            started.inspect(|started| started.tell(job));
            id = Some(job);
        }
        let ended = self.follow(&submission, until, &progress).await.map_err(|error| goes_on(error, id))?;
        report.resources.wall_time = start.elapsed();
        self.tell_end(id, &ended);
        match ended {
            Ended::Done(response) => Ok(Outcome { response, report }),
            Ended::Failed(error) => Err(error.with_report(report)),
        }
    }

    /// Asks after a job until it has ended, and has its result checked.
    ///
    /// # Errors
    ///
    /// Why nobody asks any more: the job itself goes on.
    pub(crate) async fn follow(&self, job: &Submission, until: Instant, progress: &ProgressSink) -> Result<Ended> {
        let (mut asked, mut refusals, mut wish) = (0, 0, None);
        loop {
            let pause = self.polling.pause(asked, polling::chance(), wish.take());
            let left = until.saturating_duration_since(Instant::now());
            self.admission.pause(pause.min(left)).await?;
            if pause >= left {
                return Err(Error::new(ErrorKind::Deadline, "the job takes longer than it was waited for"));
            }
            asked += 1;
            match self.ask(job).await {
                Ok(JobState::Queued(how_far)) => progress.report(told(how_far, "queued")),
                Ok(JobState::Running(how_far)) => progress.report(told(how_far, "running")),
                Ok(JobState::Succeeded(response)) => return Ok(self.checked(job, *response)),
                Ok(JobState::Failed(error)) => return Ok(Ended::Failed(was_submitted(error))),
                Ok(JobState::Cancelled(_)) => return Ok(Ended::Failed(self.cancelled())),
                Ok(JobState::Expired) => return Ok(Ended::Failed(expired())),
                Err(error) if matches!(error.kind(), ErrorKind::Shutdown | ErrorKind::NotServing) => return Err(error),
                Err(error) => {
                    refusals += u32::from(!error.kind().is_retryable());
                    if refusals >= MOST_REFUSALS {
                        return Err(error);
                    }
                    wish = error.retry_after();
                    tracing::debug!(%error, provider = %self.id, "a job was asked after in vain");
                }
            }
        }
    }

    /// Asks once where a job is.
    pub(crate) async fn ask(&self, job: &Submission) -> Result<JobState> {
        let permit = self.admission.enter(None).await?;
        let asked = self.provider.poll(self.call(job, &permit)?);
        permit.guard.unless_aborted(asked).await.map(|(state, _report): (_, CallReport)| state)
    }

    /// Asks that a job be stopped.
    pub(crate) async fn cancel(&self, job: &Submission) -> Result<CancelResult> {
        let permit = self.admission.enter(None).await?;
        let asked = self.provider.cancel(self.call(job, &permit)?);
        permit.guard.unless_aborted(asked).await
    }

    /// Whether tokens of this version are its own, or of a version that it resumes.
    ///
    /// # Errors
    ///
    /// `unsupported`.
    pub(crate) fn check_version(&self, job: &Submission) -> Result<()> {
        let description = &self.provider.catalogue().description;
        if description.version == job.version || description.resumes.contains(&job.version) {
            return Ok(());
        }
        let message = format!(
            "the job was submitted by version {} of the provider, and version {} does not say that it resumes its jobs: register \
             the older one until they are done",
            job.version, description.version
        );
        Err(Error::new(ErrorKind::Unsupported, message))
    }

    pub(crate) fn tell_end(&self, job: Option<JobId>, ended: &Ended) {
        let Some(job) = job else { return };
        let code = match ended {
            Ended::Done(_) => None,
            Ended::Failed(error) => Some(error.kind()),
        };
        self.events.emit(|| HostEvent::JobEnded { job, provider: self.id.clone(), code });
    }

    fn call(&self, job: &Submission, permit: &Permit<'_>) -> Result<JobCall> {
        Ok(JobCall {
            capability: job.capability,
            token: job.token.clone(),
            timeout: Some(permit.timeout),
            scope: job.scope.clone(),
            outlet: self.outlet(&job.scope),
            key_value: self.accounts.key_value(self.id, &job.scope, self.room)?,
            stores: self.loans.stores(&job.scope, permit.timeout),
        })
    }

    fn outlet(&self, scope: &Scope) -> Outlet {
        self.reach.map(|reach| reach.outlet(scope, &Default::default())).unwrap_or_default()
    }

    fn checked(&self, job: &Submission, response: Response) -> Ended {
        let checked = request(job).and_then(|request| self.provider.catalogue().check_response(&request, &response));
        match checked {
            Ok(()) => Ended::Done(response),
            Err(error) => Ended::Failed(was_submitted(error)),
        }
    }

    /// Where cancelling stops the bill, it is as if nothing had been submitted.
    fn cancelled(&self) -> Error {
        let is_refunded = self.provider.catalogue().description.cancellation == Cancellation::Refunded;
        let submitted = if is_refunded { Submitted::No } else { Submitted::Yes };
        Error::new(ErrorKind::Cancelled, "the job was cancelled").with_upstream(submitted, None)
    }
}

/// The request of a job, without the bytes of its media.
pub(crate) fn request(job: &Submission) -> Result<Request> {
    let unreadable = |_| Error::new(ErrorKind::Internal, "what is kept of the request of a job cannot be read");
    ciborium::from_reader(job.request.as_slice()).map_err(unreadable)
}

fn written(request: &Request) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let written = ciborium::into_writer(request, &mut bytes);
    written
        .map_err(|error| Error::new(ErrorKind::Internal, format!("the request of a job cannot be kept: {error}")))?;
    Ok(bytes)
}

/// Why nobody asks after a job any more that goes on.
pub(crate) fn goes_on(error: Error, id: Option<JobId>) -> Error {
    let remark = id.map(|id| format!(": `palisade jobs wait {id}` goes on waiting")).unwrap_or_default();
    let (kind, message) = (error.kind(), format!("{}; the job goes on{remark}", error.message()));
    let left = was_submitted(Error::new(kind, message).with_retry_after(error.retry_after()));
    match id {
        Some(id) => left.with_job(id.to_string()),
        None => left,
    }
}

/// A lease of a job has the job.
pub(crate) fn not_submitted() -> Error {
    Error::new(ErrorKind::Internal, "nothing was submitted under this key")
}

fn was_submitted(error: Error) -> Error {
    let id = error.upstream_id().map(str::to_owned);
    error.with_upstream(Submitted::Yes, id)
}

fn expired() -> Error {
    was_submitted(Error::new(ErrorKind::MaybeBilled, "the upstream does not know the job any more"))
}

fn told(how_far: JobProgress, state: &str) -> Progress {
    let JobProgress { permille, queue_position, remaining, preview } = how_far;
    let place = queue_position.map(|place| format!(", {place} before it"));
    let rest = remaining.map(|rest| format!(", about {} s left", rest.as_secs().max(1)));
    let message = format!("{state}{}{}", place.unwrap_or_default(), rest.unwrap_or_default());
    Progress { permille, message: Some(message), preview }
}
