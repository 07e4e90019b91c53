//! What a job makes: pictures, or a video.

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::job::Job;
use crate::{
    failure::Failure,
    picture,
    site::{File, Site},
};

/// Where a mistake is, its type, and what to say of it.
type Mistake = (&'static str, &'static str, &'static str);

/// Seconds of a video whose length is left open.
const SECONDS: u64 = 5;

/// Whether what a job is asked for makes sense.
pub(super) fn check(model: &str, input: &Value) -> Result<(), Mistake> {
    if !input["prompt"].is_string() {
        return Err(("prompt", "missing", "Field required"));
    }
    if model.ends_with("image-to-video") {
        match input["image_url"].as_str() {
            None => return Err(("image_url", "missing", "Field required")),
            Some(url) if !["data:image/", "https://"].iter().any(|start| url.starts_with(start)) => {
                return Err(("image_url", "file_download_error", "Failed to download the file"));
            }
            Some(_) => {}
        }
    }
    if !input["duration"].is_null() && seconds(&input["duration"]).is_none() {
        return Err(("duration", "literal_error", "Input should be '5' or '10'"));
    }
    if !input["image_size"].is_null() && size(&input["image_size"]).is_none() {
        return Err(("image_size", "enum", "Input should be a size"));
    }
    match &input["num_images"] {
        Value::Null => Ok(()),
        count if count.as_u64().is_some_and(|count| (1..=4).contains(&count)) => Ok(()),
        _ => Err(("num_images", "less_than_equal", "Input should be less than or equal to 4")),
    }
}

/// What was made, with how much of it is billed.
pub(super) fn answer(job: &Job, site: &Site) -> Response {
    let made = make(job, site);
    let billed = if job.model.contains("video") {
        seconds(&job.input["duration"]).unwrap_or(SECONDS)
    } else {
        let pictures = made["images"].as_array().into_iter().flatten();
        pictures.map(|picture| megapixels(&picture["width"], &picture["height"])).sum()
    };
    ([("x-fal-billable-units", billed.to_string())], Json(made)).into_response()
}

/// A picture is billed as the next whole number of megapixels of 1024 by 1024.
fn megapixels(width: &Value, height: &Value) -> u64 {
    let side = |side: &Value| side.as_u64().unwrap_or_default();
    (side(width) * side(height)).div_ceil(1024 * 1024)
}

/// Makes it, and says where it is.
fn make(job: &Job, site: &Site) -> Value {
    let prompt = job.input["prompt"].as_str().unwrap_or_default();
    let seed = job.input["seed"].as_u64().unwrap_or_else(|| u64::from(crc32fast::hash(prompt.as_bytes())));
    if job.model.contains("video") {
        let file = video(prompt);
        let (bytes, media_type) = (file.bytes.len(), file.media_type);
        let video = json!({
            "url": site.keep(file), "content_type": media_type, "file_name": "output.mp4", "file_size": bytes,
        });
        return json!({ "video": video, "seed": seed });
    }
    let (width, height) = size(&job.input["image_size"]).unwrap_or((1024, 768));
    let format = job.input["output_format"].as_str().unwrap_or("png");
    let pictures = (0..job.input["num_images"].as_u64().unwrap_or(1)).filter_map(|number| {
        let file = picture::paint(&format!("{seed} {number} {prompt}"), width, height, format)?;
        let media_type = file.media_type;
        Some(json!({ "url": site.keep(file), "width": width, "height": height, "content_type": media_type }))
    });
    let pictures: Vec<Value> = pictures.collect();
    // The vendor blackens what it withholds; here this alone says so.
    let concepts = vec![job.failure() == Some(Failure::Withheld); pictures.len()];
    json!({
        "images": pictures,
        "timings": { "inference": 0.5 },
        "seed": seed,
        "has_nsfw_concepts": concepts,
        "prompt": prompt,
    })
}

/// Seconds are written as `"5"`, by some models as `"8s"`.
fn seconds(duration: &Value) -> Option<u64> {
    duration.as_str()?.trim_end_matches('s').parse().ok()
}

fn size(size: &Value) -> Option<(u32, u32)> {
    Some(match size.as_str() {
        Some("square_hd") => (1024, 1024),
        Some("square") => (512, 512),
        Some("portrait_4_3") => (768, 1024),
        Some("portrait_16_9") => (576, 1024),
        Some("landscape_4_3") => (1024, 768),
        Some("landscape_16_9") => (1024, 576),
        Some(_) => return None,
        None => {
            let side = |name: &str| {
                let side = u32::try_from(size[name].as_u64()?).ok()?;
                (1..=4096).contains(&side).then_some(side)
            };
            (side("width")?, side("height")?)
        }
    })
}

/// A video without pictures: it begins as an MP4 does, and holds the prompt where a player looks away.
fn video(prompt: &str) -> File {
    let mut bytes = Vec::new();
    for (name, content) in [(b"ftyp", &b"isom\0\0\x02\0isomiso2mp41"[..]), (b"free", prompt.as_bytes())] {
        bytes.extend((u32::try_from(content.len() + 8).unwrap_or(u32::MAX)).to_be_bytes());
        bytes.extend(name);
        bytes.extend(content);
    }
    File { media_type: "video/mp4", extension: "mp4", bytes }
}
