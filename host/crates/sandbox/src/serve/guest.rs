//! The guest in its worker: linked once, called as the host says.

use std::{
    collections::{HashMap, VecDeque},
    io,
    pin::pin,
    sync::{Arc, Mutex, OnceLock},
    time::Instant,
};

use palisade_core::{
    Call, CallReport, Catalogue, Digest, Error, ErrorKind, EventSink, JobCall, Limits, ProgressSink, Request, Response,
    Result,
};
use palisade_world::Exports;
use tokio::{
    sync::{mpsc, oneshot},
    task::{AbortHandle, Id, JoinError, JoinSet},
};

use super::{
    ask::Line,
    failure::Failure,
    frame::{self, Frame, Kind},
    message::{Ending, Job, Load, Loaded, Order, Product, Time, ToWorker, Work},
    room, sizes,
};
use crate::{Sandbox, call::Callee, code, lock::lock, state::Ends, worker::Loading};

/// The way to the host.
#[derive(Clone)]
pub(super) struct Outgoing(mpsc::Sender<Frame>);

impl Outgoing {
    pub(super) fn new(frames: mpsc::Sender<Frame>) -> Self {
        Self(frames)
    }

    /// Sends a message. Without a host to read it, the process ends by itself.
    pub(super) async fn send(&self, frame: Frame) {
        let _gone = self.0.send(frame).await;
    }

    /// Sends a message that may be lost.
    fn mention(&self, frame: Frame) {
        let _full = self.0.try_send(frame);
    }
}

/// The pieces that were sent, and that the host has not taken yet, by the ids of their calls.
type Untaken = Arc<Mutex<HashMap<u64, oneshot::Sender<()>>>>;

/// The lines of the calls under way whose guests may ask something.
type Lines = Arc<Mutex<HashMap<u64, Arc<Line>>>>;

/// What the calls share that are under way.
#[derive(Clone)]
struct Shared {
    guest: Arc<Guest>,
    outgoing: Outgoing,
    untaken: Untaken,
    lines: Lines,
}

struct Guest {
    callee: Callee,
    limits: Limits,
    /// What it said of itself.
    catalogue: OnceLock<Catalogue>,
}

/// A call that has not begun.
struct Held {
    id: u64,
    order: Order,
    since: Instant,
}

/// The calls under way.
#[derive(Default)]
struct Calls {
    /// Those that begin when others have ended: the host admits another one as soon as one is dropped, and what was dropped
    /// may go on until the next tick.
    held: VecDeque<Held>,
    tasks: JoinSet<()>,
    ids: HashMap<Id, u64>,
    handles: HashMap<u64, AbortHandle>,
}

/// Links the component that the host sends, gives up what that took, and makes the calls that the host asks for.
pub(super) async fn run(
    sandbox: &'static Sandbox,
    loading: Loading,
    mut orders: mpsc::Receiver<ToWorker>,
    outgoing: Outgoing,
) -> io::Result<()> {
    let Some(ToWorker::Load(load)) = orders.recv().await else { return Ok(()) };
    let guest = match link(sandbox, *load).await {
        Ok(guest) => Arc::new(guest),
        Err(error) => {
            outgoing.send(Frame::new(Kind::Loaded, 0, &Loaded::Err(Failure::from(&error)))?).await;
            return Ok(());
        }
    };
    loading.seal()?;
    outgoing.send(Frame::new(Kind::Loaded, 0, &Loaded::Ok(()))?).await;

    let most = room::calls(&guest.limits) as usize;
    let (untaken, lines) = (Untaken::default(), Lines::default());
    let shared = Shared { guest, outgoing: outgoing.clone(), untaken: Arc::clone(&untaken), lines: Arc::clone(&lines) };
    let mut calls = Calls::default();
    loop {
        while let Some(held) = calls.next(most) {
            let id = held.id;
            calls.begin(id, call(shared.clone(), held));
        }
        tokio::select! {
            order = orders.recv() => match order {
                Some(ToWorker::Call(id, order)) => {
                    calls.held.push_back(Held { id, order: *order, since: Instant::now() });
                }
                Some(ToWorker::Taken(id)) => {
                    if let Some(waiting) = lock(&untaken).remove(&id) {
                        // The call may just have been cancelled.
                        let _gone = waiting.send(());
                    }
                }
                Some(ToWorker::Reply(id, reply)) => {
                    let line = lock(&lines).get(&id).cloned();
                    line.inspect(|line| line.deliver(reply));
                }
                Some(ToWorker::Cancel(id)) => {
                    if calls.cancel(id) {
                        outgoing.send(Frame::bare(Kind::Gone, id)).await;
                    }
                }
                Some(ToWorker::Start(_) | ToWorker::Load(_)) | None => return Ok(()),
            },
            Some(ended) = calls.tasks.join_next_with_id() => {
                let Some((id, ended)) = calls.end(ended) else { continue };
                lock(&untaken).remove(&id);
                let line = lock(&lines).remove(&id);
                line.inspect(|line| line.close());
                match ended {
                    Ok(()) => {}
                    Err(error) if error.is_cancelled() => outgoing.send(Frame::bare(Kind::Gone, id)).await,
                    Err(_panic) => {
                        let error = Error::new(ErrorKind::Internal, "the host panicked in a call of the provider");
                        done(id, Err(error), CallReport::default(), 0, &outgoing).await;
                    }
                }
            }
        }
    }
}

