//! The capability `chat`: an answer to a conversation, as a stream that the host pulls.
//!
//! ```
//! use palisade_guest::chat::{Event, FinishReason, Request, Response};
//! use palisade_guest::{CallOptions, Chat, Result};
//!
//! struct Echo;
//! impl Chat for Echo {
//!     fn reply(request: Request, _: &CallOptions) -> Result<Response> {
//!         Ok(Response::text(request.prompt()))
//!     }
//! }
//!
//! struct Spell;
//! impl Chat for Spell {
//!     fn reply(request: Request, _: &CallOptions) -> Result<Response> {
//!         let letters: Vec<char> = request.prompt().chars().collect();
//!         let events = letters.into_iter().map(|letter| Ok(Event::text(letter)));
//!         Ok(Response::stream(events.chain([Ok(Event::finish(FinishReason::Stop))])))
//!     }
//! }
//! ```
//!
//! What is nothing but text is said more shortly: `Response::pieces(letters)`.

mod passed_on;

pub use passed_on::Translate;

pub use bindings::exports::palisade::provider::chat::{
    Event, Finish, FinishReason, Message, Part, Request, Role, Tool, ToolCall, ToolCallDelta, ToolChoice, ToolResult,
};

use bindings::exports::palisade::provider::chat::{ChatStream, Guest, GuestChatStream};

use crate::adapter::{Adapter, Exported, enter};
use crate::capability::{capability, reports};
use crate::stream::{Events, Piece, Stream};
use crate::unlisted::{Parameters, Unlisted};
use crate::{CallOptions, Failure, Provider, Result, Usage, Warning};

capability!("chat", Chat);
reports!(Finish);

/// Implemented by a provider of this capability.
pub trait Chat {
    /// Starts an answer. What is wrong with the request is best refused here rather than within the stream.
    ///
    /// # Errors
    /// When there is no answer; see [`FailureKind`](crate::FailureKind) for the kinds.
    fn reply(request: Request, options: &CallOptions) -> Result<Response>;
}

/// An answer on its way: an iterator of its events, of which each is made when it is asked for.
#[derive(Debug)]
pub struct Response {
    events: Events<Event>,
}

impl Response {
    /// A whole answer, which is complete. Unless set, its `character`s were used.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        let finish = Finish::new(FinishReason::Stop).usage(Usage::characters(&text));
        Self::stream([Ok(Event::Text(text)), Ok(Event::Finish(finish))])
    }

    /// An answer in pieces of text, each made when the host asks for it, which is complete where they end. Unless set, their
    /// `character`s were used.
    pub fn pieces<T: Into<String>>(texts: impl IntoIterator<Item = T, IntoIter: 'static>) -> Self {
        let mut texts = texts.into_iter();
        let mut characters = 0.0;
        Self::stream(std::iter::from_fn(move || {
            let Some(text) = texts.next().map(Into::into) else {
                let usage = Usage::of("character", characters);
                return Some(Ok(Event::finish(Finish::new(FinishReason::Stop).usage(usage))));
            };
            characters += characters_of(&text);
            Some(Ok(Event::Text(text)))
        }))
    }

    /// An answer in pieces. The last event must be [`Event::Finish`]: without it, the host takes the answer for a broken
    /// one. A failure ends the answer. The iterator is asked for the next event when the host asks for it, and is dropped
    /// at the end and when the host cancels.
    pub fn stream(events: impl IntoIterator<Item = Result<Event>, IntoIter: 'static>) -> Self {
        Self { events: Events::new(events) }
    }

    /// Sets what was used, in place of what the finish says.
    #[must_use]
    pub fn usage(mut self, usage: Usage) -> Self {
        self.events.usage(usage);
        self
    }

    /// Adds warnings to those of the finish.
    #[must_use]
    pub fn warnings(mut self, warnings: impl IntoIterator<Item = Warning>) -> Self {
        self.events.warnings(warnings);
        self
    }
}

/// How many characters a text has, as usage counts them.
fn characters_of(text: &str) -> f64 {
    f64::from(u32::try_from(text.chars().count()).unwrap_or(u32::MAX))
}

impl Iterator for Response {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        self.events.next()
    }
}

impl Request {
    /// A request to answer this one message of a user, without tools and with all else left to the model. For tests.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self {
            messages: vec![Message::user(prompt)],
            tools: Vec::new(),
            tool_choice: ToolChoice::Auto,
            temperature: None,
            top_p: None,
            max_output_tokens: None,
            stop: Vec::new(),
            seed: None,
            response_schema: None,
        }
    }

    /// The text of the last message of the user, its parts joined by line breaks; empty when there is none.
    #[must_use]
    pub fn prompt(&self) -> String {
        let message = self.messages.iter().rfind(|message| message.role == Role::User);
        message.map(Message::text).unwrap_or_default()
    }
}

