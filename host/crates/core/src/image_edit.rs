//! Pictures changed as described.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Dimensions, Error, Image, Media, Quantity, Result, Unit, Usage, Warning, Workload,
    check::{self, MAX_IMAGES, set},
    clean,
};

/// What to change.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Request {
    /// What is to be different, in words, or in the language of operations that the model documents. Never empty.
    pub prompt: String,
    /// The pictures to change or combine, the main one first. Never empty.
    pub images: Vec<Media>,
    /// Where to change: white is changed, black is kept. None changes it all.
    pub mask: Option<Media>,
    /// What it must not show.
    pub negative_prompt: Option<String>,
    /// How many results, at least 1; 0 counts as 1.
    pub n: u32,
    /// The size of the results; by default what the change makes of the first picture.
    pub size: Dimensions,
    /// A named quality that the model offers.
    pub quality: Option<String>,
    /// The same seed, request and version of a provider give the same picture.
    pub seed: Option<u64>,
    /// Wanted media type, for example `image/webp`.
    pub output_format: Option<String>,
}

impl Request {
    /// One picture, changed like this.
    pub fn new(prompt: impl Into<String>, image: Media) -> Self {
        Self { prompt: prompt.into(), images: vec![image], n: 1, ..Self::default() }
    }

    pub(crate) fn typical() -> Self {
        Self { prompt: "make it snow".to_owned(), n: 1, ..Self::default() }
    }

    pub(crate) fn validate(&self) -> Result<()> {
        check::required_text("prompt", &self.prompt, "say what is to be different")?;
        check::text_length("negative-prompt", self.negative_prompt.as_deref().unwrap_or_default())?;
        check::required_items("images", self.images.len(), "picture")?;
        check::within("images", self.images.len(), MAX_IMAGES as usize, "pictures")?;
        for (index, image) in self.images.iter().enumerate() {
            check::media(&format!("images[{index}]"), image)?;
        }
        self.mask.iter().try_for_each(|mask| check::media("mask", mask))?;
        if self.n > MAX_IMAGES {
            return Err(Error::invalid_input("n", format!("{} pictures, and at most {MAX_IMAGES} are made", self.n)));
        }
        check::name("quality", self.quality.as_ref())?;
        check::name("output-format", self.output_format.as_ref())?;
        check::dimensions("size", self.size)
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        let texts = self.prompt.len() + self.negative_prompt.as_ref().map_or(0, String::len);
        let media: usize = self.images.iter().chain(&self.mask).map(|media| media.data.len()).sum();
        (texts + media) as u64
    }

    pub(crate) fn parameters(&self) -> BTreeMap<&'static str, Value> {
        let [width, height] = check::pixels(self.size);
        check::parameters([
            ("n", Some(self.n.max(1).into())),
            width,
            height,
            ("negative-prompt", set(&self.negative_prompt)),
            ("quality", set(&self.quality)),
            ("output-format", set(&self.output_format)),
            ("seed", set(&self.seed)),
            ("images", (self.images.len() > 1).then(|| self.images.len().into())),
            ("mask", self.mask.is_some().then(|| true.into())),
        ])
    }

    pub(crate) fn workload(&self) -> Workload {
        let images = f64::from(self.n.max(1));
        // What the first picture measures is not known before it is decoded.
        check::workload([Quantity::between(Unit::Image, 1.0, images, images), check::megapixels(images, 1.0)])
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

    fn png() -> Media {
        Media { media_type: "image/png".to_owned(), data: b"x".to_vec() }
    }

    #[test]
    fn what_no_provider_can_serve_is_refused_with_its_field() {
        let good = Request::new("grayscale", png());
        good.validate().unwrap();
        let cases = [
            ("prompt", Request { prompt: " ".to_owned(), ..good.clone() }),
            ("images", Request { images: vec![], ..good.clone() }),
            ("images[1]", Request { images: vec![png(), Media { data: vec![], ..png() }], ..good.clone() }),
            ("images[0]", Request { images: vec![Media { media_type: "png".to_owned(), ..png() }], ..good.clone() }),
            ("mask", Request { mask: Some(Media { data: vec![], ..png() }), ..good.clone() }),
            ("size", Request { size: Dimensions::Aspect(0, 1), ..good.clone() }),
            ("n", Request { n: 1000, ..good.clone() }),
        ];
        for (field, request) in cases {
            assert_eq!(request.validate().unwrap_err().field(), Some(field));
        }
    }
}
