//! What can be done to a picture.

use image::{RgbaImage, imageops};
use palisade_guest::{Failure, Result};

use crate::{BOUNDS, filter, resample};

/// How far a picture is turned, clockwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Turn {
    /// 90 degrees.
    Right,
    /// 180 degrees.
    Half,
    /// 270 degrees.
    Left,
}

/// One change; see [`language`](crate::language) for what each means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operation {
    Resize(u32, u32),
    /// By so many percent.
    Scale(f32),
    Fit(u32, u32),
    Crop {
        size: (u32, u32),
        /// From the left and the top; the middle when there is none.
        place: Option<(u32, u32)>,
    },
    CropShape(u32, u32),
    Rotate(Turn),
    Flip,
    Mirror,
    Blur(f32),
    Sharpen,
    Grayscale,
    Invert,
    Brighten(f32),
    Contrast(f32),
}

impl Operation {
    /// Changes the picture.
    ///
    /// # Errors
    /// On the field `prompt`: `limit-exceeded` when the result would be too large, `invalid-input` for what is cut out
    /// where no picture is.
    pub(crate) fn apply(self, mut picture: RgbaImage) -> Result<RgbaImage> {
        let (width, height) = picture.dimensions();
        match self {
            Self::Resize(to_width, to_height) => return resize(&picture, to_width, to_height),
            Self::Scale(percent) => {
                let side = |pixels: u32| scaled(pixels, f64::from(percent) / 100.0);
                return resize(&picture, side(width), side(height));
            }
            Self::Fit(max_width, max_height) => {
                let factor = (f64::from(max_width) / f64::from(width)).min(f64::from(max_height) / f64::from(height));
                // Rounding may not make it larger than it must fit into.
                let to = (scaled(width, factor).min(max_width), scaled(height, factor).min(max_height));
                return resize(&picture, to.0, to.1);
            }
            Self::Crop { size, place } => {
                let middle = (width.saturating_sub(size.0) / 2, height.saturating_sub(size.1) / 2);
                return crop(&picture, size, place.unwrap_or(middle));
            }
            Self::CropShape(across, down) => return crop_shape(&picture, across, down),
            Self::Rotate(Turn::Right) => return Ok(imageops::rotate90(&picture)),
            Self::Rotate(Turn::Left) => return Ok(imageops::rotate270(&picture)),
            Self::Rotate(Turn::Half) => imageops::rotate180_in_place(&mut picture),
            Self::Flip => imageops::flip_vertical_in_place(&mut picture),
            Self::Mirror => imageops::flip_horizontal_in_place(&mut picture),
            Self::Blur(deviation) => return filter::blur(picture, deviation),
            Self::Sharpen => return filter::sharpen(picture),
            Self::Grayscale => filter::grayscale(&mut picture),
            Self::Invert => filter::map(&mut picture, |sample| 255.0 - sample),
            Self::Brighten(percent) => filter::map(&mut picture, |sample| sample + percent * 2.55),
            Self::Contrast(percent) => {
                // Squared, so that the same number up and down feels alike.
                let factor = (1.0 + percent / 100.0).powi(2);
                filter::map(&mut picture, |sample| (sample - 127.5) * factor + 127.5);
            }
        }
        Ok(picture)
    }
}

/// The largest part of this shape, from the middle.
///
/// # Errors
/// `internal` when it would not be in the picture, which it is.
pub(crate) fn crop_shape(picture: &RgbaImage, across: u32, down: u32) -> Result<RgbaImage> {
    let (width, height) = picture.dimensions();
    let shape = f64::from(across) / f64::from(down);
    let to_width = scaled(height, shape).min(width);
    let to_height = if to_width == width { scaled(width, 1.0 / shape).min(height) } else { height };
    crop(picture, (to_width, to_height), ((width - to_width) / 2, (height - to_height) / 2))
}

fn resize(picture: &RgbaImage, width: u32, height: u32) -> Result<RgbaImage> {
    BOUNDS.check("prompt", width, height)?;
    resample::resize(picture, width, height)
}

fn crop(picture: &RgbaImage, (width, height): (u32, u32), (left, top): (u32, u32)) -> Result<RgbaImage> {
    let (has_width, has_height) = picture.dimensions();
    if left.saturating_add(width) > has_width || top.saturating_add(height) > has_height {
        let wanted = format!("`crop {width}x{height}+{left}+{top}`");
        let reason = format!("{wanted} reaches beyond the picture, which is {has_width}x{has_height} there");
        return Err(Failure::invalid_input("prompt", reason));
    }
    Ok(imageops::crop_imm(picture, left, top, width, height).to_image())
}

