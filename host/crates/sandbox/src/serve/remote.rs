//! A component in a worker, as the host calls it.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use palisade_core::{
    Call, CallReport, CancelResult, Capability, Catalogue, Digest, Error, ErrorKind, JobCall, JobState, JobToken,
    Limits, Response, Result, http::Outlet,
};
use tokio::time::timeout;

use super::{
    answer::{Answers, Reached},
    believe::{Listeners, credible, not_asked, unreported},
    current::{Current, WorkerStatus},
    ear::Heard,
    failure::Failure,
    figures::Figures,
    frame::{self, Frame, Kind},
    job::believed_token,
    link::{Conversation, Link},
    message::{Ending, Job, Load, Order, Product, Time, Work},
    room, sizes,
    table::Allowance,
    tally::Asking,
};
use crate::{Allocation, Reuse, classify::leaked, clock::stalled, code::Code, reason::reason};

/// How much later than the worker the host itself ends a call.
const GRACE: Duration = Duration::from_millis(100);
/// The same for a piece that does not come. The time of the worker begins later: when the request is there, and the guest
/// is made.
const EVENT_GRACE: Duration = Duration::from_secs(5);
/// How long a worker may take to say what was logged by a call that ends because a secret was to leave.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What a worker is made from.
pub(crate) struct Setup {
    /// The program that is run.
    pub(crate) program: PathBuf,
    pub(crate) code: Arc<Code>,
    pub(crate) digest: Digest,
    /// How many of the calls that a pool has room for one instance takes.
    pub(crate) places: u32,
    pub(crate) allocation: Allocation,
    pub(crate) config: BTreeMap<String, String>,
    pub(crate) limits: Limits,
    pub(crate) reuse: Option<Reuse>,
    /// What its calls may be given to ask.
    pub(crate) reached: room::Reached,
    /// What the component exports, as the host read it.
    pub(crate) capabilities: Vec<Capability>,
    /// Of these, those whose work is a job.
    pub(crate) jobs: Vec<Capability>,
}

/// A component in a worker.
pub(crate) struct Remote {
    setup: Arc<Setup>,
    current: Current,
    /// For workers that keep instances: what the guest said of itself.
    catalogue: OnceLock<Box<Catalogue>>,
}

impl Remote {
    /// Its workers are looked after on the runtime that this is called in.
    pub(crate) fn new(setup: Setup) -> Self {
        Self { setup: Arc::new(setup), current: Current::new(), catalogue: OnceLock::new() }
    }

    pub(crate) fn capabilities(&self) -> Vec<Capability> {
        self.setup.capabilities.clone()
    }

    pub(crate) fn jobs(&self) -> Vec<Capability> {
        self.setup.jobs.clone()
    }

    pub(crate) fn status(&self) -> WorkerStatus {
        self.current.status()
    }

    /// Ends the worker. The next call starts another.
    pub(crate) fn rest(&self) {
        self.current.end();
    }

    /// Asks the guest for its catalogue.
    pub(crate) async fn describe(&self, limits: &Limits) -> (Result<Catalogue>, CallReport) {
        let limits = limits.for_catalogue();
        let mut talk = Talk::of(&limits, sizes::of_a_catalogue(&limits), Reached::default());
        let (result, report) = self.run(&mut talk, Work::Describe).await;
        let catalogue = match result {
            Ok(Product::Catalogue(bytes)) => self.read_catalogue(bytes).await,
            Ok(_) => Err(not_asked()),
            Err(error) => Err(error),
        };
        if let (Ok(catalogue), Some(_)) = (&catalogue, self.setup.reuse) {
            self.catalogue.get_or_init(|| Box::new(catalogue.clone()));
        }
        (catalogue, report)
    }

    /// Reads a catalogue, and checks it as one of a guest that runs here.
    async fn read_catalogue(&self, bytes: Vec<u8>) -> Result<Catalogue> {
        let no_catalogue = |error: io::Error| {
            let reason = reason(error.to_string());
            Error::new(ErrorKind::InvalidCatalogue, format!("the worker sent what is no catalogue: {reason}"))
        };
        let catalogue = frame::parse_apart::<Catalogue>(bytes, sizes::READ_CATALOGUE).await.map_err(no_catalogue)?;
        catalogue.validate(&self.setup.capabilities).map(|()| catalogue)
    }

