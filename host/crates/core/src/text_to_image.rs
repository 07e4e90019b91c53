//! Pictures from a description.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Dimensions, Error, ErrorKind, Media, Result, Unit, Usage, UsageItem, Warning};

/// Longest prompt, in bytes: more than any model reads, and little enough to copy into a sandbox.
pub const MAX_PROMPT_BYTES: usize = 1 << 20;
/// Most pictures of one request.
pub const MAX_IMAGES: u32 = 64;
/// Pixels that a picture is taken to have when the request leaves the size to the provider: 1024 x 1024.
const TYPICAL_PIXELS: f64 = 1_048_576.0;

/// What to make.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// What the picture shows. Never empty.
    pub prompt: String,
    /// What it must not show.
    pub negative_prompt: Option<String>,
    /// How many pictures, at least 1; 0 counts as 1.
    pub n: u32,
    /// The size. A provider that cannot make it makes the nearest that it can, with a warning.
    pub size: Dimensions,
    /// A named resolution that the model offers.
    pub resolution: Option<String>,
    /// A named quality that the model offers.
    pub quality: Option<String>,
    /// The same seed, request and version of a provider give the same picture.
    pub seed: Option<u64>,
    /// Wanted media type, for example `image/png`.
    pub output_format: Option<String>,
    /// Pictures to follow in style or content.
    pub references: Vec<Media>,
    /// Where to paint.
    pub mask: Option<Media>,
}

impl Request {
    /// One picture of this, with everything else left to the provider.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self { prompt: prompt.into(), n: 1, ..Self::default() }
    }

    pub(crate) fn typical() -> Self {
        Self::new("a red fox in fresh snow")
    }

    pub(crate) fn validate(&self) -> Result<()> {
        if self.prompt.trim().is_empty() {
            return Err(Error::invalid_input("prompt", "it is empty: say what the picture shows"));
        }
        for (field, text) in [("prompt", Some(&self.prompt)), ("negative-prompt", self.negative_prompt.as_ref())] {
            let length = text.map_or(0, String::len);
            if length > MAX_PROMPT_BYTES {
                let reason = format!("it has {length} bytes, and at most {MAX_PROMPT_BYTES} are taken");
                return Err(Error::invalid_input(field, reason));
            }
        }
        if self.n > MAX_IMAGES {
            return Err(Error::invalid_input("n", format!("{} pictures, and at most {MAX_IMAGES} are made", self.n)));
        }
        if let Dimensions::Pixels(width, height) | Dimensions::Aspect(width, height) = self.size
            && (width == 0 || height == 0)
        {
            return Err(Error::invalid_input("size", format!("{} has a side of 0", self.size)));
        }
        Ok(())
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        let texts = [self.negative_prompt.as_ref(), self.resolution.as_ref(), self.quality.as_ref()];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        let media: usize = self.references.iter().chain(&self.mask).map(|media| media.data.len()).sum();
        (self.prompt.len() + texts + media) as u64
    }

    pub(crate) fn parameters(&self) -> BTreeMap<&'static str, Value> {
        let mut parameters = BTreeMap::from([("n", Value::from(self.n.max(1)))]);
        if let Dimensions::Pixels(width, height) = self.size {
            parameters.extend([("width", Value::from(width)), ("height", Value::from(height))]);
        }
        let texts = [
            ("negative-prompt", &self.negative_prompt),
            ("resolution", &self.resolution),
            ("quality", &self.quality),
            ("output-format", &self.output_format),
        ];
        parameters.extend(texts.into_iter().filter_map(|(name, text)| Some((name, Value::from(text.as_deref()?)))));
        parameters.extend(self.seed.map(|seed| ("seed", Value::from(seed))));
        if !self.references.is_empty() {
            parameters.insert("references", Value::from(self.references.len()));
        }
        if self.mask.is_some() {
            parameters.insert("mask", Value::from(true));
        }
        parameters
    }

    pub(crate) fn workload(&self) -> Usage {
        let images = f64::from(self.n.max(1));
        let pixels = match self.size {
            Dimensions::Pixels(width, height) => f64::from(width) * f64::from(height),
            Dimensions::Auto | Dimensions::Aspect(..) => TYPICAL_PIXELS,
        };
        let item = |unit, quantity| UsageItem { unit, quantity };
        Usage {
            items: vec![
                item(Unit::Request, 1.0),
                item(Unit::Image, images),
                item(Unit::Megapixel, images * pixels / 1e6),
                item(Unit::Character, self.prompt.chars().count() as f64),
            ],
            reported_cost: None,
        }
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

/// One picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// The encoded picture.
    pub content: Media,
    /// Width in pixels, as the provider says.
    pub width: Option<u32>,
    /// Height in pixels, as the provider says.
    pub height: Option<u32>,
    /// The seed that makes this picture again.
    pub seed: Option<u64>,
    /// The prompt that was used, when it is not the caller's.
    pub revised_prompt: Option<String>,
}

