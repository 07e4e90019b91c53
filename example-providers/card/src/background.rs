//! What is behind the words: soft lights that run into each other, and a figure of lines, discs or dots, all from the seed.

use palisade_guest::Random;
use tiny_skia::{Color, PathBuilder, Pixmap, PremultipliedColorU8};

use crate::brush::{fill, stroke};

/// The colours of a card.
pub(crate) struct Palette {
    base: [f32; 3],
    lights: [[f32; 3]; 3],
    pub(crate) ink: Color,
    pub(crate) accent: Color,
}

/// The ground, three lights, the letters, the accent: each set by hand, so that the letters can be read on all of it.
const PALETTES: [[u32; 6]; 10] = [
    [0x0b1026, 0x4a35b0, 0x0f6e8c, 0xb8336a, 0xffffff, 0xffc46b],
    [0x1c0a14, 0xa62b33, 0xd9682e, 0x5b1a5e, 0xfff6ec, 0xffd166],
    [0x06211d, 0x0f6b55, 0x6f8f2f, 0x0b4a5f, 0xf3fbef, 0xe9e27a],
    [0x04162b, 0x0a5c9e, 0x129490, 0x3b2a8c, 0xf0fbff, 0x7df0d2],
    [0x190a2c, 0x7326a8, 0xc23a8f, 0x2a3fb0, 0xfdf4ff, 0xff9fd0],
    [0x14161c, 0x39445c, 0x5d4a6e, 0x2b5566, 0xf5f7fa, 0x9cc9ff],
    [0xf8f2e7, 0xffcaa6, 0xf8b4c0, 0xc4dbec, 0x211b2e, 0xe2552f],
    [0xebf3fb, 0xb6d5ff, 0xdccbff, 0xffe0c9, 0x14213d, 0x3454d1],
    [0xf0f7ec, 0xb9e6cb, 0xfff0b5, 0xa8dae6, 0x12312b, 0x0d7f63],
    [0xfdf3f1, 0xffc4c4, 0xffd9a8, 0xd8c6f5, 0x3a1230, 0xd1356f],
];

pub(crate) fn palette(random: &mut Random) -> Palette {
    let [base, first, second, third, ink, accent] = random.pick(PALETTES);
    let solid = |hex| {
        let [red, green, blue] = channels(hex);
        Color::from_rgba(red, green, blue, 1.0).unwrap_or(Color::WHITE)
    };
    Palette {
        base: channels(base),
        lights: [first, second, third].map(channels),
        ink: solid(ink),
        accent: solid(accent),
    }
}

fn channels(hex: u32) -> [f32; 3] {
    [hex >> 16, hex >> 8, hex].map(|byte| (byte & 0xff) as f32 / 255.0)
}

pub(crate) fn paint(picture: &mut Pixmap, palette: &Palette, random: &mut Random) {
    lights(picture, palette, random);
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let figure: fn(&mut Pixmap, &Palette, &mut Random, f32, f32) = random.pick([ribbons, rings, discs, dots]);
    figure(picture, palette, random, width, height);
}

/// Three lights, the strongest away from the words, which begin at the left.
fn lights(picture: &mut Pixmap, palette: &Palette, random: &mut Random) {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let tall = random.chance(0.5);
    let places = [
        (random.between(0.8, 1.05), if tall { random.between(-0.1, 0.25) } else { random.between(0.7, 1.05) }, 0.62),
        (random.between(0.5, 0.85), if tall { random.between(0.85, 1.15) } else { random.between(-0.15, 0.15) }, 0.5),
        (random.between(-0.1, 0.2), random.between(0.0, 1.1), 0.42),
    ];
    let reach = width.hypot(height);
    let lights =
        places.map(|(x, y, size)| (x * width, y * height, 1.0 / (size * reach * random.between(0.8, 1.1)).powi(2)));
    for (row, pixels) in picture.pixels_mut().chunks_exact_mut(width as usize).enumerate() {
        let y = row as f32;
        for (column, sample) in pixels.iter_mut().enumerate() {
            let x = column as f32;
            let mut color = palette.base;
            for (light, (at_x, at_y, sharpness)) in palette.lights.iter().zip(lights) {
                let (dx, dy) = (x - at_x, y - at_y);
                let near = (1.0 - (dx * dx + dy * dy) * sharpness).max(0.0);
                let share = near * near * 0.92;
                for (channel, light) in color.iter_mut().zip(light) {
                    *channel += (light - *channel) * share;
                }
            }
            // Two steps of noise hide the steps of the gradient.
            let noise = (grain(column as u32, row as u32) - 0.5) * 2.0 + 0.5;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
            let [red, green, blue] = color.map(|channel| (channel * 255.0 + noise) as u8);
            *sample = PremultipliedColorU8::from_rgba(red, green, blue, u8::MAX).unwrap_or(*sample);
        }
    }
}

