//! The sky: a gradient, a sun or moon in rings of its own light, clouds, stars and northern lights.

use palisade_guest::Random;

use crate::color::{Color, smooth};
use crate::mood::{Light, Mood, Palette};
use crate::noise::{Field, Noise};

/// Lengths are in heights of the picture; y points down.
#[derive(Debug)]
pub(crate) struct Sky {
    palette: Palette,
    light: Light,
    /// Where each curtain of the northern lights ends, by x; its height and tint.
    aurora: Vec<(Field, f32, Color)>,
    moon: bool,
    pub(crate) horizon: f32,
    pub(crate) sun: (f32, f32),
    radius: f32,
    cloud_cover: f32,
    clouds: Field,
    dust: Field,
    stars: Noise,
    /// Size of a pixel.
    pixel: f32,
}

impl Sky {
    pub(crate) fn new(mood: &Mood, random: &mut Random, aspect: f32, horizon: f32, pixel: f32) -> Self {
        let side = if random.chance(0.5) { random.between(0.22, 0.4) } else { random.between(0.6, 0.78) };
        let height = match mood.light {
            Light::Dawn | Light::Dusk => random.between(0.24, 0.42),
            _ => random.between(0.16, 0.3),
        };
        let (clouds, stars) = (Noise::new(random), Noise::new(random));
        let curtains = [(0.0, 0.3, 0x3df0a8), (3.7, 0.22, 0x62d8ff), (7.1, 0.16, 0x9b6bff)];
        let curtain = |(offset, tall, tint)| {
            let high = horizon * (0.62 - offset * 0.035);
            let foot = Field::new(aspect, pixel, |x, y| {
                // The same for all y, so only the first rows are looked at.
                if y > 0.02 { 0.0 } else { high + 0.1 * clouds.octaves(x * 1.6 + offset, offset, 3) }
            });
            (foot, tall, Color::hex(tint))
        };
        Self {
            palette: mood.palette.clone(),
            light: mood.light,
            aurora: if mood.aurora { curtains.map(curtain).into() } else { Vec::new() },
            moon: mood.moon,
            horizon,
            sun: (side * aspect, height * horizon / 0.58),
            radius: random.between(0.052, 0.085) * aspect.clamp(0.3, 1.0),
            cloud_cover: match mood.light {
                Light::Storm => 0.75,
                Light::Night => 0.18,
                _ => random.between(0.25, 0.5),
            },
            clouds: Field::new(aspect, pixel, |x, y| {
                let (u, v) = (x * 1.6, y * 9.0);
                let bend = clouds.at(u * 0.8 + 9.0, v * 0.5);
                clouds.octaves(u + bend * 0.35, v + bend, 4) * 0.9 + 0.5
            }),
            dust: Field::new(aspect, pixel, |x, y| {
                // A band across the sky.
                let off = (y - 0.12 - x * 0.22).abs();
                if off > 0.3 {
                    0.0
                } else {
                    smooth(0.3, 0.0, off) * (0.55 + stars.octaves(x * 5.0, y * 5.0, 3)).max(0.0)
                }
            }),
            stars,
            pixel,
        }
    }

    pub(crate) fn at(&self, x: f32, y: f32) -> Color {
        let palette = &self.palette;
        let fall = (y / self.horizon).clamp(0.0, 1.0);
        let mut color = palette.zenith.mix(palette.middle, smooth(0.0, 0.72, fall));
        color = color.mix(palette.horizon, smooth(0.4, 1.0, fall));
        if self.light == Light::Night {
            color = self.starlight(color, x, y);
        }
        color = self.northern_lights(color, x, y);
        color = self.sunlight(color, x, y);
        self.cloudy(color, x, y, fall)
    }