/// What was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The pictures, at least one and at most as many as were asked for.
    pub images: Vec<Image>,
    /// What it used.
    pub usage: Usage,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

impl Response {
    pub(crate) fn validate(&self, request: &Request) -> Result<()> {
        let bad = |message: String| Err(Error::new(ErrorKind::BadOutput, message));
        let (made, asked) = (self.images.len(), request.n.max(1));
        if made == 0 || made > asked as usize {
            return bad(format!("the provider returned {made} pictures where {asked} were asked for"));
        }
        for image in &self.images {
            let media_type = crate::text::escape(&image.content.media_type, 80);
            if !media_type.starts_with("image/") {
                return bad(format!("the provider returned `{media_type}` where a picture was asked for"));
            }
            if image.content.data.is_empty() {
                return bad("the provider returned an empty picture".to_owned());
            }
        }
        let quantities_are_numbers =
            self.usage.items.iter().all(|item| item.quantity.is_finite() && item.quantity >= 0.0);
        if !quantities_are_numbers {
            return bad("the provider returned a usage that is not a number, or negative".to_owned());
        }
        Ok(())
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        self.images.iter().map(|image| image.content.data.len() as u64).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_provider_can_serve_is_refused_with_its_field() {
        let cases = [
            ("prompt", Request::new(" \n")),
            ("prompt", Request::new("x".repeat(MAX_PROMPT_BYTES + 1))),
            ("n", Request { n: MAX_IMAGES + 1, ..Request::new("fox") }),
            ("size", Request { size: Dimensions::Pixels(0, 1), ..Request::new("fox") }),
        ];
        for (field, request) in cases {
            let error = request.validate().unwrap_err();
            assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some(field)));
        }
        assert!(Request::new("x".repeat(MAX_PROMPT_BYTES)).validate().is_ok());
    }

    #[test]
    fn a_response_without_a_picture_is_bad_output() {
        let picture = |media_type: &str, data: &[u8]| Image {
            content: Media { media_type: media_type.to_owned(), data: data.to_vec() },
            width: None,
            height: None,
            seed: None,
            revised_prompt: None,
        };
        let usage = |quantity| Usage { items: vec![UsageItem { unit: Unit::Image, quantity }], reported_cost: None };
        let good = Response { images: vec![picture("image/png", b"x")], usage: usage(1.0), warnings: vec![] };
        assert!(good.validate(&Request::new("fox")).is_ok());
        let bad = [
            Response { images: vec![], ..good.clone() },
            Response { images: vec![picture("image/png", b"x"), picture("image/png", b"x")], ..good.clone() },
            Response { images: vec![picture("text/html", b"x")], ..good.clone() },
            Response { images: vec![picture("image/png", b"")], ..good.clone() },
            Response { usage: usage(f64::NAN), ..good.clone() },
        ];
        for response in bad {
            assert_eq!(response.validate(&Request::new("fox")).unwrap_err().kind(), ErrorKind::BadOutput);
        }
    }
}
