//! A card, from the background to the footer.

use palisade_guest::text_to_image::Image;
use palisade_guest::{Failure, Random, Result};
use tiny_skia::{Color, FillRule, PathBuilder, Pixmap, Rect, Transform};

use crate::background;
use crate::brush::{fill, solid};
use crate::layout::{Layout, Line};

pub(crate) fn card(layout: &Layout, seed: u64, width: u32, height: u32) -> Result<Image> {
    let mut random = Random::new(seed);
    let palette = background::palette(&mut random);
    let mut picture =
        Pixmap::new(width, height).ok_or_else(|| Failure::internal(format!("no canvas of {width}x{height}")))?;
    background::paint(&mut picture, &palette, &mut random);

    let (x, y, thick) = layout.bar;
    bar(&mut picture, x, y, thick, palette.accent);
    for line in &layout.headline {
        draw(&mut picture, line, palette.ink, 1.0);
    }
    for line in &layout.text {
        draw(&mut picture, line, palette.ink, 0.82);
    }
    if let Some(footer) = &layout.footer {
        mark(&mut picture, x, footer, palette.accent);
        draw(&mut picture, footer, palette.ink, 0.72);
    }
    Image::encode_opaque(picture.take(), width, height)
}

fn bar(picture: &mut Pixmap, x: f32, y: f32, thick: f32, color: Color) {
    let mut path = PathBuilder::new();
    let (radius, length) = (thick / 2.0, thick * 9.0);
    path.push_circle(x + radius, y + radius, radius);
    path.push_circle(x + length - radius, y + radius, radius);
    if let Some(middle) = Rect::from_xywh(x + radius, y, length - thick, thick) {
        path.push_rect(middle);
    }
    fill(picture, path, color, 1.0);
}

/// Three stakes before the words of the footer.
fn mark(picture: &mut Pixmap, x: f32, footer: &Line, color: Color) {
    let mut path = PathBuilder::new();
    let (wide, tall) = (footer.size * 0.2, footer.size * 0.82);
    for (index, share) in [(0.0, 0.86), (1.0, 1.0), (2.0, 0.86)] {
        let (left, top) = (x + index * wide * 1.5, footer.baseline - tall * share);
        path.move_to(left, footer.baseline);
        path.line_to(left, top + wide * 0.8);
        path.line_to(left + wide / 2.0, top);
        path.line_to(left + wide, top + wide * 0.8);
        path.line_to(left + wide, footer.baseline);
        path.close();
    }
    fill(picture, path, color, 1.0);
}

fn draw(picture: &mut Pixmap, line: &Line, color: Color, alpha: f32) {
    let place = Transform::from_row(line.size, 0.0, 0.0, line.size, line.x, line.baseline);
    picture.fill_path(&line.outline, &solid(color, alpha), FillRule::Winding, place, None);
}