impl Calls {
    /// The call that begins next, where fewer than so many are under way.
    fn next(&mut self, most: usize) -> Option<Held> {
        if self.tasks.len() < most { self.held.pop_front() } else { None }
    }

    fn begin(&mut self, id: u64, call: impl Future<Output = ()> + Send + 'static) {
        let handle = self.tasks.spawn(call);
        self.ids.insert(handle.id(), id);
        self.handles.insert(id, handle);
    }

    /// Drops the call, with its store, at the next tick at the latest. Says whether it had not begun.
    fn cancel(&mut self, id: u64) -> bool {
        if let Some(handle) = self.handles.get(&id) {
            handle.abort();
        }
        let held = self.held.len();
        self.held.retain(|call| call.id != id);
        self.held.len() < held
    }

    fn end(&mut self, ended: Result<(Id, ()), JoinError>) -> Option<(u64, Result<(), JoinError>)> {
        let (task, ended) = match ended {
            Ok((task, ())) => (task, Ok(())),
            Err(error) => (error.id(), Err(error)),
        };
        let id = self.ids.remove(&task)?;
        self.handles.remove(&id);
        Some((id, ended))
    }
}

async fn link(sandbox: &Sandbox, load: Load) -> Result<Guest> {
    let broken = |error: wasmtime::Error| {
        Error::new(ErrorKind::Internal, "the worker cannot load what the host has compiled").with_source(error)
    };
    let component = code::load(&sandbox.engine, &load.code).map_err(broken)?;
    // The first instance would make it, when that is no longer allowed; and without it every call costs more fuel.
    component.initialize_copy_on_write_image().map_err(broken)?;
    let slot = sandbox.codes.slot(Digest::from_sha256(load.digest));
    let code = slot.enter().await.leave(component);
    let pre = sandbox.linker(load.reaches_out).instantiate_pre(&code.component).map_err(broken)?;
    let exports = Exports::find(&pre)?;
    let callee = Callee::new(sandbox, pre, exports, load.config, load.reuse, code);
    let catalogue = load.catalogue.map(OnceLock::from).unwrap_or_default();
    Ok(Guest { callee, limits: load.limits.limits()?, catalogue })
}

/// Makes a call, and sends what its guest asks meanwhile.
async fn call(shared: Shared, held: Held) {
    let Held { id, order: Order { work, granted }, since } = held;
    let Shared { guest, outgoing, untaken, lines } = &shared;
    let (mut ends, mut asked) = (Ends::default(), None);
    if granted.is_anything() {
        let (line, questions) = Line::new(id, granted, &guest.limits);
        (ends, asked) = (line.ends(), Some(questions));
        lock(lines).insert(id, line);
    }
    let mut working = pin!(guest.work(work, ends, since, (id, outgoing, untaken)));
    let (result, report, room) = loop {
        let question = async {
            match &mut asked {
                Some(asked) => asked.recv().await,
                None => None,
            }
        };
        tokio::select! {
            biased;
            done = &mut working => break done,
            Some(frame) = question => outgoing.send(frame).await,
        }
    };
    // What it has asked without waiting is for the host to judge: it may hold a secret.
    while let Some(Ok(frame)) = asked.as_mut().map(mpsc::UnboundedReceiver::try_recv) {
        outgoing.send(frame).await;
    }
    done(id, result, report, room, outgoing).await;
}

