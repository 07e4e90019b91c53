//! Where shapes are put: a picture measured in its own height.

use tiny_skia::{FillRule, LineCap, Paint, PathBuilder, Pixmap, Stroke, Transform};

use crate::color::Color;

/// A picture one unit high.
pub(crate) struct Scene<'a> {
    picture: &'a mut Pixmap,
    size: f32,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(picture: &'a mut Pixmap) -> Self {
        let size = picture.height() as f32;
        Self { picture, size }
    }

    pub(crate) fn fill(&mut self, path: PathBuilder, color: Color, alpha: f32, transform: Transform) {
        let Some(path) = path.finish() else { return };
        let transform = transform.post_scale(self.size, self.size);
        self.picture.fill_path(&path, &paint(color, alpha), FillRule::Winding, transform, None);
    }

    pub(crate) fn stroke(&mut self, path: PathBuilder, color: Color, alpha: f32, width: f32) {
        let Some(path) = path.finish() else { return };
        let stroke = Stroke { width, line_cap: LineCap::Round, ..Stroke::default() };
        let transform = Transform::from_scale(self.size, self.size);
        self.picture.stroke_path(&path, &paint(color, alpha), &stroke, transform, None);
    }
}

fn paint(color: Color, alpha: f32) -> Paint<'static> {
    let [red, green, blue] = color.bytes(0.0);
    let mut paint = Paint::default();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    paint.set_color_rgba8(red, green, blue, (alpha * 255.0) as u8);
    paint
}
