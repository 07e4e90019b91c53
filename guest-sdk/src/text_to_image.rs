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

#[doc(hidden)]
pub mod bindings;
mod canvas;

pub use bindings::exports::palisade::provider::text_to_image::{Image, Request, Response};
pub use canvas::{Canvas, Order};

use crate::adapter::{Adapter, enter};
use crate::{CallOptions, Dimensions, Exported, Media, Result, Usage, Warning};

/// Name of the interface.
pub const NAME: &str = "text-to-image";

/// Implemented by a provider of this capability.
pub trait TextToImage {
    /// Makes the pictures.
    ///
    /// # Errors
    /// When no picture can be made; see [`Failure`](crate::Failure) for the kinds.
    fn generate(request: Request, options: &CallOptions) -> Result<Response>;
}

impl<P: Exported + TextToImage> bindings::exports::palisade::provider::text_to_image::Guest for Adapter<P> {
    fn generate(request: Request, options: CallOptions) -> Result<Response> {
        enter();
        P::generate(request, &options)
    }
}

#[doc(hidden)]
pub const fn is_implemented<P: TextToImage>() {}

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

impl Image {
    /// An encoded file of this media type and size in pixels.
    ///
    /// # Errors
    /// `internal` when the host cannot keep the bytes.
    pub fn new(media_type: &str, file: Vec<u8>, width: u32, height: u32) -> Result<Self> {
        let content = Media::new(media_type, file)?;
        Ok(Self { content, width: Some(width), height: Some(height), seed: None, revised_prompt: None })
    }

    /// A PNG file of this size in pixels.
    ///
    /// # Errors
    /// `internal` when the host cannot keep the bytes.
    pub fn png(file: Vec<u8>, width: u32, height: u32) -> Result<Self> {
        Self::new("image/png", file, width, height)
    }

    /// Encodes 8-bit samples as PNG, row by row: one a pixel is grey, three are red, green and blue, four have alpha last.
    ///
    /// # Errors
    /// `internal` when there are not as many samples as pixels want, or the host cannot keep the bytes.
    #[cfg(feature = "png")]
    pub fn encode(samples: &[u8], width: u32, height: u32) -> Result<Self> {
        Self::png(crate::png::encode(samples, width, height)?, width, height)
    }

    /// Encodes 8-bit samples of red, green, blue and alpha as PNG without transparency: alpha is dropped, in place, since a
    /// large picture fills much of a guest's memory.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    #[cfg(feature = "png")]
    pub fn encode_opaque(mut samples: Vec<u8>, width: u32, height: u32) -> Result<Self> {
        let pixels = samples.len() / 4;
        for pixel in 1..pixels {
            samples.copy_within(pixel * 4..pixel * 4 + 3, pixel * 3);
        }
        samples.truncate(pixels * 3);
        Self::encode(&samples, width, height)
    }

    /// Says which seed makes this picture again.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}

impl Response {
    /// These pictures, which are also what was used.
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

    /// Sets what was used, where it is not one `image` for each picture.
    #[must_use]
    pub fn usage(mut self, usage: Usage) -> Self {
        self.usage = usage;
        self
    }

    /// Adds warnings.
    #[must_use]
    pub fn warnings(mut self, warnings: impl IntoIterator<Item = Warning>) -> Self {
        self.warnings.extend(warnings);
        self
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

    #[cfg(feature = "png")]
    #[test]
    fn samples_must_match_the_size() {
        assert!(Image::encode(&[0; 12], 2, 2).is_ok());
        assert_eq!(Image::encode(&[0; 7], 2, 2).unwrap_err().message, "7 samples don't make 2x2 pixels");
    }
}
