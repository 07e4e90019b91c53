//! The capability `image-to-text`: captions, answers, texts and codes from a picture.

pub use bindings::exports::palisade::provider::image_to_text::{Finding, Region, Request, Response};

use crate::capability::{capability, reports};
use crate::unlisted::Parameters;
use crate::{CallOptions, Media, Result, Usage};

capability!("image-to-text", ImageToText, image_to_text::read);
reports!(Response);

/// Implemented by a provider of this capability.
pub trait ImageToText {
    /// Reads the picture. That there is nothing to read is an empty text, not a failure.
    ///
    /// # Errors
    /// When the picture cannot be read; see [`FailureKind`](crate::FailureKind) for the kinds.
    fn read(request: Request, options: &CallOptions) -> Result<Response>;
}

impl Request {
    /// A request to read this picture, with all else left to the model. For tests.
    #[must_use]
    pub fn new(image: Media) -> Self {
        Self { image, prompt: None, task: None, language: None, max_output_tokens: None }
    }
}

impl Parameters for Request {
    fn parameters(&self) -> Vec<(&'static str, bool)> {
        vec![
            ("prompt", self.prompt.is_some()),
            ("task", self.task.is_some()),
            ("language", self.language.is_some()),
            ("max-output-tokens", self.max_output_tokens.is_some()),
        ]
    }
}

impl Finding {
    /// This text of this kind, for example `qr-code`, without how sure and where.
    pub fn new(kind: impl Into<String>, text: impl Into<String>) -> Self {
        Self { text: text.into(), kind: kind.into(), confidence: None, region: None }
    }
}

impl Response {
    /// This text without findings. Unless set, its `character`s were used.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { usage: Usage::characters(&text), text, findings: Vec::new(), warnings: Vec::new() }
    }
}
