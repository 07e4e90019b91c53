//! A provider whose work is jobs, and the upstream that does them: it outlives the hosts of a test.

use std::sync::{Arc, Mutex};

use palisade::{
    BoxFuture, Call, CallReport, CancelResult, Capability, Catalogue, Error, ErrorKind, JobCall, JobProgress, JobState,
    JobToken, Media, Outcome, Provider, Result, Submitted, Unit, Usage, UsageItem, Video,
    catalogue::{Cancellation, Description, FailureBilling, Model, Price},
    text_to_video::Response,
};
use tokio::sync::watch;

/// Where a job is at the upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Queued,
    Running,
    Done,
    /// It failed, and the provider says so.
    Failed(ErrorKind),
    Cancelled,
    Forgotten,
    /// It cannot be told where it is.
    Unreachable(ErrorKind),
}

#[derive(Debug, Default)]
struct Inner {
    jobs: Vec<At>,
    cancels: u32,
}

/// Who does the work.
#[derive(Debug, Clone)]
pub(crate) struct Upstream {
    inner: Arc<Mutex<Inner>>,
    polls: watch::Sender<u32>,
}

impl Upstream {
    pub(crate) fn new() -> Self {
        Self { inner: Arc::default(), polls: watch::Sender::new(0) }
    }

    pub(crate) fn submissions(&self) -> usize {
        self.inner.lock().unwrap().jobs.len()
    }

    pub(crate) fn cancels(&self) -> u32 {
        self.inner.lock().unwrap().cancels
    }

    /// Moves all jobs.
    pub(crate) fn all_are(&self, at: At) {
        self.inner.lock().unwrap().jobs.iter_mut().for_each(|job| *job = at);
    }

    /// Waits until it was asked so many times more.
    pub(crate) async fn is_asked(&self, times: u32) {
        let mut polls = self.polls.subscribe();
        let enough = *polls.borrow_and_update() + times;
        polls.wait_for(|polls| *polls >= enough).await.unwrap();
    }
}

/// The provider.
pub(crate) struct Studio {
    upstream: Upstream,
    catalogue: Catalogue,
}

impl Studio {
    pub(crate) fn new(upstream: &Upstream) -> Self {
        let description = Description {
            claimed_id: "studio".to_owned(),
            version: "1.0.0".to_owned(),
            bills_on_failure: FailureBilling::Never,
            cancellation: Cancellation::Refunded,
            ..Description::default()
        };
        let mut model = Model::new("film".parse().unwrap(), &[Capability::TextToVideo]);
        model.prices = Some(vec![Price::new(Unit::VideoSecond, "0.10".parse().unwrap())]);
        Self { upstream: upstream.clone(), catalogue: Catalogue::new(description, vec![model]) }
    }

    /// With something else in its description.
    pub(crate) fn change(mut self, change: impl FnOnce(&mut Description)) -> Self {
        change(&mut self.catalogue.description);
        self
    }

    fn index(token: &JobToken) -> usize {
        usize::from(token.bytes()[0])
    }
}

impl Provider for Studio {
    fn capabilities(&self) -> &[Capability] {
        &[Capability::TextToVideo]
    }

    fn jobs(&self) -> &[Capability] {
        &[Capability::TextToVideo]
    }

    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn call(&self, _: Call) -> BoxFuture<'_, Result<Outcome>> {
        Box::pin(async { panic!("its work is a job") })
    }

    fn submit(&self, _: Call) -> BoxFuture<'_, Result<(JobToken, CallReport)>> {
        Box::pin(async {
            let mut inner = self.upstream.inner.lock().unwrap();
            inner.jobs.push(At::Queued);
            Ok((JobToken::new(vec![u8::try_from(inner.jobs.len() - 1).unwrap()])?, CallReport::default()))
        })
    }

    fn poll(&self, job: JobCall) -> BoxFuture<'_, Result<(JobState, CallReport)>> {
        Box::pin(async move {
            let at = self.upstream.inner.lock().unwrap().jobs[Self::index(&job.token)];
            self.upstream.polls.send_modify(|polls| *polls += 1);
            let state = match at {
                At::Queued => JobState::Queued(JobProgress { queue_position: Some(2), ..JobProgress::default() }),
                At::Running => JobState::Running(JobProgress { permille: Some(500), ..JobProgress::default() }),
                At::Done => JobState::Succeeded(Box::new(film().into())),
                At::Failed(kind) => JobState::Failed(Error::new(kind, "it failed").with_upstream(Submitted::Yes, None)),
                At::Cancelled => JobState::Cancelled(None),
                At::Forgotten => JobState::Expired,
                At::Unreachable(kind) => return Err(Error::new(kind, "it does not say")),
            };
            Ok((state, CallReport::default()))
        })
    }

    fn cancel(&self, job: JobCall) -> BoxFuture<'_, Result<CancelResult>> {
        Box::pin(async move {
            let mut inner = self.upstream.inner.lock().unwrap();
            inner.cancels += 1;
            let at = &mut inner.jobs[Self::index(&job.token)];
            if *at == At::Done {
                return Ok(CancelResult::TooLate);
            }
            *at = At::Cancelled;
            Ok(CancelResult::Cancelled)
        })
    }
}

/// Four seconds of film.
pub(crate) fn film() -> Response {
    let content = Media { media_type: "video/mp4".to_owned(), data: b"film".to_vec() };
    let video = Video { content, width: None, height: None, seconds: Some(4.0), seed: None, revised_prompt: None };
    let items = vec![UsageItem { unit: Unit::VideoSecond, quantity: 4.0 }];
    Response { videos: vec![video], usage: Usage { items, reported_cost: None }, warnings: Vec::new() }
}
