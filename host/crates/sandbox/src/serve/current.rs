//! The worker that a provider has at the moment: started once for all who wait for it, and replaced when it has died.

use std::{
    collections::VecDeque,
    error::Error as _,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use palisade_core::{Error, ErrorKind, Result};
use serde::Serialize;
use tokio::{runtime::Handle, sync::watch, task::AbortHandle};

use super::link::Link;
use crate::{Confinement, lock::lock};

/// Workers of a provider that may die within [`DEATHS_COUNT_FOR`], before it has to wait for the next one.
const MAX_DEATHS: usize = 5;
const DEATHS_COUNT_FOR: Duration = Duration::from_secs(60);

/// The worker of a provider, at this moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WorkerStatus {
    /// The number of its process; none before there is one, and while another one starts. Of one that has died it stays until
    /// the next call.
    pub process: Option<u32>,
    /// How many workers were started, each but the first because the one before it had died.
    pub starts: u64,
    /// What holds it.
    pub confinement: Confinement,
}

/// One worker at a time. It is started and looked after on a runtime that outlives the calls.
pub(super) struct Current {
    state: Mutex<State>,
    status: Arc<Mutex<WorkerStatus>>,
}

struct State {
    runtime: Handle,
    worker: Option<Worker>,
    /// When workers have died, or did not start.
    deaths: VecDeque<Instant>,
}

/// A worker, or one that starts. Dropping it ends both.
struct Worker {
    started: watch::Receiver<Started>,
    start: AbortHandle,
}

/// What has become of a start; nothing yet.
type Started = Option<Result<Arc<Link>, Arc<Error>>>;

impl Current {
    /// None yet, and the next one on the runtime that this is called in.
    pub(super) fn new() -> Self {
        let state = State { runtime: Handle::current(), worker: None, deaths: VecDeque::new() };
        Self { state: Mutex::new(state), status: Arc::default() }
    }

    pub(super) fn status(&self) -> WorkerStatus {
        lock(&self.status).clone()
    }

    /// The worker; a new one, started like this, where there is none that lives. A start goes on for who comes next when
    /// nobody waits for it any more.
    pub(super) async fn link<S>(&self, start: impl Fn() -> S) -> Result<Arc<Link>>
    where
        S: Future<Output = Result<Link>> + Send + 'static,
    {
        loop {
            let mut started = self.started(&start)?;
            if let Ok(started) = started.wait_for(Option::is_some).await {
                match &*started {
                    Some(Ok(link)) => return Ok(Arc::clone(link)),
                    Some(Err(error)) => return Err(told_again(error)),
                    None => {}
                }
            }
            // The runtime has ended in which the provider was loaded.
            lock(&self.state).runtime = Handle::current();
        }
    }

    /// Ends the worker. The next call starts another.
    pub(super) fn end(&self) {
        let worker = lock(&self.state).worker.take();
        lock(&self.status).process = None;
        drop(worker);
    }

    fn started<S>(&self, start: impl Fn() -> S) -> Result<watch::Receiver<Started>>
    where
        S: Future<Output = Result<Link>> + Send + 'static,
    {
        let mut state = lock(&self.state);
        if let Some(worker) = &state.worker {
            if !worker.has_died() {
                return Ok(worker.started.clone());
            }
            state.worker = None;
            state.deaths.push_back(Instant::now());
            lock(&self.status).process = None;
        }
        state.check_deaths()?;
        let (sender, started) = watch::channel(None);
        let (start, status) = (start(), Arc::clone(&self.status));
        let start = state.runtime.spawn(async move {
            let link = start.await.map(Arc::new);
            if let Ok(link) = &link {
                let mut status = lock(&status);
                status.process = link.process;
                status.starts += 1;
                status.confinement = link.confinement.clone();
            }
            sender.send_replace(Some(link.map_err(Arc::new)));
        });
        state.worker = Some(Worker { started: started.clone(), start: start.abort_handle() });
        Ok(started)
    }
}

impl State {
    /// Refuses another worker after too many.
    fn check_deaths(&mut self) -> Result<()> {
        self.deaths.retain(|death| death.elapsed() < DEATHS_COUNT_FOR);
        let (Some(first), MAX_DEATHS..) = (self.deaths.front(), self.deaths.len()) else { return Ok(()) };
        let wait = DEATHS_COUNT_FOR.saturating_sub(first.elapsed());
        let count = self.deaths.len();
        let message = format!("{count} workers of the provider did not start, or died within {DEATHS_COUNT_FOR:?}");
        Err(Error::new(ErrorKind::Trap, message).with_retry_after(Some(wait)))
    }
}

impl Worker {
    fn has_died(&self) -> bool {
        // In this order: it says what has become of it before it ends.
        let ended = self.start.is_finished();
        match &*self.started.borrow() {
            Some(Ok(link)) => link.is_closed(),
            Some(Err(_)) => true,
            None => ended,
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.start.abort();
    }
}

/// The error of a start for one of those who waited for it.
fn told_again(error: &Error) -> Error {
    let told = Error::new(error.kind(), error.message()).with_retry_after(error.retry_after());
    match error.source() {
        Some(source) => told.with_source(source.to_string()),
        None => told,
    }
}
