//! Stability AI: a form in, a picture out.
//!
//! Shapes: <https://platform.stability.ai/docs/api-reference>, Stable Image and the balance of an account.

mod paint;

use std::sync::Arc;

use axum::{
    Json, Router,
    http::{HeaderMap, HeaderValue, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde_json::json;

use crate::{
    failure::Failure,
    site::Site,
    vendor::{Refused, Vendor},
};

/// A vendor that speaks as Stability AI does.
///
/// It paints two colours that come from the prompt: about a million pixels in the shape that is asked for, or as many as the picture
/// has that comes with the request, sixteen times as many where it is enlarged.
#[derive(Debug, Default)]
pub struct Stability;

impl Vendor for Stability {
    const KEY: &'static str = "sk-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    fn pages(self: Arc<Self>, site: Arc<Site>) -> Router {
        Router::new()
            .route("/v2beta/stable-image/{kind}/{service}", post(paint::serve))
            .route("/v1/user/balance", get(async || Json(json!({ "credits": 25.0 }))))
            .with_state(site)
    }

    fn credential(headers: &HeaderMap) -> Option<&str> {
        headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
    }

    fn refusal(failure: Failure) -> Response {
        let (status, name, message) = match failure {
            Failure::Invalid => (400, "bad_request", "some-field: is required"),
            Failure::Unauthorized => (401, "unauthorized", "authorization: invalid or missing header value"),
            Failure::NoCredit => (402, "payment_required", "You lack sufficient credits to make this request."),
            Failure::Forbidden => (403, "permission_denied", "You do not have permission to use this resource."),
            Failure::NotFound => (404, "not_found", "There is no such page."),
            Failure::TooLarge => (413, "payload_too_large", "body: payloads cannot be larger than 10MiB in size"),
            Failure::RateLimited { .. } => {
                (429, "rate_limit_exceeded", "You have exceeded the rate limit of 150 requests in 10 seconds.")
            }
            Failure::Internal | Failure::Midway => {
                (500, "internal_error", "An unexpected server error has occurred, please try again later.")
            }
            Failure::Unavailable | Failure::Overloaded => {
                (503, "service_unavailable", "The service is temporarily unavailable.")
            }
            Failure::Policy | Failure::Withheld => {
                (403, "content_moderation", "Your request was flagged by our content moderation system.")
            }
        };
        let mut response = error(status, name, message);
        if let Failure::RateLimited { retry_after: Some(seconds) } = failure {
            response.headers_mut().insert("retry-after", HeaderValue::from(seconds));
        }
        response
    }
}

fn invalid(message: &str) -> Refused {
    error(400, "bad_request", message).into()
}

fn error(status: u16, name: &str, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let id = format!("{:032x}", crc32fast::hash(message.as_bytes()));
    (status, Json(json!({ "id": id, "name": name, "errors": [message] }))).into_response()
}
