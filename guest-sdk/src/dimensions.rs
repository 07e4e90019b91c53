//! Sizes of pictures, where only some can be made.

use crate::Dimensions;

/// Shapes that differ by less than this are the same: the logarithm of what one is to the other.
const SAME_SHAPE: f64 = 0.01;

/// The pixels of a picture of which only the shape is known, and what its sides are a multiple of.
const PIXELS: f64 = 1_048_576.0;
const STEP: f64 = 64.0;

impl Dimensions {
    /// Width and height for a model that makes any: what was asked for in pixels as it is, and a shape of about a megapixel,
    /// with sides that are multiples of 64. None where the size is left to the provider.
    #[must_use]
    pub fn in_pixels(self) -> Option<(u32, u32)> {
        let ((width, height), is_exact) = self.sides()?;
        if is_exact {
            return Some((width, height));
        }
        let shape = f64::from(width) / f64::from(height);
        let side = |ratio: f64| ((PIXELS * ratio).sqrt() / STEP).round().max(1.0) * STEP;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast from a float saturates")]
        let sides = (side(shape) as u32, side(1.0 / shape) as u32);
        Some(sides)
    }

    /// The nearest of those that can be made, as width and height: nearest in shape, and of these nearest in size. None
    /// where the size is left to the provider, or nothing can be made.
    #[must_use]
    pub fn nearest(self, made: &[(u32, u32)]) -> Option<(u32, u32)> {
        let (wanted, is_exact) = self.sides()?;
        let pixels = |(width, height): (u32, u32)| f64::from(width) * f64::from(height);
        let distance = |&sides: &(u32, u32)| {
            let size = if is_exact { (pixels(sides) / pixels(wanted)).ln().abs() } else { 0.0 };
            shape_distance(sides, wanted).mul_add(1000.0, size)
        };
        made.iter().copied().min_by(|one, other| distance(one).total_cmp(&distance(other)))
    }

    /// Whether these pixels are what is wanted.
    #[must_use]
    pub fn fits(self, sides: (u32, u32)) -> bool {
        match self.sides() {
            None => true,
            Some((wanted, true)) => wanted == sides,
            Some((wanted, false)) => shape_distance(wanted, sides) < SAME_SHAPE,
        }
    }

    /// Width and height, and whether they are pixels.
    fn sides(self) -> Option<((u32, u32), bool)> {
        match self {
            Self::Auto => None,
            Self::Pixels(sides) => Some((sides, true)),
            Self::Aspect(sides) => Some((sides, false)),
        }
    }
}

fn shape_distance(one: (u32, u32), other: (u32, u32)) -> f64 {
    let shape = |(width, height): (u32, u32)| f64::from(width) / f64::from(height);
    (shape(one) / shape(other)).ln().abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LARGE: &[(u32, u32)] = &[(1024, 1024), (1536, 1024), (1024, 1536)];
    const SQUARE: &[(u32, u32)] = &[(256, 256), (512, 512), (1024, 1024)];

    #[track_caller]
    fn check(made: &[(u32, u32)], wanted: Dimensions, expected: Option<(u32, u32)>, fits: bool) {
        assert_eq!(wanted.nearest(made), expected);
        assert_eq!(expected.is_none_or(|sides| wanted.fits(sides)), fits);
    }

    #[test]
    fn a_shape_has_a_megapixel() {
        for (wanted, expected) in [
            (Dimensions::Auto, None),
            (Dimensions::Pixels((600, 401)), Some((600, 401))),
            (Dimensions::Aspect((1, 1)), Some((1024, 1024))),
            (Dimensions::Aspect((16, 9)), Some((1344, 768))),
            (Dimensions::Aspect((1, 999_999)), Some((64, 1_024_000))),
        ] {
            assert_eq!(wanted.in_pixels(), expected);
        }
    }

    #[test]
    fn shape_goes_before_size() {
        check(LARGE, Dimensions::Auto, None, true);
        check(&[], Dimensions::Pixels((1, 1)), None, true);
        check(LARGE, Dimensions::Pixels((1536, 1024)), Some((1536, 1024)), true);
        check(LARGE, Dimensions::Pixels((600, 400)), Some((1536, 1024)), false);
        check(LARGE, Dimensions::Aspect((2, 3)), Some((1024, 1536)), true);
        check(LARGE, Dimensions::Aspect((16, 9)), Some((1536, 1024)), false);
        check(SQUARE, Dimensions::Pixels((500, 500)), Some((512, 512)), false);
        check(SQUARE, Dimensions::Pixels((9, 8)), Some((256, 256)), false);
    }
}
