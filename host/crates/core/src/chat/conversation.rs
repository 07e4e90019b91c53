//! What was said so far.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, Media, Result, check, text::escape};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Whoever sets the rules.
    System,
    /// Who asks.
    User,
    /// The model.
    Assistant,
    /// A tool, with its result.
    Tool,
}

/// The model asks for a tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolCall {
    /// Names this call; unique in the conversation.
    pub id: String,
    /// A tool of the request.
    pub name: String,
    /// Its arguments: a JSON object.
    pub arguments: Value,
}

/// What a tool answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolResult {
    /// The id of the call that it answers.
    pub id: String,
    /// The answer, as text or JSON.
    pub content: String,
    /// Whether the tool failed.
    #[serde(default)]
    pub is_error: bool,
}

/// A piece of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Plain text.
    Text(String),
    /// A picture, a sound, a document.
    Media(Media),
    /// Only from the assistant.
    ToolCall(ToolCall),
    /// Only from a tool.
    ToolResult(ToolResult),
}

impl Part {
    pub(crate) fn size_in_bytes(&self) -> u64 {
        let length = match self {
            Self::Text(text) => text.len(),
            Self::Media(media) => media.data.len(),
            Self::ToolCall(call) => call.arguments.to_string().len(),
            Self::ToolResult(result) => result.content.len(),
        };
        length as u64
    }

    pub(crate) fn characters(&self) -> usize {
        match self {
            Self::Text(text) | Self::ToolResult(ToolResult { content: text, .. }) => text.chars().count(),
            Self::Media(_) | Self::ToolCall(_) => 0,
        }
    }
}

/// A turn of the conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order. Never empty.
    pub parts: Vec<Part>,
}

impl Message {
    /// A message that is one text.
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self { role, parts: vec![Part::Text(text.into())] }
    }

    /// Who asks says this.
    pub fn user(text: impl Into<String>) -> Self {
        Self::new(Role::User, text)
    }

    /// Whoever sets the rules says this.
    pub fn system(text: impl Into<String>) -> Self {
        Self::new(Role::System, text)
    }

    /// The model says this.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::new(Role::Assistant, text)
    }
}

/// Whether a call was answered.
#[derive(PartialEq)]
enum Call {
    Open,
    Answered,
}

/// A conversation that hangs together: everybody says what they may, and every result answers a call before it.
pub(super) fn validate(messages: &[Message]) -> Result<()> {
    check::required_items("messages", messages.len(), "message")?;
    let mut calls = BTreeMap::new();
    let (mut texts, mut parts) = (0, 0);
    for (index, message) in messages.iter().enumerate() {
        let field = format!("messages[{index}]");
        if message.parts.is_empty() {
            return Err(Error::invalid_input(field, "it says nothing: give it at least one part"));
        }
        for (index, part) in message.parts.iter().enumerate() {
            let field = format!("{field}.parts[{index}]");
            validate_part(&field, message.role, part, &mut calls)?;
            texts += match part {
                Part::Text(text) | Part::ToolResult(ToolResult { content: text, .. }) => text.len(),
                Part::ToolCall(call) => call.arguments.to_string().len(),
                Part::Media(_) => 0,
            };
        }
        parts += message.parts.len();
    }
    check::within("messages", parts, check::MAX_ITEMS, "parts")?;
    check::within("messages", texts, check::MAX_TEXTS_BYTES, "bytes of text")
}

fn validate_part<'a>(field: &str, role: Role, part: &'a Part, calls: &mut BTreeMap<&'a str, Call>) -> Result<()> {
    let wrong = |reason: String| Err(Error::invalid_input(field, reason));
    match part {
        Part::ToolResult(_) if role != Role::Tool => {
            wrong("the result of a tool in a message of another role".to_owned())
        }
        _ if role == Role::Tool && !matches!(part, Part::ToolResult(_)) => {
            wrong("a tool says results and nothing else".to_owned())
        }
        Part::ToolCall(_) if role != Role::Assistant => wrong("only the assistant calls tools".to_owned()),
        Part::Text(text) => check::text_length(field, text),
        Part::Media(media) => check::media(field, media),
        Part::ToolCall(call) => {
            check::name(field, Some(&call.id))?;
            check::name(field, Some(&call.name))?;
            if !call.arguments.is_object() {
                return wrong("the arguments of a call are a JSON object".to_owned());
            }
            match calls.insert(&call.id, Call::Open) {
                None => Ok(()),
                Some(_) => wrong(format!("the id `{}` is there twice", escape(&call.id, 64))),
            }
        }
        Part::ToolResult(result) => {
            check::text_length(field, &result.content)?;
            match calls.get_mut(result.id.as_str()) {
                Some(call) if *call == Call::Open => {
                    *call = Call::Answered;
                    Ok(())
                }
                Some(_) => wrong(format!("the call `{}` was answered before", escape(&result.id, 64))),
                None => wrong(format!("it answers the call `{}`, which nobody made", escape(&result.id, 64))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call(id: &str) -> Message {
        let call = ToolCall { id: id.to_owned(), name: "weather".to_owned(), arguments: json!({}) };
        Message { role: Role::Assistant, parts: vec![Part::ToolCall(call)] }
    }

    fn result(id: &str) -> Message {
        let result = ToolResult { id: id.to_owned(), content: "rain".to_owned(), is_error: false };
        Message { role: Role::Tool, parts: vec![Part::ToolResult(result)] }
    }

    fn as_role(role: Role, message: Message) -> Message {
        Message { role, ..message }
    }

    #[test]
    fn a_conversation_hangs_together() {
        let question = || Message::user("rain?");
        validate(&[Message::system("be brief"), question(), call("1"), result("1"), call("2"), result("2")]).unwrap();
        let cases = [
            ("messages", vec![]),
            ("messages[0]", vec![Message { role: Role::User, parts: vec![] }]),
            ("messages[1].parts[0]", vec![question(), result("1")]),
            ("messages[2].parts[0]", vec![question(), call("1"), result("2")]),
            ("messages[3].parts[0]", vec![question(), call("1"), result("1"), result("1")]),
            ("messages[2].parts[0]", vec![question(), call("1"), call("1")]),
            ("messages[0].parts[0]", vec![as_role(Role::User, call("1"))]),
            ("messages[0].parts[0]", vec![as_role(Role::User, result("1"))]),
            ("messages[0].parts[0]", vec![as_role(Role::Tool, question())]),
            ("messages[0].parts[0]", vec![Message::user("x".repeat(10_000_000))]),
            ("messages", vec![Message { role: Role::User, parts: vec![Part::Text(String::new()); 100_001] }]),
        ];
        for (field, messages) in cases {
            assert_eq!(validate(&messages).unwrap_err().field(), Some(field));
        }
    }
}
