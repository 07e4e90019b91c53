//! What a request for a message says.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value;

use super::error;
use crate::{
    picture,
    talk::{self, Demand, Talk, Tool},
    vendor::Refused,
};

/// What the blocks of a message come to.
#[derive(Default)]
struct Content<'a> {
    text: String,
    pictures: Vec<Vec<u8>>,
    /// Ids of calls that the model made.
    calls: Vec<&'a str>,
    /// Ids of calls that are answered, and the last answer.
    results: Vec<&'a str>,
    result: Option<String>,
}

/// Reads a request, as strictly as the API does.
pub(super) fn read(request: &Value) -> Result<Talk, Refused> {
    let choice = &request["tool_choice"];
    let mut talk = Talk { parallel: choice["disable_parallel_tool_use"] != true, ..Talk::default() };
    talk.most = Some(request["max_tokens"].as_u64().ok_or_else(|| error::invalid("max_tokens: Field required"))?);
    talk.instructions = match &request["system"] {
        Value::Null => String::new(),
        system => content(system, "system")?.text,
    };
    talk.words = talk::count(&talk.instructions);
    let messages = request["messages"].as_array().map_or(&[][..], Vec::as_slice);
    if messages.is_empty() {
        return Err(error::invalid("messages: at least one message is required"));
    }
    let mut open = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let read = content(&message["content"], &format!("messages.{index}.content"))?;
        talk.words += talk::count(&read.text);
        talk.result = None;
        match message["role"].as_str() {
            Some("user") => {
                if let Some(unknown) = read.results.iter().find(|id| !open.contains(*id)) {
                    let message = format!("unexpected `tool_use_id` found in `tool_result` blocks: {unknown}");
                    return Err(error::invalid(format!("messages.{index}: {message}")));
                }
                if let Some(missing) = open.iter().find(|id| !read.results.contains(*id)) {
                    let message = format!("`tool_use` ids were found without `tool_result` blocks: {missing}");
                    return Err(error::invalid(format!("messages.{index}: {message}")));
                }
                talk.result = read.result;
                if talk.result.is_none() || !read.text.is_empty() {
                    (talk.said, talk.pictures) = (read.text, read.pictures);
                }
            }
            Some("assistant") => open = read.calls,
            _ => return Err(error::invalid(format!("messages.{index}.role: Input should be 'user' or 'assistant'"))),
        }
    }
    for (index, tool) in request["tools"].as_array().into_iter().flatten().enumerate() {
        let required = |name: &str| error::invalid(format!("tools.{index}.custom.{name}: Field required"));
        let name = tool["name"].as_str().ok_or_else(|| required("name"))?.to_owned();
        let schema = tool.get("input_schema").ok_or_else(|| required("input_schema"))?.clone();
        talk.tools.push(Tool { name, schema });
    }
    talk.demand = match choice["type"].as_str() {
        None | Some("auto") => Demand::Auto,
        Some("none") => Demand::Never,
        Some("any") => Demand::Any,
        Some("tool") => Demand::This(choice["name"].as_str().unwrap_or_default().to_owned()),
        Some(_) => return Err(error::invalid("tool_choice.type: unknown")),
    };
    if matches!(&talk.demand, Demand::This(name) if !talk.tools.iter().any(|tool| tool.name == *name)) {
        return Err(error::invalid("tool_choice.tool: not found in provided tools"));
    }
    talk.schema = schema(&request["output_config"]["format"])?;
    sampling(request)?;
    let stops = request["stop_sequences"].as_array().into_iter().flatten();
    talk.stops = stops.filter_map(|stop| Some(stop.as_str()?.to_owned())).collect();
    Ok(talk)
}

/// Reads the schema that an answer has to follow, of which every object has to be closed.
fn schema(format: &Value) -> Result<Option<Value>, Refused> {
    fn is_closed(schema: &Value) -> bool {
        let is_open = schema["type"] == "object" && schema["additionalProperties"] != false;
        let inner = schema.as_object().into_iter().flat_map(|fields| fields.values());
        !is_open && inner.chain(schema.as_array().into_iter().flatten()).all(is_closed)
    }
    match format["type"].as_str() {
        None => Ok(None),
        Some("json_schema") if is_closed(&format["schema"]) => Ok(Some(format["schema"].clone())),
        Some("json_schema") => {
            let message = "For 'object' type, 'additionalProperties' must be explicitly set to false";
            Err(error::invalid(format!("output_config.format.schema: {message}")))
        }
        Some(_) => Err(error::invalid("output_config.format.type: Input should be 'json_schema'")),
    }
}

/// Refuses what models of this name do not take: those that think as they find right are told nothing of how to choose words,
/// and the largest of them cannot be made to call a tool.
fn sampling(request: &Value) -> Result<(), Refused> {
    let model = request["model"].as_str().unwrap_or_default();
    let thinks = ["claude-fable-5", "claude-opus-5", "claude-sonnet-5", "claude-haiku-5"];
    if !thinks.iter().any(|name| model.starts_with(name)) {
        return Ok(());
    }
    if let Some(name) = ["temperature", "top_p", "top_k"].into_iter().find(|name| request.get(name).is_some()) {
        return Err(error::invalid(format!("`{name}` is not supported for this model.")));
    }
    let is_forced = matches!(request["tool_choice"]["type"].as_str(), Some("any" | "tool"));
    if is_forced && (request["thinking"]["type"] != "disabled" || model.starts_with("claude-opus-5-5")) {
        return Err(error::invalid("tool_choice: forcing tool use is not supported with thinking"));
    }
    Ok(())
}

/// Reads the blocks of a message.
fn content<'a>(blocks: &'a Value, place: &str) -> Result<Content<'a>, Refused> {
    let mut read = Content::default();
    if let Some(text) = blocks.as_str() {
        read.text = text.to_owned();
        return Ok(read);
    }
    let blocks = blocks.as_array().ok_or_else(|| error::invalid(format!("{place}: Input should be a valid list")))?;
    for block in blocks {
        match block["type"].as_str() {
            Some("text") => match block["text"].as_str().filter(|text| !text.trim().is_empty()) {
                Some(text) => read.text.push_str(text),
                None => return Err(error::invalid(format!("{place}: text content blocks must be non-empty"))),
            },
            Some("image") => read.pictures.extend(image(&block["source"], place)?),
            Some("tool_use") => read.calls.extend(block["id"].as_str()),
            Some("tool_result") => {
                read.results.extend(block["tool_use_id"].as_str());
                read.result = Some(match &block["content"] {
                    Value::Null => String::new(),
                    inner => content(inner, place)?.text,
                });
            }
            Some("thinking" | "redacted_thinking") => {}
            _ => return Err(error::invalid(format!("{place}: unknown type of block"))),
        }
    }
    Ok(read)
}

/// Reads a picture that comes with the request. One that is elsewhere is not fetched.
fn image(source: &Value, place: &str) -> Result<Option<Vec<u8>>, Refused> {
    if source["type"] == "url" {
        return Ok(None);
    }
    let refused = |message: &str| error::invalid(format!("{place}.image.source: {message}"));
    let data = source["data"].as_str().filter(|_| source["type"] == "base64");
    let data = data.ok_or_else(|| refused("Field required"))?;
    let bytes = BASE64_STANDARD.decode(data).map_err(|_| refused("invalid base64 data"))?;
    match picture::look_at(&bytes) {
        Some((media_type, ..)) if source["media_type"] == media_type => Ok(Some(bytes)),
        Some((media_type, ..)) => Err(refused(&format!("the image appears to be {media_type}"))),
        None => Err(refused("Could not process image")),
    }
}
