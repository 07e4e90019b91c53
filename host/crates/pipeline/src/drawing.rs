//! A drawing in SVG.

use std::fmt::Write as _;

use crate::layout::Point;

/// Of letters, in pixels.
const FONT_SIZE: f64 = 12.0;

/// What was drawn so far.
#[derive(Default)]
pub(crate) struct Drawing {
    lines: String,
    /// Texts, which are above all lines.
    texts: String,
}

impl Drawing {
    /// The whole file, so large.
    pub(crate) fn finish(self, size: Point) -> String {
        let (Self { lines, texts }, width, height) = (self, size.x.ceil(), size.y.ceil());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"sans-serif\" font-size=\"{FONT_SIZE}\" text-anchor=\"middle\">\n\
             <defs><marker id=\"end\" markerWidth=\"10\" markerHeight=\"7\" refX=\"10\" refY=\"3.5\" orient=\"auto\">\
             <path d=\"M0 0 10 3.5 0 7z\" fill=\"#444444\"/></marker></defs>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{lines}{texts}</svg>\n"
        )
    }

    /// How much room a box takes with a text of several lines.
    pub(crate) fn room(text: &str) -> Point {
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap_or_default() as f64;
        // A letter is about half as wide as it is high; and there is room around them.
        Point { x: (longest + 3.0) * FONT_SIZE * 0.58, y: (text.lines().count() as f64 + 1.0) * FONT_SIZE * 1.2 }
    }

    /// A box with a text in it, whose first line stands out.
    pub(crate) fn boxed(&mut self, (corner, size): (Point, Point), text: &str, colour: &str, rounded: f64) {
        let (Point { x, y }, Point { x: width, y: height }) = (corner, size);
        // Writing to a text does not fail.
        let _written = writeln!(
            self.lines,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{rounded}\" fill=\"{colour}\" \
             stroke=\"#444444\"/>"
        );
        let middle = Point { x: x + width / 2.0, y: y + height / 2.0 };
        let (lines, line_height) = (text.lines().count() as f64, FONT_SIZE * 1.2);
        for (index, line) in text.lines().enumerate() {
            let y = middle.y + (index as f64 - (lines - 1.0) / 2.0) * line_height;
            self.text(Point { y, ..middle }, line, if index == 0 { " font-weight=\"bold\"" } else { "" });
        }
    }

    /// A line that goes down through these points, with a text on its first part.
    pub(crate) fn line(&mut self, points: &[Point], text: &str, is_dashed: bool) {
        let Some((first, rest)) = points.split_first() else { return };
        let (mut curve, mut last) = (format!("M{:.1} {:.1}", first.x, first.y), *first);
        for point in rest {
            let between = (last.y + point.y) / 2.0;
            let _written =
                write!(curve, "C{:.1} {between:.1} {:.1} {between:.1} {:.1} {:.1}", last.x, point.x, point.x, point.y);
            last = *point;
        }
        let dashes = if is_dashed { " stroke-dasharray=\"4 3\"" } else { "" };
        let _written = writeln!(
            self.lines,
            "<path d=\"{curve}\" fill=\"none\" stroke=\"#444444\"{dashes} marker-end=\"url(#end)\"/>"
        );
        if let Some(next) = rest.first().filter(|_| !text.is_empty()) {
            let middle = Point { x: (first.x + next.x) / 2.0, y: (first.y + next.y) / 2.0 };
            self.text(middle, text, " paint-order=\"stroke\" stroke=\"#ffffff\" stroke-width=\"4\"");
        }
    }

    fn text(&mut self, middle: Point, text: &str, look: &str) {
        let (x, y) = (middle.x, middle.y + FONT_SIZE * 0.35);
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _written = writeln!(self.texts, "<text x=\"{x:.1}\" y=\"{y:.1}\"{look}>{text}</text>");
    }
}
