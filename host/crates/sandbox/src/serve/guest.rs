//! The guest in its worker: linked once, called as the host says.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, OnceLock},
    time::Instant,
};

use palisade_core::{
    Call, CallReport, Catalogue, Digest, Error, ErrorKind, EventSink, Limits, ProgressSink, Request, Response, Result,
};
use palisade_world::Exports;
use tokio::{
    sync::{mpsc, oneshot},
    task::{AbortHandle, Id, JoinError, JoinSet},
};

use super::{
    failure::Failure,
    frame,
    message::{FromWorker, Load, Note, Order, Product, Question, Reply, ToWorker, Work},
};
use crate::{Sandbox, call::Callee, code, lock::lock, worker::Loading};

/// The way to the host.
#[derive(Clone)]
pub(super) struct Outgoing(mpsc::Sender<Vec<u8>>);

impl Outgoing {
    pub(super) fn new(frames: mpsc::Sender<Vec<u8>>) -> Self {
        Self(frames)
    }

    /// Sends a message. Without a host to read it, the process ends by itself.
    pub(super) async fn send(&self, message: &FromWorker) {
        if let Ok(frame) = frame::encode(message) {
            let _gone = self.0.send(frame).await;
        }
    }

    /// Sends a message that may be lost.
    fn mention(&self, message: &FromWorker) {
        if let Ok(frame) = frame::encode(message) {
            let _full = self.0.try_send(frame);
        }
    }
}

/// What waits for an answer of the host, by the id of its call: a guest asks one thing at a time.
type Asked = Arc<Mutex<HashMap<u64, oneshot::Sender<Reply>>>>;

struct Guest {
    callee: Callee,
    limits: Limits,
    /// What it said of itself.
    catalogue: OnceLock<Catalogue>,
}

/// The calls under way.
#[derive(Default)]
struct Calls {
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
            outgoing.send(&FromWorker::Loaded(Err(Failure::from(&error)))).await;
            return Ok(());
        }
    };
    loading.seal()?;
    outgoing.send(&FromWorker::Loaded(Ok(()))).await;

    let asked = Asked::default();
    let mut calls = Calls::default();
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(ToWorker::Call(id, order)) => {
                    let call = call(Arc::clone(&guest), id, *order, outgoing.clone(), Arc::clone(&asked));
                    calls.begin(id, call);
                }
                Some(ToWorker::Answer(id, reply)) => {
                    if let Some(waiting) = lock(&asked).remove(&id) {
                        // The call may just have been cancelled.
                        let _gone = waiting.send(reply);
                    }
                }
                Some(ToWorker::Cancel(id)) => calls.cancel(id),
                Some(ToWorker::Start(_) | ToWorker::Load(_)) | None => return Ok(()),
            },
            Some(ended) = calls.tasks.join_next_with_id() => {
                let Some((id, ended)) = calls.end(ended) else { continue };
                lock(&asked).remove(&id);
                match ended {
                    Ok(()) => {}
                    Err(error) if error.is_cancelled() => outgoing.send(&FromWorker::Gone(id)).await,
                    Err(_panic) => {
                        let error = Error::new(ErrorKind::Internal, "the host panicked in a call of the provider");
                        done(id, Err(error), CallReport::default(), &outgoing).await;
                    }
                }
            }
        }
    }
}

impl Calls {
    fn begin(&mut self, id: u64, call: impl Future<Output = ()> + Send + 'static) {
        let handle = self.tasks.spawn(call);
        self.ids.insert(handle.id(), id);
        self.handles.insert(id, handle);
    }

    /// Drops the call, with its store, at the next tick at the latest.
    fn cancel(&self, id: u64) {
        if let Some(handle) = self.handles.get(&id) {
            handle.abort();
        }
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
    let pre = sandbox.linker.instantiate_pre(&code.component).map_err(broken)?;
    let exports = Exports::find(&pre)?;
    let callee = Callee::new(sandbox, pre, exports, load.config, load.reuse, code);
    let catalogue = load.catalogue.map(OnceLock::from).unwrap_or_default();
    Ok(Guest { callee, limits: Limits::from(&load.limits), catalogue })
}

async fn call(guest: Arc<Guest>, id: u64, order: Order, outgoing: Outgoing, asked: Asked) {
    let Order { work, timeout, spent, wants_events } = order;
    let Guest { callee, limits, catalogue } = &*guest;
    let start = Instant::now();
    let start = start.checked_sub(spent).unwrap_or(start);
    let (result, report) = match work {
        Work::Describe => {
            let (result, report) = callee.describe(limits).await;
            if let Ok(described) = &result {
                catalogue.get_or_init(|| described.clone());
            }
            (result.map(Product::Catalogue), report)
        }
        Work::Check => {
            let (result, report) = callee.check(limits).await;
            (result.map(|()| Product::Health), report)
        }
        Work::Serve { request, options } => {
            let told = outgoing.clone();
            let tell = move |progress| told.mention(&FromWorker::Tell(id, Note::Progress(progress)));
            let events = if wants_events { listener(id, outgoing.clone(), asked) } else { EventSink::default() };
            let mut call = Call { request, options, progress: ProgressSink::new(tell), events };
            let limits = Limits { timeout, ..limits.clone() };
            // The host checks it again. Here it decides whether the instance is kept.
            let check = |request: &Request, response: &Response| match catalogue.get() {
                Some(catalogue) if callee.keeps_instances() => catalogue.check_response(request, response),
                _ => Ok(()),
            };
            let (result, report) = callee.serve(&limits, &mut call, start, check).await;
            (result.map(Product::Response), report)
        }
    };
    done(id, result, report, &outgoing).await;
}

/// Asks the host to take each piece, and waits until it has.
fn listener(id: u64, outgoing: Outgoing, asked: Asked) -> EventSink {
    EventSink::new(move |event| {
        let (outgoing, asked) = (outgoing.clone(), Arc::clone(&asked));
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            lock(&asked).insert(id, reply);
            outgoing.send(&FromWorker::Ask(id, Question::Take(event))).await;
            match answer.await {
                Ok(Reply::Taken) | Err(_) => {}
            }
        })
    })
}

async fn done(id: u64, result: Result<Product>, report: CallReport, outgoing: &Outgoing) {
    let result = result.map_err(|error| Failure::from(&error));
    outgoing.send(&FromWorker::Done(id, Box::new(result), report)).await;
}
