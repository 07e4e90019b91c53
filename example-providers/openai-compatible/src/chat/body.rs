//! A request in the words of the protocol.

use palisade_guest::chat::{Message, Part, Request, Role, Tool, ToolCall, ToolChoice, ToolResult};
use palisade_guest::upstream::decimal;
use palisade_guest::{CallOptions, Failure, Media, Result, Warnings};
use serde_json::{Map, Value, json};

use super::strict::can_be_strict;
use crate::{data_url, known};

/// Most texts that end an answer.
const MAX_STOPS: usize = 4;

/// The body, and what of the request is not in it.
pub(super) fn of(request: &Request, name: &str, options: &CallOptions) -> Result<(Value, Warnings)> {
    let mut warnings = options.warnings();
    let mut body = Map::new();
    body.insert("model".to_owned(), name.into());
    body.insert("messages".to_owned(), messages(request)?);
    body.insert("stream".to_owned(), true.into());
    // Otherwise nobody says what a stream has used.
    body.insert("stream_options".to_owned(), json!({"include_usage": true}));
    if !request.tools.is_empty() {
        body.insert("tools".to_owned(), request.tools.iter().map(tool).collect::<Result<_>>()?);
        body.insert("tool_choice".to_owned(), tool_choice(&request.tool_choice));
    }
    if let Some(schema) = request.answer_schema()? {
        body.insert("response_format".to_owned(), response_format(schema));
    }
    if let Some(seed) = request.seed {
        let signed = seed & i64::MAX.unsigned_abs();
        if signed != seed {
            warnings.adjusted("seed", signed.to_string())?;
        }
        body.insert("seed".to_owned(), signed.into());
    }
    if known::reasons(name) {
        reasoning(&mut body, request, options, &mut warnings)?;
    } else {
        sampling(&mut body, request, &mut warnings)?;
    }
    Ok((Value::Object(body), warnings))
}

/// What a model that answers at once is told of how to answer.
fn sampling(body: &mut Map<String, Value>, request: &Request, warnings: &mut Warnings) -> Result<()> {
    for (name, value) in [("temperature", request.temperature), ("top_p", request.top_p)] {
        if let Some(value) = value {
            body.insert(name.to_owned(), decimal(value).into());
        }
    }
    if let Some(most) = request.max_output_tokens {
        body.insert("max_tokens".to_owned(), most.into());
    }
    let stops = request.stop.get(..MAX_STOPS).unwrap_or(&request.stop);
    if stops.len() < request.stop.len() {
        warnings.adjusted("stop", format!("the first {MAX_STOPS}"))?;
    }
    if !stops.is_empty() {
        body.insert("stop".to_owned(), stops.into());
    }
    Ok(())
}

/// What a model that thinks first is told, which refuses the rest.
fn reasoning(
    body: &mut Map<String, Value>,
    request: &Request,
    options: &CallOptions,
    warnings: &mut Warnings,
) -> Result<()> {
    for (is_set, name) in [
        (request.temperature.is_some(), "temperature"),
        (request.top_p.is_some(), "top-p"),
        (!request.stop.is_empty(), "stop"),
    ] {
        if is_set {
            warnings.ignored(name)?;
        }
    }
    if let Some(most) = request.max_output_tokens {
        body.insert("max_completion_tokens".to_owned(), most.into());
    }
    if let Some(effort) = options.get::<String>("reasoning-effort")? {
        body.insert("reasoning_effort".to_owned(), effort.into());
    }
    Ok(())
}

fn messages(request: &Request) -> Result<Value> {
    let mut list = Vec::with_capacity(request.messages.len());
    for (index, message) in request.messages.iter().enumerate() {
        match message.role {
            Role::System => list.push(json!({"role": "system", "content": content(message, index)?})),
            Role::User => list.push(json!({"role": "user", "content": content(message, index)?})),
            Role::Assistant => list.push(assistant(message, index)?),
            Role::Tool => list.extend(results(message, index)?),
        }
    }
    Ok(Value::Array(list))
}

/// A text alone is a text, which every server takes; a list of parts is not.
fn content(message: &Message, place: usize) -> Result<Value> {
    if let [Part::Text(text)] = message.parts.as_slice() {
        return Ok(text.as_str().into());
    }
    let part = |(index, part): (usize, &Part)| match part {
        Part::Text(text) => Ok(json!({"type": "text", "text": text})),
        Part::Media(media) => self::media(media),
        Part::ToolCall(_) | Part::ToolResult(_) => Err(Failure::misplaced(place, index)),
    };
    message.parts.iter().enumerate().map(part).collect()
}

fn media(media: &Media) -> Result<Value> {
    let media_type = media.media_type();
    let format = match media_type.as_str() {
        "audio/wav" | "audio/x-wav" | "audio/wave" => Some("wav"),
        "audio/mpeg" | "audio/mp3" => Some("mp3"),
        _ => None,
    };
    if let Some(format) = format {
        let data = media.to_base64()?;
        return Ok(json!({"type": "input_audio", "input_audio": {"data": data, "format": format}}));
    }
    match media_type.as_str() {
        "application/pdf" => {
            Ok(json!({"type": "file", "file": {"filename": "document.pdf", "file_data": data_url::of(media)?}}))
        }
        picture if picture.starts_with("image/") => {
            Ok(json!({"type": "image_url", "image_url": {"url": data_url::of(media)?}}))
        }
        _ => Err(Failure::unsupported(["media"])),
    }
}

fn assistant(message: &Message, place: usize) -> Result<Value> {
    let mut text = String::new();
    let mut calls = Vec::new();
    for (index, part) in message.parts.iter().enumerate() {
        match part {
            Part::Text(piece) => text.push_str(piece),
            Part::ToolCall(ToolCall { id, name, arguments }) => {
                calls.push(json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}))
            }
            Part::Media(_) => return Err(Failure::unsupported(["media"])),
            Part::ToolResult(_) => return Err(Failure::misplaced(place, index)),
        }
    }
    let content = if text.is_empty() { Value::Null } else { text.into() };
    let mut said = json!({"role": "assistant", "content": content});
    if let (false, Some(fields)) = (calls.is_empty(), said.as_object_mut()) {
        fields.insert("tool_calls".to_owned(), calls.into());
    }
    Ok(said)
}

/// Each result is a message of its own.
fn results(message: &Message, place: usize) -> Result<Vec<Value>> {
    let result = |(index, part): (usize, &Part)| match part {
        Part::ToolResult(ToolResult { id, content, is_error }) => {
            // The protocol has no place for it, and the model should know.
            let content = if *is_error { format!("the tool failed: {content}") } else { content.clone() };
            Ok(json!({"role": "tool", "tool_call_id": id, "content": content}))
        }
        _ => Err(Failure::misplaced(place, index)),
    };
    message.parts.iter().enumerate().map(result).collect()
}

fn tool(tool: &Tool) -> Result<Value> {
    let parameters = tool.schema()?;
    let function = json!({"name": tool.name, "description": tool.description, "parameters": parameters});
    Ok(json!({"type": "function", "function": function}))
}

fn tool_choice(choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Auto => "auto".into(),
        ToolChoice::None => "none".into(),
        ToolChoice::Required => "required".into(),
        ToolChoice::Named(name) => json!({"type": "function", "function": {"name": name}}),
    }
}

fn response_format(schema: Value) -> Value {
    let strict = can_be_strict(&schema);
    json!({"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": strict}})
}
