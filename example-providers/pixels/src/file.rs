//! Formats of files, and how a picture gets into one.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, RgbaImage};
use palisade_guest::{Failure, Image, Result, Usage, Warnings};

use crate::resample::is_opaque;

/// A format that can be written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Format {
    /// Lossless, with transparency.
    Png,
    /// Lossy, without transparency.
    Jpeg,
    /// Lossless here, with transparency.
    WebP,
}

impl Format {
    const ALL: [Self; 3] = [Self::Png, Self::Jpeg, Self::WebP];

    /// The format that a person calls so.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "png" => Some(Self::Png),
            "jpeg" | "jpg" => Some(Self::Jpeg),
            "webp" => Some(Self::WebP),
            _ => None,
        }
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
        }
    }

    /// The one that the caller asks for in `output-format`, or else this one.
    ///
    /// # Errors
    /// `unsupported` when the caller is strict and asks for one that cannot be written.
    pub(crate) fn asked_or(self, asked: Option<&str>, warnings: &mut Warnings) -> Result<Self> {
        let Some(asked) = asked else { return Ok(self) };
        if let Some(format) = Self::ALL.into_iter().find(|format| format.media_type().eq_ignore_ascii_case(asked)) {
            return Ok(format);
        }
        warnings.replaced("output-format", self.media_type())?;
        Ok(self)
    }

    /// Encodes the picture; `quality` is that of JPEG, 1 to 100.
    ///
    /// # Errors
    /// `internal` when the host cannot keep the bytes.
    pub(crate) fn write(self, picture: RgbaImage, quality: u8, warnings: &mut Warnings) -> Result<Image> {
        let (width, height) = picture.dimensions();
        let opaque = is_opaque(&picture);
        if !opaque && self == Self::Jpeg {
            warnings.note("JPEG has no transparency: what shines through is white");
        }
        let picture = match self {
            Self::Jpeg => DynamicImage::ImageRgb8(on_white(&picture)),
            Self::Png | Self::WebP if opaque => DynamicImage::ImageRgba8(picture).into_rgb8().into(),
            Self::Png | Self::WebP => picture.into(),
        };
        let mut file = Vec::new();
        match self {
            // Trying all filters, as is the default, takes longer than all the rest.
            Self::Png => picture.write_with_encoder(PngEncoder::new_with_quality(
                &mut file,
                CompressionType::Fast,
                FilterType::Up,
            )),
            Self::Jpeg => picture.write_with_encoder(JpegEncoder::new_with_quality(&mut file, quality)),
            Self::WebP => picture.write_with_encoder(WebPEncoder::new_lossless(&mut file)),
        }
        .map_err(Failure::internal)?;
        Image::new(self.media_type(), file, width, height)
    }
}

impl From<ImageFormat> for Format {
    fn from(format: ImageFormat) -> Self {
        let media_type = format.to_mime_type();
        Self::ALL.into_iter().find(|own| own.media_type() == media_type).unwrap_or(Self::Png)
    }
}

/// What a picture of this size is counted as.
pub(crate) fn usage(width: u32, height: u32) -> Usage {
    Usage::images(1).and("megapixel", f64::from(width) * f64::from(height) / 1e6)
}

fn on_white(picture: &RgbaImage) -> RgbImage {
    let mut opaque = RgbImage::new(picture.width(), picture.height());
    for (to, from) in opaque.pixels_mut().zip(picture.pixels()) {
        let [red, green, blue, alpha] = from.0;
        *to = Rgb([red, green, blue].map(|sample| blend(u8::MAX, sample, alpha)));
    }
    opaque
}

/// Between `from` and `to`, as far as `share` of 255 says.
pub(crate) fn blend(from: u8, to: u8, share: u8) -> u8 {
    let [from, to, share] = [from, to, share].map(u32::from);
    let sum = from * (255 - share) + to * share;
    // The mean of two samples is one.
    u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use image::Rgba;
    use palisade_guest::{CallOptions, FailureKind, Warning};

    use super::*;

    fn picture(alpha: u8) -> RgbaImage {
        RgbaImage::from_fn(20, 10, |x, y| Rgba([x as u8 * 10, y as u8 * 10, 7, alpha]))
    }

    fn write(format: Format, alpha: u8, quality: u8) -> (Vec<u8>, Vec<Warning>) {
        let mut warnings = CallOptions::new("pixels").warnings();
        let image = format.write(picture(alpha), quality, &mut warnings).unwrap();
        assert_eq!((image.width, image.height), (Some(20), Some(10)));
        (image.content.read_all().unwrap(), warnings.into_vec())
    }

    #[test]
    fn what_is_written_can_be_read() {
        for (format, is) in
            [(Format::Png, ImageFormat::Png), (Format::Jpeg, ImageFormat::Jpeg), (Format::WebP, ImageFormat::WebP)]
        {
            for alpha in [255, 100] {
                let (file, warnings) = write(format, alpha, 90);
                assert_eq!(image::guess_format(&file).unwrap(), is);
                let read = image::load_from_memory(&file).unwrap();
                if format == Format::Jpeg {
                    assert_eq!((read.width(), read.height()), (20, 10));
                    assert_eq!(warnings.len(), usize::from(alpha < 255), "transparency is lost");
                } else {
                    assert_eq!(read.color().has_alpha(), alpha < 255, "no larger than need be");
                    assert_eq!(read.into_rgba8(), picture(alpha));
                    assert_eq!(warnings, []);
                }
            }
        }
    }

    #[test]
    fn what_shines_through_is_white() {
        let (file, _) = write(Format::Jpeg, 0, 100);
        assert!(image::load_from_memory(&file).unwrap().into_rgb8().pixels().all(|pixel| pixel.0 == [255; 3]));
    }

    #[test]
    fn quality_makes_a_jpeg_larger() {
        assert!(write(Format::Jpeg, 255, 95).0.len() > write(Format::Jpeg, 255, 20).0.len());
    }

    #[test]
    fn a_format_that_cannot_be_written_is_replaced() {
        let mut options = CallOptions::new("pixels");
        let mut warnings = options.warnings();
        assert_eq!(Format::Png.asked_or(None, &mut warnings).unwrap(), Format::Png);
        assert_eq!(Format::Png.asked_or(Some("IMAGE/webp"), &mut warnings).unwrap(), Format::WebP);
        assert_eq!(Format::WebP.asked_or(Some("image/avif"), &mut warnings).unwrap(), Format::WebP);
        let adjusted = Warning::AdjustedParameter(("output-format".into(), "image/webp".into()));
        assert_eq!(warnings.into_vec(), [adjusted]);
        options.strict = true;
        let failure = Format::Png.asked_or(Some("image/avif"), &mut options.warnings()).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unsupported(vec!["output-format".into()]));
    }

    #[test]
    fn blending_reaches_both_ends() {
        assert_eq!((blend(10, 250, 0), blend(10, 250, 255), blend(0, 200, 128)), (10, 250, 100));
    }
}