    /// Asks the guest whether it could work now.
    pub(crate) async fn check(&self, limits: &Limits, outlet: Outlet) -> (Result<()>, CallReport) {
        let limits = limits.for_catalogue();
        let reached = Reached { outlet, ..Reached::default() };
        let (result, report) = self.run(&mut Talk::of(&limits, sizes::of_health(&limits), reached), Work::Check).await;
        let healthy = |product| if matches!(product, Product::Health) { Ok(()) } else { Err(not_asked()) };
        (result.and_then(healthy), report)
    }

    /// Has the guest serve a call that began at `start`. The response is one that a guest could have given here.
    pub(crate) async fn serve(&self, limits: &Limits, call: &Call, start: Instant) -> (Result<Response>, CallReport) {
        if let Err(error) = room::check_request(&call.request, limits) {
            return (Err(error), CallReport::default());
        }
        let listeners = Listeners::of(call);
        let work = Work::Serve {
            request: Arc::clone(&call.request),
            options: call.options.clone(),
            time: Time::of(limits.timeout),
            in_pieces: listeners.want_pieces(),
        };
        let piece = listeners.want_pieces().then(|| sizes::of_a_piece(limits));
        let mut talk = Talk::of(limits, sizes::of_a_response(limits), Reached::of(call));
        talk.allowance.piece = piece;
        (talk.listeners, talk.start) = (listeners, start);
        let (result, report) = self.run(&mut talk, work).await;
        let asked = call.request.capability();
        (result.and_then(|product| talk.listeners.response(product, asked, limits)), report)
    }

    /// Has the guest submit work that is a job, in a call that began at `start`.
    pub(crate) async fn submit(&self, limits: &Limits, call: &Call, start: Instant) -> (Result<JobToken>, CallReport) {
        if let Err(error) = room::check_request(&call.request, limits) {
            return (Err(error), CallReport::default());
        }
        let (request, options) = (Arc::clone(&call.request), call.options.clone());
        let work = Work::Submit { request, options, time: Time::of(limits.timeout) };
        let mut talk = Talk::of(limits, sizes::of_health(limits), Reached::of(call));
        talk.listeners = Listeners::of_progress(call);
        talk.start = start;
        let (result, report) = self.run(&mut talk, work).await;
        let token = |product| match product {
            Product::Token(token) => believed_token(&token),
            _ => Err(not_asked()),
        };
        (result.and_then(token), report)
    }

    /// Asks the guest once where a job is.
    pub(crate) async fn poll(&self, limits: &Limits, call: &JobCall) -> (Result<JobState>, CallReport) {
        let mut talk = Talk::of(limits, sizes::of_a_response(limits), Reached::of_job(call));
        let (result, report) = self.run(&mut talk, Work::Poll(job(call), Time::of(limits.timeout))).await;
        let state = |product| match product {
            Product::Whereabouts(whereabouts) => whereabouts.believed(call.capability, limits),
            _ => Err(not_asked()),
        };
        (result.and_then(state), report)
    }

    /// Asks the guest that a job be stopped.
    pub(crate) async fn cancel(&self, limits: &Limits, call: &JobCall) -> (Result<CancelResult>, CallReport) {
        let mut talk = Talk::of(limits, sizes::of_health(limits), Reached::of_job(call));
        let (result, report) = self.run(&mut talk, Work::Cancel(job(call), Time::of(limits.timeout))).await;
        let stopped = |product| match product {
            Product::Stopped(result) => Ok(result),
            _ => Err(not_asked()),
        };
        (result.and_then(stopped), report)
    }

    async fn run(&self, talk: &mut Talk<'_>, work: Work) -> (Result<Product>, CallReport) {
        let Talk { limits, start, .. } = *talk;
        let ended = timeout(limits.timeout.saturating_add(GRACE), self.converse(talk, work)).await;
        let ended = ended.unwrap_or_else(|_elapsed| {
            let message = format!("the provider took longer than {:?}", limits.timeout);
            Err(Error::new(ErrorKind::Deadline, message))
        });
        let wall_time = start.elapsed();
        let (result, report) = match ended {
            Ok(Ending { result, report }) => {
                (result.map_err(Failure::into_error), credible(&report, limits, wall_time))
            }
            Err(error) => {
                let running = talk.began.map_or(Duration::ZERO, |began| began.elapsed());
                (Err(error), unreported(running, wall_time))
            }
        };
        // Whatever the worker makes of it.
        (if talk.has_leaked { Err(leaked()) } else { result }, report)
    }

