//! From a prompt and a seed to a picture.

use palisade_guest::text_to_image::Image;
use palisade_guest::{Failure, Random, Result};
use tiny_skia::{Pixmap, PremultipliedColorU8};

use crate::color::{Color, smooth};
use crate::mood::{Land, Mood};
use crate::noise::Noise;
use crate::sky::Sky;
use crate::{land, life};

/// A landscape.
pub(crate) fn landscape(prompt: &str, seed: u64, width: u32, height: u32) -> Result<Image> {
    let mut random = Random::new(seed);
    let mood = Mood::read(prompt, &mut random);
    let pixel = 1.0 / height as f32;
    let aspect = width as f32 * pixel;
    let horizon = if mood.land == Land::Sea { random.between(0.56, 0.64) } else { random.between(0.54, 0.62) };
    let sky = Sky::new(&mood, &mut random, aspect, horizon, pixel);
    let ridges = land::ridges(&mood, &sky, &mut random, width as usize, pixel);
    let (waves, grain) = (Noise::new(&mut random), Noise::new(&mut random));

    let mut picture =
        Pixmap::new(width, height).ok_or_else(|| Failure::internal(format!("no canvas of {width}x{height}")))?;
    for (row, pixels) in picture.pixels_mut().chunks_exact_mut(width as usize).enumerate() {
        let y = (row as f32 + 0.5) * pixel;
        for (column, sample) in pixels.iter_mut().enumerate() {
            let x = (column as f32 + 0.5) * pixel;
            let mut left = 1.0;
            let mut color = Color(0.0, 0.0, 0.0);
            if mood.land == Land::Sea && y > sky.horizon {
                let cover = ((y - sky.horizon) / pixel).min(1.0);
                color = land::sea(&mood, &sky, waves, x, y) * cover;
                left -= cover;
            }
            for ridge in ridges.iter().rev() {
                if left <= 0.0 {
                    break;
                }
                if let Some((cover, ground)) = ridge.at(column, x, y, pixel) {
                    color = color + ground * (cover * left);
                    left *= 1.0 - cover;
                }
            }
            if left > 0.0 {
                color = color + sky.at(x, y) * left;
            }
            // Corners a little darker, and the grain of paper, which also hides the steps of gradients.
            let (dx, dy) = (x / aspect - 0.5, y - 0.5);
            let vignette = 1.0 - 0.2 * smooth(0.28, 0.75, (dx * dx + dy * dy).sqrt());
            let noise = grain.grid(column as i32, row as i32) - 0.5;
            let [red, green, blue] = (color * vignette).bytes(noise * 3.0);
            *sample = PremultipliedColorU8::from_rgba(red, green, blue, u8::MAX).unwrap_or(*sample);
        }
    }
    life::add(&mut picture, &mood, &sky, &ridges, &mut random);
    Image::encode_opaque(picture.take(), width, height)
}
