//! What a picture shows or says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Error, Media, Quantity, Result, Unit, Usage, Warning, Workload,
    check::{self, set},
    clean,
};

/// Tokens that a picture is taken to be worth, as vision models bill it.
const PICTURE_TOKENS: f64 = 1000.0;

/// What to read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The picture.
    pub image: Media,
    /// A question or an instruction.
    #[serde(default)]
    pub prompt: Option<String>,
    /// What is wanted: `caption`, `answer`, `ocr`, `codes` or a word of the model's own.
    #[serde(default)]
    pub task: Option<String>,
    /// Language of the answer as a BCP 47 tag.
    #[serde(default)]
    pub language: Option<String>,
    /// Most tokens to answer with.
    #[serde(default)]
    pub max_output_tokens: Option<u32>,
}

impl Request {
    /// Whatever the model reads in this picture.
    #[must_use]
    pub fn new(image: Media) -> Self {
        Self { image, prompt: None, task: None, language: None, max_output_tokens: None }
    }

    pub(crate) fn typical() -> Self {
        Self::new(Media { media_type: "image/png".to_owned(), data: Vec::new() })
    }

    pub(crate) fn validate(&self) -> Result<()> {
        check::media("image", &self.image)?;
        check::text_length("prompt", self.prompt.as_deref().unwrap_or_default())?;
        check::name("task", self.task.as_ref())?;
        check::name("language", self.language.as_ref())?;
        if self.max_output_tokens == Some(0) {
            return Err(Error::invalid_input("max-output-tokens", "0 tokens say nothing: allow 1 or more"));
        }
        Ok(())
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        (self.image.data.len() + self.prompt.as_ref().map_or(0, String::len)) as u64
    }

    pub(crate) fn parameters(&self) -> BTreeMap<&'static str, Value> {
        check::parameters([
            ("prompt", self.prompt.is_some().then(|| true.into())),
            ("task", set(&self.task)),
            ("language", set(&self.language)),
            ("max-output-tokens", set(&self.max_output_tokens)),
        ])
    }

    pub(crate) fn workload(&self) -> Workload {
        // A large picture is read in parts.
        let tokens = Quantity::between(Unit::InputToken, 50.0, PICTURE_TOKENS, 16.0 * PICTURE_TOKENS);
        let answer = check::answer_tokens(self.max_output_tokens.unwrap_or(100), self.max_output_tokens);
        check::workload([Quantity::exactly(Unit::Image, 1.0), tokens, answer])
    }
}

/// A rectangle in the picture, in pixels from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What it says.
    pub text: String,
    /// What it is, for example `line`, `qr-code` or `ean-13`.
    pub kind: String,
    /// How sure the model is, 0 to 1.
    pub confidence: Option<f64>,
    /// Where it is.
    pub region: Option<Region>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// All of it as one text; empty when there is nothing to read.
    pub text: String,
    /// The pieces, in reading order.
    pub findings: Vec<Finding>,
    /// What it used.
    pub usage: Usage,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

impl Response {
    pub(crate) fn validate(&self, _request: &Request) -> Result<()> {
        let sure = self.findings.iter().filter_map(|finding| finding.confidence);
        sure.into_iter().try_for_each(|confidence| check::share("confidence", confidence))
    }

    pub(crate) fn clean(&mut self) -> Result<()> {
        clean::names(self.findings.iter_mut().map(|finding| &mut finding.kind));
        clean::remarks(&mut self.usage, &mut self.warnings)
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        let findings: usize = self.findings.iter().map(|finding| finding.text.len()).sum();
        (self.text.len() + findings) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confidence_is_a_share() {
        let picture = Request::new(Media { media_type: "image/png".to_owned(), data: b"x".to_vec() });
        picture.validate().unwrap();
        assert_eq!(Request::typical().validate().unwrap_err().field(), Some("image"), "an empty file");
        let of = |confidence| Response {
            text: String::new(),
            findings: vec![Finding { text: String::new(), kind: "line".to_owned(), confidence, region: None }],
            usage: Usage::default(),
            warnings: vec![],
        };
        of(None).validate(&picture).unwrap();
        of(Some(1.0)).validate(&picture).unwrap();
        assert!(of(Some(1.5)).validate(&picture).is_err());
    }
}