    async fn converse(&self, talk: &mut Talk<'_>, work: Work) -> Result<Ending> {
        let granted = talk.reached.granted();
        let mut order = Order { work, granted };
        loop {
            let catalogue = || self.catalogue.get().map(|catalogue| (**catalogue).clone());
            let link = self.current.link(|| start_worker(Arc::clone(&self.setup), catalogue())).await?;
            order.work.spend(talk.start.elapsed());
            let begin = Frame::new(Kind::Call, 0, &order).map_err(|error| {
                Error::new(ErrorKind::LimitExceeded, "the request cannot be sent").with_source(error)
            })?;
            // One that has just ended has heard nothing of the call.
            let Some(conversation) = link.call(begin, talk.allowance) else { continue };
            talk.began = Some(Instant::now());
            return talk.converse(&conversation).await;
        }
    }
}

/// Starts a worker.
async fn start_worker(setup: Arc<Setup>, catalogue: Option<Catalogue>) -> Result<Link> {
    let Setup { program, code, digest, places, allocation, config, limits, reuse, reached, .. } = &*setup;
    let code = code.component.serialize().map_err(|error| {
        Error::new(ErrorKind::Internal, "the code of the component cannot be sent").with_source(error)
    })?;
    let start = room::start(limits, reuse.as_ref(), *places, code.len() as u64, *reached, *allocation);
    let load = Load {
        digest: *digest.as_bytes(),
        code,
        config: config.clone(),
        limits: Figures::from(limits),
        reaches_out: reached.upstreams,
        reuse: *reuse,
        catalogue,
    };
    Link::start(program, start, load).await
}

/// A job, as a worker is told of it.
fn job(call: &JobCall) -> Job {
    Job { capability: call.capability, token: call.token.clone(), scope: call.scope.clone() }
}

/// A call, as the host makes it.
struct Talk<'a> {
    limits: &'a Limits,
    /// What the worker may say of it.
    allowance: Allowance,
    listeners: Listeners,
    reached: Reached,
    /// When it began, from which its time counts.
    start: Instant,
    /// When a worker was told of it.
    began: Option<Instant>,
    /// Whether its guest has tried to send a secret.
    has_leaked: bool,
}

impl<'a> Talk<'a> {
    /// One that nobody listens to, that begins now, and the end of which may take so much memory.
    fn of(limits: &'a Limits, end: u64, reached: Reached) -> Self {
        // Each is a call of the host, and the one that is too many is refused when it has been made.
        let calls = limits.host_calls.max(1).saturating_add(1);
        let questions = if reached.granted().is_anything() { calls } else { 0 };
        let asking = Asking { questions, bytes: sizes::of_questions(limits) };
        let allowance = Allowance { end, piece: None, reports: calls, asking };
        let (listeners, start) = (Listeners::default(), Instant::now());
        Self { limits, allowance, listeners, reached, start, began: None, has_leaked: false }
    }

    /// Listens to a worker until the call has ended, and does what its guest asks.
    async fn converse(&mut self, conversation: &Conversation<'_>) -> Result<Ending> {
        let deadline = self.start.checked_add(self.limits.timeout);
        let mut answers = Answers::new(self.reached.clone(), self.limits.memory_bytes, deadline);
        let mut wait = self.allowance.piece.map(|_| self.limits.first_event_timeout.saturating_add(EVENT_GRACE));
        let mut since = Instant::now();
        loop {
            let hear = async {
                match wait.map(|wait| wait.saturating_sub(since.elapsed())) {
                    Some(left) => timeout(left, conversation.hear()).await.map_err(|_elapsed| stalled())?,
                    None => conversation.hear().await,
                }
            };
            let heard = tokio::select! {
                // What was asked before the end is looked at before the end: a secret in it is told, whoever waits for it.
                biased;
                answer = async {
                    conversation.has_read().await;
                    answers.next().await
                } => {
                    let answer = answer?;
                    if answer.is_leak() {
                        self.has_leaked = true;
                        (wait, since) = (Some(LAST_WORDS), Instant::now());
                    }
                    conversation.reply(&answer)?;
                    continue;
                }
                heard = hear => heard?,
            };
            match heard {
                Heard::End(ending) => return Ok(*ending),
                // Its guest does not go on, whatever its worker says.
                _ if self.has_leaked => {}
                Heard::Progress(progress) => self.listeners.report(progress),
                Heard::Asked(asked) => {
                    if let Some(answer) = answers.begin(asked)? {
                        conversation.reply(&answer)?;
                    }
                }
                Heard::Piece(event) => {
                    let is_last = event.is_last();
                    self.listeners.take(event, self.limits).await?;
                    conversation.taken();
                    wait = (!is_last).then_some(self.limits.event_gap_timeout.saturating_add(EVENT_GRACE));
                    since = Instant::now();
                }
            }
        }
    }
}

#[cfg(test)]
#[path = "remote_tests.rs"]
mod tests;
