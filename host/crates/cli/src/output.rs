//! A file that was made, and how it is told.

use palisade::{Image, Media};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::format;

/// Media with what is known of it.
pub(crate) struct Output<'a> {
    pub(crate) media: &'a Media,
    picture: Option<&'a Image>,
}

impl<'a> Output<'a> {
    pub(crate) fn media(media: &'a Media) -> Self {
        Self { media, picture: None }
    }

    pub(crate) fn picture(picture: &'a Image) -> Self {
        Self { media: &picture.content, picture: Some(picture) }
    }

    /// What it is, for people.
    pub(crate) fn fact(&self) -> String {
        let size = self.picture.and_then(|picture| picture.width.zip(picture.height));
        let size = size.map(|(width, height)| format!("{width}x{height}"));
        let seed = self.picture.and_then(|picture| picture.seed).map(|seed| format!("seed {seed}"));
        let media_type = palisade::text::escape(&self.media.media_type, 80);
        format::list([Some(media_type), size, seed].into_iter().flatten())
    }

    /// What is known of a picture, for programs.
    pub(crate) fn details(&self) -> Map<String, Value> {
        let mut details = Map::new();
        if let Some(Image { width, height, seed, revised_prompt, .. }) = self.picture {
            details.insert("width".to_owned(), json!(width));
            details.insert("height".to_owned(), json!(height));
            details.insert("seed".to_owned(), json!(seed));
            details.insert("revised_prompt".to_owned(), json!(revised_prompt));
        }
        details
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
