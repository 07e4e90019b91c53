//! An answer: its pieces as they come, and the whole.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Message, Part, Request, Role, ToolCall};
use crate::{
    Collect, Result, Usage, Warning,
    check::{JSON_GROWTH, bad_output},
    clean,
    text::escape,
};

/// Most tool calls of an answer.
const MAX_CALLS: usize = 128;
/// Longest id of a tool call, in bytes: it comes back in the next request as it is.
const MAX_ID: usize = 128;

/// A piece of a tool call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCallDelta {
    /// Which of the answer's tool calls, from 0.
    pub index: u32,
    /// The call's id, with its first piece.
    pub id: Option<String>,
    /// The tool's name, with the first piece.
    pub name: Option<String>,
    /// More of the JSON of the arguments.
    pub arguments: String,
}

/// Why an answer ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FinishReason {
    /// It was complete, or a stop text came.
    #[default]
    Stop,
    /// The limit of tokens was reached.
    Length,
    /// The model waits for its tools.
    ToolCalls,
    /// The rest was withheld; the category, when there is one.
    ContentPolicy(Option<String>),
    /// Anything else, in a word.
    Other(String),
}

impl FinishReason {
    fn clean(&mut self) {
        match self {
            Self::ContentPolicy(Some(word)) | Self::Other(word) => clean::name(word),
            Self::Stop | Self::Length | Self::ToolCalls | Self::ContentPolicy(None) => {}
        }
    }
}

/// The end of an answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Finish {
    /// Why it ended.
    pub reason: FinishReason,
    /// What it used.
    pub usage: Usage,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// More of the text.
    Text(String),
    /// More of the reasoning.
    Reasoning(String),
    /// More of a tool call.
    ToolCall(ToolCallDelta),
    /// The end: exactly one, and last.
    Finish(Finish),
}

impl Event {
    pub(crate) fn size_in_bytes(&self) -> u64 {
        let length = match self {
            Self::Text(text) | Self::Reasoning(text) => text.len(),
            Self::ToolCall(delta) => {
                let names = delta.id.as_ref().map_or(0, String::len) + delta.name.as_ref().map_or(0, String::len);
                delta.arguments.len() + names
            }
            Self::Finish(_) => 0,
        };
        length as u64
    }

    pub(crate) fn clean(&mut self) -> Result<()> {
        if let Self::Finish(finish) = self {
            finish.reason.clean();
            clean::remarks(&mut finish.usage, &mut finish.warnings)?;
        }
        Ok(())
    }

    pub(crate) fn memory_in_bytes(&self) -> u64 {
        match self {
            Self::ToolCall(_) => self.size_in_bytes().saturating_mul(JSON_GROWTH),
            // A text grows by doubling.
            Self::Text(_) | Self::Reasoning(_) | Self::Finish(_) => self.size_in_bytes().saturating_mul(2),
        }
    }

    pub(crate) fn is_last(&self) -> bool {
        matches!(self, Self::Finish(_))
    }
}

/// A whole answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The text.
    pub text: String,
    /// The reasoning, where the model shows it.
    pub reasoning: String,
    /// The tools that the model asks for.
    pub tool_calls: Vec<ToolCall>,
    /// Why it ended.
    pub finish_reason: FinishReason,
    /// What it used.
    pub usage: Usage,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

impl Response {
    /// A complete answer.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The answer as the next message of the conversation.
    #[must_use]
    pub fn message(&self) -> Message {
        let text = (!self.text.is_empty() || self.tool_calls.is_empty()).then(|| Part::Text(self.text.clone()));
        let calls = self.tool_calls.iter().cloned().map(Part::ToolCall);
        Message { role: Role::Assistant, parts: text.into_iter().chain(calls).collect() }
    }

    pub(crate) fn validate(&self, request: &Request) -> Result<()> {
        let mut ids: BTreeSet<_> = request.calls().map(|call| call.id.as_str()).collect();
        for call in &self.tool_calls {
            if !ids.insert(&call.id) {
                return Err(bad_output(format!("the provider makes the call `{}` again", escape(&call.id, 64))));
            }
            if !request.has_tool(&call.name) {
                return Err(bad_output(format!(
                    "the provider calls the tool `{}`, which it was not given",
                    escape(&call.name, 64)
                )));
            }
        }
        if self.finish_reason == FinishReason::ToolCalls && self.tool_calls.is_empty() {
            return Err(bad_output("the provider waits for tools that it did not call"));
        }
        Ok(())
    }

