//! What the host believes of what a worker says of a call: no more than what a guest could have said in this process.

use std::time::Duration;

use palisade_core::{
    Call, CallReport, Capability, Error, ErrorKind, Event, EventSink, Limits, Pieces, Progress, ProgressSink, Response,
    Result,
    text::{MAX_NAME, escape},
    too_long,
};

use super::message::Product;
use crate::log::Log;

/// Who listens to a call, and what they have heard.
#[derive(Default)]
pub(super) struct Listeners {
    progress: ProgressSink,
    events: EventSink,
    /// What was heard so far of a response that comes in pieces.
    pieces: Option<Pieces>,
    /// Bytes that it takes.
    bytes: u64,
}

impl Listeners {
    pub(super) fn of(call: &Call) -> Self {
        let listens = call.events.is_listened_to();
        Self {
            progress: call.progress.clone(),
            events: call.events.clone(),
            pieces: listens.then(|| Pieces::of(call.request.capability())).flatten(),
            bytes: 0,
        }
    }

    /// Those who listen to how far it is, and to nothing else.
    pub(super) fn of_progress(call: &Call) -> Self {
        Self { progress: call.progress.clone(), ..Self::default() }
    }

    /// Whether they want the response in pieces.
    pub(super) fn want_pieces(&self) -> bool {
        self.pieces.is_some()
    }

    pub(super) fn report(&self, progress: Progress) {
        self.progress.report(Progress {
            permille: progress.permille.map(|permille| permille.min(1000)),
            message: progress.message.map(|message| escape(&message, MAX_NAME)),
            preview: None,
        });
    }

    /// Checks a piece, and passes it on.
    pub(super) async fn take(&mut self, mut event: Event, limits: &Limits) -> Result<()> {
        let pieces = self.pieces.as_mut().ok_or_else(not_asked)?;
        event.clean()?;
        pieces.push(&event)?;
        self.bytes = self.bytes.saturating_add(event.memory_in_bytes());
        if self.bytes > limits.memory_bytes {
            return Err(too_long(limits.memory_bytes));
        }
        self.events.send(event).await;
        Ok(())
    }

    /// The response that was asked for. Where it came in pieces, they are all of it.
    pub(super) fn response(self, product: Product, asked: Capability, limits: &Limits) -> Result<Response> {
        match (product, self.pieces) {
            (Product::InPieces, Some(pieces)) => pieces.finish(),
            (Product::Response(mut response), None) if response.capability() == asked => {
                response.clean()?;
                response.check_size(limits)?;
                Ok(response)
            }
            _ => Err(not_asked()),
        }
    }
}

