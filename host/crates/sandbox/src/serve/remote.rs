//! A component in a worker, as the host calls it.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use palisade_core::{
    Call, CallReport, Capability, Catalogue, Digest, Error, ErrorKind, Event, EventSink, Limits, Progress,
    ProgressSink, Response, Result, text::escape,
};

use super::{
    current::{Current, WorkerStatus},
    failure::Failure,
    figures::Figures,
    link::Link,
    message::{Load, Note, Order, Product, Question, Reply, ToWorker, Work},
    room,
    table::Heard,
};
use crate::{Allocation, Reuse, code::Code, log::Log};

/// How much later than the worker the host itself ends a call.
const GRACE: Duration = Duration::from_millis(100);
/// Most characters of a progress message.
const MAX_PROGRESS_MESSAGE: usize = 200;

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

    /// Asks the guest for its catalogue.
    pub(crate) async fn describe(&self, limits: &Limits) -> (Result<Catalogue>, CallReport) {
        let limits = limits.for_catalogue();
        let (result, report) = self.run(&limits, Work::Describe, Listeners::default(), Instant::now()).await;
        let catalogue = result.and_then(|product| match product {
            Product::Catalogue(catalogue) => catalogue.validate(&self.setup.capabilities).map(|()| catalogue),
            _ => Err(other_product()),
        });
        if let (Ok(catalogue), Some(_)) = (&catalogue, self.setup.reuse) {
            self.catalogue.get_or_init(|| Box::new(catalogue.clone()));
        }
        (catalogue, report)
    }

    /// Asks the guest whether it could work now.
    pub(crate) async fn check(&self, limits: &Limits) -> (Result<()>, CallReport) {
        let limits = limits.for_catalogue();
        let (result, report) = self.run(&limits, Work::Check, Listeners::default(), Instant::now()).await;
        let healthy = |product| if matches!(product, Product::Health) { Ok(()) } else { Err(other_product()) };
        (result.and_then(healthy), report)
    }

    /// Has the guest serve a call that began at `start`. The response is as unchecked as any guest's.
    pub(crate) async fn serve(&self, limits: &Limits, call: &Call, start: Instant) -> (Result<Response>, CallReport) {
        if let Err(error) = room::check_request(&call.request, limits) {
            return (Err(error), CallReport::default());
        }
        let work = Work::Serve { request: Arc::clone(&call.request), options: call.options.clone() };
        let listeners = Listeners {
            progress: call.progress.clone(),
            events: call.events.clone(),
            capability: Some(call.request.capability()),
        };
        let (result, report) = self.run(limits, work, listeners, start).await;
        let response = |product| match product {
            Product::Response(response) => Ok(response),
            _ => Err(other_product()),
        };
        (result.and_then(response), report)
    }

    async fn run(
        &self,
        limits: &Limits,
        work: Work,
        listeners: Listeners,
        start: Instant,
    ) -> (Result<Product>, CallReport) {
        let talk = self.talk(limits, work, listeners, start);
        let ended = tokio::time::timeout(limits.timeout.saturating_add(GRACE), talk).await;
        let (result, report) = ended
            .unwrap_or_else(|_elapsed| {
                let message = format!("the provider took longer than {:?}", limits.timeout);
                Err(Error::new(ErrorKind::Deadline, message))
            })
            .map_or_else(
                |error| (Err(error), CallReport::default()),
                |(result, report)| (result.map_err(Failure::into_error), report),
            );
        (result, credible(report, limits, start.elapsed()))
    }

    async fn talk(
        &self,
        limits: &Limits,
        work: Work,
        mut listeners: Listeners,
        start: Instant,
    ) -> Result<(Result<Product, Failure>, CallReport)> {
        let catalogue = || self.catalogue.get().map(|catalogue| (**catalogue).clone());
        let link = self.current.link(|| start_worker(Arc::clone(&self.setup), catalogue())).await?;
        let wants_events = listeners.events.is_listened_to();
        let order = Order { work, timeout: limits.timeout, spent: start.elapsed(), wants_events };
        let mut conversation = link.call(|id| ToWorker::Call(id, Box::new(order)))?;
        loop {
            match conversation.hear().await? {
                Heard::Note(Note::Progress(progress)) => listeners.progress(progress),
                Heard::Question(Question::Take(event)) => {
                    listeners.take(event).await?;
                    conversation.answer(Reply::Taken)?;
                }
                Heard::End(result, report) => return Ok((*result, report)),
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
    Link::start(program, start, load, max_message(limits)).await
}

/// Most memory that a message of the worker takes here: what a guest may hand over.
fn max_message(limits: &Limits) -> u64 {
    limits
        .memory_bytes
        .saturating_add(limits.result_bytes.saturating_mul(4))
        .saturating_add(limits.log_bytes.saturating_mul(4))
        .saturating_add(1 << 20)
}

/// Who listens to a call.
#[derive(Default)]
struct Listeners {
    progress: ProgressSink,
    events: EventSink,
    /// What the pieces of the response are of.
    capability: Option<Capability>,
}

impl Listeners {
    fn progress(&self, progress: Progress) {
        self.progress.report(Progress {
            permille: progress.permille.map(|permille| permille.min(1000)),
            message: progress.message.map(|message| escape(&message, MAX_PROGRESS_MESSAGE)),
        });
    }

    async fn take(&mut self, event: Event) -> Result<()> {
        if self.capability != Some(event.capability()) {
            return Err(Error::new(ErrorKind::BadOutput, "the worker sent a piece of another capability"));
        }
        if event.is_last() {
            // None comes behind it.
            self.capability = None;
        }
        self.events.send(event).await;
        Ok(())
    }
}

/// What can be believed of a worker's report: never more than the limits and the host's own clock, and no text that acts.
fn credible(report: CallReport, limits: &Limits, wall_time: Duration) -> CallReport {
    let mut log = Log::new(limits);
    for line in &report.log {
        log.push(line.level, &line.text);
    }
    let mut credible = CallReport::default();
    log.drain_into(&mut credible);
    credible.log_lines_dropped = credible.log_lines_dropped.saturating_add(report.log_lines_dropped);
    let told = report.resources;
    let resources = &mut credible.resources;
    resources.fuel = Some(told.fuel.unwrap_or_default().min(limits.fuel));
    resources.peak_memory_bytes = told.peak_memory_bytes.min(limits.memory_bytes);
    resources.guest_time = told.guest_time.min(wall_time);
    resources.wall_time = wall_time;
    resources.host_calls = told.host_calls.min(limits.host_calls);
    credible
}

fn other_product() -> Error {
    Error::new(ErrorKind::BadOutput, "the worker answered what was not asked")
}

#[cfg(test)]
mod tests {
    use palisade_core::{LogLevel, LogLine, ResourceUsage};

    use super::*;

    #[test]
    fn a_report_says_no_more_than_can_be() {
        let limits = Limits { log_lines: 2, ..Limits::default() };
        let line = || LogLine { level: LogLevel::Info, text: "\u{1b}[31mred\nblue".to_owned() };
        let resources = ResourceUsage {
            fuel: Some(u64::MAX),
            peak_memory_bytes: u64::MAX,
            guest_time: Duration::MAX,
            wall_time: Duration::MAX,
            host_calls: u64::MAX,
            bytes_in: 1,
            bytes_out: 1,
        };
        let report = CallReport { resources, log: vec![line(), line()], log_lines_dropped: u64::MAX };
        let wall_time = Duration::from_secs(1);
        let credible = credible(report, &limits, wall_time);
        assert_eq!(credible.log.len(), 2);
        assert!(credible.log.iter().all(|line| !line.text.contains('\u{1b}')));
        assert_eq!(credible.log_lines_dropped, u64::MAX);
        assert_eq!(credible.resources.fuel, Some(limits.fuel));
        assert_eq!(credible.resources.peak_memory_bytes, limits.memory_bytes);
        assert_eq!((credible.resources.guest_time, credible.resources.wall_time), (wall_time, wall_time));
        assert_eq!(credible.resources.host_calls, limits.host_calls);
        assert_eq!((credible.resources.bytes_in, credible.resources.bytes_out), (0, 0));
    }
}
