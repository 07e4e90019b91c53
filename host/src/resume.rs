//! A job that was submitted before, by this process or by one that is gone, seen through to its end.

use std::{sync::Arc, time::Instant};

use palisade_core::{Error, ErrorKind, PicoUsd, ProgressSink, ProviderId, Response, Result};
use palisade_storage::{Lease, SubmittedJob};

use crate::{
    accounts::Accounts,
    call::Completion,
    drift::Settlement,
    fallback::{self, Bill},
    service::Service,
    snapshot::unknown,
    supervisor::Supervisor,
    work::{self, Ended},
};

/// What became of asking after a job.
pub(crate) enum Resumed {
    /// It has ended.
    Ended(Result<Completion<Response>>),
    /// It goes on, and this is why nobody asks any more.
    GoesOn(Lease, Error),
}

/// Asks whoever has the id of the job's provider now until the job has ended.
///
/// # Errors
///
/// Why it has failed; or why nobody asks any more, with its [`job`](Error::job): then it goes on.
pub(crate) async fn see_through(
    supervisor: &Supervisor,
    mut lease: Lease,
    until: Instant,
    progress: &ProgressSink,
) -> Result<Completion<Response>> {
    let job = lease.submitted_job().ok_or_else(work::not_submitted)?;
    let gone = |error| work::goes_on(error, Some(job.id));
    let mut asked: Option<Arc<Service>> = None;
    loop {
        let service = service_of(supervisor, &job.provider).map_err(gone)?;
        let is_same = asked.as_ref().is_some_and(|asked| Arc::ptr_eq(asked, &service));
        match resume(&service, lease, until, progress).await {
            Resumed::Ended(result) => return result,
            Resumed::GoesOn(left, error) if error.kind() == ErrorKind::NotServing && !is_same => lease = left,
            Resumed::GoesOn(_, error) => return Err(error),
        }
        asked = Some(service);
    }
}

/// Whoever has this id now.
pub(crate) fn service_of(supervisor: &Supervisor, provider: &ProviderId) -> Result<Arc<Service>> {
    let snapshot = supervisor.snapshot();
    let entry = snapshot.entries.get(provider).ok_or_else(|| unknown(provider, &snapshot.entries))?;
    entry.service().map(Arc::clone)
}

/// Asks a provider after a job until it has ended, and settles what it has cost.
pub(crate) async fn resume(service: &Service, mut lease: Lease, until: Instant, progress: &ProgressSink) -> Resumed {
    let Some(job) = lease.submitted_job() else { return Resumed::Ended(Err(work::not_submitted())) };
    let work = service.work();
    let followed = async {
        work.check_version(&job.submission)?;
        service.initialize().await?;
        work.follow(&job.submission, until, progress).await
    };
    let followed = followed.await;
    let ended = match followed {
        Ok(ended) => ended,
        Err(error) => return Resumed::GoesOn(lease, service.own(work::goes_on(error, Some(job.id)))),
    };
    work.tell_end(Some(job.id), &ended);
    match ended {
        Ended::Done(response) => {
            let settlement = settlement(service, &job, &response);
            let cost = settlement.and_then(|settlement| settlement.cost());
            let charged = settlement.and_then(|settlement| settlement.charged());
            service.accounts.correct(job.submission.spent(), charged);
            let completion = Completion {
                response,
                provider: job.provider,
                model: job.model,
                cost,
                report: Default::default(),
                failed_attempts: Vec::new(),
                is_repeated: false,
            };
            Accounts::keep(lease, &completion, charged).await;
            Resumed::Ended(Ok(completion))
        }
        Ended::Failed(error) => {
            if !fallback::is_maybe_billed(&error, bill(service, &job)) {
                service.accounts.correct(job.submission.spent(), Some(PicoUsd::ZERO));
                lease.not_billed();
            }
            Resumed::Ended(Err(service.own(error)))
        }
    }
}

fn bill(service: &Service, job: &SubmittedJob) -> Bill {
    let endpoint = service.endpoints.iter().find(|endpoint| endpoint.model.id == job.model);
    match endpoint {
        Some(endpoint) if endpoint.prices().value == Some(&[]) && !endpoint.overrides.doubts_prices => Bill::Free,
        Some(endpoint) => Bill::Paid(endpoint.bills_on_failure),
        // The model is no longer listed.
        None => Bill::Paid(service.provider.catalogue().description.bills_on_failure),
    }
}

/// The bill, where the model is still listed.
fn settlement(service: &Service, job: &SubmittedJob, response: &Response) -> Option<Settlement> {
    let endpoint = service.endpoints.iter().find(|endpoint| endpoint.model.id == job.model)?;
    let need = work::request(&job.submission).ok().and_then(|request| Settlement::need(endpoint, &request));
    Some(Settlement::of(endpoint, need.as_ref(), response.usage()))
}
