//! What is said, written down.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Media, Quantity, Result, Unit, Usage, Warning, Workload,
    check::{self, bad_output, set},
    clean,
};

/// Bytes of sound that make a second: compressed speech of ordinary quality, 64 kbit/s.
const BYTES_A_SECOND: f64 = 8000.0;
/// The same of 48 kHz, two channels and two bytes each.
const RECORDED_BYTES_A_SECOND: f64 = 192_000.0;
/// The same of 6 kbit/s.
const LEAST_BYTES_A_SECOND: f64 = 750.0;

/// What to write down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The sound, or a film with sound.
    pub audio: Media,
    /// Language of the speech as a BCP 47 tag; none lets the model find out.
    #[serde(default)]
    pub language: Option<String>,
    /// Words that are likely to come up, such as names.
    #[serde(default)]
    pub prompt: Option<String>,
    /// How finely times are wanted: `segment` or `word`; none for no times.
    #[serde(default)]
    pub timestamps: Option<String>,
    /// Whether to tell speakers apart.
    #[serde(default)]
    pub speakers: bool,
}

impl Request {
    /// The words of this sound.
    #[must_use]
    pub fn new(audio: Media) -> Self {
        Self { audio, language: None, prompt: None, timestamps: None, speakers: false }
    }

    pub(crate) fn typical() -> Self {
        Self::new(Media { media_type: "audio/wav".to_owned(), data: Vec::new() })
    }

    pub(crate) fn validate(&self) -> Result<()> {
        check::media("audio", &self.audio)?;
        check::name("language", self.language.as_ref())?;
        check::name("timestamps", self.timestamps.as_ref())?;
        check::text_length("prompt", self.prompt.as_deref().unwrap_or_default())
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        (self.audio.data.len() + self.prompt.as_ref().map_or(0, String::len)) as u64
    }

    pub(crate) fn parameters(&self) -> BTreeMap<&'static str, Value> {
        check::parameters([
            ("language", set(&self.language)),
            ("prompt", self.prompt.is_some().then(|| true.into())),
            ("timestamps", set(&self.timestamps)),
            ("speakers", self.speakers.then(|| true.into())),
        ])
    }

    pub(crate) fn workload(&self) -> Workload {
        let bytes = self.audio.data.len() as f64;
        // From a file as it is recorded to one in which speech takes as little as it can.
        let (low, high) = (bytes / RECORDED_BYTES_A_SECOND, bytes / LEAST_BYTES_A_SECOND);
        check::workload([Quantity::between(Unit::AudioSecond, low, (bytes / BYTES_A_SECOND).max(1.0), high)])
    }
}

/// A piece of the speech.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// What is said.
    pub text: String,
    /// Start in seconds from the beginning.
    pub start: f64,
    /// End in seconds from the beginning, not before the start.
    pub end: f64,
    /// Who says it, for example `a`.
    pub speaker: Option<String>,
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// All of it; empty when nobody speaks.
    pub text: String,
    /// The pieces, in order; empty when no times were asked for.
    pub segments: Vec<Segment>,
    /// Language as a BCP 47 tag.
    pub language: Option<String>,
    /// Length of the sound in seconds.
    pub seconds: Option<f64>,
    /// What it used.
    pub usage: Usage,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

impl Response {
    pub(crate) fn validate(&self, _request: &Request) -> Result<()> {
        let time = |seconds: f64| seconds.is_finite() && seconds >= 0.0;
        let in_order = |segment: &Segment| time(segment.start) && time(segment.end) && segment.start <= segment.end;
        if !self.segments.iter().all(in_order) || !self.seconds.is_none_or(time) {
            return Err(bad_output("the provider returned times that are none"));
        }
        Ok(())
    }

    pub(crate) fn clean(&mut self) -> Result<()> {
        let speakers = self.segments.iter_mut().filter_map(|segment| segment.speaker.as_mut());
        clean::names(speakers.chain(&mut self.language));
        clean::remarks(&mut self.usage, &mut self.warnings)
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        let segments: usize = self.segments.iter().map(|segment| segment.text.len()).sum();
        (self.text.len() + segments) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_must_be_times() {
        let request = Request::new(Media { media_type: "audio/wav".to_owned(), data: b"x".to_vec() });
        request.validate().unwrap();
        let of = |start, end| Response {
            text: String::new(),
            segments: vec![Segment { text: String::new(), start, end, speaker: None }],
            language: None,
            seconds: None,
            usage: Usage::default(),
            warnings: vec![],
        };
        of(0.0, 0.0).validate(&request).unwrap();
        for (start, end) in [(1.0, 0.5), (-1.0, 1.0), (0.0, f64::NAN), (0.0, f64::INFINITY)] {
            assert!(of(start, end).validate(&request).is_err(), "{start} {end}");
        }
    }
}
