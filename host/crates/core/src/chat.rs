//! Answers to a conversation, whole or as they come.

mod answer;
mod conversation;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use answer::{Collector, Event, Finish, FinishReason, Response, ToolCallDelta};
pub use conversation::{Message, Part, Role, ToolCall, ToolResult};

use crate::{
    Error, Quantity, Result, Unit, Workload,
    check::{self, set},
};

/// Most tools of a request.
pub const MAX_TOOLS: usize = 128;
/// Longest name of a tool, in characters.
const MAX_TOOL_NAME: usize = 64;
/// Most texts that end an answer.
const MAX_STOPS: usize = 16;
/// Tokens that an answer is taken to have when the request does not bound it.
const TYPICAL_OUTPUT_TOKENS: u32 = 300;
/// Tokens that a picture or another file of a conversation is taken to have at the most.
const MOST_MEDIA_TOKENS: f64 = 16_000.0;

/// A tool that the model may ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Its name: letters, digits, `-` and `_`, at most 64.
    pub name: String,
    /// What it does and when to use it.
    pub description: String,
    /// JSON Schema of its arguments.
    pub parameters: Value,
}

/// Whether tools are used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToolChoice {
    /// The model decides.
    #[default]
    Auto,
    /// Never.
    None,
    /// At least one.
    Required,
    /// The one of this name.
    Named(String),
}

/// What to answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// The conversation, oldest first. Never empty.
    pub messages: Vec<Message>,
    /// Tools that may be asked for.
    pub tools: Vec<Tool>,
    /// Whether they are used.
    pub tool_choice: ToolChoice,
    /// Randomness, 0 to 2; none lets the model choose.
    pub temperature: Option<f32>,
    /// Share of the probability mass that is sampled from, 0 to 1; none lets the model choose.
    pub top_p: Option<f32>,
    /// Most tokens to answer with; none lets the model choose.
    pub max_output_tokens: Option<u32>,
    /// Texts that end the answer.
    pub stop: Vec<String>,
    /// The same seed, request and version of a provider give the same answer where the model can.
    pub seed: Option<u64>,
    /// JSON Schema that the answer must follow; none for free text.
    pub response_schema: Option<Value>,
}

impl Request {
    /// One question.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self::of([Message::user(prompt)])
    }

    /// A conversation.
    pub fn of(messages: impl IntoIterator<Item = Message>) -> Self {
        Self { messages: messages.into_iter().collect(), ..Self::default() }
    }

    pub(crate) fn typical() -> Self {
        Self::new("Where do foxes live?")
    }

    pub(crate) fn validate(&self) -> Result<()> {
        conversation::validate(&self.messages)?;
        check::within("tools", self.tools.len(), MAX_TOOLS, "tools")?;
        for (index, tool) in self.tools.iter().enumerate() {
            self.validate_tool(&format!("tools[{index}]"), index, tool)?;
        }
        match &self.tool_choice {
            ToolChoice::Named(name) if !self.has_tool(name) => {
                return Err(Error::invalid_input("tool-choice", format!("there is no tool `{}`", escape(name))));
            }
            ToolChoice::Required if self.tools.is_empty() => {
                return Err(Error::invalid_input("tool-choice", "a tool is required, and there are none"));
            }
            _ => {}
        }
        check::range("temperature", self.temperature, 0.0, 2.0)?;
        check::range("top-p", self.top_p, 0.0, 1.0)?;
        if self.max_output_tokens == Some(0) {
            return Err(Error::invalid_input("max-output-tokens", "0 tokens say nothing: allow 1 or more"));
        }
        check::within("stop", self.stop.len(), MAX_STOPS, "texts")?;
        for (index, stop) in self.stop.iter().enumerate() {
            check::name(&format!("stop[{index}]"), Some(stop))?;
            if stop.is_empty() {
                return Err(Error::invalid_input(format!("stop[{index}]"), "it is empty, and would end every answer"));
            }
        }
        if let Some(schema) = self.response_schema.as_ref().filter(|schema| !schema.is_object()) {
            let schema = escape(&schema.to_string());
            return Err(Error::invalid_input("response-schema", format!("`{schema}` is no JSON Schema")));
        }
        check::within("tools", self.definitions_in_bytes(), check::MAX_TEXTS_BYTES, "bytes")
    }

    fn validate_tool(&self, field: &str, index: usize, tool: &Tool) -> Result<()> {
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let named = !tool.name.is_empty() && tool.name.len() <= MAX_TOOL_NAME && tool.name.bytes().all(letters);
        if !named {
            let reason = format!("`{}` is no name: use 1 to 64 letters, digits, `-`, `_`", escape(&tool.name));
            return Err(Error::invalid_input(field, reason));
        }
        if self.tools.iter().take(index).any(|other| other.name == tool.name) {
            return Err(Error::invalid_input(field, format!("`{}` is there twice", tool.name)));
        }
        check::text_length(field, &tool.description)?;
        if !tool.parameters.is_object() {
            return Err(Error::invalid_input(field, "its parameters are no JSON Schema"));
        }
        Ok(())
    }

    pub(crate) fn has_tool(&self, name: &str) -> bool {
        self.tools.iter().any(|tool| tool.name == name)
    }

    /// The tool calls of the conversation.
    pub(crate) fn calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.messages.iter().flat_map(|message| &message.parts).filter_map(|part| match part {
            Part::ToolCall(call) => Some(call),
            _ => None,
        })
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        let parts = self.messages.iter().flat_map(|message| &message.parts);
        parts.map(Part::size_in_bytes).sum::<u64>() + self.definitions_in_bytes() as u64
    }

    /// Bytes of the tools and of the schema of the answer.
    fn definitions_in_bytes(&self) -> usize {
        let json = |value: &Value| value.to_string().len();
        let tools = self.tools.iter().map(|tool| tool.name.len() + tool.description.len() + json(&tool.parameters));
        tools.sum::<usize>() + self.response_schema.as_ref().map_or(0, json)
    }

    pub(crate) fn parameters(&self) -> BTreeMap<&'static str, Value> {
        check::parameters([
            ("tools", (!self.tools.is_empty()).then(|| true.into())),
            ("temperature", check::set_number(self.temperature)),
            ("top-p", check::set_number(self.top_p)),
            ("max-output-tokens", set(&self.max_output_tokens)),
            ("stop", (!self.stop.is_empty()).then(|| self.stop.len().into())),
            ("seed", set(&self.seed)),
            ("response-schema", self.response_schema.is_some().then(|| true.into())),
        ])
    }

    pub(crate) fn workload(&self) -> Workload {
        let parts = || self.messages.iter().flat_map(|message| &message.parts);
        let characters = parts().map(Part::characters).sum();
        let (mut media, mut media_bytes) = (0_u32, 0);
        for part in parts().filter(|part| matches!(part, Part::Media(_))) {
            media += 1;
            media_bytes += part.size_in_bytes();
        }
        let text_bytes = self.size_in_bytes().saturating_sub(media_bytes);
        let text = check::text_tokens(characters, text_bytes);
        let input = Quantity { high: text.high + f64::from(media) * MOST_MEDIA_TOKENS, ..text };
        let answer = check::answer_tokens(TYPICAL_OUTPUT_TOKENS, self.max_output_tokens);
        check::workload([
            // What is read from a cache is billed for less, and nobody relies on that.
            Quantity::exactly(Unit::CachedInputToken, 0.0),
            Quantity::between(Unit::CacheWriteToken, 0.0, 0.0, input.high),
            Quantity::between(Unit::ReasoningToken, 0.0, 0.0, answer.high),
            input,
            answer,
            Quantity::exactly(Unit::Character, characters as f64),
        ])
    }
}

