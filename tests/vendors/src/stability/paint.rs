//! `/v2beta/stable-image`: what is made, changed and enlarged.

use axum::{
    Extension, Json,
    extract::{Multipart, Path, multipart::MultipartRejection},
    http::{HeaderMap, HeaderValue, header::ACCEPT},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;

use super::{Stability, error, invalid};
use crate::{
    failure::Failure,
    form::Form,
    picture,
    vendor::{Refused, Vendor as _},
};

/// Pixels of a picture that is made, whatever its shape.
const PIXELS: f64 = 1024.0 * 1024.0;
/// Most pixels of a picture that is enlarged.
const MAX_PIXELS: u32 = 1024 * 1024;
/// The models of the one service that has several.
const MODELS: [&str; 3] = ["sd3.5-large", "sd3.5-large-turbo", "sd3.5-medium"];

pub(super) async fn serve(
    Path((kind, service)): Path<(String, String)>,
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
    let (width, height) = match (kind.as_str(), service.as_str()) {
        ("generate", "core") => shape(&form)?,
        ("generate", "ultra") if form.files("image").is_empty() => shape(&form)?,
        ("generate", "ultra") => start(&form)?,
        ("generate", "sd3") => stable_diffusion(&form)?,
        ("edit", "inpaint") => inpaint(&form)?,
        ("edit", "search-and-replace") => {
            required(&form, "search_prompt")?;
            sides(&form, "image")?
        }
        ("upscale", "fast") => larger(&form)?,
        _ => return Err(error(404, "not_found", "There is no such page.").into()),
    };
    let prompt = if kind == "upscale" { "" } else { required(&form, "prompt")? };
    if prompt.chars().count() > 10_000 {
        return Err(invalid("prompt: cannot exceed 10000 characters"));
    }
    let seed: u32 = match form.text("seed").map(str::parse) {
        None | Some(Ok(0)) => crc32fast::hash(prompt.as_bytes()).max(1),
        Some(Ok(seed)) if seed < u32::MAX => seed,
        Some(_) => return Err(invalid("seed: must be a number from 0 to 4294967294")),
    };
    let format = form.text("output_format").unwrap_or("png");
    let file = picture::paint(&format!("{seed} {prompt}"), width, height, format)
        .filter(|_| service != "sd3" || format != "webp")
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

fn required<'a>(form: &'a Form, name: &str) -> Result<&'a str, Refused> {
    form.text(name).filter(|text| !text.is_empty()).ok_or_else(|| invalid(&format!("{name}: is required")))
}

/// Sides of a picture that comes with the request.
fn sides(form: &Form, name: &str) -> Result<(u32, u32), Refused> {
    let file = form.files(name).into_iter().next().ok_or_else(|| invalid(&format!("{name}: is required")))?;
    let (_, width, height) =
        picture::look_at(&file.bytes).ok_or_else(|| invalid(&format!("{name}: is not a valid image")))?;
    Ok((width, height))
}

/// Sides of a picture in one of the shapes that there are.
fn shape(form: &Form) -> Result<(u32, u32), Refused> {
    let ratio = form.text("aspect_ratio").unwrap_or("1:1");
    let refused = || invalid("aspect_ratio: must be one of '16:9', '1:1', '21:9', '2:3', '3:2', '4:5', ...");
    if !["16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"].contains(&ratio) {
        return Err(refused());
    }
    let number = |side: &str| side.parse::<f64>().map_err(|_| refused());
    let (width, height) = ratio.split_once(':').ok_or_else(refused)?;
    let ratio = number(width)? / number(height)?;
    let side = |pixels: f64| ((pixels.sqrt() / 32.0).round() * 32.0) as u32;
    Ok((side(PIXELS * ratio), side(PIXELS / ratio)))
}

/// Begins from a picture.
fn start(form: &Form) -> Result<(u32, u32), Refused> {
    match form.text("strength").map(str::parse::<f64>) {
        Some(Ok(strength)) if (0.0..=1.0).contains(&strength) => sides(form, "image"),
        None => Err(invalid("strength: is required")),
        Some(_) => Err(invalid("strength: must be a number from 0 to 1")),
    }
}

fn stable_diffusion(form: &Form) -> Result<(u32, u32), Refused> {
    if form.text("model").is_some_and(|model| !MODELS.contains(&model)) {
        return Err(invalid("model: must be one of 'sd3.5-large', 'sd3.5-large-turbo', 'sd3.5-medium'"));
    }
    match form.text("mode").unwrap_or("text-to-image") {
        "text-to-image" => shape(form),
        "image-to-image" if form.text("aspect_ratio").is_some() => {
            Err(invalid("aspect_ratio: is not allowed in image-to-image"))
        }
        "image-to-image" => start(form),
        _ => Err(invalid("mode: must be one of 'text-to-image' or 'image-to-image'")),
    }
}

fn inpaint(form: &Form) -> Result<(u32, u32), Refused> {
    let own = sides(form, "image")?;
    if !form.files("mask").is_empty() && sides(form, "mask")? != own {
        return Err(invalid("mask: must be as large as the image"));
    }
    Ok(own)
}

fn larger(form: &Form) -> Result<(u32, u32), Refused> {
    let (width, height) = sides(form, "image")?;
    if width * height > MAX_PIXELS {
        return Err(invalid("image: must have at most 1048576 pixels"));
    }
    Ok((width * 4, height * 4))
}
