//! The worker's side: gives up what it does not need, and then listens to the host.

use std::{
    io::{self, Write as _},
    num::NonZero,
    process, thread,
};

use palisade_core::{Limits, Preset};
use tokio::{runtime::Builder, sync::mpsc};

use super::{
    frame::{Frame, Kind},
    guest::{self, Outgoing},
    message::{Ready, Start, ToWorker, VERSION},
    room,
};
use crate::{
    Allocation, Confinement, Sandbox, SandboxSettings,
    worker::{Bounds, Loading, Memory, Unsealed},
};

/// Messages that may wait on either side.
const QUEUE: usize = 64;
/// Most threads that run guests.
const MAX_THREADS: usize = 8;

/// A worker that has given up all that it does not need, but for what loading takes.
struct Confined {
    sandbox: &'static Sandbox,
    confinement: Confinement,
    loading: Loading,
    orders: mpsc::Receiver<ToWorker>,
    outgoing: Outgoing,
}

/// Serves a provider until the host closes the pipe.
pub(crate) fn serve() -> io::Result<()> {
    let Some(ToWorker::Start(start)) = ToWorker::read(&mut io::stdin().lock())? else {
        return Err(io::Error::other("the host does not begin with `Start`"));
    };
    confine(&start, async |worker| {
        let Confined { sandbox, confinement, loading, orders, outgoing } = worker;
        outgoing.send(Frame::new(Kind::Ready, 0, &Ready { version: VERSION, confinement })?).await;
        guest::run(sandbox, loading, orders, outgoing).await
    })
}

/// Makes this process a worker that serves, after it has loaded, and does this in it: for tests that then try to break out.
///
/// # Errors
///
/// Fails where a worker would not start, or lacks a required piece, which it names.
#[doc(hidden)]
pub fn confine_like_a_serving_worker<R: Send>(work: impl FnOnce() -> R + Send) -> io::Result<R> {
    let reached = room::Reached { upstreams: true, ..room::Reached::default() };
    let start = room::start(&Limits::preset(Preset::Tight), None, 1, 0, reached, Allocation::Pooled);
    confine(&start, async |worker| {
        if let Some(missing) = worker.confinement.missing().first() {
            return Err(io::Error::other(format!("it lacks {}", missing.piece)));
        }
        worker.loading.seal()?;
        Ok(work())
    })
}

/// Gives up what serving does not need, and then does this.
fn confine<R: Send>(start: &Start, work: impl AsyncFnOnce(Confined) -> io::Result<R> + Send) -> io::Result<R> {
    let unsealed = Unsealed::begin(&Bounds { memory: Memory::Written(start.memory_bytes), cpu_seconds: None })?;
    // On a thread of its own: a program whose `main` is asynchronous already has a runtime on this one.
    let confined = || in_threads(start, unsealed, work);
    thread::scope(|scope| {
        let working = thread::Builder::new().name("palisade-worker".to_owned()).spawn_scoped(scope, confined)?;
        working.join().unwrap_or_else(|_panicked| Err(io::Error::other("the worker panicked")))
    })
}

fn in_threads<R>(
    start: &Start,
    unsealed: Unsealed,
    work: impl AsyncFnOnce(Confined) -> io::Result<R>,
) -> io::Result<R> {
    // What runs in other threads starts while it can, and waits.
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS).min(start.calls as usize);
    let settings = SandboxSettings { calls: start.calls, allocation: Some(start.allocation) };
    let sandbox = Sandbox::shared(Some(settings)).map_err(io::Error::other)?;
    let runtime = Builder::new_multi_thread().worker_threads(threads.max(1)).enable_time().build()?;
    let (incoming, orders) = mpsc::channel(QUEUE);
    let (outgoing, frames) = mpsc::channel(QUEUE);
    thread::Builder::new().name("palisade-in".to_owned()).spawn(move || listen(&incoming))?;
    let speaking = thread::Builder::new().name("palisade-out".to_owned()).spawn(move || speak(frames))?;

    let (confinement, loading) = unsealed.seal_for_loading()?;
    let outgoing = Outgoing::new(outgoing);
    let result = runtime.block_on(work(Confined { sandbox, confinement, loading, orders, outgoing }));
    // With the last call the last frame is on its way.
    drop(runtime);
    let _panicked = speaking.join();
    result
}

/// Passes on what the host says. When it says nothing more, nobody needs this process any longer, whatever runs in it.
fn listen(incoming: &mpsc::Sender<ToWorker>) {
    let mut input = io::stdin().lock();
    let ended = loop {
        match ToWorker::read(&mut input) {
            Ok(Some(message)) => match incoming.blocking_send(message) {
                Ok(()) => {}
                Err(_nobody) => break Ok(()),
            },
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    let Err(error) = ended else { process::exit(0) };
    // What it says there, the host tells.
    let _unheard = writeln!(io::stderr(), "{error}");
    process::exit(1);
}

/// Says to the host what there is to say.
fn speak(mut frames: mpsc::Receiver<Frame>) {
    let mut output = io::stdout().lock();
    while let Some(frame) = frames.blocking_recv() {
        if output.write_all(frame.bytes()).and_then(|()| output.flush()).is_err() {
            process::exit(1);
        }
    }
}
