//! What a job makes: pictures, or a video.

use serde_json::{Value, json};

use super::job::Job;
use crate::{
    failure::Failure,
    picture,
    site::{File, Site},
};

/// What a job is asked for. None where that makes no sense, with the place of the mistake.
pub(super) fn check(input: &Value) -> Result<(), (&'static str, &'static str, &'static str)> {
    if !input["prompt"].is_string() {
        return Err(("prompt", "missing", "Field required"));
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

/// Makes it, and says where it is.
pub(super) fn make(job: &Job, site: &Site) -> Value {
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
