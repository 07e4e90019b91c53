//! Colours as red, green and blue from 0 to 1, in the space of the screen: blends of palettes look right there.

use std::ops::{Add, Mul};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Color(pub(crate) f32, pub(crate) f32, pub(crate) f32);

impl Color {
    pub(crate) const WHITE: Self = Self(1.0, 1.0, 1.0);

    /// From `0xRRGGBB`.
    pub(crate) const fn hex(hex: u32) -> Self {
        const fn channel(byte: u32) -> f32 {
            (byte & 0xff) as f32 / 255.0
        }
        Self(channel(hex >> 16), channel(hex >> 8), channel(hex))
    }

    /// This at 0, `other` at 1.
    pub(crate) fn mix(self, other: Self, share: f32) -> Self {
        self * (1.0 - share) + other * share
    }

    /// Lightens towards white as light does: `1 - (1-a)(1-b)`.
    pub(crate) fn screen(self, other: Self, share: f32) -> Self {
        let channel = |a: f32, b: f32| 1.0 - (1.0 - a) * (1.0 - b * share);
        Self(channel(self.0, other.0), channel(self.1, other.1), channel(self.2, other.2))
    }

    /// Bytes, after adding `dither` of a step.
    pub(crate) fn bytes(self, dither: f32) -> [u8; 3] {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
        let byte = |channel: f32| (channel * 255.0 + 0.5 + dither) as u8;
        [byte(self.0), byte(self.1), byte(self.2)]
    }
}

impl Add for Color {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1, self.2 + other.2)
    }
}

impl Mul<f32> for Color {
    type Output = Self;
    fn mul(self, factor: f32) -> Self {
        Self(self.0 * factor, self.1 * factor, self.2 * factor)
    }
}

/// 0 below `low`, 1 above `high`, smooth between.
pub(crate) fn smooth(low: f32, high: f32, value: f32) -> f32 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}
