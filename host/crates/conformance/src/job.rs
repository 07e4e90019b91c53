//! Work that is a job: submitted once, and asked after until it has ended, each time of another instance.
//!
//! No time has to pass between two questions where the upstream is none or was recorded: a guest has no clock, and what is
//! recorded goes on with each question. A real upstream is left alone for a while.

use std::{sync::Arc, time::Duration};

use palisade_core::{
    Call, CancelResult, Capability, Error, ErrorClass, ErrorKind, JobCall, JobState, JobToken, Provider as _, Request,
    ResourceUsage, Response, Result, Scope,
};

use crate::{
    Upstream,
    door::{Lack, Missing, watched},
    run::{Answer, Caller, Pieces},
};

/// Questions after which a job is one that does not end.
const MOST_POLLS: u32 = 100;
/// Questions in a row that nobody could answer, for a reason that passes.
const MOST_REFUSALS: u32 = 5;
/// How much longer the longest pause is than the first.
const LONGEST: u32 = 15;

/// What came of asking after a job until it has ended.
#[derive(Debug)]
pub(crate) struct Followed {
    /// What it made, or why it made nothing, or why nobody could tell.
    pub(crate) result: Result<Response>,
    /// Whether it was asked after as often as anybody would, and goes on.
    pub(crate) goes_on: bool,
    /// Whether it ended as one that was cancelled.
    pub(crate) is_cancelled: bool,
    /// The most that one question used.
    pub(crate) resources: ResourceUsage,
    pub(crate) last_words: Option<String>,
    /// What was missing beyond the sandbox while it was asked after.
    pub(crate) lack: Lack,
}

impl Caller<'_> {
    /// Submits work and asks after it until it has ended.
    pub(crate) async fn carry_out(&self, call: Call, lack: &Lack) -> Answer {
        let request = Arc::clone(&call.request);
        let (token, report) = match self.component.submit(call).await {
            Ok(submitted) => submitted,
            Err(error) => return Answer::failed(error, lack.missing()),
        };
        let followed = self.follow(&request, &token).await;
        let Followed { result, goes_on, resources, last_words, .. } = followed;
        let last_words = last_words.or_else(|| report.log.last().map(|line| line.text.clone()));
        Answer {
            result,
            resources: worst(report.resources, resources),
            last_words,
            pieces: Pieces::default(),
            lacked: lack.missing().or_else(|| followed.lack.missing()),
            goes_on,
        }
    }

    /// Asks after a job until it has ended.
    pub(crate) async fn follow(&self, request: &Request, token: &JobToken) -> Followed {
        let mut followed = Followed {
            result: Err(Error::new(ErrorKind::Deadline, format!("the job goes on after {MOST_POLLS} questions"))),
            goes_on: false,
            is_cancelled: false,
            resources: ResourceUsage::default(),
            last_words: None,
            lack: Lack::default(),
        };
        let (mut refusals, mut wish) = (0, None);
        for asked in 0..MOST_POLLS {
            self.pause(asked, wish.take()).await;
            let state = match self.poll(request.capability(), token, &mut followed).await {
                Ok(state) => state,
                Err(error) => {
                    refusals += 1;
                    if refusals >= MOST_REFUSALS
                        || !error.kind().is_retryable()
                        || error.kind().class() != ErrorClass::Provider
                    {
                        followed.result = Err(error);
                        return followed;
                    }
                    wish = error.retry_after();
                    continue;
                }
            };
            refusals = 0;
            followed.result = match state {
                JobState::Queued(_) | JobState::Running(_) => continue,
                JobState::Succeeded(response) => {
                    let check = self.component.catalogue().check_response(request, &response);
                    followed.resources.bytes_out = response.size_in_bytes();
                    check.map(|()| *response)
                }
                JobState::Failed(error) => Err(error),
                JobState::Cancelled(_) => {
                    followed.is_cancelled = true;
                    Err(Error::new(ErrorKind::Cancelled, "the job was cancelled"))
                }
                JobState::Expired => {
                    Err(Error::new(ErrorKind::ProviderFailed, "the job is not known any more, before it has ended"))
                }
            };
            return followed;
        }
        if followed.lack.was_asked() {
            // It goes on for as long as the upstream says so, and what was recorded may break off.
            let says = format!("the upstream says that the job goes on after {MOST_POLLS} questions");
            followed.result = Err(Error::new(ErrorKind::UpstreamTimeout, says));
            followed.lack.note(Missing::Upstream);
        } else {
            followed.goes_on = true;
        }
        followed
    }

    async fn poll(&self, capability: Capability, token: &JobToken, followed: &mut Followed) -> Result<JobState> {
        let (job, lack) = self.job(capability, token);
        let (state, report) = match self.component.poll(job).await {
            Ok((state, report)) => (Ok(state), Some(report)),
            Err(error) => {
                let report = error.report().cloned();
                (Err(error), report)
            }
        };
        followed.lack.merge(&lack);
        if let Some(report) = report {
            followed.resources = worst(followed.resources, report.resources);
            followed.last_words = report.log.last().map(|line| line.text.clone()).or(followed.last_words.take());
        }
        state
    }

    /// Asks once where a job is, and whether anything was missing beyond the sandbox.
    pub(crate) async fn whereabouts(&self, capability: Capability, token: &JobToken) -> (Result<JobState>, Lack) {
        let (job, lack) = self.job(capability, token);
        (self.component.poll(job).await.map(|(state, _)| state), lack)
    }

    /// Asks that a job be stopped, and whether anything was missing beyond the sandbox.
    pub(crate) async fn cancel(&self, capability: Capability, token: &JobToken) -> (Result<CancelResult>, Lack) {
        let (job, lack) = self.job(capability, token);
        (self.component.cancel(job).await, lack)
    }

    fn job(&self, capability: Capability, token: &JobToken) -> (JobCall, Lack) {
        let credentials = &self.component.catalogue().description.credential_names;
        let (outlet, lack) = watched(&self.settings.upstream.outlet(credentials));
        let (scope, key_value, stores) = (Scope::default(), lack.key_value(), lack.stores());
        (JobCall { capability, token: token.clone(), timeout: None, scope, outlet, key_value, stores }, lack)
    }

    /// Leaves a real upstream alone, for as long as it wishes.
    async fn pause(&self, asked: u32, wish: Option<Duration>) {
        if matches!(self.settings.upstream, Upstream::Recording(_)) {
            let first = self.settings.pause;
            let pause = first.saturating_mul(1_u32.checked_shl(asked).unwrap_or(LONGEST).min(LONGEST));
            tokio::time::sleep(wish.map_or(pause, |wish| wish.max(pause))).await;
        }
    }
}

/// The most of each figure: limits hold for each question by itself.
fn worst(one: ResourceUsage, other: ResourceUsage) -> ResourceUsage {
    ResourceUsage {
        fuel: one.fuel.max(other.fuel),
        peak_memory_bytes: one.peak_memory_bytes.max(other.peak_memory_bytes),
        guest_time: one.guest_time.max(other.guest_time),
        wall_time: one.wall_time.max(other.wall_time),
        host_calls: one.host_calls.max(other.host_calls),
        bytes_in: one.bytes_in.max(other.bytes_in),
        bytes_out: one.bytes_out.max(other.bytes_out),
    }
}
