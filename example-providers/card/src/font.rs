//! Words as outlines: shaped by `harfrust`, drawn by `skrifa`.

use harfrust::font::Source;
use harfrust::{Buffer, Font, ShapeOptions, ShaperFont, shape};
use palisade_guest::{Failure, Result};
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};
use tiny_skia::{Path, PathBuilder};

/// Manrope, under the SIL Open Font License; see `fonts/OFL.txt`.
static EXTRA_BOLD: &[u8] = include_bytes!("../fonts/Manrope-ExtraBold.ttf");
static MEDIUM: &[u8] = include_bytes!("../fonts/Manrope-Medium.ttf");

/// The two weights that a card is set in.
pub(crate) struct Fonts {
    pub(crate) headline: Face,
    pub(crate) text: Face,
}

impl Fonts {
    pub(crate) fn load() -> Result<Self> {
        Ok(Self { headline: Face::load(EXTRA_BOLD)?, text: Face::load(MEDIUM)? })
    }

    /// The text without the letters that the font lacks, and these, each once.
    pub(crate) fn without_missing(&self, text: &str) -> (String, String) {
        let charmap = self.headline.outlines.charmap();
        let mut missing = String::new();
        let known = |letter: &char| {
            let known = letter.is_whitespace() || charmap.map(*letter).is_some();
            if !known && !letter.is_control() && !missing.contains(*letter) {
                missing.push(*letter);
            }
            known
        };
        (text.chars().filter(known).collect(), missing)
    }
}

/// One weight. Its lengths are in ems.
pub(crate) struct Face {
    shaping: Font,
    outlines: FontRef<'static>,
    em: f32,
    pub(crate) cap_height: f32,
}

impl Face {
    fn load(file: &'static [u8]) -> Result<Self> {
        let shaping = Font::new(Source::from(file), 0).ok_or_else(|| Failure::internal("the font is broken"))?;
        let outlines = FontRef::new(file).map_err(Failure::internal)?;
        let metrics = outlines.metrics(Size::unscaled(), LocationRef::default());
        let em = f32::from(shaping.units_per_em());
        Ok(Self { em, cap_height: metrics.cap_height.unwrap_or(em * 0.7) / em, shaping, outlines })
    }

    /// Width of a line.
    pub(crate) fn width(&self, line: &str) -> f32 {
        let buffer = self.shape(line);
        buffer.glyph_positions().iter().map(|glyph| glyph.x_advance as f32).sum::<f32>() / self.em
    }

    /// Outlines of a line that begins at the origin, one em large, y down. None when nothing is to be seen.
    pub(crate) fn outline(&self, line: &str) -> Option<Path> {
        let buffer = self.shape(line);
        let glyphs = self.outlines.outline_glyphs();
        let mut pen = Pen { path: PathBuilder::new(), x: 0.0, y: 0.0, em: self.em };
        let mut x = 0.0;
        for (info, position) in buffer.glyph_infos().iter().zip(buffer.glyph_positions()) {
            pen.x = x + position.x_offset as f32;
            pen.y = position.y_offset as f32;
            if let Some(glyph) = glyphs.get(GlyphId::new(info.glyph_id)) {
                // A glyph that cannot be drawn leaves its space.
                let _ = glyph.draw(DrawSettings::unhinted(Size::unscaled(), LocationRef::default()), &mut pen);
            }
            x += position.x_advance as f32;
        }
        pen.path.finish()
    }

    fn shape(&self, line: &str) -> Buffer {
        let mut buffer = Buffer::new();
        buffer.push_str(line);
        buffer.guess_segment_properties();
        // Fails only without a direction, which has just been guessed.
        let _ = shape(&ShaperFont::new(&self.shaping), &mut buffer, ShapeOptions::new());
        buffer
    }
}

/// Takes outlines in the units of the font with y up, and moves them along the line.
struct Pen {
    path: PathBuilder,
    x: f32,
    y: f32,
    em: f32,
}

impl Pen {
    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        ((self.x + x) / self.em, -(self.y + y) / self.em)
    }
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.place(x1, y1), self.place(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.place(x1, y1), self.place(x2, y2), self.place(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_letters_are_kerned() {
        let face = Face::load(EXTRA_BOLD).unwrap();
        assert!(face.width("AV") < face.width("A") + face.width("V"));
    }

    #[test]
    fn a_space_has_a_width_but_no_outline() {
        let face = Face::load(MEDIUM).unwrap();
        assert!(face.width(" ") > 0.1);
        assert!(face.outline(" ").is_none());
        let bounds = face.outline("H").unwrap().bounds();
        assert!(bounds.top() < -0.6 && bounds.bottom().abs() < 0.01, "y points down: {bounds:?}");
    }
}