fn grain(x: u32, y: u32) -> f32 {
    let mut bits = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x2c1b_3c6d);
    bits = (bits ^ (bits >> 12)).wrapping_mul(0x297a_2d39);
    ((bits ^ (bits >> 15)) >> 8) as f32 / (1 << 24) as f32
}

/// Lines that swing together and apart.
fn ribbons(picture: &mut Pixmap, palette: &Palette, random: &mut Random, width: f32, height: f32) {
    let short = width.min(height);
    let (low, first, second) = (random.between(0.45, 0.8), random.between(0.0, 6.3), random.between(0.0, 6.3));
    let (slow, fast) = (random.between(2.0, 3.2), random.between(4.0, 6.5));
    let count: u8 = 30;
    for index in 0..count {
        let share = f32::from(index) / f32::from(count);
        let mut path = PathBuilder::new();
        let steps: u8 = 72;
        for step in 0..=steps {
            let u = f32::from(step) / f32::from(steps);
            let swing = (u * slow + first + share * 1.6).sin() * 0.2 + (u * fast + second - share * 2.4).sin() * 0.09;
            let open = 0.12 + 0.5 * u;
            let (x, y) = (u * width * 1.04 - width * 0.02, height * (low + swing + (share - 0.5) * open));
            if step == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
        }
        let color = if index % 6 == 0 { palette.accent } else { palette.ink };
        stroke(picture, path, color, 0.05 + 0.17 * share * (1.0 - share) * 2.0, (short * 0.0021).max(0.5));
    }
}

/// Circles around a corner, some of them broken.
fn rings(picture: &mut Pixmap, palette: &Palette, random: &mut Random, width: f32, height: f32) {
    let short = width.min(height);
    let (x, y) = (width * random.between(0.86, 1.02), if random.chance(0.5) { height * 0.04 } else { height * 0.98 });
    let gap = short * random.between(0.05, 0.075);
    for index in 0..15_u8 {
        let radius = gap * (f32::from(index) + 1.5);
        let (from, length) = (random.between(0.0, 6.3), random.between(2.0, 6.3));
        let mut path = PathBuilder::new();
        let steps: u8 = 120;
        for step in 0..=steps {
            let angle = from + length * f32::from(step) / f32::from(steps);
            let (px, py) = (x + radius * angle.cos(), y + radius * angle.sin());
            if step == 0 { path.move_to(px, py) } else { path.line_to(px, py) }
        }
        let strong = random.chance(0.22);
        let (color, alpha) = if strong { (palette.accent, 0.6) } else { (palette.ink, 0.13) };
        let fade = 1.0 - f32::from(index) / 17.0;
        stroke(picture, path, color, alpha * fade, if strong { gap * 0.13 } else { gap * 0.28 });
    }
}

/// Large discs of glass over each other.
fn discs(picture: &mut Pixmap, palette: &Palette, random: &mut Random, width: f32, height: f32) {
    let short = width.min(height);
    for index in 0..5_u8 {
        let (x, y) = (width * random.between(0.66, 1.05), height * random.between(-0.05, 1.05));
        let radius = short * random.between(0.14, 0.42);
        let mut path = PathBuilder::new();
        path.push_circle(x, y, radius);
        let (color, alpha) = if index == 0 { (palette.accent, 0.2) } else { (palette.ink, 0.055) };
        fill(picture, path.clone(), color, alpha);
        stroke(picture, path, palette.ink, 0.16, (short * 0.0018).max(0.5));
    }
}

/// A grid of dots that swell in waves.
fn dots(picture: &mut Pixmap, palette: &Palette, random: &mut Random, width: f32, height: f32) {
    let short = width.min(height);
    let gap = (short * random.between(0.034, 0.045)).max(3.0);
    let (angle, phase) = (random.between(0.3, 1.2), random.between(0.0, 6.3));
    let (mut plain, mut bright) = (PathBuilder::new(), PathBuilder::new());
    let mut y = gap * 0.5;
    while y < height {
        let mut x = gap * 0.5;
        while x < width {
            let (u, v) = (x / short, y / short);
            let wave = ((u * angle.cos() + v * angle.sin()) * 7.0 + phase + (v * 4.0).sin()).sin() * 0.5 + 0.5;
            // Nothing at the left, where the words are.
            let side = ((x / width - 0.42) / 0.58).clamp(0.0, 1.0);
            let radius = gap * 0.36 * wave * side;
            if radius > 0.35 {
                let path = if wave > 0.93 { &mut bright } else { &mut plain };
                path.push_circle(x, y, radius);
            }
            x += gap;
        }
        y += gap;
    }
    for (path, color, alpha) in [(plain, palette.ink, 0.17), (bright, palette.accent, 0.75)] {
        fill(picture, path, color, alpha);
    }
}