/// So many times the pixels, at least one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and the result is bounded")]
pub(crate) fn scaled(pixels: u32, factor: f64) -> u32 {
    ((f64::from(pixels) * factor).round() as u32).max(1)
}

#[cfg(test)]
mod tests {
    use image::Rgba;
    use palisade_guest::FailureKind;

    use super::*;

    /// Four by two pixels: red counts the columns, green the rows.
    fn picture() -> RgbaImage {
        RgbaImage::from_fn(4, 2, |x, y| Rgba([x as u8 * 10, y as u8 * 10, 100, 200]))
    }

    fn size(operation: Operation) -> (u32, u32) {
        operation.apply(picture()).unwrap().dimensions()
    }

    fn first(operation: Operation) -> [u8; 4] {
        operation.apply(picture()).unwrap().get_pixel(0, 0).0
    }

    #[test]
    fn sizes_are_as_asked_for() {
        assert_eq!(size(Operation::Resize(30, 7)), (30, 7));
        assert_eq!(size(Operation::Scale(150.0)), (6, 3));
        assert_eq!(size(Operation::Scale(1.0)), (1, 1), "at least one pixel is left");
        assert_eq!(size(Operation::Fit(100, 20)), (40, 20));
        assert_eq!(size(Operation::Fit(3, 100)), (3, 2));
        assert_eq!(size(Operation::Crop { size: (2, 1), place: Some((2, 1)) }), (2, 1));
        assert_eq!(size(Operation::CropShape(1, 1)), (2, 2));
        assert_eq!(size(Operation::CropShape(4, 1)), (4, 1));
        assert_eq!(size(Operation::CropShape(u32::MAX, 1)), (4, 1));
        assert_eq!(size(Operation::CropShape(1, u32::MAX)), (1, 2));
        assert_eq!(size(Operation::Rotate(Turn::Right)), (2, 4));
        assert_eq!(size(Operation::Rotate(Turn::Left)), (2, 4));
        assert_eq!(size(Operation::Rotate(Turn::Half)), (4, 2));
    }

    #[test]
    fn pixels_go_where_they_should() {
        assert_eq!(first(Operation::Crop { size: (2, 1), place: Some((2, 1)) }), [20, 10, 100, 200]);
        assert_eq!(first(Operation::Crop { size: (2, 2), place: None }), [10, 0, 100, 200]);
        assert_eq!(first(Operation::Rotate(Turn::Right)), [0, 10, 100, 200]);
        assert_eq!(first(Operation::Rotate(Turn::Left)), [30, 0, 100, 200]);
        assert_eq!(first(Operation::Rotate(Turn::Half)), [30, 10, 100, 200]);
        assert_eq!(first(Operation::Flip), [0, 10, 100, 200]);
        assert_eq!(first(Operation::Mirror), [30, 0, 100, 200]);
    }

    #[test]
    fn colors_change_and_transparency_stays() {
        assert_eq!(first(Operation::Invert), [255, 255, 155, 200]);
        assert_eq!(first(Operation::Brighten(20.0)), [51, 51, 151, 200]);
        assert_eq!(first(Operation::Brighten(-100.0)), [0, 0, 0, 200]);
        assert_eq!(first(Operation::Contrast(0.0)), [0, 0, 100, 200]);
        assert_eq!(first(Operation::Contrast(-100.0)), [128, 128, 128, 200]);
        let [red, green, blue, alpha] = first(Operation::Contrast(50.0));
        assert!(red == 0 && green == 0 && blue < 100 && alpha == 200);
        let [red, green, blue, alpha] = first(Operation::Grayscale);
        assert!(red == green && green == blue && alpha == 200);
    }

    #[test]
    fn a_result_that_is_too_large_is_refused() {
        for operation in [
            Operation::Resize(8193, 1),
            Operation::Resize(8000, 8000),
            Operation::Resize(u32::MAX, u32::MAX),
            Operation::Scale(1_000_000.0),
            Operation::Fit(u32::MAX, u32::MAX),
        ] {
            let failure = operation.apply(picture()).unwrap_err();
            let FailureKind::LimitExceeded(bad) = failure.kind else { panic!("{failure:?}") };
            assert_eq!(bad.field, "prompt");
        }
    }

    #[test]
    fn a_cut_beyond_the_picture_is_refused() {
        for (size, place) in [((5, 1), None), ((1, 1), Some((4, 0))), ((2, 2), Some((u32::MAX, 1)))] {
            let failure = Operation::Crop { size, place }.apply(picture()).unwrap_err();
            let FailureKind::InvalidInput(bad) = failure.kind else { panic!("{failure:?}") };
            assert!(bad.reason.contains("beyond the picture, which is 4x2"), "{}", bad.reason);
        }
    }
}
