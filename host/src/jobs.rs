//! Work that is a job, as a host application sees it: submitted, listed, waited for, cancelled; by this process or a later one.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use palisade_core::{
    CancelResult, Capability, Error, ErrorKind, JobState, ModelId, Operation, ProgressSink, ProviderId, Response,
    Result,
};
use palisade_storage::{Begin, JobId, SubmittedJob};
use serde::Serialize;
use tokio::{
    sync::{Mutex, oneshot},
    task::JoinHandle,
};

use crate::{
    accounts::Accounts,
    call::{CallSettings, Completion},
    context::Context,
    find::FindProvider,
    resume,
    route::Router,
    service::{self, Service},
    started::Started,
    work,
};

/// A job, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JobStatus {
    /// What it is known by.
    pub id: JobId,
    /// Who does it, or has done it.
    pub provider: ProviderId,
    /// With which model.
    pub model: ModelId,
    /// What was asked for.
    pub capability: Capability,
    /// When it was submitted.
    pub submitted_at: SystemTime,
    /// When it was done, as far as that is known here; none where it is under way, or has failed.
    pub finished_at: Option<SystemTime>,
}

impl From<SubmittedJob> for JobStatus {
    fn from(job: SubmittedJob) -> Self {
        let SubmittedJob { id, provider, model, at: submitted_at, finished_at, submission } = job;
        Self { id, provider, model, capability: submission.capability, submitted_at, finished_at }
    }
}

/// Asks after a job until it has ended.
type Task = JoinHandle<Result<Completion<Response>>>;

/// Work that a provider was given, and that goes on whether or not anybody waits for it.
///
/// What finds it again outlives the process where the host has a [storage](crate::HostBuilder::storage).
#[derive(Clone)]
pub struct Job {
    router: Arc<Router>,
    id: JobId,
    /// Who asks after it in this process since it was submitted.
    waiting: Option<Arc<Mutex<Option<Task>>>>,
}

impl Job {
    /// What it is known by: [`Context::job`] finds it again.
    #[must_use]
    pub fn id(&self) -> JobId {
        self.id
    }

    /// What is known of it here.
    ///
    /// # Errors
    ///
    /// `unknown-job` when it has failed and is forgotten; `io`, `shutdown`.
    pub async fn status(&self) -> Result<JobStatus> {
        self.submitted().await.map(Into::into)
    }

    /// Asks its provider once where it is.
    ///
    /// # Errors
    ///
    /// `unknown-job`; `unknown-provider` when its provider is not registered; any kind when that cannot be told now.
    pub async fn poll(&self) -> Result<JobState> {
        let (service, job) = self.at_its_provider().await?;
        let state = service.work().ask(&job.submission).await;
        state.map_err(|error| service.own(error))
    }

    /// Waits until it has ended, at most so long: an hour where nothing is said. Who waits for it already is joined.
    ///
    /// # Errors
    ///
    /// Why it has failed. Where it goes on, the error has its [`job`](Error::job): `deadline` when it takes longer.
    pub async fn wait(&self, timeout: Option<Duration>, progress: ProgressSink) -> Result<Completion<Response>> {
        let until = service::job_deadline(timeout);
        if let Some(waiting) = &self.waiting {
            let mut waiting = waiting.lock().await;
            if let Some(task) = waiting.as_mut() {
                let Ok(ended) = tokio::time::timeout_at(until.into(), &mut *task).await else {
                    return Err(self.takes_longer());
                };
                *waiting = None;
                return ended
                    .unwrap_or_else(|_| Err(Error::new(ErrorKind::Shutdown, "nobody asks after the job any more")));
            }
        }
        let mut begun = self.router.accounts.ledger().await?.begin_job(self.id).await?.ok_or_else(|| self.unknown())?;
        loop {
            begun = match begun {
                Begin::Submitted(lease) => {
                    return resume::see_through(&self.router.supervisor, lease, until, &progress).await;
                }
                Begin::Finished(finished) => return Accounts::read_result(&finished.into_result()?),
                Begin::Uncertain(uncertain) => return Err(uncertain.into()),
                Begin::InFlight(other) => {
                    let joined = tokio::time::timeout_at(until.into(), other.wait());
                    joined.await.map_err(|_| self.takes_longer())??
                }
                // It has failed meanwhile, and cost nothing.
                Begin::New(_) | Begin::Conflict => return Err(self.unknown()),
            };
        }
    }

    /// Asks its provider to stop it. Whoever waits for it hears that it was cancelled.
    ///
    /// # Errors
    ///
    /// As [`poll`](Self::poll).
    pub async fn cancel(&self) -> Result<CancelResult> {
        let (service, job) = self.at_its_provider().await?;
        let result = service.work().cancel(&job.submission).await;
        result.map_err(|error| service.own(error))
    }

    async fn submitted(&self) -> Result<SubmittedJob> {
        let jobs = self.router.accounts.ledger().await?.submitted(Some(&self.id.to_string())).await?;
        jobs.into_iter().find(|job| job.id == self.id).ok_or_else(|| self.unknown())
    }

