//! The worker's side: gives up what it does not need, and then listens to the host.

use std::{
    io::{self, Write as _},
    num::NonZero,
    process, thread,
};

use tokio::{runtime::Builder, sync::mpsc};

use super::{
    frame,
    guest::{self, Outgoing},
    message::{FromWorker, Ready, Start, ToWorker, VERSION},
};
use crate::{
    Sandbox, SandboxSettings,
    worker::{Bounds, Memory, Unsealed},
};

/// Messages that may wait on either side.
const QUEUE: usize = 64;
/// Most threads that run guests.
const MAX_THREADS: usize = 8;

/// Serves a provider until the host closes the pipe.
pub(crate) fn serve() -> io::Result<()> {
    let Some(ToWorker::Start(start)) = frame::read(&mut io::stdin().lock())? else {
        return Err(io::Error::other("the host does not begin with `Start`"));
    };
    // What runs in other threads starts while it can, and waits.
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(MAX_THREADS).min(start.calls as usize);
    let Start { memory_bytes, calls, allocation, .. } = start;
    let unsealed = Unsealed::begin(&Bounds { memory: Memory::Written(memory_bytes), cpu_seconds: None })?;
    let settings = SandboxSettings { calls, allocation: Some(allocation) };
    let sandbox = Sandbox::shared(Some(settings)).map_err(io::Error::other)?;
    let runtime = Builder::new_multi_thread().worker_threads(threads.max(1)).enable_time().build()?;
    let (incoming, orders) = mpsc::channel(QUEUE);
    let (outgoing, frames) = mpsc::channel(QUEUE);
    thread::Builder::new().name("palisade-in".to_owned()).spawn(move || listen(&incoming))?;
    let speaking = thread::Builder::new().name("palisade-out".to_owned()).spawn(move || speak(frames))?;

    let (confinement, loading) = unsealed.seal_for_loading()?;
    let outgoing = Outgoing::new(outgoing);
    let result = runtime.block_on(async {
        outgoing.send(&FromWorker::Ready(Ready { version: VERSION, confinement })).await;
        guest::run(sandbox, loading, orders, outgoing).await
    });
    // With the last call the last frame is on its way.
    drop(runtime);
    let _panicked = speaking.join();
    result
}

/// Passes on what the host says. When it says nothing more, nobody needs this process any longer, whatever runs in it.
fn listen(incoming: &mpsc::Sender<ToWorker>) {
    let mut input = io::stdin().lock();
    while let Ok(Some(message)) = frame::read(&mut input) {
        if incoming.blocking_send(message).is_err() {
            break;
        }
    }
    process::exit(0);
}

/// Says to the host what there is to say.
fn speak(mut frames: mpsc::Receiver<Vec<u8>>) {
    let mut output = io::stdout().lock();
    while let Some(frame) = frames.blocking_recv() {
        if output.write_all(&frame).and_then(|()| output.flush()).is_err() {
            process::exit(1);
        }
    }
}
