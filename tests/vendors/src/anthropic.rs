//! Anthropic: messages.
//!
//! Shapes: <https://docs.claude.com/en/api/messages>, and the pages on streaming and on errors beside it.

mod error;
mod messages;
mod request;
mod stream;

use std::sync::Arc;

use axum::{
    Json, Router,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::{failure::Failure, site::Site, vendor::Vendor};

/// A vendor that speaks as Anthropic does.
///
/// It says the same as [`OpenAi`](crate::OpenAi) by the same rules, in another shape. Models are those whose names begin with
/// `claude-`.
#[derive(Debug, Default)]
pub struct Anthropic;

impl Vendor for Anthropic {
    const KEY: &'static str = "sk-ant-api03-0123456789abcdefghijklmnopqrstuvwxyz";

    fn pages(self: Arc<Self>, site: Arc<Site>) -> Router {
        Router::new().route("/v1/messages", post(messages::create)).route("/v1/models", get(models)).with_state(site)
    }

    fn credential(headers: &HeaderMap) -> Option<&str> {
        headers.get("x-api-key")?.to_str().ok()
    }

    fn refusal(failure: Failure) -> Response {
        error::refusal(failure)
    }
}

async fn models() -> Response {
    let model = |id: &str, name: &str| -> Value {
        json!({ "type": "model", "id": id, "display_name": name, "created_at": "2025-01-01T00:00:00Z" })
    };
    Json(json!({
        "data": [model("claude-sonnet-4-5", "Claude Sonnet 4.5"), model("claude-haiku-4-5", "Claude Haiku 4.5")],
        "first_id": "claude-sonnet-4-5",
        "last_id": "claude-haiku-4-5",
        "has_more": false,
    }))
    .into_response()
}
