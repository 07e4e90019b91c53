//! Pictures, small in bytes and of the size that was asked for.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, ImageReader, Rgb, RgbImage};

use crate::site::File;

/// Paints two colours that come from the text, in one of the formats `png`, `jpeg` and `webp`. None in any other format.
pub(crate) fn paint(text: &str, width: u32, height: u32, format: &str) -> Option<File> {
    let (media_type, extension, format) = match format {
        "png" => ("image/png", "png", ImageFormat::Png),
        "jpeg" => ("image/jpeg", "jpg", ImageFormat::Jpeg),
        "webp" => ("image/webp", "webp", ImageFormat::WebP),
        _ => return None,
    };
    let [red, green, blue, _] = crc32fast::hash(text.as_bytes()).to_le_bytes();
    let picture = RgbImage::from_fn(width, height, |_, y| {
        if y < height / 2 { Rgb([red, green, blue]) } else { Rgb([blue, red, green]) }
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(picture).write_to(&mut bytes, format).ok()?;
    Some(File { media_type, extension, bytes: bytes.into_inner() })
}

/// Returns media type, width and height of a picture; none where it is none that these vendors read.
pub(crate) fn look_at(bytes: &[u8]) -> Option<(&'static str, u32, u32)> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let media_type = reader.format()?.to_mime_type();
    let (width, height) = reader.into_dimensions().ok()?;
    Some((media_type, width, height))
}