    /// Holds it to the rules of its pieces too.
    pub(crate) fn clean(&mut self) -> Result<()> {
        let calls = self.tool_calls.iter();
        if calls.len() > MAX_CALLS || !calls.flat_map(|call| [&call.id, &call.name]).all(|text| is_id(text)) {
            return Err(bad_output("the provider calls too many tools, or by an id or a name that is none"));
        }
        if !self.tool_calls.iter().all(|call| call.arguments.is_object()) {
            return Err(bad_output("the arguments for a tool are no JSON object"));
        }
        self.finish_reason.clean();
        clean::remarks(&mut self.usage, &mut self.warnings)
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        let calls: usize = self.tool_calls.iter().map(|call| call.arguments.to_string().len()).sum();
        (self.text.len() + self.reasoning.len() + calls) as u64
    }

    /// The events that give this response.
    pub(crate) fn into_events(self) -> Vec<Event> {
        let mut events = Vec::new();
        if !self.reasoning.is_empty() {
            events.push(Event::Reasoning(self.reasoning));
        }
        if !self.text.is_empty() {
            events.push(Event::Text(self.text));
        }
        events.extend(self.tool_calls.into_iter().zip(0..).map(|(call, index)| {
            let arguments = call.arguments.to_string();
            Event::ToolCall(ToolCallDelta { index, id: Some(call.id), name: Some(call.name), arguments })
        }));
        events.push(Event::Finish(Finish { reason: self.finish_reason, usage: self.usage, warnings: self.warnings }));
        events
    }
}

/// An answer that is put together from its events.
#[derive(Debug, Default)]
pub struct Collector {
    text: String,
    reasoning: String,
    calls: Vec<ToolCallDelta>,
    finish: Option<Finish>,
}

impl Collect for Collector {
    type Event = Event;
    type Response = Response;

    fn push(&mut self, event: &Event) -> Result<()> {
        match event {
            _ if self.finish.is_some() => return Err(bad_output("the provider goes on after the end of its answer")),
            Event::Text(text) => self.text += text,
            Event::Reasoning(text) => self.reasoning += text,
            Event::ToolCall(delta) => self.call(delta)?,
            Event::Finish(finish) => self.finish = Some(finish.clone()),
        }
        Ok(())
    }

    fn finish(self) -> Result<Response> {
        let Some(finish) = self.finish else {
            return Err(bad_output("the provider ended its answer without `finish`"));
        };
        Ok(Response {
            text: self.text,
            reasoning: self.reasoning,
            tool_calls: self.calls.into_iter().map(whole_call).collect::<Result<_>>()?,
            finish_reason: finish.reason,
            usage: finish.usage,
            warnings: finish.warnings,
        })
    }
}

impl Collector {
    fn call(&mut self, delta: &ToolCallDelta) -> Result<()> {
        // Who listens gets them with every piece, although only the first one counts.
        if !delta.id.iter().chain(&delta.name).all(|text| is_id(text)) {
            return Err(bad_output("the provider calls a tool by an id or a name that is none"));
        }
        let index = delta.index as usize;
        if index == self.calls.len() && index < MAX_CALLS {
            self.calls.push(delta.clone());
            return Ok(());
        }
        match self.calls.get_mut(index) {
            Some(call) => call.arguments += &delta.arguments,
            None => {
                return Err(bad_output(format!("the provider goes on with tool call {index}, which it did not begin")));
            }
        }
        Ok(())
    }
}

