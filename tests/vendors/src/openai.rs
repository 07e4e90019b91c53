//! OpenAI: chat, images, embeddings, speech, transcription and moderation.
//!
//! Shapes: <https://platform.openai.com/docs/api-reference>, and the guide on error codes beside it.

mod audio;
mod chat;
mod chat_request;
mod chat_stream;
mod embeddings;
mod error;
mod images;
mod models;
mod moderations;

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderMap, header::AUTHORIZATION},
    response::Response,
    routing::{get, post},
};

pub(crate) use self::chat_stream::{delta, event};
use crate::{failure::Failure, site::Site, vendor::Vendor};

/// A vendor that speaks as OpenAI does.
///
/// - Chat repeats what was said last. It calls a tool when the last thing said names one that is offered, or `tool_choice`
///   demands it, with a value that fits the schema; the answer to a `response_format` is made up in the same way.
/// - A model is known by what its name begins with, as OpenAI names them: `gpt-`, `text-embedding-`, `dall-e-`, `tts-`, ...
/// - Speech is a tone for each word, and a transcription tells how long the sound was.
/// - Something is immoderate when it names the category, such as `violence`.
#[derive(Debug, Default)]
pub struct OpenAi;

impl Vendor for OpenAi {
    const KEY: &'static str = "sk-proj-0123456789abcdefghijklmnopqrstuvwxyz";

    fn pages(self: Arc<Self>, site: Arc<Site>) -> Router {
        Router::new()
            .route("/v1/chat/completions", post(chat::complete))
            .route("/v1/embeddings", post(embeddings::embed))
            .route("/v1/images/generations", post(images::generate))
            .route("/v1/images/edits", post(images::edit))
            .route("/v1/audio/speech", post(audio::speak))
            .route("/v1/audio/transcriptions", post(audio::transcribe))
            .route("/v1/moderations", post(moderations::moderate))
            .route("/v1/models", get(models::list))
            .route("/v1/models/{model}", get(models::one))
            .with_state(site)
    }

    fn credential(headers: &HeaderMap) -> Option<&str> {
        headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
    }

    fn refusal(failure: Failure) -> Response {
        error::refusal(failure)
    }
}