fn escape(name: &str) -> String {
    crate::text::escape(name, MAX_TOOL_NAME)
}

impl From<&str> for Request {
    fn from(prompt: &str) -> Self {
        Self::new(prompt)
    }
}

impl From<String> for Request {
    fn from(prompt: String) -> Self {
        Self::new(prompt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tool(name: &str) -> Tool {
        Tool { name: name.to_owned(), description: String::new(), parameters: json!({"type": "object"}) }
    }

    #[test]
    fn what_no_provider_can_serve_is_refused_with_its_field() {
        let good = Request { tools: vec![tool("weather")], ..Request::new("rain?") };
        good.validate().unwrap();
        let cases = [
            ("messages", Request { messages: vec![], ..good.clone() }),
            ("tools[1]", Request { tools: vec![tool("a"), tool("a")], ..good.clone() }),
            ("tools[0]", Request { tools: vec![tool("a b")], ..good.clone() }),
            ("tools[0]", Request { tools: vec![Tool { parameters: json!(1), ..tool("a") }], ..good.clone() }),
            ("tool-choice", Request { tool_choice: ToolChoice::Named("time".to_owned()), ..good.clone() }),
            ("tool-choice", Request { tool_choice: ToolChoice::Required, ..Request::new("rain?") }),
            ("temperature", Request { temperature: Some(f32::NAN), ..good.clone() }),
            ("top-p", Request { top_p: Some(1.5), ..good.clone() }),
            ("max-output-tokens", Request { max_output_tokens: Some(0), ..good.clone() }),
            ("stop[0]", Request { stop: vec![String::new()], ..good.clone() }),
            ("response-schema", Request { response_schema: Some(json!("x")), ..good.clone() }),
        ];
        for (field, request) in cases {
            assert_eq!(request.validate().unwrap_err().field(), Some(field));
        }
    }

    #[test]
    fn a_request_is_read_from_json_and_an_unknown_role_is_named() {
        let request = json!({"messages": [{"role": "user", "parts": [{"text": "hi"}]}], "tool_choice": {"named": "x"}});
        let request: Request = serde_json::from_value(request).unwrap();
        assert_eq!(request.messages, [Message::user("hi")]);
        let wrong = json!({"messages": [{"role": "wizard", "parts": [{"text": "hi"}]}]});
        let error = serde_json::from_value::<Request>(wrong).unwrap_err().to_string();
        assert!(error.contains("wizard") && error.contains("assistant"), "{error}");
    }
}