impl Message {
    /// A message of plain text.
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self { role, parts: vec![Part::Text(text.into())] }
    }

    /// What whoever sets the rules says.
    pub fn system(text: impl Into<String>) -> Self {
        Self::new(Role::System, text)
    }

    /// What whoever asks says.
    pub fn user(text: impl Into<String>) -> Self {
        Self::new(Role::User, text)
    }

    /// What the model said.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::new(Role::Assistant, text)
    }

    /// The text of the message, its parts joined by line breaks; empty when there is none.
    #[must_use]
    pub fn text(&self) -> String {
        let texts = self.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }
}

impl Event {
    /// More of the text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The end, with the reason or more.
    pub fn finish(finish: impl Into<Finish>) -> Self {
        Self::Finish(finish.into())
    }
}

impl Finish {
    /// The end for this reason. Unless set, nothing was counted.
    #[must_use]
    pub fn new(reason: FinishReason) -> Self {
        Self { reason, usage: Usage::none(), warnings: Vec::new() }
    }
}

impl From<FinishReason> for Finish {
    fn from(reason: FinishReason) -> Self {
        Self::new(reason)
    }
}

impl Piece for Event {
    fn end(&mut self) -> Option<(&mut Usage, &mut Vec<Warning>)> {
        match self {
            Self::Finish(finish) => Some((&mut finish.usage, &mut finish.warnings)),
            Self::Text(_) | Self::Reasoning(_) | Self::ToolCall(_) => None,
        }
    }
}

impl GuestChatStream for Stream<Event> {
    fn next(&self) -> Result<Option<Event>> {
        self.pull()
    }

    fn cancel(&self) {
        self.stop();
    }
}

impl Parameters for Request {
    fn parameters(&self) -> Vec<(&'static str, bool)> {
        vec![
            ("tools", !self.tools.is_empty() && self.tool_choice != ToolChoice::None),
            ("temperature", self.temperature.is_some()),
            ("top-p", self.top_p.is_some()),
            ("max-output-tokens", self.max_output_tokens.is_some()),
            ("stop", !self.stop.is_empty()),
            ("seed", self.seed.is_some()),
            ("response-schema", self.response_schema.is_some()),
        ]
    }
}

/// What the host gets: the answer of a provider, whose end warns of each parameter that the model does not list. For tests;
/// within a component the SDK calls it.
///
/// # Errors
/// As [`Chat::reply`]; and `unsupported` for such a parameter when the caller is strict, and for tools that must be used where
/// there are none.
pub fn reply<P: Provider + Chat>(request: Request, options: &CallOptions) -> Result<Response> {
    let unlisted = Unlisted::of::<P>(&request, options)?;
    if unlisted.has("tools") && request.tool_choice != ToolChoice::Auto {
        return Err(Failure::unsupported(["tool-choice"]));
    }
    let mut response = P::reply(request, options)?;
    response.events.unlisted(unlisted);
    Ok(response)
}

impl<P: Exported + Chat> Guest for Adapter<P> {
    type ChatStream = Stream<Event>;

