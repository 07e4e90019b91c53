//! Pictures that a caller sent, decoded without trusting them. With the feature `picture`.
//!
//! ```
//! use palisade_guest::picture::Bounds;
//! use palisade_guest::{CallOptions, Media, Result};
//!
//! const BOUNDS: Bounds = Bounds::new(8192, 32_000_000);
//!
//! fn width_of(media: &Media, options: &CallOptions) -> Result<u32> {
//!     Ok(BOUNDS.decode(media, "image", &mut options.warnings())?.pixels.width())
//! }
//! ```

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits};

use crate::{Failure, Media, Result, Warnings};

/// Bytes of a pixel on average: red, green, blue and alpha. Deeper samples make the number of pixels smaller.
const BYTES_A_PIXEL: u64 = 4;

/// Media types that can be read, for a model's `input`.
pub const MEDIA_TYPES: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];

/// A picture that was decoded.
#[derive(Clone, Debug)]
pub struct Picture {
    /// What it shows, upright: the orientation that a camera noted has been applied.
    pub pixels: DynamicImage,
    /// What it was encoded as, whatever its media type said.
    pub format: ImageFormat,
}

/// The largest picture that is decoded. A file of a few bytes can say that it holds terabytes, so its header is checked
/// before anything is allocated.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    max_side: u32,
    max_pixels: u64,
}

impl Bounds {
    /// At most so many pixels a side, and so many altogether.
    #[must_use]
    pub const fn new(max_side: u32, max_pixels: u64) -> Self {
        Self { max_side, max_pixels }
    }

    /// Checks a size in pixels for this field of the request.
    ///
    /// # Errors
    /// `limit-exceeded` when it is too large.
    pub fn check(&self, field: &str, width: u32, height: u32) -> Result<()> {
        if width.max(height) <= self.max_side && u64::from(width) * u64::from(height) <= self.max_pixels {
            return Ok(());
        }
        let Self { max_side, max_pixels } = self;
        let reason =
            format!("{width}x{height} pixels; at most {max_side} a side and {max_pixels} altogether are taken");
        Err(Failure::limit_exceeded(field, reason))
    }

    /// Decodes a PNG, JPEG or WebP picture, which is what its bytes say: a media type that says otherwise is noted. Of an
    /// animation, it is the first frame.
    ///
    /// # Errors
    /// With this field of the request: `invalid-input` when it is no picture or a broken one, and `limit-exceeded` when it
    /// is too large. `unsupported` when it is of another format.
    pub fn decode(&self, media: &Media, field: &str, warnings: &mut Warnings) -> Result<Picture> {
        let file = media.read_all()?;
        let format = recognize(&file, field)?;
        note_lie(&media.media_type(), format, field, warnings);
        let broken = |error: ImageError| match error {
            ImageError::Limits(_) => Failure::limit_exceeded(field, "says that it has more pixels than are taken"),
            other => Failure::invalid_input(field, format!("not a sound {} file: {other}", format.to_mime_type())),
        };
        let max_bytes = self.max_pixels.saturating_mul(BYTES_A_PIXEL);
        let mut limits = Limits::no_limits();
        limits.max_alloc = Some(max_bytes);
        let mut reader = ImageReader::with_format(Cursor::new(&file), format);
        reader.limits(limits.clone());
        let mut decoder = reader.into_decoder().map_err(broken)?;

        let (width, height) = decoder.dimensions();
        if width == 0 || height == 0 {
            return Err(Failure::invalid_input(field, "has no pixels"));
        }
        self.check(field, width, height)?;
        if decoder.total_bytes() > max_bytes {
            return Err(Failure::limit_exceeded(field, "too many pixels for so many bits a sample"));
        }
        limits.max_image_width = Some(self.max_side);
        limits.max_image_height = Some(self.max_side);
        decoder.set_limits(limits).map_err(broken)?;
        // A broken note on the orientation does not make the picture unreadable.
        let orientation = decoder.orientation().ok();
        let mut pixels = DynamicImage::from_decoder(decoder).map_err(broken)?;
        if let Some(orientation) = orientation {
            pixels.apply_orientation(orientation);
        }
        Ok(Picture { pixels, format })
    }
}

/// Width and height that a file says in its header that it has; none where it is no picture that can be read.
#[must_use]
pub fn size(file: &[u8]) -> Option<(u32, u32)> {
    ImageReader::new(Cursor::new(file)).with_guessed_format().ok()?.into_dimensions().ok()
}

fn recognize(file: &[u8], field: &str) -> Result<ImageFormat> {
    match image::guess_format(file) {
        Ok(format) if MEDIA_TYPES.contains(&format.to_mime_type()) => Ok(format),
        Ok(other) => Err(Failure::unsupported([other.to_mime_type()])),
        Err(_) if file.is_empty() => Err(Failure::invalid_input(field, "is empty")),
        Err(_) => Err(Failure::invalid_input(field, "is not a picture: neither PNG, JPEG nor WebP")),
    }
}

