//! An answer, as it comes.

use std::collections::VecDeque;

use palisade_guest::chat::{Event, Finish, FinishReason, ToolCallDelta};
use palisade_guest::http::{Pieces, Response};
use palisade_guest::{Failure, Result, Submitted, Usage, sse};
use serde::Deserialize;
use serde_json::Value;

use crate::{refusal, usage};

/// What ends a stream.
const DONE: &str = "[DONE]";

/// A piece of the answer, or all of it where the server does not stream.
#[derive(Deserialize)]
pub(crate) struct Chunk {
    choices: Option<Vec<Choice>>,
    usage: Option<Value>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(alias = "message")]
    delta: Option<Delta>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Delta {
    content: Option<String>,
    // Each of two names that servers have for it.
    reasoning_content: Option<String>,
    reasoning: Option<String>,
    refusal: Option<String>,
    tool_calls: Option<Vec<CallPiece>>,
}

#[derive(Deserialize)]
struct CallPiece {
    index: Option<u64>,
    id: Option<String>,
    function: Option<Function>,
}

#[derive(Deserialize)]
struct Function {
    name: Option<String>,
    arguments: Option<Value>,
}

/// The events of an answer. The last one is the finish, with what the last chunk says was used.
pub(crate) struct Answer {
    /// None when all has come.
    source: Option<sse::Events<Pieces>>,
    state: State,
    upstream_id: Option<String>,
}

/// What is known of an answer so far.
#[derive(Default)]
struct State {
    ready: VecDeque<Event>,
    /// The server's number of each tool call.
    calls: Vec<u64>,
    reason: Option<FinishReason>,
    has_refused: bool,
    usage: Option<Usage>,
}

impl Answer {
    /// Begins to read. A server that does not stream has sent all of it at once.
    pub(crate) fn read(response: Response) -> Result<Self> {
        let upstream_id = response.upstream_id().map(str::to_owned);
        let mut answer = Self { source: None, state: State::default(), upstream_id };
        if response.media_type() == "application/json" {
            answer.state.take(response.json()?).map_err(|failure| answer.of_request(failure))?;
            answer.state.finish().map_err(|failure| answer.of_request(failure))?;
        } else {
            answer.source = Some(response.events());
        }
        Ok(answer)
    }

    fn advance(&mut self) -> Result<()> {
        match self.source.as_mut().and_then(Iterator::next) {
            Some(event) => {
                let event = event?;
                if event.data.trim() == DONE {
                    self.source = None;
                    // It says that nothing is missing, whatever the last chunk said.
                    self.state.reason.get_or_insert(FinishReason::Stop);
                    return self.state.finish();
                }
                let chunk = serde_json::from_str(&event.data).map_err(|error| {
                    let reason = format!("a piece of the answer cannot be read: {error}");
                    Failure::bad_output(reason).submitted(Submitted::Yes)
                })?;
                self.state.take(chunk)
            }
            None => {
                self.source = None;
                self.state.finish()
            }
        }
    }

    fn of_request(&self, failure: Failure) -> Failure {
        let id = failure.upstream_id.clone().or_else(|| self.upstream_id.clone());
        failure.upstream_id(id)
    }
}

impl Iterator for Answer {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(event) = self.state.ready.pop_front() {
                return Some(Ok(event));
            }
            self.source.as_ref()?;
            if let Err(failure) = self.advance() {
                self.source = None;
                return Some(Err(self.of_request(failure)));
            }
        }
    }
}

impl State {
    fn take(&mut self, chunk: Chunk) -> Result<()> {
        if let Some(error) = chunk.error {
            return Err(refusal::within(&error));
        }
        if let Some(used) = chunk.usage {
            self.usage = Some(usage::tokens(&used));
        }
        // One answer was asked for.
        let Some(choice) = chunk.choices.unwrap_or_default().into_iter().next() else { return Ok(()) };
        if let Some(delta) = choice.delta {
            self.add(delta);
        }
        if let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) {
            self.reason = Some(match reason.as_str() {
                "stop" | "eos" => FinishReason::Stop,
                "length" | "max_tokens" => FinishReason::Length,
                "tool_calls" | "function_call" => FinishReason::ToolCalls,
                "content_filter" => FinishReason::ContentPolicy(None),
                _ => FinishReason::Other(reason),
            });
        }
        Ok(())
    }

    fn add(&mut self, delta: Delta) {
        let said = |text: Option<String>| text.filter(|text| !text.is_empty());
        self.ready.extend(said(delta.reasoning_content.or(delta.reasoning)).map(Event::Reasoning));
        self.ready.extend(said(delta.content).map(Event::Text));
        if let Some(refusal) = said(delta.refusal) {
            self.has_refused = true;
            self.ready.push_back(Event::Text(refusal));
        }
        for (place, piece) in delta.tool_calls.unwrap_or_default().into_iter().enumerate() {
            let event = self.call(place as u64, piece);
            self.ready.push_back(event);
        }
    }

    /// A piece of a tool call. Some servers number calls from 1, give no numbers, or repeat id and name with every
    /// piece.
    fn call(&mut self, place: u64, piece: CallPiece) -> Event {
        let number = piece.index.unwrap_or(place);
        let known = self.calls.iter().position(|known| *known == number);
        let index = known.unwrap_or_else(|| {
            self.calls.push(number);
            self.calls.len() - 1
        });
        let Function { name, arguments } = piece.function.unwrap_or(Function { name: None, arguments: None });
        let arguments = match arguments {
            Some(Value::String(text)) => text,
            None | Some(Value::Null) => String::new(),
            Some(json) => json.to_string(),
        };
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let id = piece.id.filter(|id| !id.is_empty()).unwrap_or_else(|| format!("call-{index}"));
        Event::ToolCall(ToolCallDelta {
            index,
            id: known.is_none().then_some(id),
            name: name.filter(|_| known.is_none()),
            arguments,
        })
    }

    /// Ends the answer, which is whole only when the server has said why it ended.
    fn finish(&mut self) -> Result<()> {
        let reason = match self.reason.take() {
            Some(FinishReason::Stop) if self.has_refused => FinishReason::ContentPolicy(Some("refusal".to_owned())),
            // Some servers say so of every answer.
            Some(FinishReason::Stop) if !self.calls.is_empty() => FinishReason::ToolCalls,
            Some(reason) => reason,
            None => {
                let failure = Failure::bad_output("the answer broke off before its end");
                return Err(failure.submitted(Submitted::Yes));
            }
        };
        let finish = Finish::new(reason).usage(self.usage.take().unwrap_or_else(Usage::none));
        self.ready.push_back(Event::finish(finish));
        Ok(())
    }
}
