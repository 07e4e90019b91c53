//! A file that was made, and how it is told.

use palisade::{Image, Media, Video};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::format;

/// Media with what is known of it.
pub(crate) struct Output<'a> {
    pub(crate) media: &'a Media,
    made: Option<Made<'a>>,
}

/// A picture or a film that was made.
enum Made<'a> {
    Picture(&'a Image),
    Film(&'a Video),
}

impl<'a> Output<'a> {
    pub(crate) fn media(media: &'a Media) -> Self {
        Self { media, made: None }
    }

    pub(crate) fn picture(picture: &'a Image) -> Self {
        Self { media: &picture.content, made: Some(Made::Picture(picture)) }
    }

    pub(crate) fn film(film: &'a Video) -> Self {
        Self { media: &film.content, made: Some(Made::Film(film)) }
    }

    /// What it is, for people.
    pub(crate) fn fact(&self) -> String {
        let (width, height, seconds, seed) = match self.made {
            None => (None, None, None, None),
            Some(Made::Picture(&Image { width, height, seed, .. })) => (width, height, None, seed),
            Some(Made::Film(&Video { width, height, seconds, seed, .. })) => (width, height, seconds, seed),
        };
        let size = width.zip(height).map(|(width, height)| format!("{width}x{height}"));
        let length = seconds.map(|seconds| format!("{seconds} s"));
        let seed = seed.map(|seed| format!("seed {seed}"));
        let media_type = palisade::text::escape(&self.media.media_type, 80);
        format::list([Some(media_type), size, length, seed].into_iter().flatten())
    }

    /// What is known of a picture or a film, for programs.
    pub(crate) fn details(&self) -> Map<String, Value> {
        let details = match self.made {
            None => json!({}),
            Some(Made::Picture(Image { width, height, seed, revised_prompt, .. })) => {
                json!({ "width": width, "height": height, "seed": seed, "revised_prompt": revised_prompt })
            }
            Some(Made::Film(Video { width, height, seconds, seed, revised_prompt, .. })) => {
                let length = seconds.map(|seconds| seconds.to_string().parse::<f64>().unwrap_or_default());
                json!({
                    "width": width,
                    "height": height,
                    "seconds": length,
                    "seed": seed,
                    "revised_prompt": revised_prompt,
                })
            }
        };
        match details {
            Value::Object(details) => details,
            _ => Map::new(),
        }
    }
}

/// A value as a JSON object without these keys.
pub(crate) fn json_without(value: &(impl Serialize + ?Sized), keys: &[&str]) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(value)?;
    if let Some(object) = value.as_object_mut() {
        object.retain(|key, _| !keys.contains(&key.as_str()));
    }
    Ok(value)
}