    fn reply(request: Request, options: CallOptions) -> Result<ChatStream> {
        enter();
        reply::<P>(request, &options).map(|response| ChatStream::new(Stream::new(response.events)))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;
    use crate::{Failure, FailureKind};

    /// What the host would hold of an endless answer, how many pieces were made so far, and a token that the answer holds.
    fn endless() -> (Stream<Event>, Rc<Cell<u32>>) {
        let made = Rc::new(Cell::new(0));
        let counter = Rc::clone(&made);
        let response = Response::stream(std::iter::from_fn(move || {
            counter.set(counter.get() + 1);
            Some(Ok(Event::text(counter.get().to_string())))
        }));
        (Stream::new(response.events), made)
    }

    #[test]
    fn a_piece_is_made_when_the_host_asks_for_it() {
        let (stream, made) = endless();
        assert_eq!(made.get(), 0);
        assert_eq!(stream.next().unwrap(), Some(Event::text("1")));
        assert_eq!(stream.next().unwrap(), Some(Event::text("2")));
        assert_eq!(made.get(), 2);
    }

    #[test]
    fn cancelling_lets_the_iterator_go() {
        let (stream, made) = endless();
        stream.next().unwrap();
        stream.cancel();
        assert_eq!(Rc::strong_count(&made), 1);
        for _ in 0..2 {
            assert_eq!(stream.next().unwrap_err().kind, FailureKind::Cancelled);
        }
        assert_eq!(made.get(), 1);
    }

    #[test]
    fn nothing_comes_after_the_finish() {
        let token = Rc::new(());
        let held = Rc::clone(&token);
        let events = [Event::text("a"), Event::finish(FinishReason::Length), Event::text("b")];
        let events = events.into_iter().map(move |event| {
            let _ = &held;
            Ok(event)
        });
        let stream = Stream::new(Response::stream(events).events);
        assert_eq!(stream.next().unwrap(), Some(Event::text("a")));
        assert_eq!(stream.next().unwrap(), Some(Event::finish(FinishReason::Length)));
        assert_eq!(Rc::strong_count(&token), 1);
        assert_eq!(stream.next().unwrap(), None);
        stream.cancel();
        assert_eq!(stream.next().unwrap(), None, "what is over cannot be cancelled");
    }

    #[test]
    fn no_finish_is_made_up() {
        let stream = Stream::new(Response::stream([Ok(Event::text("a"))]).usage(Usage::images(1)).events);
        assert_eq!(stream.next().unwrap(), Some(Event::text("a")));
        assert_eq!(stream.next().unwrap(), None);
        assert_eq!(stream.next().unwrap(), None);
    }

    #[test]
    fn a_failure_ends_the_answer() {
        let events = [Ok(Event::text("a")), Err(Failure::internal("out of words")), Ok(Event::text("b"))];
        let stream = Stream::new(Response::stream(events).events);
        assert_eq!(stream.next().unwrap(), Some(Event::text("a")));
        assert_eq!(stream.next().unwrap_err().message, "out of words");
        assert_eq!(stream.next().unwrap(), None);
    }

    #[test]
    fn a_whole_answer_is_a_text_and_a_finish() {
        let finish = |usage| Event::finish(Finish::new(FinishReason::Stop).usage(usage));
        let events = Response::text("grün").collect::<Result<Vec<_>>>().unwrap();
        assert_eq!(events, [Event::text("grün"), finish(Usage::of("character", 4))]);

        let note = Warning::Note("short".to_owned());
        let response = Response::text("a").usage(Usage::of("output-token", 1)).warnings([note.clone()]);
        let Some(Ok(Event::Finish(finish))) = response.last() else { panic!("no finish") };
        assert_eq!(finish.usage, Usage::of("output-token", 1));
        assert_eq!(finish.warnings, [note]);
    }

    #[test]
    fn pieces_of_text_are_counted_and_finished() {
        let made = Rc::new(Cell::new(0));
        let counter = Rc::clone(&made);
        let texts = ["Grün ", "ist"].into_iter().inspect(move |_| counter.set(counter.get() + 1));
        let mut response = Response::pieces(texts);
        assert_eq!((response.next(), made.get()), (Some(Ok(Event::text("Grün "))), 1));
        let finish = Finish::new(FinishReason::Stop).usage(Usage::of("character", 8));
        assert_eq!(response.collect::<Result<Vec<_>>>().unwrap(), [Event::text("ist"), Event::finish(finish)]);
        let nothing = Response::pieces([""; 0]).usage(Usage::images(1)).collect::<Result<Vec<_>>>().unwrap();
        assert_eq!(nothing, [Event::finish(Finish::new(FinishReason::Stop).usage(Usage::images(1)))]);
    }

    #[test]
    fn warnings_are_added_to_those_of_the_finish() {
        let [first, second] = ["first", "second"].map(|note| Warning::Note(note.to_owned()));
        let finish = Finish::new(FinishReason::Stop).usage(Usage::images(1)).warnings([first.clone()]);
        let mut response = Response::stream([Ok(Event::finish(finish))]).warnings([second.clone()]);
        let Some(Ok(Event::Finish(finish))) = response.next() else { panic!("no finish") };
        assert_eq!((finish.usage, finish.warnings), (Usage::images(1), vec![first, second]));
    }

    #[test]
    fn the_prompt_is_what_the_user_said_last() {
        let mut request = Request::new("hello");
        assert_eq!(request.prompt(), "hello");
        request.messages.push(Message::user("one"));
        request.messages.push(Message::assistant("two"));
        let last = &mut request.messages[1].parts;
        last.push(Part::ToolResult(ToolResult { id: String::new(), content: "skipped".into(), is_error: false }));
        last.push(Part::Text("three".into()));
        assert_eq!(request.prompt(), "one\nthree");
        request.messages.retain(|message| message.role != Role::User);
        assert_eq!(request.prompt(), "");
    }
}
