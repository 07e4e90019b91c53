//! The land: ridges one behind the other, each paler than the one before it, and the sea.

use palisade_guest::Random;

use crate::color::{Color, smooth};
use crate::mood::{Land, Light, Mood, Season};
use crate::noise::Noise;
use crate::sky::Sky;

/// A ridge and all below it.
#[derive(Debug)]
pub(crate) struct Ridge {
    /// Where the ground begins, for each column of pixels, in heights of the picture.
    pub(crate) tops: Vec<f32>,
    /// The ground without the trees on it.
    ground: Vec<f32>,
    pub(crate) color: Color,
    trees: Color,
    mist: Color,
    light: Color,
    /// How far the light of slopes shows, and how thick the snow on them lies.
    relief: f32,
    snow: f32,
    texture: Noise,
    lit_from_left: bool,
}

/// Where slopes are all in mist.
const DEEPEST: f32 = 0.4;

/// How a ridge is made.
struct Shape {
    base: f32,
    amplitude: f32,
    frequency: f32,
    crests: bool,
    trees: f32,
}

pub(crate) fn ridges(mood: &Mood, sky: &Sky, random: &mut Random, columns: usize, pixel: f32) -> Vec<Ridge> {
    let palette = &mood.palette;
    let shapes = shapes(mood.land, sky.horizon, random);
    let last = shapes.len().saturating_sub(1).max(1);
    let middle = f32::midpoint(0.0, pixel * columns as f32);
    let mut ridges = Vec::new();
    for (index, shape) in shapes.iter().enumerate() {
        let depth = index as f32 / last as f32;
        let noise = Noise::new(random);
        let start = random.between(0.0, 50.0);
        let ground: Vec<f32> = (0..columns)
            .map(|column| {
                let x = column as f32 * pixel;
                let u = start + x * shape.frequency;
                let rise = if shape.crests { noise.ridges(u, 6) } else { 0.5 + noise.octaves(u, 0.7, 4) };
                // A valley in the middle leads the eye to the light.
                let valley = 0.35 * (1.0 - depth) * smooth(0.5, 0.0, (x - middle).abs());
                shape.base - shape.amplitude * rise * (1.0 - valley)
            })
            .collect();
        let mut tops = ground.clone();
        if shape.trees > 0.0 {
            plant(&mut tops, shape.trees, random, pixel);
        }
        let color = palette.far.mix(palette.near, depth.powf(1.25));
        // Firs stay dark when the ground is white.
        let trees = if shape.trees > 0.0 && mood.season == Season::Winter {
            color.mix(palette.zenith.mix(Color::hex(0x14223a), 0.55), 0.35 + 0.5 * depth)
        } else {
            color
        };
        ridges.push(Ridge {
            tops,
            ground,
            color,
            trees,
            mist: palette.mist.mix(color, 0.25 + 0.55 * depth),
            light: palette.horizon.mix(palette.disc, 0.4),
            relief: match mood.land {
                _ if shape.crests => 0.5 - 0.25 * depth,
                Land::Desert => 0.4,
                _ => 0.12 * (1.0 - depth),
            },
            snow: match mood.season {
                _ if !shape.crests => 0.0,
                Season::Winter => 0.3,
                Season::Autumn => 0.03,
                Season::Summer => 0.075,
            } * if matches!(mood.light, Light::Night | Light::Storm) { 0.6 } else { 1.0 },
            texture: noise,
            lit_from_left: sky.sun.0 < middle,
        });
    }
    ridges
}

fn shapes(land: Land, horizon: f32, random: &mut Random) -> Vec<Shape> {
    let count: u8 = match land {
        Land::Sea => 2,
        Land::Desert => 5,
        Land::Mountains | Land::Forest => 6,
    };
    let bottom = if land == Land::Sea { horizon + 0.004 } else { 0.97 };
    (0..count)
        .map(|index| {
            let depth = f32::from(index) / f32::from(count - 1);
            let crests = match land {
                Land::Mountains => depth < 0.7,
                Land::Forest | Land::Sea => depth < 0.3,
                Land::Desert => false,
            };
            let base = if land == Land::Sea { bottom } else { horizon + (bottom - horizon) * depth.powf(0.85) };
            let wobble = random.between(0.85, 1.15);
            let (amplitude, frequency) = match (land, crests) {
                (Land::Sea, true) => (0.17, 1.5),
                (Land::Sea, false) => (0.035, 2.4),
                (Land::Desert, _) => (0.13 + 0.03 * depth, 1.0 + 0.2 * depth),
                (_, true) => (0.36 - 0.2 * depth, 1.25 + 0.5 * depth),
                (_, false) => (0.12, 1.3),
            };
            let trees = match land {
                // In front, a clearing.
                _ if depth > 0.9 => 0.0,
                Land::Forest if depth > 0.25 => 0.02 + 0.065 * depth * depth,
                Land::Mountains if depth > 0.55 => 0.012 + 0.05 * (depth - 0.4),
                _ => 0.0,
            };
            Shape { base, amplitude: amplitude * wobble, frequency: frequency * wobble, crests, trees }
        })
        .collect()
}

