//! Films from a picture.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use crate::video::Video;
use crate::{
    Dimensions, Media, Result, Usage, Warning, Workload, clean,
    video::{self, Asked},
};

/// What to make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What happens in it; none lets the model decide.
    #[serde(default)]
    pub prompt: Option<String>,
    /// The picture to begin with.
    pub first_frame: Media,
    /// The picture to end with.
    #[serde(default)]
    pub last_frame: Option<Media>,
    /// Pictures to follow in style or content.
    #[serde(default)]
    pub references: Vec<Media>,
    /// The size. A provider that cannot make it makes the nearest that it can, with a warning.
    #[serde(default)]
    pub size: Dimensions,
    /// A named resolution that the model offers, for example `720p`.
    #[serde(default)]
    pub resolution: Option<String>,
    /// Length in seconds; none lets the model choose.
    #[serde(default)]
    pub seconds: Option<f32>,
    /// Pictures a second; none lets the model choose.
    #[serde(default)]
    pub fps: Option<u32>,
    /// Whether it has sound; none lets the model choose.
    #[serde(default)]
    pub audio: Option<bool>,
    /// How many films, at least 1; 0 counts as 1.
    #[serde(default)]
    pub n: u32,
    /// The same seed, request and version of a provider give the same film.
    #[serde(default)]
    pub seed: Option<u64>,
}

impl Request {
    /// One film that begins with this picture, with everything else left to the provider.
    #[must_use]
    pub fn new(first_frame: Media) -> Self {
        Self {
            prompt: None,
            first_frame,
            last_frame: None,
            references: Vec::new(),
            size: Dimensions::Auto,
            resolution: None,
            seconds: None,
            fps: None,
            audio: None,
            n: 1,
            seed: None,
        }
    }

    pub(crate) fn typical() -> Self {
        Self::new(Media { media_type: "image/png".to_owned(), data: Vec::new() })
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            prompt: self.prompt.as_deref().unwrap_or_default(),
            first_frame: Some(&self.first_frame),
            last_frame: self.last_frame.as_ref(),
            references: &self.references,
            size: self.size,
            resolution: &self.resolution,
            seconds: self.seconds,
            fps: self.fps,
            audio: self.audio,
            n: self.n,
            seed: self.seed,
        }
    }

    pub(crate) fn validate(&self) -> Result<()> {
        self.asked().validate()
    }

    pub(crate) fn media(&self) -> impl Iterator<Item = &Media> {
        self.asked().media()
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        self.asked().size_in_bytes()
    }

    pub(crate) fn parameters(&self) -> BTreeMap<&'static str, Value> {
        self.asked().parameters()
    }

    pub(crate) fn workload(&self) -> Workload {
        self.asked().workload()
    }
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The films, at least one and at most as many as were asked for.
    pub videos: Vec<Video>,
    /// What it used.
    pub usage: Usage,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

impl Response {
    pub(crate) fn validate(&self, request: &Request) -> Result<()> {
        video::made(&self.videos, request.n.max(1))
    }

    pub(crate) fn clean(&mut self) -> Result<()> {
        clean::media(self.videos.iter_mut().map(|video| &mut video.content));
        clean::remarks(&mut self.usage, &mut self.warnings)
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        video::size_in_bytes(&self.videos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_picture_is_needed_and_counts() {
        let request = Request::new(Media { media_type: "image/png".to_owned(), data: vec![1; 10] });
        assert!(request.validate().is_ok());
        assert_eq!(request.size_in_bytes(), 10);
        assert_eq!(request.parameters().get("first-frame"), Some(&true.into()));
        assert_eq!(Request::typical().validate().unwrap_err().field(), Some("first-frame"));
    }
}
