//! How it says no.

use axum::{
    Json,
    body::Bytes,
    http::{HeaderValue, StatusCode},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use crate::{failure::Failure, vendor::Refused};

const INVALID: &str = "invalid_request_error";
const SERVER: &str = "server_error";

/// The object inside of an error.
pub(super) fn object(kind: &str, code: Option<&str>, parameter: Option<&str>, message: &str) -> Value {
    json!({ "error": { "message": message, "type": kind, "param": parameter, "code": code } })
}

/// A request that makes no sense, because of this parameter.
pub(super) fn invalid(parameter: &str, message: impl AsRef<str>) -> Refused {
    coded(None, parameter, message)
}

/// The same, where the reason has a name.
pub(super) fn coded<'a>(code: impl Into<Option<&'a str>>, parameter: &str, message: impl AsRef<str>) -> Refused {
    let body = object(INVALID, code.into(), Some(parameter), message.as_ref());
    (StatusCode::BAD_REQUEST, Json(body)).into_response().into()
}

/// A model that there is not, or not for this.
pub(super) fn no_model(message: &str) -> Refused {
    (StatusCode::NOT_FOUND, Json(object(INVALID, Some("model_not_found"), None, message))).into_response().into()
}

/// Reads the body of a request.
pub(super) fn read(body: &Bytes) -> Result<Value, Refused> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(Value::Object(object)),
        _ => {
            let message = "We could not parse the JSON body of your request.";
            Err((StatusCode::BAD_REQUEST, Json(object(INVALID, None, None, message))).into_response().into())
        }
    }
}

pub(super) fn refusal(failure: Failure) -> Response {
    let (status, kind, code, message) = match failure {
        Failure::Invalid => (400, INVALID, None, "The request is invalid."),
        Failure::Unauthorized => (401, INVALID, Some("invalid_api_key"), "Incorrect API key provided."),
        Failure::NoCredit => {
            let kind = "insufficient_quota";
            (429, kind, Some(kind), "You exceeded your current quota, please check your plan and billing details.")
        }
        Failure::Forbidden => {
            let code = "unsupported_country_region_territory";
            (403, "request_forbidden", Some(code), "Country, region, or territory not supported.")
        }
        Failure::NotFound => (404, INVALID, Some("model_not_found"), "There is no such model or page."),
        Failure::TooLarge => {
            (400, INVALID, Some("context_length_exceeded"), "This model's maximum context length is exceeded.")
        }
        Failure::RateLimited { .. } => {
            (429, "requests", Some("rate_limit_exceeded"), "Rate limit reached for requests. Please try again.")
        }
        Failure::Internal | Failure::Midway => {
            (500, SERVER, None, "The server had an error while processing your request. Sorry about that!")
        }
        Failure::Unavailable => (503, SERVER, None, "The engine is currently overloaded, please try again later."),
        Failure::Overloaded => {
            (503, SERVER, Some("server_is_overloaded"), "Our servers are currently overloaded. Please try again later.")
        }
        Failure::Policy | Failure::Withheld => {
            (400, INVALID, Some("content_policy_violation"), "Your request was rejected by our safety system.")
        }
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(object(kind, code, None, message))).into_response();
    if let Failure::RateLimited { retry_after: Some(seconds) } = failure {
        let headers = response.headers_mut();
        headers.insert("retry-after", HeaderValue::from(seconds));
        if let Ok(reset) = format!("{seconds}s").parse() {
            headers.insert("x-ratelimit-reset-requests", reset);
        }
        headers.insert("x-ratelimit-remaining-requests", HeaderValue::from_static("0"));
    }
    response
}
