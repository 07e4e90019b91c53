//! `/v1/images/generations` and `/v1/images/edits`.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{Multipart, State, multipart::MultipartRejection},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    error,
    models::{self, Purpose},
};
use crate::{form::Form, picture, site::Site, talk::count, vendor::Refused};

/// The widest and highest picture.
const MOST: u32 = 4096;

/// What both pages are asked for.
struct Order {
    model: String,
    prompt: String,
    size: Option<String>,
    count: u64,
    answer: Option<String>,
    format: String,
    /// Media type, width and height of the pictures that are edited.
    given: Vec<(&'static str, u32, u32)>,
}

pub(super) async fn generate(State(site): State<Arc<Site>>, body: Bytes) -> Result<Response, Refused> {
    let request = error::read(&body)?;
    let text = |name: &str| request[name].as_str().map(str::to_owned);
    let order = Order {
        model: models::check(request["model"].as_str().or(Some("dall-e-2")), Purpose::Image)?,
        prompt: text("prompt").unwrap_or_default(),
        size: text("size"),
        count: request["n"].as_u64().unwrap_or(1),
        answer: text("response_format"),
        format: text("output_format").unwrap_or_else(|| "png".to_owned()),
        given: Vec::new(),
    };
    order.serve(&site)
}

pub(super) async fn edit(
    State(site): State<Arc<Site>>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Refused> {
    let form = Form::read(form).await.ok_or_else(|| error::invalid("image", "Expected multipart/form-data."))?;
    let text = |name: &str| form.text(name).map(str::to_owned);
    let mut given = Vec::new();
    for file in form.files("image") {
        let known = picture::look_at(&file.bytes);
        given.push(known.ok_or_else(|| error::coded("invalid_image_file", "image", "Invalid image file or mode."))?);
    }
    let Some((_, width, height)) = given.first() else {
        return Err(error::coded("missing_required_parameter", "image", "Missing required parameter: 'image'."));
    };
    for mask in form.files("mask") {
        if picture::look_at(&mask.bytes).is_none_or(|(kind, w, h)| (kind, w, h) != ("image/png", *width, *height)) {
            return Err(error::coded("invalid_image_file", "mask", "The mask must be a PNG of the size of the image."));
        }
    }
    let count = match form.text("n") {
        Some(count) => count.parse().map_err(|_| error::invalid("n", "Invalid type for 'n'."))?,
        None => 1,
    };
    let order = Order {
        model: models::check(form.text("model").or(Some("dall-e-2")), Purpose::Image)?,
        prompt: text("prompt").unwrap_or_default(),
        size: text("size"),
        count,
        answer: text("response_format"),
        format: text("output_format").unwrap_or_else(|| "png".to_owned()),
        given,
    };
    order.serve(&site)
}

impl Order {
    fn serve(self, site: &Site) -> Result<Response, Refused> {
        let new = self.model.starts_with("gpt-image-");
        if self.prompt.is_empty() {
            return Err(error::coded("missing_required_parameter", "prompt", "Missing required parameter: 'prompt'."));
        }
        if self.count == 0 || self.count > if self.model == "dall-e-3" { 1 } else { 10 } {
            return Err(error::invalid("n", "Invalid value for 'n'."));
        }
        if new && self.answer.is_some() {
            return Err(error::coded("unknown_parameter", "response_format", "Unknown parameter: 'response_format'."));
        }
        let linked = match self.answer.as_deref() {
            Some("b64_json") => false,
            None | Some("url") => !new,
            Some(_) => return Err(error::invalid("response_format", "Expected 'url' or 'b64_json'.")),
        };
        let (width, height) = self.size()?;
        let mut data = Vec::new();
        for number in 0..self.count {
            let painted = picture::paint(&format!("{number} {}", self.prompt), width, height, &self.format);
            let file = painted.ok_or_else(|| error::invalid("output_format", "Expected 'png', 'jpeg' or 'webp'."))?;
            let mut item = if linked {
                json!({ "url": site.keep(file) })
            } else {
                json!({ "b64_json": BASE64_STANDARD.encode(&file.bytes) })
            };
            if self.model == "dall-e-3" {
                item["revised_prompt"] = format!("{}, in two colours", self.prompt).into();
            }
            data.push(item);
        }
        let mut answer = json!({ "created": 1_700_000_000, "data": data });
        if new {
            answer["usage"] = self.usage();
            answer["size"] = format!("{width}x{height}").into();
            answer["output_format"] = self.format.into();
        }
        Ok(Json(answer).into_response())
    }

    /// The size that was asked for, or that of the first picture, or the usual one.
    fn size(&self) -> Result<(u32, u32), Refused> {
        let Some(size) = self.size.as_deref().filter(|size| *size != "auto") else {
            return Ok(self.given.first().map_or((1024, 1024), |(_, width, height)| (*width, *height)));
        };
        let sides = size.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
        match sides {
            Some((width, height)) if (1..=MOST).contains(&width) && (1..=MOST).contains(&height) => Ok((width, height)),
            _ => Err(error::coded("invalid_value", "size", format!("Invalid value: '{size}'."))),
        }
    }

    fn usage(&self) -> Value {
        let (text, image) = (count(&self.prompt) as u64, 100 * self.given.len() as u64);
        let output = 1000 * self.count;
        json!({
            "input_tokens": text + image,
            "input_tokens_details": { "text_tokens": text, "image_tokens": image },
            "output_tokens": output,
            "total_tokens": text + image + output,
        })
    }
}
