//! `/v1/models`, and what a model is for.

use axum::{
    Json,
    extract::Path,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::error;
use crate::vendor::Refused;

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Chat,
    Embedding,
    Image,
    Speech,
    Transcription,
    Moderation,
}

/// What is listed. Others are known too, by their names.
const LISTED: [&str; 9] = [
    "gpt-4o",
    "gpt-4o-mini",
    "text-embedding-3-small",
    "dall-e-3",
    "gpt-image-1",
    "tts-1",
    "gpt-4o-mini-tts",
    "whisper-1",
    "omni-moderation-latest",
];

/// Says what a model is for by its name; none where there is no such model.
fn purpose(model: &str) -> Option<Purpose> {
    let begins = |starts: &[&str]| starts.iter().any(|start| model.starts_with(start));
    Some(match model {
        _ if begins(&["text-embedding-"]) => Purpose::Embedding,
        _ if begins(&["dall-e-", "gpt-image-"]) => Purpose::Image,
        _ if begins(&["tts-"]) || model.ends_with("-tts") => Purpose::Speech,
        _ if begins(&["whisper-"]) || model.contains("-transcribe") => Purpose::Transcription,
        _ if begins(&["omni-moderation-", "text-moderation-"]) => Purpose::Moderation,
        _ if begins(&["gpt-", "chatgpt-", "o1", "o3", "o4"]) => Purpose::Chat,
        _ => return None,
    })
}

/// Checks that a model is there, and for this.
pub(super) fn check(model: Option<&str>, expected: Purpose) -> Result<String, Refused> {
    let model = model.ok_or_else(|| error::invalid("model", "you must provide a model parameter"))?;
    match purpose(model) {
        Some(purpose) if purpose == expected => Ok(model.to_owned()),
        Some(_) => Err(error::no_model(&format!("The model `{model}` is not supported by this endpoint"))),
        None => Err(missing(model)),
    }
}

pub(super) async fn list() -> Response {
    Json(json!({ "object": "list", "data": LISTED.map(object) })).into_response()
}

pub(super) async fn one(Path(model): Path<String>) -> Result<Response, Refused> {
    match purpose(&model) {
        Some(_) => Ok(Json(object(&model)).into_response()),
        None => Err(missing(&model)),
    }
}

fn object(model: &str) -> Value {
    json!({ "id": model, "object": "model", "created": 1_700_000_000, "owned_by": "system" })
}

fn missing(model: &str) -> Refused {
    error::no_model(&format!("The model `{model}` does not exist or you do not have access to it."))
}
