//! Soft shapes that a seed decides.

use palisade_guest::Random;

/// Smooth noise in the plane, -1 to 1, with features about one unit wide.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise(u32);

impl Noise {
    pub(crate) fn new(random: &mut Random) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "any bits will do")]
        let seed = random.bits() as u32;
        Self(seed)
    }

    /// A value of 0 to 1 for each point of the grid.
    pub(crate) fn grid(self, x: i32, y: i32) -> f32 {
        let mut bits =
            self.0 ^ x.cast_unsigned().wrapping_mul(0x9e37_79b1) ^ y.cast_unsigned().wrapping_mul(0x85eb_ca77);
        bits = (bits ^ (bits >> 15)).wrapping_mul(0x2c1b_3c6d);
        bits = (bits ^ (bits >> 12)).wrapping_mul(0x297a_2d39);
        bits ^= bits >> 15;
        #[expect(clippy::cast_precision_loss, reason = "24 bits are exact")]
        let share = (bits >> 8) as f32 / (1 << 24) as f32;
        share
    }

    pub(crate) fn at(self, x: f32, y: f32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let (dx, dy) = (fade(x - left), fade(y - top));
        #[expect(clippy::cast_possible_truncation, reason = "coordinates of a picture are small")]
        let (left, top) = (left as i32, top as i32);
        let (right, bottom) = (left.wrapping_add(1), top.wrapping_add(1));
        let upper = lerp(self.grid(left, top), self.grid(right, top), dx);
        let lower = lerp(self.grid(left, bottom), self.grid(right, bottom), dx);
        lerp(upper, lower, dy) * 2.0 - 1.0
    }

    /// Octaves of noise, each twice as fine and half as strong.
    pub(crate) fn octaves(self, x: f32, y: f32, count: u32) -> f32 {
        let (mut sum, mut scale, mut weight) = (0.0, 1.0, 0.5);
        for octave in 0..count {
            sum += weight * Self(self.0.wrapping_add(octave)).at(x * scale, y * scale);
            scale *= 2.03;
            weight *= 0.5;
        }
        sum
    }

    /// Octaves with sharp crests, 0 to 1.
    pub(crate) fn ridges(self, x: f32, count: u32) -> f32 {
        let (mut sum, mut scale, mut weight, mut carry) = (0.0, 1.0, 0.54, 1.0);
        for octave in 0..count {
            let crest = 1.0 - Self(self.0.wrapping_add(octave)).at(x * scale, 0.37).abs();
            sum += weight * crest * crest * carry;
            carry = crest.clamp(0.3, 1.0);
            scale *= 2.1;
            weight *= 0.46;
        }
        sum
    }
}

/// A soft function of the plane, computed at a few points and blended between: an eighth of the work, and nobody sees it.
#[derive(Debug)]
pub(crate) struct Field {
    values: Vec<f32>,
    columns: usize,
    step: f32,
}

impl Field {
    /// Covers a picture one unit high, of this aspect and size of a pixel.
    pub(crate) fn new(aspect: f32, pixel: f32, value: impl Fn(f32, f32) -> f32) -> Self {
        let step = pixel.max(1.0 / 280.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "no more than the pixels")]
        let count = |length: f32| (length / step) as usize + 3;
        let (columns, rows) = (count(aspect), count(1.0));
        let values = (0..rows)
            .flat_map(|row| (0..columns).map(move |column| (column as f32 * step, row as f32 * step)))
            .map(|(x, y)| value(x, y))
            .collect();
        Self { values, columns, step }
    }

    pub(crate) fn at(&self, x: f32, y: f32) -> f32 {
        let (x, y) = ((x / self.step).max(0.0), (y / self.step).max(0.0));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative")]
        let start = y as usize * self.columns + x as usize;
        let (dx, dy) = (x.fract(), y.fract());
        let pair = |start: usize| match self.values.get(start..start + 2) {
            Some(&[left, right]) => lerp(left, right, dx),
            _ => 0.0,
        };
        lerp(pair(start), pair(start + self.columns), dy)
    }
}

fn fade(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

fn lerp(a: f32, b: f32, share: f32) -> f32 {
    a + (b - a) * share
}
