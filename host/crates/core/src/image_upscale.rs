//! Pictures made larger.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Error, Image, Media, Quantity, Result, Unit, Usage, Warning, Workload,
    check::{self, set},
    clean,
};

/// Pixels that a picture is taken to have before it is decoded.
const TYPICAL_PIXELS: f64 = 1e6;

/// How large a picture is to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// So many times as wide and as high, above 1.
    Factor(f32),
    /// Width and height in pixels.
    Pixels(u32, u32),
}

/// Twice as wide and as high.
impl Default for Scale {
    fn default() -> Self {
        Self::Factor(2.0)
    }
}

/// What to enlarge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The picture.
    pub image: Media,
    /// How large it is to be.
    #[serde(default)]
    pub scale: Scale,
    /// What the picture shows, for models that invent details.
    #[serde(default)]
    pub prompt: Option<String>,
    /// The same seed, request and version of a provider give the same picture.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Wanted media type, for example `image/webp`.
    #[serde(default)]
    pub output_format: Option<String>,
}

impl Request {
    /// This picture, twice as wide and as high.
    #[must_use]
    pub fn new(image: Media) -> Self {
        Self { image, scale: Scale::default(), prompt: None, seed: None, output_format: None }
    }

    pub(crate) fn typical() -> Self {
        Self::new(Media { media_type: "image/png".to_owned(), data: Vec::new() })
    }

    pub(crate) fn validate(&self) -> Result<()> {
        check::media("image", &self.image)?;
        check::text_length("prompt", self.prompt.as_deref().unwrap_or_default())?;
        check::name("output-format", self.output_format.as_ref())?;
        match self.scale {
            Scale::Factor(factor) if factor.is_finite() && factor > 1.0 => Ok(()),
            Scale::Factor(factor) => {
                Err(Error::invalid_input("scale", format!("a factor of {factor} enlarges nothing")))
            }
            Scale::Pixels(0, _) | Scale::Pixels(_, 0) => Err(Error::invalid_input("scale", "it has a side of 0")),
            Scale::Pixels(..) => Ok(()),
        }
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        (self.image.data.len() + self.prompt.as_ref().map_or(0, String::len)) as u64
    }

    pub(crate) fn parameters(&self) -> BTreeMap<&'static str, Value> {
        let (factor, width, height) = match self.scale {
            Scale::Factor(factor) => (Some(check::number(factor)), None, None),
            Scale::Pixels(width, height) => (None, Some(width.into()), Some(height.into())),
        };
        check::parameters([
            ("factor", factor),
            ("width", width),
            ("height", height),
            ("prompt", self.prompt.is_some().then(|| true.into())),
            ("seed", set(&self.seed)),
            ("output-format", set(&self.output_format)),
        ])
    }

    pub(crate) fn workload(&self) -> Workload {
        let pixels = match self.scale {
            Scale::Factor(factor) => {
                let larger = f64::from(factor) * f64::from(factor);
                Quantity::between(Unit::Megapixel, 0.0, TYPICAL_PIXELS * larger / 1e6, 16.8 * larger)
            }
            Scale::Pixels(width, height) => {
                Quantity::exactly(Unit::Megapixel, f64::from(width) * f64::from(height) / 1e6)
            }
        };
        check::workload([Quantity::exactly(Unit::Image, 1.0), pixels])
    }
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The enlarged picture.
    pub image: Image,
    /// What it used.
    pub usage: Usage,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

impl Response {
    pub(crate) fn validate(&self, _request: &Request) -> Result<()> {
        check::made_images([&self.image], 1)
    }

    pub(crate) fn clean(&mut self) -> Result<()> {
        clean::images([&mut self.image]);
        clean::remarks(&mut self.usage, &mut self.warnings)
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        self.image.content.data.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_enlarges_nothing_is_refused() {
        let image = Media { media_type: "image/png".to_owned(), data: b"x".to_vec() };
        let good = Request::new(image);
        good.validate().unwrap();
        for scale in [Scale::Factor(1.0), Scale::Factor(f32::NAN), Scale::Factor(f32::INFINITY), Scale::Pixels(0, 9)] {
            let error = Request { scale, ..good.clone() }.validate().unwrap_err();
            assert_eq!(error.field(), Some("scale"), "{scale:?}");
        }
    }
}