impl Guest {
    /// Has the guest do this. Gives how much memory the end of it may take in the host.
    async fn work(
        &self,
        work: Work,
        ends: Ends,
        since: Instant,
        (id, outgoing, untaken): (u64, &Outgoing, &Untaken),
    ) -> (Result<Product>, CallReport, u64) {
        let Self { callee, limits, catalogue } = self;
        match work {
            Work::Describe => {
                let (result, report) = callee.describe(limits).await;
                let result = result.and_then(|described| {
                    let told = to_be_read(&described);
                    catalogue.get_or_init(|| described);
                    told
                });
                (result, report, sizes::of_a_catalogue(limits))
            }
            Work::Check => {
                let (result, report) = callee.check(limits, ends.outlet).await;
                (result.map(|()| Product::Health), report, sizes::of_health(limits))
            }
            Work::Serve { request, options, time, in_pieces } => {
                let events = if in_pieces {
                    listener(id, outgoing.clone(), Arc::clone(untaken), sizes::of_a_piece(limits))
                } else {
                    EventSink::default()
                };
                let Ends { outlet, key_value, stores, .. } = ends;
                let progress = told(id, outgoing);
                let mut call = Call { request, options, progress, outlet, key_value, stores, events };
                let (start, limits) = within(limits, since, time);
                // The host checks it again. Here it decides whether the instance is kept.
                let check = |request: &Request, response: &Response| match catalogue.get() {
                    Some(catalogue) if callee.keeps_instances() => catalogue.check_response(request, response),
                    _ => Ok(()),
                };
                let (response, report) = callee.serve(&limits, &mut call, start, check).await;
                let product =
                    |response: Response| if in_pieces { Product::InPieces } else { Product::Response(response) };
                (response.map(product), report, sizes::of_a_response(&limits))
            }
            Work::Submit { request, options, time } => {
                let Ends { outlet, key_value, stores, .. } = ends;
                let (progress, events) = (told(id, outgoing), EventSink::default());
                let mut call = Call { request, options, progress, outlet, key_value, stores, events };
                let (start, limits) = within(limits, since, time);
                let (token, report) = callee.submit(&limits, &mut call, start).await;
                (token.map(Product::Token), report, sizes::of_health(&limits))
            }
            Work::Poll(job, time) => {
                let (start, limits) = within(limits, since, time);
                let (state, report) = callee.poll(&limits, &job_call(job, ends), start).await;
                (state.map(|state| Product::Whereabouts(state.into())), report, sizes::of_a_response(&limits))
            }
            Work::Cancel(job, time) => {
                let (start, limits) = within(limits, since, time);
                let (result, report) = callee.cancel(&limits, &job_call(job, ends), start).await;
                (result.map(Product::Stopped), report, sizes::of_health(&limits))
            }
        }
    }
}

/// When a call began that came then, and its limits.
fn within(limits: &Limits, since: Instant, Time { timeout, spent }: Time) -> (Instant, Limits) {
    (since.checked_sub(spent).unwrap_or(since), Limits { timeout, ..limits.clone() })
}

fn job_call(Job { capability, token, scope }: Job, ends: Ends) -> JobCall {
    let Ends { outlet, key_value, stores, .. } = ends;
    JobCall { capability, token, timeout: None, scope, outlet, key_value, stores }
}

/// Tells the host how far a call is.
fn told(id: u64, outgoing: &Outgoing) -> ProgressSink {
    let told = outgoing.clone();
    ProgressSink::new(move |progress| {
        // It is a number and a short text.
        if let Ok(frame) = Frame::new(Kind::Progress, id, &progress) {
            told.mention(frame);
        }
    })
}

/// A catalogue as the host will read it.
fn to_be_read(catalogue: &Catalogue) -> Result<Product> {
    match frame::to_bytes(catalogue) {
        Ok(bytes) if frame::fits(&bytes, sizes::READ_CATALOGUE) => Ok(Product::Catalogue(bytes)),
        _ => Err(too_large()),
    }
}

/// Has the host take each piece, and waits until it has.
fn listener(id: u64, outgoing: Outgoing, untaken: Untaken, room: u64) -> EventSink {
    EventSink::new(move |event| {
        let (outgoing, untaken) = (outgoing.clone(), Arc::clone(&untaken));
        Box::pin(async move {
            // A piece that cannot be sent is one that nobody takes: the call ends when it has waited for long enough.
            let frame = Frame::new(Kind::Piece, id, &event).ok().filter(|frame| frame.fits(room));
            let Some(frame) = frame else { return std::future::pending().await };
            let (taken, answer) = oneshot::channel();
            lock(&untaken).insert(id, taken);
            outgoing.send(frame).await;
            // The sender is dropped with the call.
            let _taken = answer.await;
        })
    })
}

