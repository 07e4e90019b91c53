//! An answer, as it comes.

use std::collections::VecDeque;

use palisade_guest::chat::{Event, Finish, FinishReason, Response, ToolCallDelta, Translate};
use palisade_guest::{Failure, Result, Usage, http, sse};
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

/// What is known of an answer so far. Its last event is the finish, with what the last chunk says was used.
#[derive(Default)]
struct State {
    /// The server's number of each tool call.
    calls: Vec<u64>,
    reason: Option<FinishReason>,
    has_refused: bool,
    usage: Option<Usage>,
}

/// Begins to read. A server that does not stream has sent all of it at once.
pub(crate) fn read(upstream: http::Response) -> Result<Response> {
    let mut state = State::default();
    if upstream.media_type() != "application/json" {
        return Ok(Response::translated(upstream, state));
    }
    let upstream_id = upstream.upstream_id().map(str::to_owned);
    let mut answer = VecDeque::new();
    let whole = state.take(upstream.json()?, &mut answer).and_then(|()| state.end(&mut answer));
    whole.map_err(|failure| failure.upstream_id(upstream_id))?;
    Ok(Response::stream(answer.into_iter().map(Ok)))
}

impl Translate for State {
    fn event(&mut self, event: &sse::Event, answer: &mut VecDeque<Event>) -> Result<bool> {
        if event.data.trim() == DONE {
            // It says that nothing is missing, whatever the last chunk said.
            self.reason.get_or_insert(FinishReason::Stop);
            self.end(answer)?;
            return Ok(true);
        }
        let chunk = serde_json::from_str(&event.data)
            .map_err(|error| Failure::incomplete(&format!("a piece that cannot be read: {error}")))?;
        self.take(chunk, answer)?;
        Ok(false)
    }

    /// The answer is whole only when the server has said why it ended.
    fn end(&mut self, answer: &mut VecDeque<Event>) -> Result<()> {
        let reason = match self.reason.take() {
            Some(FinishReason::Stop) if self.has_refused => FinishReason::ContentPolicy(Some("refusal".to_owned())),
            // Some servers say so of every answer.
            Some(FinishReason::Stop) if !self.calls.is_empty() => FinishReason::ToolCalls,
            Some(reason) => reason,
            None => return Err(Failure::incomplete("no end")),
        };
        let finish = Finish::new(reason).usage(self.usage.take().unwrap_or_else(Usage::none));
        answer.push_back(Event::finish(finish));
        Ok(())
    }
}

impl State {
    fn take(&mut self, chunk: Chunk, answer: &mut VecDeque<Event>) -> Result<()> {
        if let Some(error) = chunk.error {
            return Err(refusal::within(&error));
        }
        if let Some(used) = chunk.usage {
            self.usage = Some(usage::tokens(&used));
        }
        // One answer was asked for.
        let Some(choice) = chunk.choices.unwrap_or_default().into_iter().next() else { return Ok(()) };
        if let Some(delta) = choice.delta {
            self.add(delta, answer);
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

    fn add(&mut self, delta: Delta, answer: &mut VecDeque<Event>) {
        let said = |text: Option<String>| text.filter(|text| !text.is_empty());
        answer.extend(said(delta.reasoning_content.or(delta.reasoning)).map(Event::Reasoning));
        answer.extend(said(delta.content).map(Event::Text));
        if let Some(refusal) = said(delta.refusal) {
            self.has_refused = true;
            answer.push_back(Event::Text(refusal));
        }
        for (place, piece) in delta.tool_calls.unwrap_or_default().into_iter().enumerate() {
            let event = self.call(place as u64, piece);
            answer.push_back(event);
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
}