/// Raises the line of the ground by firs of about this height.
fn plant(tops: &mut [f32], height: f32, random: &mut Random, pixel: f32) {
    let width = tops.len() as f32 * pixel;
    let density = Noise::new(random);
    let ground = tops.to_vec();
    let mut x = -height;
    while x < width + height {
        x += height * random.between(0.06, 0.26);
        let tall = height * random.between(0.45, 1.15) * smooth(-0.75, 0.1, density.at(x * 3.0, 0.0));
        let half = tall * random.between(0.15, 0.21);
        let (jag, lean) = (random.between(9.0, 13.0), random.between(-0.06, 0.06));
        if half < pixel * 0.5 {
            continue;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "columns of a picture; saturates")]
        let columns = ((x - half) / pixel).max(0.0) as usize..((x + half) / pixel).max(0.0) as usize + 1;
        let Some(&foot) = ground.get(columns.clone().nth(columns.len() / 2).unwrap_or(0)).or(ground.last()) else {
            return;
        };
        for column in columns {
            let Some(top) = tops.get_mut(column) else { break };
            let across = (column as f32 * pixel - x - lean * half) / half;
            let branch = ((across.abs() * jag).fract() - 0.5) * 0.16;
            let share = (1.0 - across.abs().powf(0.86) + branch * smooth(0.0, 0.2, across.abs())).max(0.0);
            *top = top.min(foot + height * 0.04 - tall * share);
        }
    }
}

impl Ridge {
    /// How much of the pixel is ground, and its colour there.
    pub(crate) fn at(&self, column: usize, x: f32, y: f32, pixel: f32) -> Option<(f32, Color)> {
        let (&top, &ground) = (self.tops.get(column)?, self.ground.get(column)?);
        let cover = ((y - top) / pixel + 0.5).clamp(0.0, 1.0);
        if cover <= 0.0 {
            return None;
        }
        let below = (y - ground).max(0.0);
        let soil = smooth(-pixel, pixel, y - ground);
        let mut color = self.trees.mix(self.color, soil);
        if self.relief > 0.0 && below > 0.0 && below < DEEPEST {
            color = self.slope(color, x, below, pixel);
        }
        Some((cover, color.mix(self.mist, smooth(0.0, 0.24, below) * 0.8)))
    }

    /// Light and shadow on the faces of a mountain, and snow at its top. Faces run down from the crest in zigzags.
    fn slope(&self, color: Color, x: f32, depth: f32, pixel: f32) -> Color {
        let wander = self.texture.octaves(x * 9.0, depth * 14.0, 3);
        let shifted = x + depth * (0.85 * wander + if self.lit_from_left { -0.35 } else { 0.35 });
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "columns of a picture; saturates")]
        let column = |x: f32| ((x / pixel).max(0.0) as usize).min(self.ground.len().saturating_sub(1));
        let height = |x: f32| self.ground.get(column(x)).copied().unwrap_or_default();
        let reach = 0.006_f32.max(pixel);
        let fall = (height(shifted + reach) - height(shifted - reach)) / (2.0 * reach);
        let facing = if self.lit_from_left { -fall } else { fall };
        let lit = smooth(-0.35, 0.35, facing);
        let fade = smooth(0.3, 0.0, depth);
        let mut color =
            color.mix(self.light, self.relief * 0.55 * lit * fade).mix(color * 0.72, self.relief * (1.0 - lit) * fade);
        if self.snow > 0.0 {
            let line = self.snow * (0.75 + 0.9 * wander) + 0.05 * (lit - 0.5);
            let snow = smooth(line + 0.006, line - 0.006, depth);
            let white = self.light.mix(Color::WHITE, 0.55).mix(self.color, 0.18 + 0.42 * (1.0 - lit));
            color = color.mix(white, snow * 0.9);
        }
        color
    }
}

/// The colour of the sea: the sky upside down, broken by waves, with the path of the light on it.
pub(crate) fn sea(mood: &Mood, sky: &Sky, waves: Noise, x: f32, y: f32) -> Color {
    let depth = (y - sky.horizon) / (1.0 - sky.horizon).max(0.01);
    // Waves look longer and further apart the nearer they are.
    let scale = 1.0 / (depth + 0.035);
    let swell = waves.octaves(x * 2.2 * scale.min(9.0), scale * 7.0, 3);
    let mirrored = sky.horizon - (y - sky.horizon) * 0.85 + swell * 0.07 * (0.3 + depth);
    let deep = mood.palette.near.mix(mood.palette.zenith, 0.5);
    let above = mood.palette.horizon.mix(mood.palette.middle, smooth(1.0, 0.5, mirrored / sky.horizon));
    let above = above.mix(mood.palette.zenith, smooth(0.6, 0.0, mirrored / sky.horizon) * 0.7);
    let mut color = above.mix(deep, 0.2 + 0.6 * depth);
    color = color.mix(mood.palette.horizon, 0.22 * smooth(0.12, 0.4, swell) * (1.0 - 0.5 * depth));
    color = color.mix(deep * 0.8, 0.4 * smooth(0.05, 0.4, -swell));
    if mood.light != Light::Storm {
        let spread = 0.03 + 0.17 * depth;
        let off = (x - sky.sun.0) / spread;
        let path = (-off * off).exp();
        if path < 0.004 {
            return color;
        }
        let glints = smooth(0.02, 0.2, waves.octaves(x * 7.0 * scale.min(7.0) + 40.0, scale * 15.0, 3) + 0.14 * path);
        color = color.screen(mood.palette.disc.mix(mood.palette.horizon, 0.25), path * glints * (0.85 - 0.35 * depth));
    }
    color
}