/// Tells the host how a call ended, in what it will take.
async fn done(id: u64, result: Result<Product>, report: CallReport, room: u64, outgoing: &Outgoing) {
    let result = result.map_err(|error| Failure::from(&error));
    let mut ending = Ending { result, report };
    let fitting = |ending: &Ending| Frame::new(Kind::Done, id, ending).ok().filter(|frame| frame.fits(room));
    let mut whole = fitting(&ending);
    if whole.is_none() && ending.result.is_ok() {
        ending.result = Err(Failure::from(&too_large()));
        whole = fitting(&ending);
    }
    if whole.is_none() {
        ending.report.log_lines_dropped += std::mem::take(&mut ending.report.log).len() as u64;
        whole = fitting(&ending);
    }
    if let Some(frame) = whole {
        outgoing.send(frame).await;
    }
}

fn too_large() -> Error {
    let message = "the provider handed over more small things than can be passed on from its worker";
    Error::new(ErrorKind::ResultTooLarge, message)
}

#[cfg(test)]
mod tests {
    use palisade_core::{LogLevel, LogLine, Preset, Usage, speech_to_text};

    use super::{super::question::Granted, *};

    /// What the host reads of this response within so much memory.
    async fn told(response: Response, room: u64) -> Result<Product, Failure> {
        ended(Ok(Product::Response(response)), CallReport::default(), room).await.result
    }

    /// What the host reads of this end within so much memory.
    async fn ended(result: Result<Product>, report: CallReport, room: u64) -> Ending {
        let (sender, mut frames) = mpsc::channel(1);
        done(1, result, report, room, &Outgoing::new(sender)).await;
        let frame = frames.recv().await.unwrap();
        let mut bytes = frame.bytes();
        let head = frame::receive_head(&mut bytes).await.unwrap().unwrap();
        let body = frame::receive_body(&mut bytes, head.length, room).await.unwrap();
        frame::parse_within(body, room).await.unwrap()
    }

    #[tokio::test]
    async fn the_longest_log_arrives_with_the_smallest_answer() {
        for preset in [Preset::Tight, Preset::Default, Preset::Large] {
            let limits = Limits::preset(preset);
            let text = "x".repeat((limits.log_bytes / u64::from(limits.log_lines)) as usize);
            let line = LogLine { level: LogLevel::Error, text };
            let report = CallReport { log: vec![line; limits.log_lines as usize], ..CallReport::default() };
            let lines = report.log.len();
            let room = sizes::of_health(&limits);
            let ending = ended(Ok(Product::Health), report.clone(), room).await;
            assert!(ending.result.is_ok() && ending.report.log.len() == lines, "{preset:?}");
            // Of one that is too long the answer is told all the same.
            let ending = ended(Err(Error::new(ErrorKind::Trap, "why")), report, 64 << 10).await;
            assert_eq!(ending.result.unwrap_err().into_error().message(), "why");
            assert_eq!((ending.report.log.len(), ending.report.log_lines_dropped), (0, lines as u64));
        }
    }

    fn check() -> Order {
        Order { work: Work::Check, granted: Granted::default() }
    }

    #[tokio::test]
    async fn a_call_begins_when_one_has_ended_and_not_when_it_was_dropped() {
        let mut calls = Calls::default();
        for id in 0..3 {
            calls.held.push_back(Held { id, order: check(), since: Instant::now() });
        }
        while let Some(held) = calls.next(2) {
            calls.begin(held.id, std::future::pending());
        }
        assert!(!calls.cancel(0), "it is under way");
        assert!(calls.next(2).is_none());
        let ended = calls.tasks.join_next_with_id().await.unwrap();
        assert!(matches!(calls.end(ended), Some((0, Err(_)))));
        assert_eq!(calls.next(2).map(|held| held.id), Some(2));
    }

    #[test]
    fn a_call_that_has_not_begun_is_let_go_of_at_once() {
        let mut calls = Calls::default();
        for id in 0..3 {
            calls.held.push_back(Held { id, order: check(), since: Instant::now() });
        }
        assert!(calls.cancel(1) && !calls.cancel(1) && !calls.cancel(7));
        assert_eq!(calls.held.iter().map(|call| call.id).collect::<Vec<_>>(), [0, 2]);
    }

    #[tokio::test]
    async fn what_the_host_would_not_take_fails_its_call_and_nothing_else() {
        let segment = || speech_to_text::Segment { text: String::new(), start: 0.0, end: 0.0, speaker: None };
        let response = |count| {
            let (segments, usage) = (vec![segment(); count], Usage::default());
            let whole = speech_to_text::Response {
                text: String::new(),
                segments,
                language: None,
                seconds: None,
                usage,
                warnings: vec![],
            };
            Response::from(whole)
        };
        let room = 64 << 10;
        assert!(matches!(told(response(10), room).await, Ok(Product::Response(_))));
        let error = told(response(1000), room).await.unwrap_err().into_error();
        assert_eq!(error.kind(), ErrorKind::ResultTooLarge, "{error}");
    }
}
