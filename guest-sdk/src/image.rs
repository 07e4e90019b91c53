//! Pictures that were made.

use crate::{Image, Media, Result};

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

#[cfg(all(test, feature = "png"))]
mod tests {
    use super::*;

    #[test]
    fn samples_must_match_the_size() {
        assert!(Image::encode(&[0; 12], 2, 2).is_ok());
        assert_eq!(Image::encode(&[0; 7], 2, 2).unwrap_err().message, "7 samples don't make 2x2 pixels");
    }
}
