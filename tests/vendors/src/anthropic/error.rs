//! How it says no.

use axum::{
    Json,
    http::{HeaderValue, StatusCode},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use crate::{failure::Failure, vendor::Refused};

/// What stands for the id of a request that was refused.
const REQUEST: &str = "req_0123456789";

/// An error, as it is said in an answer and in a stream.
pub(super) fn object(kind: &str, message: &str) -> Value {
    json!({ "type": "error", "error": { "type": kind, "message": message }, "request_id": REQUEST })
}

/// A request that makes no sense.
pub(super) fn invalid(message: impl AsRef<str>) -> Refused {
    answer(400, "invalid_request_error", message.as_ref()).into()
}

/// A model that there is not.
pub(super) fn no_model(model: &str) -> Refused {
    answer(404, "not_found_error", &format!("model: {model}")).into()
}

/// What kind of error a failure is, and what is said of it.
pub(super) fn words(failure: Failure) -> (u16, &'static str, &'static str) {
    const INVALID: &str = "invalid_request_error";
    match failure {
        Failure::Invalid => (400, INVALID, "The request is invalid."),
        Failure::Unauthorized => (401, "authentication_error", "invalid x-api-key"),
        Failure::NoCredit => (400, INVALID, "Your credit balance is too low to access the Anthropic API."),
        Failure::Forbidden => (403, "permission_error", "Your API key may not use the specified resource."),
        Failure::NotFound => (404, "not_found_error", "Not found"),
        Failure::TooLarge => (413, "request_too_large", "Request exceeds the maximum size"),
        Failure::RateLimited { .. } => (429, "rate_limit_error", "This request would exceed your rate limit."),
        Failure::Internal => (500, "api_error", "Internal server error"),
        Failure::Unavailable => (503, "api_error", "Service unavailable"),
        Failure::Overloaded | Failure::Midway => (529, "overloaded_error", "Overloaded"),
        Failure::Policy | Failure::Withheld => (400, INVALID, "Output blocked by content filtering policy"),
    }
}

pub(super) fn refusal(failure: Failure) -> Response {
    let (status, kind, message) = words(failure);
    let mut response = answer(status, kind, message);
    if let Failure::RateLimited { retry_after: Some(seconds) } = failure {
        response.headers_mut().insert("retry-after", HeaderValue::from(seconds));
    }
    response
}

fn answer(status: u16, kind: &str, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [("request-id", REQUEST)], Json(object(kind, message))).into_response()
}
