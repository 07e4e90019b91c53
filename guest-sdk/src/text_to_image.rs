//! The capability `text-to-image`: pictures from a description.
//!
//! A provider that paints by itself says what it can do in a [`Canvas`] and has it read the request:
//!
//! ```
//! use palisade_guest::text_to_image::{Canvas, Image, Request, Response};
//! use palisade_guest::{CallOptions, Result, TextToImage};
//!
//! const CANVAS: Canvas = Canvas::new(64, 64).sides(1, 256).images(4).seeded();
//!
//! struct Grey;
//! impl TextToImage for Grey {
//!     fn generate(request: Request, options: &CallOptions) -> Result<Response> {
//!         CANVAS.order(&request, options)?.paint(|order, seed| {
//!             let samples = vec![seed as u8; order.width as usize * order.height as usize];
//!             // With the feature `png`: `Image::encode(&samples, order.width, order.height)`.
//!             Image::new("image/x-raw", samples, order.width, order.height)
//!         })
//!     }
//! }
//! ```

mod canvas;

pub use crate::Image;
pub use bindings::exports::palisade::provider::text_to_image::{Request, Response};
pub use canvas::{Canvas, Order};

use crate::capability::{capability, reports};
use crate::unlisted::Parameters;
use crate::{CallOptions, Dimensions, Result, Usage};

capability!("text-to-image", TextToImage, text_to_image::generate);
reports!(Response);

/// Implemented by a provider of this capability.
pub trait TextToImage {
    /// Makes the pictures.
    ///
    /// # Errors
    /// When no picture can be made; see [`FailureKind`](crate::FailureKind) for the kinds.
    fn generate(request: Request, options: &CallOptions) -> Result<Response>;
}

impl Request {
    /// A request for one picture of any size. For tests.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self {
            prompt: prompt.into(),
            negative_prompt: None,
            n: 1,
            size: Dimensions::Auto,
            resolution: None,
            quality: None,
            seed: None,
            output_format: None,
            references: Vec::new(),
            mask: None,
        }
    }

    /// The seed, or one that the prompt alone decides, so that the same prompt gives the same picture.
    #[must_use]
    pub fn seed_or_prompt(&self) -> u64 {
        self.seed.unwrap_or_else(|| {
            // FNV-1a, which is stable across versions and languages.
            self.prompt
                .bytes()
                .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        })
    }
}

impl Parameters for Request {
    fn parameters(&self) -> Vec<(&'static str, bool)> {
        vec![
            ("negative-prompt", self.negative_prompt.is_some()),
            ("resolution", self.resolution.is_some()),
            ("quality", self.quality.is_some()),
            ("seed", self.seed.is_some()),
            ("references", !self.references.is_empty()),
            ("mask", self.mask.is_some()),
        ]
    }
}

impl Response {
    /// These pictures. Unless set, an `image` was used for each of them.
    pub fn new(images: impl IntoIterator<Item = Image>) -> Self {
        let images: Vec<Image> = images.into_iter().collect();
        let usage = Usage::images(u32::try_from(images.len()).unwrap_or(u32::MAX));
        Self { images, usage, warnings: Vec::new() }
    }

    /// One PNG file of this size in pixels.
    ///
    /// # Errors
    /// `internal` when the host cannot keep the bytes.
    pub fn png(file: Vec<u8>, width: u32, height: u32) -> Result<Self> {
        Ok(Self::new([Image::png(file, width, height)?]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_decides_the_seed_when_there_is_none() {
        let mut request = Request::new("a fox");
        assert_eq!(request.seed_or_prompt(), Request::new("a fox").seed_or_prompt());
        assert_ne!(request.seed_or_prompt(), Request::new("a dog").seed_or_prompt());
        request.seed = Some(5);
        assert_eq!(request.seed_or_prompt(), 5);
    }
}
