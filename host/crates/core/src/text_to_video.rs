//! Films from a description.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use crate::video::Video;
use crate::{
    Dimensions, Media, Result, Usage, Warning, Workload, check, clean,
    video::{self, Asked},
};

/// What to make.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// What the film shows. Never empty.
    pub prompt: String,
    /// The picture to begin with.
    pub first_frame: Option<Media>,
    /// The picture to end with.
    pub last_frame: Option<Media>,
    /// Pictures to follow in style or content.
    pub references: Vec<Media>,
    /// The size. A provider that cannot make it makes the nearest that it can, with a warning.
    pub size: Dimensions,
    /// A named resolution that the model offers, for example `720p`.
    pub resolution: Option<String>,
    /// Length in seconds; none lets the model choose.
    pub seconds: Option<f32>,
    /// Pictures a second; none lets the model choose.
    pub fps: Option<u32>,
    /// Whether it has sound; none lets the model choose.
    pub audio: Option<bool>,
    /// How many films, at least 1; 0 counts as 1.
    pub n: u32,
    /// The same seed, request and version of a provider give the same film.
    pub seed: Option<u64>,
}

impl Request {
    /// One film of this, with everything else left to the provider.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self { prompt: prompt.into(), n: 1, ..Self::default() }
    }

    pub(crate) fn typical() -> Self {
        Self::new("a red fox runs through fresh snow")
    }

    fn asked(&self) -> Asked<'_> {
        Asked {
            prompt: &self.prompt,
            first_frame: self.first_frame.as_ref(),
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
        check::required_text("prompt", &self.prompt, "say what the film shows")?;
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

impl From<&str> for Request {
    fn from(prompt: &str) -> Self {
        Self::new(prompt)
    }
}

impl From<String> for Request {
    fn from(prompt: String) -> Self {
        Self::new(prompt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, MAX_VIDEOS, Unit};

    fn film(media_type: &str, data: &[u8]) -> Video {
        let content = Media { media_type: media_type.to_owned(), data: data.to_vec() };
        Video { content, width: None, height: None, seconds: None, seed: None, revised_prompt: None }
    }

    #[test]
    fn what_no_provider_can_serve_is_refused_with_its_field() {
        let fox = || Request::new("fox");
        let empty = || Media { media_type: "image/png".to_owned(), data: Vec::new() };
        let cases = [
            ("prompt", Request::new(" \n")),
            ("n", Request { n: MAX_VIDEOS + 1, ..fox() }),
            ("size", Request { size: Dimensions::Pixels(0, 1), ..fox() }),
            ("seconds", Request { seconds: Some(0.0), ..fox() }),
            ("seconds", Request { seconds: Some(f32::NAN), ..fox() }),
            ("fps", Request { fps: Some(0), ..fox() }),
            ("first-frame", Request { first_frame: Some(empty()), ..fox() }),
            ("last-frame", Request { last_frame: Some(empty()), ..fox() }),
            ("references[0]", Request { references: vec![empty()], ..fox() }),
        ];
        for (field, request) in cases {
            let error = request.validate().unwrap_err();
            assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some(field)));
        }
        assert!(fox().validate().is_ok());
    }

    #[test]
    fn a_response_without_a_film_is_bad_output() {
        let of = |videos| Response { videos, usage: Usage::default(), warnings: vec![] };
        let asked = Request { n: 2, ..Request::new("fox") };
        assert!(of(vec![film("video/mp4", b"x"), film("image/gif", b"x")]).validate(&asked).is_ok());
        for videos in
            [vec![], vec![film("video/mp4", b"x"); 3], vec![film("text/html", b"x")], vec![film("video/mp4", b"")]]
        {
            assert_eq!(of(videos).validate(&asked).unwrap_err().kind(), ErrorKind::BadOutput);
        }
    }

    #[test]
    fn seconds_of_all_films_are_counted() {
        let asked = Request { n: 3, seconds: Some(8.0), ..Request::new("fox") };
        let workload = asked.workload();
        let seconds = workload.quantity(&Unit::VideoSecond).unwrap();
        assert_eq!((seconds.low, seconds.expected, seconds.high), (8.0, 24.0, 24.0));
    }
}
