//! An answer, as it comes.

use std::collections::VecDeque;

use palisade_guest::chat::{Event, Finish, FinishReason, Response, ToolCallDelta, Translate};
use palisade_guest::{Failure, Result, Usage, http, sse};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::refusal;

/// What the API streams. What is not known here is new, and to be left out.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Sent {
    MessageStart {
        message: Start,
    },
    ContentBlockStart {
        index: u64,
        content_block: Block,
    },
    ContentBlockDelta {
        index: u64,
        delta: Delta,
    },
    ContentBlockStop {
        index: u64,
    },
    MessageDelta {
        delta: End,
        usage: Option<Counts>,
    },
    MessageStop,
    Error {
        error: Value,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Start {
    usage: Option<Counts>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        text: String,
    },
    ToolUse {
        id: String,
        name: String,
        input: Option<Map<String, Value>>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Delta {
    #[serde(rename = "text_delta")]
    Text { text: String },
    #[serde(rename = "thinking_delta")]
    Thinking { thinking: String },
    #[serde(rename = "input_json_delta")]
    InputJson { partial_json: String },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct End {
    stop_reason: Option<String>,
    stop_details: Option<StopDetails>,
}

#[derive(Deserialize)]
struct StopDetails {
    category: Option<String>,
}

/// Tokens, of which each event says the last it knows. Those that were read from a cache or written to one are not among
/// the others.
#[derive(Default, Deserialize)]
struct Counts {
    input_tokens: Option<f64>,
    cache_read_input_tokens: Option<f64>,
    cache_creation_input_tokens: Option<f64>,
    output_tokens: Option<f64>,
}

/// What is known of an answer so far.
#[derive(Default)]
struct State {
    /// The tool calls in their order.
    calls: Vec<Call>,
    reason: Option<FinishReason>,
    counts: Counts,
}

struct Call {
    /// The number of its block.
    block: u64,
    has_arguments: bool,
}

/// Begins to read.
pub(super) fn read(upstream: http::Response) -> Result<Response> {
    if upstream.media_type() == "application/json" {
        let id = upstream.upstream_id().map(str::to_owned);
        let answer: Value = upstream.json()?;
        let failure = match answer.get("error") {
            Some(error) => refusal::within(error),
            None => Failure::incomplete("no stream of events"),
        };
        return Err(failure.upstream_id(id));
    }
    Ok(Response::translated(upstream, State::default()))
}

impl Translate for State {
    fn event(&mut self, event: &sse::Event, answer: &mut VecDeque<Event>) -> Result<bool> {
        let sent = serde_json::from_str(&event.data)
            .map_err(|error| Failure::incomplete(&format!("a piece that cannot be read: {error}")))?;
        match sent {
            Sent::MessageStart { message } => self.counts.update(message.usage),
            Sent::ContentBlockStart { index, content_block } => self.begin(index, content_block, answer),
            Sent::ContentBlockDelta { index, delta } => self.add(index, delta, answer)?,
            Sent::ContentBlockStop { index } => answer.extend(self.complete(index)),
            Sent::MessageDelta { delta, usage } => {
                self.counts.update(usage);
                self.reason = reason(delta).or(self.reason.take());
            }
            Sent::MessageStop => {
                let reason = self.reason.take().ok_or_else(|| Failure::incomplete("no reason for its end"))?;
                answer.push_back(Event::finish(Finish::new(reason).usage(self.counts.usage())));
                return Ok(true);
            }
            Sent::Error { error } => return Err(refusal::within(&error)),
            Sent::Other => {}
        }
        Ok(false)
    }

    fn end(&mut self, _: &mut VecDeque<Event>) -> Result<()> {
        Err(Failure::incomplete("no end"))
    }
}

impl State {
    fn begin(&mut self, index: u64, block: Block, answer: &mut VecDeque<Event>) {
        match block {
            Block::Text { text } if !text.is_empty() => answer.push_back(Event::Text(text)),
            Block::ToolUse { id, name, input } => {
                let arguments = input.filter(|input| !input.is_empty()).map(Value::Object);
                self.calls.push(Call { block: index, has_arguments: arguments.is_some() });
                answer.push_back(Event::ToolCall(ToolCallDelta {
                    index: place(self.calls.len() - 1),
                    id: Some(id),
                    name: Some(name),
                    arguments: arguments.map(|arguments| arguments.to_string()).unwrap_or_default(),
                }));
            }
            Block::Text { .. } | Block::Other => {}
        }
    }

    fn add(&mut self, index: u64, delta: Delta, answer: &mut VecDeque<Event>) -> Result<()> {
        match delta {
            Delta::Text { text } if !text.is_empty() => answer.push_back(Event::Text(text)),
            Delta::Thinking { thinking } if !thinking.is_empty() => answer.push_back(Event::Reasoning(thinking)),
            Delta::InputJson { partial_json } if !partial_json.is_empty() => {
                let (place, call) =
                    self.call(index).ok_or_else(|| Failure::incomplete("arguments of a call that was not made"))?;
                call.has_arguments = true;
                answer.push_back(more(place, partial_json));
            }
            _ => {}
        }
        Ok(())
    }

    /// A call whose arguments were left out has none.
    fn complete(&mut self, index: u64) -> Option<Event> {
        let (place, call) = self.call(index)?;
        (!call.has_arguments).then(|| more(place, "{}".to_owned()))
    }

    fn call(&mut self, block: u64) -> Option<(u32, &mut Call)> {
        self.calls.iter_mut().enumerate().find(|(_, call)| call.block == block).map(|(at, call)| (place(at), call))
    }
}

fn more(index: u32, arguments: String) -> Event {
    Event::ToolCall(ToolCallDelta { index, id: None, name: None, arguments })
}

fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn reason(end: End) -> Option<FinishReason> {
    let reason = end.stop_reason?;
    Some(match reason.as_str() {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => {
            let category = end.stop_details.and_then(|details| details.category);
            FinishReason::ContentPolicy(Some(category.unwrap_or(reason)))
        }
        _ => FinishReason::Other(reason),
    })
}

impl Counts {
    fn update(&mut self, newer: Option<Self>) {
        let Some(newer) = newer else { return };
        self.input_tokens = newer.input_tokens.or(self.input_tokens);
        self.cache_read_input_tokens = newer.cache_read_input_tokens.or(self.cache_read_input_tokens);
        self.cache_creation_input_tokens = newer.cache_creation_input_tokens.or(self.cache_creation_input_tokens);
        self.output_tokens = newer.output_tokens.or(self.output_tokens);
    }

    fn usage(&self) -> Usage {
        let counts = [
            ("input-token", self.input_tokens),
            ("cached-input-token", self.cache_read_input_tokens),
            ("cache-write-token", self.cache_creation_input_tokens),
            ("output-token", self.output_tokens),
        ];
        counts.into_iter().fold(Usage::none(), |usage, (unit, count)| match count {
            Some(count) if count.is_finite() && count >= 0.0 => usage.and(unit, count),
            _ => usage,
        })
    }
}