/// Whether a tool call can be told by this. It comes back as it is.
fn is_id(text: &str) -> bool {
    text.len() <= MAX_ID && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn whole_call(call: ToolCallDelta) -> Result<ToolCall> {
    let (Some(id), Some(name)) = (call.id, call.name) else {
        return Err(bad_output("the provider calls a tool without an id or a name"));
    };
    // A tool without parameters is often called with nothing at all.
    let json = if call.arguments.trim().is_empty() { "{}" } else { &call.arguments };
    match serde_json::from_str::<Value>(json) {
        Ok(arguments) if arguments.is_object() => Ok(ToolCall { id, name, arguments }),
        _ => Err(bad_output(format!("the arguments for the tool `{}` are no JSON object", escape(&name, 64)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn collect(events: &[Event]) -> Result<Response> {
        let mut collector = Collector::default();
        events.iter().try_for_each(|event| collector.push(event))?;
        collector.finish()
    }

    #[test]
    fn no_piece_of_a_tool_call_brings_a_name_that_acts_on_its_reader() {
        let begin = call(0, Some("1"), "{");
        let renamed = |name: &str| {
            Event::ToolCall(ToolCallDelta {
                index: 0,
                id: None,
                name: Some(name.to_owned()),
                arguments: "}".to_owned(),
            })
        };
        assert!(collect(&[begin.clone(), renamed("weather"), Event::Finish(Finish::default())]).is_ok());
        assert!(collect(&[begin.clone(), renamed("\x1b[31m")]).is_err());
        assert!(collect(&[begin, renamed(&"x".repeat(MAX_ID + 1))]).is_err());
    }

    fn text(text: &str) -> Event {
        Event::Text(text.to_owned())
    }

    fn call(index: u32, id: Option<&str>, arguments: &str) -> Event {
        let (id, name) = (id.map(str::to_owned), id.map(|_| "weather".to_owned()));
        Event::ToolCall(ToolCallDelta { index, id, name, arguments: arguments.to_owned() })
    }

    fn finish() -> Event {
        Event::Finish(Finish::default())
    }

    #[test]
    fn an_answer_is_the_sum_of_its_events_and_gives_them_again() {
        let events = [
            Event::Reasoning("hm".to_owned()),
            text("It "),
            text("rains."),
            call(0, Some("1"), "{\"in\":"),
            call(0, None, "\"Oslo\"}"),
            call(1, Some("2"), ""),
            finish(),
        ];
        let answer = collect(&events).unwrap();
        assert_eq!((answer.text.as_str(), answer.reasoning.as_str()), ("It rains.", "hm"));
        assert_eq!(answer.tool_calls[0].arguments, json!({"in": "Oslo"}));
        assert_eq!(answer.tool_calls[1].arguments, json!({}));
        assert_eq!(collect(&answer.clone().into_events()).unwrap(), answer);
        assert_eq!(answer.message().parts.len(), 3);
    }

    #[test]
    fn what_is_no_answer_is_bad_output() {
        let cases = [
            vec![],
            vec![text("and")],
            vec![finish(), text("more")],
            vec![finish(), finish()],
            vec![call(1, Some("1"), "{}"), finish()],
            vec![call(0, None, "{}"), finish()],
            vec![call(0, Some("1"), "[]"), finish()],
            vec![call(0, Some("1"), "{"), finish()],
            vec![call(0, Some("a\u{1b}"), "{}"), finish()],
            vec![call(0, Some(&"1".repeat(200)), "{}"), finish()],
        ];
        for events in cases {
            assert!(collect(&events).is_err(), "{events:?}");
        }
        let mut request = Request::new("rain?");
        assert!(collect(&[call(0, Some("1"), "{}"), finish()]).unwrap().validate(&request).is_err(), "no such tool");
        let weather = json!({"name": "weather", "description": "", "parameters": {}});
        request.tools = vec![serde_json::from_value(weather).unwrap()];
        let answer = |ids: &[&str]| {
            let calls = ids.iter().zip(0..).map(|(id, index)| call(index, Some(id), "{}"));
            collect(&calls.chain([finish()]).collect::<Vec<_>>()).unwrap()
        };
        answer(&["1", "2"]).validate(&request).unwrap();
        answer(&["1", "2"]).clean().unwrap();
        let mut whole = answer(&["1"]);
        whole.tool_calls[0].id = "a\u{1b}".to_owned();
        assert!(whole.clean().is_err(), "an id that no piece may have");
        whole = answer(&["1"]);
        whole.tool_calls[0].arguments = json!([]);
        assert!(whole.clean().is_err(), "arguments that no pieces give");
        assert!(answer(&["1", "1"]).validate(&request).is_err(), "the same call twice");
        request.messages.push(answer(&["1"]).message());
        assert!(answer(&["1"]).validate(&request).is_err(), "a call of the turn before");
    }
}
