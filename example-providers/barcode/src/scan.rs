//! Looks at a picture in several ways, until there is something to be seen.

use image::{DynamicImage, GrayImage, imageops};
use palisade_guest::image_to_text::Finding;

use crate::found::{Found, findings};
use crate::{linear, matrix};

/// A picture with a shorter side is not made smaller still: the smallest QR code has 21 modules.
const SMALLEST_SIDE: u32 = 120;

/// All codes in the picture, in reading order.
pub(crate) fn scan(picture: DynamicImage) -> Vec<Finding> {
    let mut gray = flatten(picture);
    let (width, height) = gray.dimensions();
    let mut found = codes(&gray);
    if found.is_empty() && width.min(height) >= 2 * SMALLEST_SIDE {
        // The mean of four pixels has half the noise.
        let half = imageops::thumbnail(&gray, width / 2, height / 2);
        found = codes(&half);
        for code in &mut found {
            code.area = code.area.times(2.0);
        }
    }
    if found.is_empty() {
        // Light on dark.
        imageops::invert(&mut gray);
        found = codes(&gray);
    }
    findings(found, width, height)
}

fn codes(picture: &GrayImage) -> Vec<Found> {
    let mut found = matrix::read(picture);
    found.extend(linear::read(picture));
    found
}

/// Shades of gray, on white: codes are often drawn on nothing.
fn flatten(picture: DynamicImage) -> GrayImage {
    if !picture.color().has_alpha() {
        return picture.into_luma8();
    }
    let picture = picture.into_luma_alpha8();
    let mut gray = GrayImage::new(picture.width(), picture.height());
    for (to, from) in gray.iter_mut().zip(picture.pixels()) {
        let [luma, alpha] = from.0.map(u32::from);
        *to = u8::try_from((luma * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
    }
    gray
}
