//! Stability AI: a form in, a picture out.
//!
//! Shapes: <https://platform.stability.ai/docs/api-reference>, Stable Image Core.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{Multipart, multipart::MultipartRejection},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT, AUTHORIZATION},
    },
    response::{IntoResponse as _, Response},
    routing::post,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;

use crate::{
    failure::Failure,
    form::Form,
    picture,
    site::Site,
    vendor::{Refused, Vendor},
};

/// Pixels of a picture, whatever its shape.
const PIXELS: f64 = 1024.0 * 1024.0;

/// A vendor that speaks as Stability AI does.
///
/// It paints two colours that come from the prompt, about a million pixels in the shape that is asked for.
#[derive(Debug, Default)]
pub struct Stability;

impl Vendor for Stability {
    const KEY: &'static str = "sk-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    fn pages(self: Arc<Self>, site: Arc<Site>) -> Router {
        Router::new().route("/v2beta/stable-image/generate/core", post(generate)).with_state(site)
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

async fn generate(
    headers: HeaderMap,
    later: Option<Extension<Failure>>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Refused> {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or("image/*");
    let as_json = match accept {
        "image/*" | "*/*" => false,
        "application/json" => true,
        _ => return Err(invalid("accept: must be one of 'image/*' or 'application/json'")),
    };
    let form = Form::read(form).await.ok_or_else(|| invalid("content-type: must be multipart/form-data"))?;
    let prompt =
        form.text("prompt").filter(|prompt| !prompt.is_empty()).ok_or_else(|| invalid("prompt: is required"))?;
    if prompt.chars().count() > 10_000 {
        return Err(invalid("prompt: cannot exceed 10000 characters"));
    }
    let seed: u32 = match form.text("seed").map(str::parse) {
        None | Some(Ok(0)) => crc32fast::hash(prompt.as_bytes()).max(1),
        Some(Ok(seed)) if seed < u32::MAX => seed,
        Some(_) => return Err(invalid("seed: must be a number from 0 to 4294967294")),
    };
    let (width, height) = size(form.text("aspect_ratio").unwrap_or("1:1"))
        .ok_or_else(|| invalid("aspect_ratio: must be one of '16:9', '1:1', '21:9', '2:3', '3:2', '4:5', ..."))?;
    let format = form.text("output_format").unwrap_or("png");
    let file = picture::paint(&format!("{seed} {prompt}"), width, height, format)
        .ok_or_else(|| invalid("output_format: must be one of 'jpeg', 'png' or 'webp'"))?;
    let finish = match later {
        Some(Extension(Failure::Midway)) => return Err(Stability::refusal(Failure::Midway).into()),
        // The picture is there, blurred by the vendor.
        Some(_) => "CONTENT_FILTERED",
        None => "SUCCESS",
    };
    if as_json {
        let image = BASE64_STANDARD.encode(&file.bytes);
        return Ok(Json(json!({ "image": image, "finish_reason": finish, "seed": seed })).into_response());
    }
    let mut response = file.into_response();
    response.headers_mut().insert("finish-reason", HeaderValue::from_static(finish));
    response.headers_mut().insert("seed", HeaderValue::from(seed));
    Ok(response)
}

/// Sides of a picture in one of the shapes that there are.
fn size(ratio: &str) -> Option<(u32, u32)> {
    if !["16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"].contains(&ratio) {
        return None;
    }
    let (width, height) = ratio.split_once(':')?;
    let ratio = width.parse::<f64>().ok()? / height.parse::<f64>().ok()?;
    let side = |pixels: f64| ((pixels.sqrt() / 32.0).round() * 32.0) as u32;
    Some((side(PIXELS * ratio), side(PIXELS / ratio)))
}

fn invalid(message: &str) -> Refused {
    error(400, "bad_request", message).into()
}

fn error(status: u16, name: &str, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let id = format!("{:032x}", crc32fast::hash(message.as_bytes()));
    (status, Json(json!({ "id": id, "name": name, "errors": [message] }))).into_response()
}
