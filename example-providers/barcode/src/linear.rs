//! Codes of one dimension, from lines of pixels across them: upright, upside down and on either side.

mod bars;
mod code_128;
mod code_39;
mod ean;
mod itf;

use image::{GrayImage, imageops};

use crate::found::{Area, Found};
use bars::{Bars, Symbol};

/// Lines that are looked at in each direction.
const LINES: u32 = 256;

/// Where fewer lines are looked at, the code is not much higher than a line.
const FEW_LINES: u32 = 8;

/// Each reads the code that begins with the first bar, if there is one.
const READERS: [fn(&Bars<'_>) -> Option<Symbol>; 4] = [ean::read, code_128::read, code_39::read, itf::read];

/// All codes of one dimension whose bars are at right angles to the picture, more or less.
pub(crate) fn read(picture: &GrayImage) -> Vec<Found> {
    let mut found = across(picture);
    #[expect(clippy::cast_precision_loss, reason = "a picture has 4096")]
    let height = picture.height() as f32;
    // Turned to the right, what was at the bottom is at the left.
    for mut code in across(&imageops::rotate90(picture)) {
        let Area { left, top, right, bottom } = code.area;
        code.area = Area { left: top, top: height - right, right: bottom, bottom: height - left };
        found.push(code);
    }
    found
}

/// A code on some lines.
struct Sighting {
    code: Found,
    lines: u32,
}

#[expect(clippy::cast_precision_loss, reason = "a picture has 4096")]
fn across(picture: &GrayImage) -> Vec<Found> {
    let step = (picture.height() / LINES).max(1);
    let mut sightings: Vec<Sighting> = Vec::new();
    let mut lines = 0;
    for (y, samples) in (0..picture.height()).zip(picture.rows()) {
        if y % step != step / 2 {
            continue;
        }
        lines += 1;
        let samples: Vec<u8> = samples.map(|pixel| pixel.0.into_iter().sum()).collect();
        for (symbol, (left, right)) in symbols(&samples) {
            let area = Area { left: left as f32, top: y as f32, right: right as f32, bottom: (y + 1) as f32 };
            see(&mut sightings, Found { kind: symbol.kind, text: symbol.text, area }, step as f32);
        }
    }
    // What is seen once may be chance: not every code has a checksum.
    let least = if lines < FEW_LINES { 1 } else { 2 };
    sightings.into_iter().filter(|sighting| sighting.lines >= least).map(|sighting| sighting.code).collect()
}

/// Adds a line to the code that it belongs to. Lines between may have been unreadable, but not as many as it is wide.
fn see(sightings: &mut Vec<Sighting>, code: Found, step: f32) {
    let belongs = |sighting: &&mut Sighting| {
        let Area { left, right, bottom, .. } = sighting.code.area;
        let near = code.area.top - bottom <= (right - left).max(8.0 * step);
        let below = code.area.left < right && left < code.area.right;
        near && below && sighting.code.kind == code.kind && sighting.code.text == code.text
    };
    let Some(sighting) = sightings.iter_mut().find(belongs) else {
        return sightings.push(Sighting { code, lines: 1 });
    };
    let area = &mut sighting.code.area;
    sighting.lines += u32::from(code.area.bottom > area.bottom);
    area.left = area.left.min(code.area.left);
    area.right = area.right.max(code.area.right);
    area.bottom = code.area.bottom;
}

/// The codes on a line, with their first pixel and that after their last.
fn symbols(samples: &[u8]) -> Vec<(Symbol, (u32, u32))> {
    let middle = bars::by_middle(samples);
    let found = both_ways(&middle);
    if found.is_empty() { both_ways(&bars::by_surroundings(samples)) } else { found }
}

fn both_ways(widths: &[u32]) -> Vec<(Symbol, (u32, u32))> {
    let mut found = one_way(widths);
    let end: u32 = widths.iter().sum();
    let mut back: Vec<u32> = widths.iter().rev().copied().collect();
    if widths.len().is_multiple_of(2) {
        // It ended with a bar, and now has to begin with a space.
        back.insert(0, 0);
    }
    found.extend(one_way(&back).into_iter().map(|(symbol, (first, last))| (symbol, (end - last, end - first))));
    found
}

fn one_way(widths: &[u32]) -> Vec<(Symbol, (u32, u32))> {
    let mut found = Vec::new();
    let (mut start, mut pixel) = (1, 0);
    while let (Some(&space), Some(&bar)) = (widths.get(start - 1), widths.get(start)) {
        pixel += space;
        // At the edge of the picture, nobody knows how far the white goes on.
        let quiet = if start == 1 { u32::MAX } else { space };
        let bars = Bars { quiet, widths: widths.get(start..).unwrap_or_default() };
        if let Some(symbol) = READERS.iter().find_map(|read| read(&bars)) {
            let wide: u32 = bars.widths.iter().take(symbol.widths).sum();
            start += symbol.widths + 1;
            found.push((symbol, (pixel, pixel + wide)));
            pixel += wide;
        } else {
            start += 2;
            pixel += bar;
        }
    }
    found
}