/// What can be believed of a worker's report: never more than the limits and the host's own clock, and no text that acts.
pub(super) fn credible(report: &CallReport, limits: &Limits, wall_time: Duration) -> CallReport {
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

/// What there is to report of a call whose worker said nothing: it may have computed all the time that it had.
pub(super) fn unreported(running: Duration, wall_time: Duration) -> CallReport {
    let mut report = CallReport::default();
    report.resources.guest_time = running.min(wall_time);
    report.resources.wall_time = wall_time;
    report
}

/// The error of a worker that answers something else.
pub(super) fn not_asked() -> Error {
    Error::new(ErrorKind::BadOutput, "the worker answered what was not asked")
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        sync::{Arc, Mutex},
    };

    use palisade_core::{
        CallOptions, LogLevel, LogLine, Request, ResourceUsage, Scope, Usage, Warning, chat, embedding, text_to_speech,
    };

    use super::*;
    use crate::lock::lock;

    type Taken = Arc<Mutex<Vec<Event>>>;

    /// Somebody who listens to a call, and what they were given.
    fn listening(request: impl Into<Request>) -> (Listeners, Taken) {
        let taken = Taken::default();
        let given = Arc::clone(&taken);
        let events = EventSink::new(move |event| {
            lock(&given).push(event);
            Box::pin(std::future::ready(()))
        });
        (Listeners::of(&call(request.into(), events)), taken)
    }

    fn call(request: Request, events: EventSink) -> Call {
        let options = CallOptions {
            model: "m".parse().unwrap(),
            idempotency_key: "k".to_owned(),
            timeout: None,
            provider_options: BTreeMap::new(),
            scope: Scope::default(),
            strict: false,
        };
        Call {
            request: Arc::new(request),
            options,
            progress: ProgressSink::default(),
            outlet: Default::default(),
            key_value: Default::default(),
            stores: Default::default(),
            events,
        }
    }

    fn text(text: impl Into<String>) -> Event {
        Event::Chat(chat::Event::Text(text.into()))
    }

    fn finish(finish: chat::Finish) -> Event {
        Event::Chat(chat::Event::Finish(finish))
    }

    #[tokio::test]
    async fn a_response_in_pieces_is_what_the_pieces_were() {
        let (mut listeners, taken) = listening(chat::Request::new("x"));
        let limits = Limits::default();
        for event in [text("a "), text("b"), finish(chat::Finish::default())] {
            listeners.take(event, &limits).await.unwrap();
        }
        assert_eq!(lock(&taken).len(), 3);
        let response = listeners.response(Product::InPieces, Capability::Chat, &limits).unwrap();
        let Response::Chat(response) = response else { panic!("{response:?}") };
        assert_eq!(response.text, "a b");

        // Whatever else the worker would have the whole be.
        let (listeners, _) = listening(chat::Request::new("x"));
        let other = Product::Response(chat::Response::text("c").into());
        assert_eq!(listeners.response(other, Capability::Chat, &limits).unwrap_err().kind(), ErrorKind::BadOutput);
        let (listeners, _) = listening(chat::Request::new("x"));
        assert!(listeners.response(Product::InPieces, Capability::Chat, &limits).is_err(), "it has no end");
    }

    #[tokio::test]
    async fn pieces_that_no_guest_could_give_reach_nobody() {
        let call = |index, id: &str| {
            let (id, name) = (Some(id.to_owned()), Some("n".to_owned()));
            Event::Chat(chat::Event::ToolCall(chat::ToolCallDelta { index, id, name, arguments: String::new() }))
        };
        let note = Warning::Note { text: String::new() };
        let bad = [
            call(u32::MAX, "a"),
            call(0, "a\u{1b}"),
            call(0, &"a".repeat(1000)),
            Event::TextToSpeech(text_to_speech::Event::Audio(vec![1])),
            finish(chat::Finish { warnings: vec![note; 101], ..chat::Finish::default() }),
        ];
        for event in bad {
            let (mut listeners, taken) = listening(chat::Request::new("x"));
            let error = listeners.take(event, &Limits::default()).await.unwrap_err();
            assert_eq!((error.kind(), lock(&taken).len()), (ErrorKind::BadOutput, 0), "{error}");
        }
        let (mut listeners, taken) = listening(chat::Request::new("x"));
        listeners.take(finish(chat::Finish::default()), &Limits::default()).await.unwrap();
        assert!(listeners.take(text("more"), &Limits::default()).await.is_err());
        assert_eq!(lock(&taken).len(), 1);
    }

    #[tokio::test]
    async fn pieces_have_no_more_memory_than_a_guest() {
        let limits = Limits { memory_bytes: 100, ..Limits::default() };
        let (mut listeners, taken) = listening(chat::Request::new("x"));
        let error = loop {
            if let Err(error) = listeners.take(text("x".repeat(10)), &limits).await {
                break error;
            }
        };
        assert_eq!((error.kind(), lock(&taken).len()), (ErrorKind::MemoryLimit, 5));
    }

    #[tokio::test]
    async fn what_is_said_beside_a_response_cannot_act() {
        let bad = "\u{1b}[31m".to_owned();
        let (mut listeners, taken) = listening(chat::Request::new("x"));
        let reason = chat::FinishReason::Other(bad.clone());
        let end = chat::Finish { reason, warnings: vec![Warning::Note { text: bad }], usage: Usage::default() };
        listeners.take(finish(end.clone()), &Limits::default()).await.unwrap();
        let whole = chat::Response { finish_reason: end.reason, warnings: end.warnings, ..chat::Response::default() };
        let whole = Product::Response(whole.into());
        let whole = Listeners::default().response(whole, Capability::Chat, &Limits::default()).unwrap();
        for said in [format!("{:?}", lock(&taken)), format!("{whole:?}")] {
            // Once escaped by us, once by the debug format.
            assert_eq!(said.matches(r"\\u{1b}[31m").count(), 2, "{said}");
        }
    }

    #[test]
    fn a_response_is_the_one_that_was_asked_for_and_no_larger_than_it_may_be() {
        let limits = Limits { result_bytes: 1000, ..Limits::default() };
        let vectors = |length| {
            let vectors = vec![vec![1.0; length]];
            Product::Response(embedding::Response { vectors, usage: Usage::default(), warnings: vec![] }.into())
        };
        let response = |product, asked| Listeners::default().response(product, asked, &limits).map_err(|e| e.kind());
        assert!(response(vectors(250), Capability::Embedding).is_ok());
        assert_eq!(response(vectors(251), Capability::Embedding).unwrap_err(), ErrorKind::ResultTooLarge);
        assert_eq!(response(vectors(1), Capability::Chat).unwrap_err(), ErrorKind::BadOutput);
        for other in [Product::Health, Product::InPieces, Product::Catalogue(vec![])] {
            assert_eq!(response(other, Capability::Embedding).unwrap_err(), ErrorKind::BadOutput);
        }
    }

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
        let credible = credible(&report, &limits, wall_time);
        assert_eq!(credible.log.len(), 2);
        assert!(credible.log.iter().all(|line| !line.text.contains('\u{1b}')));
        assert_eq!(credible.log_lines_dropped, u64::MAX);
        assert_eq!(credible.resources.fuel, Some(limits.fuel));
        assert_eq!(credible.resources.peak_memory_bytes, limits.memory_bytes);
        assert_eq!((credible.resources.guest_time, credible.resources.wall_time), (wall_time, wall_time));
        assert_eq!(credible.resources.host_calls, limits.host_calls);
        assert_eq!((credible.resources.bytes_in, credible.resources.bytes_out), (0, 0));
    }

    #[test]
    fn a_call_without_a_report_may_have_computed_all_the_time() {
        let second = Duration::from_secs(1);
        let report = unreported(second, 2 * second);
        assert_eq!((report.resources.fuel, report.resources.guest_time), (None, second));
        assert_eq!(report.resources.wall_time, 2 * second);
    }
}
