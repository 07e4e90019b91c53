//! Pictures from a description.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use crate::image::Image;
use crate::{
    Dimensions, Error, Media, Quantity, Result, Unit, Usage, Warning, Workload,
    check::{self, MAX_IMAGES, set},
    clean,
};

/// Pixels that a picture is taken to have when the request leaves the size to the provider: 1024 x 1024.
const TYPICAL_PIXELS: f64 = 1_048_576.0;

/// What to make.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
        check::required_text("prompt", &self.prompt, "say what the picture shows")?;
        check::text_length("negative-prompt", self.negative_prompt.as_deref().unwrap_or_default())?;
        if self.n > MAX_IMAGES {
            return Err(Error::invalid_input("n", format!("{} pictures, and at most {MAX_IMAGES} are made", self.n)));
        }
        check::dimensions("size", self.size)?;
        check::name("resolution", self.resolution.as_ref())?;
        check::name("quality", self.quality.as_ref())?;
        check::name("output-format", self.output_format.as_ref())?;
        check::within("references", self.references.len(), MAX_IMAGES as usize, "pictures")?;
        for (index, reference) in self.references.iter().enumerate() {
            check::media(&format!("references[{index}]"), reference)?;
        }
        self.mask.iter().try_for_each(|mask| check::media("mask", mask))
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        let texts = self.prompt.len() + self.negative_prompt.as_ref().map_or(0, String::len);
        let media: usize = self.references.iter().chain(&self.mask).map(|media| media.data.len()).sum();
        (texts + media) as u64
    }

    pub(crate) fn parameters(&self) -> BTreeMap<&'static str, Value> {
        let [width, height] = check::pixels(self.size);
        check::parameters([
            ("n", Some(self.n.max(1).into())),
            width,
            height,
            ("negative-prompt", set(&self.negative_prompt)),
            ("resolution", set(&self.resolution)),
            ("quality", set(&self.quality)),
            ("output-format", set(&self.output_format)),
            ("seed", set(&self.seed)),
            ("references", (!self.references.is_empty()).then(|| self.references.len().into())),
            ("mask", self.mask.is_some().then(|| true.into())),
        ])
    }

    pub(crate) fn workload(&self) -> Workload {
        let images = f64::from(self.n.max(1));
        let pixels = match self.size {
            Dimensions::Pixels(width, height) => {
                let each = f64::from(width) * f64::from(height) / 1e6;
                Quantity::between(Unit::Megapixel, each, images * each, images * each)
            }
            Dimensions::Auto | Dimensions::Aspect(..) => check::megapixels(images, TYPICAL_PIXELS / 1e6),
        };
        check::workload([
            // Fewer may be made than were asked for.
            Quantity::between(Unit::Image, 1.0, images, images),
            pixels,
            Quantity::exactly(Unit::Character, self.prompt.chars().count() as f64),
        ])
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

/// What was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
        check::made_images(&self.images, request.n.max(1))
    }

    pub(crate) fn clean(&mut self) -> Result<()> {
        clean::images(&mut self.images);
        clean::remarks(&mut self.usage, &mut self.warnings)
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        self.images.iter().map(|image| image.content.data.len() as u64).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ErrorKind, Media, UsageItem, check::MAX_TEXT_BYTES};

    #[test]
    fn what_no_provider_can_serve_is_refused_with_its_field() {
        let cases = [
            ("prompt", Request::new(" \n")),
            ("prompt", Request::new("x".repeat(MAX_TEXT_BYTES + 1))),
            ("n", Request { n: MAX_IMAGES + 1, ..Request::new("fox") }),
            ("size", Request { size: Dimensions::Pixels(0, 1), ..Request::new("fox") }),
        ];
        for (field, request) in cases {
            let error = request.validate().unwrap_err();
            assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some(field)));
        }
        assert!(Request::new("x".repeat(MAX_TEXT_BYTES)).validate().is_ok());
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
        let usage = || Usage { items: vec![UsageItem { unit: Unit::Image, quantity: 1.0 }], reported_cost: None };
        let good = Response { images: vec![picture("image/png", b"x")], usage: usage(), warnings: vec![] };
        assert!(good.validate(&Request::new("fox")).is_ok());
        let bad = [
            Response { images: vec![], ..good.clone() },
            Response { images: vec![picture("image/png", b"x"), picture("image/png", b"x")], ..good.clone() },
            Response { images: vec![picture("text/html", b"x")], ..good.clone() },
            Response { images: vec![picture("image/png", b"")], ..good.clone() },
        ];
        for response in bad {
            assert_eq!(response.validate(&Request::new("fox")).unwrap_err().kind(), ErrorKind::BadOutput);
        }
    }
}