    async fn at_its_provider(&self) -> Result<(Arc<Service>, SubmittedJob)> {
        let job = self.submitted().await?;
        let service = resume::service_of(&self.router.supervisor, &job.provider)?;
        service.work().check_version(&job.submission).map_err(|error| service.own(error))?;
        service.initialize().await?;
        Ok((service, job))
    }

    fn unknown(&self) -> Error {
        Error::new(
            ErrorKind::UnknownJob,
            format!("nothing is known of the job {}: it has failed, or is forgotten", self.id),
        )
    }

    fn takes_longer(&self) -> Error {
        work::goes_on(Error::new(ErrorKind::Deadline, "the job takes longer than it was waited for"), Some(self.id))
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Job").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Context {
    /// Whether what is known of idempotency keys, jobs and budgets outlives this process.
    #[must_use]
    pub fn has_storage(&self) -> bool {
        self.router.accounts.has_file()
    }

    /// The jobs that are known, under way or done, those that were submitted last at the end.
    ///
    /// # Errors
    ///
    /// `io` when the storage cannot be read, `shutdown` when the host was shut down.
    pub async fn jobs(&self) -> Result<Vec<JobStatus>> {
        let jobs = self.router.accounts.ledger().await?.submitted(None).await?;
        let mut jobs: Vec<_> = jobs.into_iter().map(JobStatus::from).collect();
        jobs.sort_by_key(|job| job.submitted_at);
        Ok(jobs)
    }

    /// The job whose id begins with these hexadecimal digits, at least four.
    ///
    /// # Errors
    ///
    /// `unknown-job` when there is none, or more than one.
    pub async fn job(&self, id: impl AsRef<str>) -> Result<Job> {
        let id = id.as_ref();
        let jobs = self.router.accounts.ledger().await?.submitted(Some(id)).await?;
        match &*jobs {
            [job] => Ok(Job { router: Arc::clone(&self.router), id: job.id, waiting: None }),
            [] => Err(Error::new(ErrorKind::UnknownJob, format!("no job is known whose id begins with `{id}`"))),
            several => {
                let message = format!("{} jobs have an id that begins with `{id}`: write more of it", several.len());
                Err(Error::new(ErrorKind::UnknownJob, message))
            }
        }
    }

    /// Goes on asking after every job that is under way, in the background, until the context is shut down: for a server that was
    /// started again. Gives how many there are. What they make is kept for their idempotency keys.
    ///
    /// # Errors
    ///
    /// As [`jobs`](Self::jobs).
    pub async fn resume_jobs(&self) -> Result<usize> {
        let under_way: Vec<_> = self.jobs().await?.into_iter().filter(|job| job.finished_at.is_none()).collect();
        for JobStatus { id, .. } in &under_way {
            let job = Job { router: Arc::clone(&self.router), id: *id, waiting: None };
            let _unwaited = self.background.spawn(async move {
                if let Err(error) = job.wait(None, ProgressSink::default()).await {
                    tracing::warn!(job = %job.id, %error, "a job was not seen through");
                }
            });
        }
        Ok(under_way.len())
    }
}

impl FindProvider {
    /// Has the best provider take the request on as a job, and the next best when that one does not, and gives the job as soon
    /// as it is noted. The host goes on asking after it; [`Job::wait`] gives what it makes.
    ///
    /// The timeout of the settings is for the whole job: an hour where nothing is said. Who repeats an idempotency key gets the
    /// same job.
    ///
    /// # Errors
    ///
    /// `unsupported` when nobody's work is a job who serves this; else as [`call`](Self::call).
    pub async fn submit<O: Operation + 'static>(self, request: O, settings: CallSettings) -> Result<Job> {
        let router = Arc::clone(&self.router);
        let mut settings = settings;
        let key = settings.idempotency_key.get_or_insert_with(|| uuid::Uuid::new_v4().to_string()).clone();
        let id = JobId::of(&settings.scope, &key)?;
        let (tell, told) = oneshot::channel();
        let route = self.route::<O>(request, settings)?.tell_when_submitted(Started::new(tell));
        let gone = || Error::new(ErrorKind::Shutdown, "the host is gone");
        let background = router.background.upgrade().ok_or_else(gone)?;
        let mut task = background.spawn(async move {
            let Completion { response, provider, model, cost, report, failed_attempts, is_repeated } =
                route.run::<O>(Default::default()).await?;
            let response = response.into();
            Ok(Completion { response, provider, model, cost, report, failed_attempts, is_repeated })
        });
        tokio::select! {
            biased;
            Ok(_) = told => {}
            ended = &mut task => {
                // It was submitted, or done, before: who waits gets what is kept.
                ended.unwrap_or_else(|_| Err(gone()))?;
                return Ok(Job { router, id, waiting: None });
            }
        }
        Ok(Job { router, id, waiting: Some(Arc::new(Mutex::new(Some(task)))) })
    }
}
