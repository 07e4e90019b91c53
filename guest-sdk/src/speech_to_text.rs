//! The capability `speech-to-text`: what is said, written down.

pub use bindings::exports::palisade::provider::speech_to_text::{Request, Response, Segment};

use crate::capability::{capability, reports};
use crate::unlisted::Parameters;
use crate::{CallOptions, Media, Result, Usage};

capability!("speech-to-text", SpeechToText, speech_to_text::transcribe);
reports!(Response);

/// Implemented by a provider of this capability.
pub trait SpeechToText {
    /// Writes down what is said. That nobody speaks is an empty text, not a failure.
    ///
    /// # Errors
    /// When the sound cannot be understood; see [`FailureKind`](crate::FailureKind) for the kinds.
    fn transcribe(request: Request, options: &CallOptions) -> Result<Response>;
}

impl Request {
    /// A request to write down this sound in whatever language, without times and speakers. For tests.
    #[must_use]
    pub fn new(audio: Media) -> Self {
        Self { audio, language: None, prompt: None, timestamps: None, speakers: false }
    }
}

impl Parameters for Request {
    fn parameters(&self) -> Vec<(&'static str, bool)> {
        vec![
            ("language", self.language.is_some()),
            ("prompt", self.prompt.is_some()),
            ("timestamps", self.timestamps.is_some()),
            ("speakers", self.speakers),
        ]
    }
}

impl Segment {
    /// This text from `start` to `end`, in seconds from the beginning, by nobody known.
    pub fn new(text: impl Into<String>, start: f64, end: f64) -> Self {
        Self { text: text.into(), start, end, speaker: None }
    }
}

impl Response {
    /// This text without segments, language and length. Unless set, its `character`s were used.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let usage = Usage::characters(&text);
        Self { text, segments: Vec::new(), language: None, seconds: None, usage, warnings: Vec::new() }
    }
}
