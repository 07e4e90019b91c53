//! What a request for a chat says.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value;

use super::error;
use crate::{
    picture,
    talk::{self, Demand, Talk, Tool},
    vendor::Refused,
};

/// Reads a request, as strictly as the API does.
pub(super) fn read(request: &Value) -> Result<Talk, Refused> {
    let mut talk = Talk { parallel: request["parallel_tool_calls"] != false, ..Talk::default() };
    let messages = request["messages"].as_array().map_or(&[][..], Vec::as_slice);
    if messages.is_empty() {
        return Err(error::coded("missing_required_parameter", "messages", "Missing required parameter: 'messages'."));
    }
    // The calls that wait for an answer.
    let mut open: Vec<&str> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let place = format!("messages.[{index}].content");
        let (text, pictures) = content(&message["content"], &place)?;
        talk.words += talk::count(&text);
        talk.result = None;
        match message["role"].as_str() {
            Some("system" | "developer") => talk.instructions.push_str(&text),
            Some("user") => (talk.said, talk.pictures) = (text, pictures),
            Some("assistant") => {
                let calls = message["tool_calls"].as_array().into_iter().flatten();
                open = calls.filter_map(|call| call["id"].as_str()).collect();
            }
            Some("tool") if open.contains(&message["tool_call_id"].as_str().unwrap_or_default()) => {
                talk.result = Some(text);
            }
            Some("tool") => {
                let message = "messages with role 'tool' must be a response to a preceding message with 'tool_calls'";
                return Err(error::invalid("messages.[].role", message));
            }
            _ => return Err(error::coded("invalid_value", "messages.[].role", "Invalid value for a role.")),
        }
    }
    for tool in request["tools"].as_array().into_iter().flatten() {
        let name = tool["function"]["name"].as_str().filter(|_| tool["type"] == "function");
        let name = name.ok_or_else(|| {
            error::coded("missing_required_parameter", "tools[0].function.name", "Missing required parameter.")
        })?;
        talk.tools.push(Tool { name: name.to_owned(), schema: tool["function"]["parameters"].clone() });
    }
    talk.demand = match &request["tool_choice"] {
        Value::Null => Demand::Auto,
        Value::String(word) if word == "auto" => Demand::Auto,
        Value::String(word) if word == "none" => Demand::Never,
        Value::String(word) if word == "required" => Demand::Any,
        choice => Demand::This(choice["function"]["name"].as_str().unwrap_or_default().to_owned()),
    };
    let unknown = |name: &String| !talk.tools.iter().any(|tool| tool.name == *name);
    if matches!(&talk.demand, Demand::This(name) if unknown(name)) {
        return Err(error::invalid("tool_choice", "Tool choice names a function that is not in 'tools'."));
    }
    talk.schema = format(&request["response_format"])?;
    talk.most = request["max_completion_tokens"].as_u64().or_else(|| request["max_tokens"].as_u64());
    talk.stops = match &request["stop"] {
        Value::String(stop) => vec![stop.clone()],
        stops => stops.as_array().into_iter().flatten().filter_map(|stop| Some(stop.as_str()?.to_owned())).collect(),
    };
    Ok(talk)
}

/// Reads text and pictures of a message.
fn content(content: &Value, place: &str) -> Result<(String, Vec<Vec<u8>>), Refused> {
    let (mut text, mut pictures) = (String::new(), Vec::new());
    match content {
        Value::String(all) => text.push_str(all),
        Value::Null => {}
        Value::Array(parts) => {
            for part in parts {
                match part["type"].as_str() {
                    Some("text") => text.push_str(part["text"].as_str().unwrap_or_default()),
                    Some("image_url") => pictures.extend(image(part["image_url"]["url"].as_str(), place)?),
                    _ => return Err(error::coded("invalid_value", place, "Invalid value for the type of a part.")),
                }
            }
        }
        _ => return Err(error::coded("invalid_type", place, "Invalid type: expected a string or an array of parts.")),
    }
    Ok((text, pictures))
}

/// Reads a picture that comes with the request. One that is elsewhere is not fetched.
fn image(url: Option<&str>, place: &str) -> Result<Option<Vec<u8>>, Refused> {
    let refused = |message| error::coded("invalid_image_url", place, message);
    let url = url.ok_or_else(|| refused("Missing required parameter: 'image_url.url'."))?;
    if url.starts_with("https://") {
        return Ok(None);
    }
    let data = url.strip_prefix("data:image/").and_then(|rest| Some(rest.split_once(";base64,")?.1));
    let data = data.ok_or_else(|| refused("Expected a base64-encoded data URL with an image MIME type."))?;
    let bytes = BASE64_STANDARD.decode(data).map_err(|_| refused("Invalid base64 image_url."))?;
    match picture::look_at(&bytes) {
        Some(_) => Ok(Some(bytes)),
        None => Err(refused("You uploaded an unsupported image.")),
    }
}

/// Reads what the answer has to fit.
fn format(format: &Value) -> Result<Option<Value>, Refused> {
    match format["type"].as_str() {
        None | Some("text") => Ok(None),
        Some("json_object") => {
            Ok(Some(serde_json::json!({ "type": "object", "properties": { "answer": { "type": "string" } } })))
        }
        Some("json_schema") if format["json_schema"]["name"].is_string() => {
            Ok(Some(format["json_schema"]["schema"].clone()))
        }
        Some("json_schema") => Err(error::coded(
            "missing_required_parameter",
            "response_format.json_schema.name",
            "Missing required parameter: 'response_format.json_schema.name'.",
        )),
        _ => Err(error::coded("invalid_value", "response_format.type", "Invalid value for 'response_format.type'.")),
    }
}
