//! Pictures of another size.

use fast_image_resize::images::Image;
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbaImage;
use palisade_guest::{Failure, Result};

/// The picture in this size, with the Lanczos filter of three lobes. The size must have been bounded.
///
/// # Errors
/// `internal`, of which no case is known.
pub(crate) fn resize(picture: &RgbaImage, width: u32, height: u32) -> Result<RgbaImage> {
    // The crate `image` would need four times the memory, and lets the color of what cannot be seen bleed.
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    let options = options.use_alpha(!is_opaque(picture));
    let source =
        fast_image_resize::images::ImageRef::new(picture.width(), picture.height(), picture.as_raw(), PixelType::U8x4)
            .map_err(Failure::internal)?;
    let mut resized = RgbaImage::new(width, height);
    Resizer::new().resize(&source, &mut borrow(&mut resized)?, &options).map_err(Failure::internal)?;
    Ok(resized)
}

/// Whether nothing shines through.
pub(crate) fn is_opaque(picture: &RgbaImage) -> bool {
    picture.pixels().all(|pixel| pixel.0.last() == Some(&u8::MAX))
}

/// The picture as the crate that resizes takes it, without a copy.
pub(crate) fn borrow(picture: &mut RgbaImage) -> Result<Image<'_>> {
    let (width, height) = picture.dimensions();
    Image::from_slice_u8(width, height, picture, PixelType::U8x4).map_err(Failure::internal)
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    #[test]
    fn a_plain_picture_stays_plain() {
        let plain = RgbaImage::from_pixel(7, 5, Rgba([10, 200, 30, 255]));
        for (width, height) in [(1, 1), (14, 10), (3, 50), (7, 5)] {
            let resized = resize(&plain, width, height).unwrap();
            assert_eq!(resized, RgbaImage::from_pixel(width, height, Rgba([10, 200, 30, 255])));
        }
    }

    #[test]
    fn what_cannot_be_seen_does_not_bleed() {
        let picture = RgbaImage::from_fn(8, 8, |x, _| Rgba(if x < 4 { [255, 0, 0, 0] } else { [0, 0, 255, 255] }));
        let resized = resize(&picture, 3, 3).unwrap();
        assert!(resized.pixels().all(|pixel| pixel.0[0] == 0 || pixel.0[3] == 0), "{resized:?}");
    }
}
