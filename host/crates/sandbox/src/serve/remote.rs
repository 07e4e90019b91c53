//! A component in a worker, as the host calls it.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use palisade_core::{Call, CallReport, Capability, Catalogue, Digest, Error, ErrorKind, Limits, Response, Result};
use tokio::time::timeout;

use super::{
    believe::{Listeners, credible, not_asked, unreported},
    current::{Current, WorkerStatus},
    ear::Heard,
    failure::Failure,
    figures::Figures,
    frame::{self, Frame, Kind},
    link::Link,
    message::{Ending, Load, Product, Work},
    room, sizes,
    table::Allowance,
};
use crate::{Allocation, Reuse, clock::stalled, code::Code, reason::reason};

/// How much later than the worker the host itself ends a call.
const GRACE: Duration = Duration::from_millis(100);
/// The same for a piece that does not come. The time of the worker begins later: when the request is there, and the guest
/// is made.
const EVENT_GRACE: Duration = Duration::from_secs(5);

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
    /// What the component exports, as the host read it.
    pub(crate) capabilities: Vec<Capability>,
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
        let allowance = Allowance { end: sizes::of_a_catalogue(&limits), piece: None, reports: reports(&limits) };
        let (result, report) = self.run(&mut Talk::of(&limits, allowance), Work::Describe).await;
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
    pub(crate) async fn check(&self, limits: &Limits) -> (Result<()>, CallReport) {
        let limits = limits.for_catalogue();
        let allowance = Allowance { end: sizes::of_health(&limits), piece: None, reports: reports(&limits) };
        let (result, report) = self.run(&mut Talk::of(&limits, allowance), Work::Check).await;
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
            timeout: limits.timeout,
            spent: Duration::ZERO,
            in_pieces: listeners.want_pieces(),
        };
        let allowance = Allowance {
            end: sizes::of_a_response(limits),
            piece: listeners.want_pieces().then(|| sizes::of_a_piece(limits)),
            reports: reports(limits),
        };
        let mut talk = Talk { limits, allowance, listeners, start, began: None };
        let (result, report) = self.run(&mut talk, work).await;
        let asked = call.request.capability();
        (result.and_then(|product| talk.listeners.response(product, asked, limits)), report)
    }

    async fn run(&self, talk: &mut Talk<'_>, work: Work) -> (Result<Product>, CallReport) {
        let Talk { limits, start, .. } = *talk;
        let ended = timeout(limits.timeout.saturating_add(GRACE), self.converse(talk, work)).await;
        let ended = ended.unwrap_or_else(|_elapsed| {
            let message = format!("the provider took longer than {:?}", limits.timeout);
            Err(Error::new(ErrorKind::Deadline, message))
        });
        let wall_time = start.elapsed();
        match ended {
            Ok(Ending { result, report }) => {
                (result.map_err(Failure::into_error), credible(&report, limits, wall_time))
            }
            Err(error) => {
                let running = talk.began.map_or(Duration::ZERO, |began| began.elapsed());
                (Err(error), unreported(running, wall_time))
            }
        }
    }

    async fn converse(&self, talk: &mut Talk<'_>, mut work: Work) -> Result<Ending> {
        loop {
            let catalogue = || self.catalogue.get().map(|catalogue| (**catalogue).clone());
            let link = self.current.link(|| start_worker(Arc::clone(&self.setup), catalogue())).await?;
            if let Work::Serve { spent, .. } = &mut work {
                *spent = talk.start.elapsed();
            }
            let begin = Frame::new(Kind::Call, 0, &work).map_err(|error| {
                Error::new(ErrorKind::LimitExceeded, "the request cannot be sent").with_source(error)
            })?;
            // One that has just ended has heard nothing of the call.
            let Some(conversation) = link.call(begin, talk.allowance) else { continue };
            talk.began = Some(Instant::now());
            let mut wait = talk.allowance.piece.map(|_| talk.limits.first_event_timeout);
            let mut since = Instant::now();
            loop {
                let left = wait.map(|wait| wait.saturating_add(EVENT_GRACE).saturating_sub(since.elapsed()));
                let heard = match left {
                    Some(left) => timeout(left, conversation.hear()).await.map_err(|_elapsed| stalled())?,
                    None => conversation.hear().await,
                };
                match heard? {
                    Heard::Progress(progress) => talk.listeners.report(progress),
                    Heard::Piece(event) => {
                        let is_last = event.is_last();
                        talk.listeners.take(event, talk.limits).await?;
                        conversation.taken();
                        wait = (!is_last).then_some(talk.limits.event_gap_timeout);
                        since = Instant::now();
                    }
                    Heard::End(ending) => return Ok(*ending),
                }
            }
        }
    }
}

/// Starts a worker.
async fn start_worker(setup: Arc<Setup>, catalogue: Option<Catalogue>) -> Result<Link> {
    let Setup { program, code, digest, places, allocation, config, limits, reuse, .. } = &*setup;
    let code = code.component.serialize().map_err(|error| {
        Error::new(ErrorKind::Internal, "the code of the component cannot be sent").with_source(error)
    })?;
    let start = room::start(limits, reuse.as_ref(), *places, code.len() as u64, *allocation);
    let load = Load {
        digest: *digest.as_bytes(),
        code,
        config: config.clone(),
        limits: Figures::from(limits),
        reuse: *reuse,
        catalogue,
    };
    Link::start(program, start, load).await
}

/// Most reports of progress: each is a call of the host, and the one that is too many is refused when it has been made.
fn reports(limits: &Limits) -> u64 {
    limits.host_calls.max(1).saturating_add(1)
}

/// A call, as the host makes it.
struct Talk<'a> {
    limits: &'a Limits,
    /// What the worker may say of it.
    allowance: Allowance,
    listeners: Listeners,
    /// When it began, from which its time counts.
    start: Instant,
    /// When a worker was told of it.
    began: Option<Instant>,
}

impl<'a> Talk<'a> {
    /// One that nobody listens to, and that begins now.
    fn of(limits: &'a Limits, allowance: Allowance) -> Self {
        Self { limits, allowance, listeners: Listeners::default(), start: Instant::now(), began: None }
    }
}
