//! A code that was found, and where.

use palisade_guest::image_to_text::{Finding, Region};

/// Rows of codes that a person would see, at most, in a picture: what is about as high is read from left to right.
const BANDS: f32 = 12.0;

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Area {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) right: f32,
    pub(crate) bottom: f32,
}

impl Area {
    /// The smallest that holds all of these points.
    pub(crate) fn around(points: impl IntoIterator<Item = (f32, f32)>) -> Self {
        let none =
            Self { left: f32::INFINITY, top: f32::INFINITY, right: f32::NEG_INFINITY, bottom: f32::NEG_INFINITY };
        points.into_iter().fold(none, |area, (x, y)| Self {
            left: area.left.min(x),
            top: area.top.min(y),
            right: area.right.max(x),
            bottom: area.bottom.max(y),
        })
    }

    /// The same in a picture that is so many times as large.
    pub(crate) fn times(self, factor: f32) -> Self {
        let Self { left, top, right, bottom } = self;
        Self { left: left * factor, top: top * factor, right: right * factor, bottom: bottom * factor }
    }

    fn meets(self, other: Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    /// The part in a picture of this size; none when there is none.
    fn region(self, width: u32, height: u32) -> Option<Region> {
        let (left, right) = span(self.left, self.right, width)?;
        let (top, bottom) = span(self.top, self.bottom, height)?;
        Some(Region { x: left, y: top, width: right - left, height: bottom - top })
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and the result is clamped")]
fn span(first: f32, last: f32, side: u32) -> Option<(u32, u32)> {
    if !first.is_finite() || !last.is_finite() {
        return None;
    }
    let first = (first.floor() as u32).min(side.checked_sub(1)?);
    Some((first, (last.ceil() as u32).clamp(first + 1, side)))
}

/// A code that was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    /// What it is, for example `qr-code`.
    pub(crate) kind: &'static str,
    pub(crate) text: String,
    pub(crate) area: Area,
}

/// What was found in a picture of this size, each code once, in reading order.
pub(crate) fn findings(found: Vec<Found>, width: u32, height: u32) -> Vec<Finding> {
    let mut unique: Vec<Found> = Vec::new();
    for code in found {
        let known = |other: &Found| other.kind == code.kind && other.text == code.text && other.area.meets(code.area);
        if !code.text.is_empty() && !unique.iter().any(known) {
            unique.push(code);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "an order, of pictures of 4096 pixels")]
    let band = (height as f32 / BANDS).max(1.0);
    let place = |area: Area| ((area.top / band).round(), area.left);
    unique.sort_by(|one, other| {
        let ((band, left), (other_band, other_left)) = (place(one.area), place(other.area));
        band.total_cmp(&other_band).then(left.total_cmp(&other_left))
    });
    let finding =
        |code: Found| Finding { region: code.area.region(width, height), ..Finding::new(code.kind, code.text) };
    unique.into_iter().map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str, left: f32, top: f32) -> Found {
        let area = Area { left, top, right: left + 20.0, bottom: top + 20.0 };
        Found { kind: "qr-code", text: text.into(), area }
    }

    #[test]
    fn a_code_that_is_found_twice_is_one() {
        let found = vec![code("a", 10.0, 10.0), code("a", 12.0, 11.0), code("a", 50.0, 10.0), code("", 0.0, 0.0)];
        let texts: Vec<_> = findings(found, 100, 100).into_iter().map(|finding| finding.text).collect();
        assert_eq!(texts, ["a", "a"], "the one beside it is another");
    }

    #[test]
    fn codes_are_in_reading_order() {
        let found = vec![code("d", 60.0, 70.0), code("b", 60.0, 10.0), code("c", 0.0, 70.0), code("a", 0.0, 12.0)];
        let texts: String = findings(found, 100, 100).into_iter().map(|finding| finding.text).collect();
        assert_eq!(texts, "abcd");
    }

    #[test]
    fn a_region_is_in_the_picture() {
        let region = |left, top| findings(vec![code("a", left, top)], 30, 30).remove(0).region;
        let is = |x, y, width, height| Some(Region { x, y, width, height });
        assert_eq!(region(5.0, 5.0), is(5, 5, 20, 20));
        assert_eq!(region(-5.0, 25.0), is(0, 25, 15, 5));
        assert_eq!(region(99.0, 0.0), is(29, 0, 1, 20));
        assert_eq!(region(f32::NAN, 0.0), None);
    }
}