    /// Rings of light, softly stepped like a print, and the disc itself.
    fn sunlight(&self, color: Color, x: f32, y: f32) -> Color {
        if self.light == Light::Storm {
            return color;
        }
        let palette = &self.palette;
        let (dx, dy) = (x - self.sun.0, y - self.sun.1);
        let distance = (dx * dx + dy * dy).sqrt();
        let rings = (distance / self.radius - 1.0) / 1.25;
        let step = rings.floor() + smooth(0.93, 1.0, rings - rings.floor());
        let (stepped, soft) = ((-step * 0.55).exp(), (-distance * 3.2).exp());
        let strength = if self.moon { 0.16 } else { 0.3 };
        let mut color =
            color.screen(palette.disc.mix(palette.horizon, 0.5), strength * (0.55 * stepped.min(1.0) + soft));
        let edge = |radius: f32, distance: f32| smooth(radius + self.pixel, radius - self.pixel, distance);
        let mut disc = edge(self.radius, distance);
        if self.moon {
            let (sx, sy) = (dx - self.radius * 0.42, dy + self.radius * 0.2);
            disc *= 1.0 - 0.94 * edge(self.radius * 0.92, (sx * sx + sy * sy).sqrt());
        }
        color = color.mix(palette.disc, disc);
        color
    }

    fn cloudy(&self, color: Color, x: f32, y: f32, fall: f32) -> Color {
        let density = self.clouds.at(x, y);
        let cover = smooth(1.0 - self.cloud_cover, 1.32 - self.cloud_cover, density) * smooth(0.08, 0.5, fall);
        if cover <= 0.0 {
            return color;
        }
        let (dx, dy) = (x - self.sun.0, y - self.sun.1);
        let near_sun = (-(dx * dx + dy * dy) * 5.0).exp();
        let tint = match self.light {
            Light::Storm => self.palette.zenith.mix(self.palette.horizon, smooth(0.5, 0.95, density)),
            Light::Night => self.palette.horizon.mix(self.palette.middle, 0.35),
            _ => self.palette.horizon.mix(self.palette.disc, 0.3 + 0.6 * near_sun),
        };
        color.mix(tint, cover * 0.62)
    }

    fn starlight(&self, color: Color, x: f32, y: f32) -> Color {
        // Faint dust, then one star at most in each cell of two grids.
        let dust = self.dust.at(x, y);
        let mut color = color.screen(self.palette.horizon, 0.3 * dust);
        for (cells, chance, size) in [(34.0, 0.33, 1.1), (85.0, 0.2 + 0.25 * dust, 0.55)] {
            let (u, v) = (x * cells, y * cells);
            #[expect(clippy::cast_possible_truncation, reason = "coordinates of a picture are small")]
            let cell = (u.floor() as i32, v.floor() as i32);
            let of = |salt: i32| self.stars.grid(cell.0.wrapping_mul(7).wrapping_add(salt), cell.1);
            if of(0) > chance {
                continue;
            }
            let (dx, dy) = (u - u.floor() - (0.25 + 0.5 * of(1)), v - v.floor() - (0.25 + 0.5 * of(2)));
            let brightness = of(3) * of(3);
            let radius = (size * (0.0007 + 0.0016 * brightness)).max(self.pixel * 0.55) * cells;
            let light = smooth(1.6, 0.2, (dx * dx + dy * dy).sqrt() / radius) * (0.3 + 0.7 * brightness);
            color = color.screen(Color::hex(if of(4) > 0.7 { 0xffe9cf } else { 0xe6efff }), light);
        }
        color
    }

    fn northern_lights(&self, color: Color, x: f32, y: f32) -> Color {
        let mut color = color;
        for (foot, height, tint) in &self.aurora {
            let above = foot.at(x, 0.0) - y;
            if !(-0.02..*height).contains(&above) {
                continue;
            }
            let curtain = 0.55 + 0.45 * self.stars.at(x * 26.0 + above * 3.0, *height);
            let light = smooth(-0.02, 0.012, above) * smooth(*height, 0.0, above) * curtain;
            color = color.screen(*tint, 0.62 * light);
        }
        color
    }
}
