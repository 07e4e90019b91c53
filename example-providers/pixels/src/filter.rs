//! What changes the pixels and not the size.

use fast_image_resize::MulDiv;
use image::{RgbaImage, imageops};
use palisade_guest::{Failure, Result};

use crate::resample::{borrow, is_opaque};

/// Standard deviation in pixels of the blur whose difference to the picture sharpens it.
const SHARPENING: f32 = 1.0;

/// Blurs, by this standard deviation in pixels.
///
/// # Errors
/// `internal`, of which no case is known.
pub(crate) fn blur(mut picture: RgbaImage, deviation: f32) -> Result<RgbaImage> {
    if is_opaque(&picture) {
        return Ok(imageops::fast_blur(&picture, deviation));
    }
    // Without this, the color of what cannot be seen would run into what can.
    let multiplication = MulDiv::new();
    multiplication.multiply_alpha_inplace(&mut borrow(&mut picture)?).map_err(Failure::internal)?;
    let mut blurred = imageops::fast_blur(&picture, deviation);
    multiplication.divide_alpha_inplace(&mut borrow(&mut blurred)?).map_err(Failure::internal)?;
    Ok(blurred)
}

/// Sharpens: adds the difference between the picture and its blur.
///
/// # Errors
/// As [`blur`].
pub(crate) fn sharpen(mut picture: RgbaImage) -> Result<RgbaImage> {
    let blurred = blur(picture.clone(), SHARPENING)?;
    for (pixel, blurred) in picture.pixels_mut().zip(blurred.pixels()) {
        for (sample, blurred) in pixel.0.iter_mut().zip(blurred.0).take(3) {
            *sample = rounded(2.0 * f32::from(*sample) - f32::from(blurred));
        }
    }
    Ok(picture)
}

/// Takes the colors away.
pub(crate) fn grayscale(picture: &mut RgbaImage) {
    for pixel in picture.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        // As Rec. 709 weighs them.
        let gray = rounded(0.2126 * f32::from(red) + 0.7152 * f32::from(green) + 0.0722 * f32::from(blue));
        pixel.0 = [gray, gray, gray, alpha];
    }
}

/// Changes each sample of red, green and blue in the same way.
pub(crate) fn map(picture: &mut RgbaImage, change: impl Fn(f32) -> f32) {
    let table: Vec<u8> = (0..=u8::MAX).map(|sample| rounded(change(sample.into()))).collect();
    for pixel in picture.pixels_mut() {
        for sample in pixel.0.iter_mut().take(3) {
            *sample = table.get(usize::from(*sample)).copied().unwrap_or(*sample);
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn rounded(sample: f32) -> u8 {
    sample.round() as u8
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    /// Black on the left, white on the right.
    fn edge() -> RgbaImage {
        RgbaImage::from_fn(32, 8, |x, _| Rgba(if x < 16 { [0, 0, 0, 255] } else { [200, 200, 200, 255] }))
    }

    #[test]
    fn a_blur_softens_an_edge_the_more_the_larger_it_is() {
        let dark = |deviation| blur(edge(), deviation).unwrap().get_pixel(17, 4).0[0];
        assert!(dark(1.0) < 200 && dark(3.0) < dark(1.0), "{} {}", dark(1.0), dark(3.0));
        assert_eq!(blur(edge(), 100.0).unwrap().dimensions(), (32, 8), "more than the picture has");
        assert_eq!(blur(RgbaImage::new(1, 1), 100.0).unwrap().dimensions(), (1, 1));
    }

    #[test]
    fn what_cannot_be_seen_does_not_color_a_blur() {
        let clear_red = RgbaImage::from_fn(16, 4, |x, _| Rgba(if x < 8 { [255, 0, 0, 0] } else { [0, 0, 255, 255] }));
        let blurred = blur(clear_red, 2.0).unwrap();
        assert!(blurred.pixels().all(|pixel| pixel.0[0] == 0), "no red is seen");
        assert!(blurred.get_pixel(7, 2).0[3] > 0);
    }

    #[test]
    fn sharpening_makes_an_edge_steeper() {
        let sharp = sharpen(edge()).unwrap();
        assert!(sharp.get_pixel(16, 4).0[0] > 200);
        assert_eq!(sharp.get_pixel(0, 4), edge().get_pixel(0, 4), "what is flat stays");
        assert_eq!(sharp.get_pixel(31, 4), edge().get_pixel(31, 4));
    }
}