fn note_lie(said: &str, format: ImageFormat, field: &str, warnings: &mut Warnings) {
    let is = format.to_mime_type();
    let same = said.eq_ignore_ascii_case(is) || (is == "image/jpeg" && said.eq_ignore_ascii_case("image/jpg"));
    if !same {
        // What a caller sent is cut, as the sentence ends up in logs.
        let said: String = said.chars().take(40).collect();
        warnings.note(format!("{field} says {said:?}, but is {is}"));
    }
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;
    use crate::{CallOptions, FailureKind, Warning};

    const BOUNDS: Bounds = Bounds::new(64, 2000);

    fn decode(media_type: &str, file: &[u8]) -> (Result<Picture>, Vec<Warning>) {
        let mut warnings = CallOptions::new("m").warnings();
        let media = Media::new(media_type, file.to_vec()).unwrap();
        (BOUNDS.decode(&media, "image", &mut warnings), warnings.into_vec())
    }

    fn file(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 9])).write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    /// A PNG file whose header says that it is so large.
    fn bomb(width: u32, height: u32) -> Vec<u8> {
        let mut png = file(ImageFormat::Png, 1, 1);
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        let checksum = png[12..29].iter().fold(u32::MAX, |checksum, &byte| {
            (0..8).fold(checksum ^ u32::from(byte), |value, _| (value >> 1) ^ (0xEDB8_8320 * (value & 1)))
        });
        png[29..33].copy_from_slice(&(!checksum).to_be_bytes());
        png
    }

    #[test]
    fn a_size_is_what_the_header_says() {
        assert_eq!(size(&bomb(60_000, 50_000)), Some((60_000, 50_000)));
        assert_eq!(size(b"no picture"), None);
    }

    #[test]
    fn the_bytes_say_what_a_picture_is() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let file = file(format, 8, 5);
            let (picture, warnings) = decode(format.to_mime_type(), &file);
            let picture = picture.unwrap();
            assert_eq!((picture.pixels.width(), picture.pixels.height(), picture.format), (8, 5, format));
            assert_eq!(warnings, []);
            assert_eq!(size(&file), Some((8, 5)));
            let (picture, warnings) = decode("image/gif", &file);
            assert_eq!(picture.unwrap().format, format);
            let note = format!("image says \"image/gif\", but is {}", format.to_mime_type());
            assert_eq!(warnings, [Warning::Note(note)]);
        }
    }

    #[test]
    fn a_header_that_says_too_much_is_refused_before_decoding() {
        for (width, height) in [(100_000, 100_000), (65, 1), (64, 32), (u32::MAX >> 1, 1)] {
            let failure = decode("image/png", &bomb(width, height)).0.unwrap_err();
            let FailureKind::LimitExceeded(bad) = failure.kind else { panic!("{failure:?}") };
            assert_eq!(bad.field, "image");
            assert!(bad.reason.contains("pixels"), "{}", bad.reason);
        }
        assert!(decode("image/png", &bomb(65, 1)).0.unwrap_err().message.starts_with("image: 65x1 pixels; at most 64"));
    }

    #[test]
    fn deep_samples_count_as_more_pixels() {
        let mut png = Cursor::new(Vec::new());
        DynamicImage::new_rgba16(40, 40).write_to(&mut png, ImageFormat::Png).unwrap();
        let failure = decode("image/png", png.get_ref()).0.unwrap_err();
        assert!(matches!(failure.kind, FailureKind::LimitExceeded(_)), "{failure:?}");
    }

    #[test]
    fn what_is_no_sound_picture_is_refused_with_a_reason() {
        let png = file(ImageFormat::Png, 20, 20);
        let webp = file(ImageFormat::WebP, 20, 20);
        for (broken, reason) in [
            (&b""[..], "image: is empty"),
            (b"hello", "image: is not a picture"),
            (&png[..60], "image: not a sound image/png file"),
            (&bomb(3, 3), "image: not a sound image/png file"),
            (&webp[..webp.len() / 2], "image: not a sound image/webp file"),
            (&file(ImageFormat::Jpeg, 20, 20)[..30], "image: not a sound image/jpeg file"),
        ] {
            let failure = decode("image/png", broken).0.unwrap_err();
            assert!(matches!(failure.kind, FailureKind::InvalidInput(_)), "{failure:?}");
            assert!(failure.message.starts_with(reason), "{}", failure.message);
        }
        let failure = decode("image/gif", b"GIF89a").0.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unsupported(vec!["image/gif".into()]));
    }

    #[test]
    fn the_orientation_of_a_camera_is_applied() {
        let jpeg = file(ImageFormat::Jpeg, 8, 5);
        // A segment that holds nothing but the orientation 6: turned to the right.
        let exif = b"\xFF\xE1\x00\x22Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let turned = [&jpeg[..2], exif, &jpeg[2..]].concat();
        let picture = decode("image/jpeg", &turned).0.unwrap();
        assert_eq!((picture.pixels.width(), picture.pixels.height()), (5, 8));
    }
}
