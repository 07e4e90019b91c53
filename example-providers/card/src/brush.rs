//! Shapes in one colour.

use tiny_skia::{Color, FillRule, LineCap, Paint, PathBuilder, Pixmap, Stroke, Transform};

pub(crate) fn fill(picture: &mut Pixmap, path: PathBuilder, color: Color, alpha: f32) {
    if let Some(path) = path.finish() {
        picture.fill_path(&path, &solid(color, alpha), FillRule::Winding, Transform::identity(), None);
    }
}

pub(crate) fn stroke(picture: &mut Pixmap, path: PathBuilder, color: Color, alpha: f32, width: f32) {
    if let Some(path) = path.finish() {
        let stroke = Stroke { width, line_cap: LineCap::Round, ..Stroke::default() };
        picture.stroke_path(&path, &solid(color, alpha), &stroke, Transform::identity(), None);
    }
}

pub(crate) fn solid(mut color: Color, alpha: f32) -> Paint<'static> {
    color.apply_opacity(alpha);
    let mut paint = Paint::default();
    paint.set_color(color);
    paint
}
