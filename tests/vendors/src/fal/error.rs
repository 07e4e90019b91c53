//! How it says no: of the request or the machines in a sentence, of the input in a list.

use axum::{
    Json,
    http::{HeaderValue, StatusCode},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use crate::failure::Failure;

/// Something is wrong with a request, or with the machines.
pub(super) fn request(status: u16, kind: &'static str, message: &str) -> Response {
    let body = json!({ "detail": message, "error_type": kind });
    (code(status), [("x-fal-error-type", kind)], Json(body)).into_response()
}

/// Something is wrong that has no type.
pub(super) fn plain(status: u16, message: &str) -> Response {
    (code(status), Json(json!({ "detail": message }))).into_response()
}

/// Something is wrong with the input, at this place.
pub(super) fn input(status: u16, place: &[&str], kind: &str, message: &str, input: &Value) -> Response {
    let url = format!("https://docs.fal.ai/errors/#{kind}");
    let error = json!({ "loc": place, "msg": message, "type": kind, "url": url, "input": input });
    let retryable = if status >= 500 { "true" } else { "false" };
    (code(status), [("x-fal-retryable", retryable)], Json(json!({ "detail": [error] }))).into_response()
}

pub(super) fn refusal(failure: Failure) -> Response {
    const PROMPT: &[&str] = &["body", "prompt"];
    let empty = Value::Null;
    let mut response = match failure {
        Failure::Invalid => input(422, PROMPT, "missing", "Field required", &empty),
        Failure::Unauthorized => plain(401, "Cannot access application. Authentication is required."),
        Failure::NoCredit => plain(403, "User is locked. Reason: Exhausted balance."),
        Failure::Forbidden => plain(403, "Forbidden"),
        Failure::NotFound => plain(404, "Application not found"),
        Failure::TooLarge => plain(413, "Request too large"),
        Failure::RateLimited { .. } => plain(429, "Too many requests"),
        Failure::Internal => request(500, "internal_error", "Internal server error"),
        Failure::Unavailable => request(503, "runner_scheduling_failure", "No runner is available"),
        Failure::Overloaded => request(503, "runner_connection_timeout", "The connection to the runner timed out"),
        Failure::Policy | Failure::Withheld => {
            let message = "The content could not be processed because it was flagged by a content checker.";
            input(422, PROMPT, "content_policy_violation", message, &empty)
        }
        Failure::Midway => input(500, &["body"], "internal_server_error", "Internal server error", &empty),
    };
    if let Failure::RateLimited { retry_after: Some(seconds) } = failure {
        response.headers_mut().insert("retry-after", HeaderValue::from(seconds));
    }
    response
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
