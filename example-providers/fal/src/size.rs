//! Sizes of pictures and films, in the words of the models.

use palisade_guest::{Dimensions, Result, Warnings};
use serde_json::{Value, json};

use crate::known::Shape;

/// The least and the most that a side is asked to have.
pub(crate) const SIDES: (u32, u32) = (64, 2048);

/// Sizes that have a name; of two with the same shape the usual one first.
const NAMED: [(&str, Shape); 6] = [
    ("square_hd", (1024, 1024)),
    ("square", (512, 512)),
    ("portrait_4_3", (768, 1024)),
    ("portrait_16_9", (576, 1024)),
    ("landscape_4_3", (1024, 768)),
    ("landscape_16_9", (1024, 576)),
];

/// The size of a picture in pixels: a name for it, or its sides. None where the model chooses.
pub(crate) fn pixels(wanted: Dimensions, warnings: &mut Warnings) -> Result<Option<Value>> {
    let Some((width, height)) = wanted.in_pixels() else { return Ok(None) };
    if let Some((name, _)) = NAMED.iter().find(|(_, sides)| wanted.fits(*sides)) {
        return Ok(Some((*name).into()));
    }
    let within = |side: u32| side.clamp(SIDES.0, SIDES.1);
    if (within(width), within(height)) != (width, height) {
        warnings.adjusted("size", format!("{}x{}", within(width), within(height)))?;
    }
    Ok(Some(json!({ "width": within(width), "height": within(height) })))
}

/// The nearest of the shapes that a model makes, as it is written, `16:9`. None where the model chooses.
pub(crate) fn shape(wanted: Dimensions, made: &[Shape], warnings: &mut Warnings) -> Result<Option<String>> {
    if made.is_empty() && wanted != Dimensions::Auto {
        warnings.ignored("size")?;
    }
    let Some(nearest) = wanted.nearest(made) else { return Ok(None) };
    let written = format!("{}:{}", nearest.0, nearest.1);
    if !wanted.fits(nearest) {
        warnings.adjusted("size", written.as_str())?;
    }
    Ok(Some(written))
}

/// The shape and the resolution of a film that was asked for in pixels: both only where the model makes just this.
pub(crate) fn of_film(wanted: Dimensions, resolutions: &[&'static str]) -> (Dimensions, Option<&'static str>) {
    let Dimensions::Pixels((width, height)) = wanted else { return (wanted, None) };
    let side = width.min(height).to_string();
    match resolutions.iter().find(|name| name.strip_suffix('p') == Some(&side)) {
        Some(name) => (Dimensions::Aspect((width, height)), Some(*name)),
        None => (wanted, None),
    }
}

#[cfg(test)]
mod tests {
    use palisade_guest::{CallOptions, FailureKind, Warning};

    use super::*;

    fn warnings() -> Warnings {
        CallOptions::new("m").warnings()
    }

    fn adjusted(used: &str) -> Vec<Warning> {
        vec![Warning::AdjustedParameter(("size".into(), used.into()))]
    }

    #[test]
    fn a_picture_has_a_named_size_or_its_own() {
        for (wanted, expected) in [
            (Dimensions::Auto, None),
            (Dimensions::Pixels((512, 512)), Some(json!("square"))),
            (Dimensions::Aspect((1, 1)), Some(json!("square_hd"))),
            (Dimensions::Aspect((9, 16)), Some(json!("portrait_16_9"))),
            (Dimensions::Pixels((800, 600)), Some(json!({ "width": 800, "height": 600 }))),
            (Dimensions::Aspect((2, 1)), Some(json!({ "width": 1472, "height": 704 }))),
        ] {
            let mut found = warnings();
            assert_eq!(pixels(wanted, &mut found).unwrap(), expected, "{wanted:?}");
            assert!(found.into_vec().is_empty());
        }
        let mut found = warnings();
        pixels(Dimensions::Pixels((4096, 32)), &mut found).unwrap();
        assert_eq!(found.into_vec(), adjusted("2048x64"));
        let mut strict = CallOptions { strict: true, ..CallOptions::new("m") }.warnings();
        let failure = pixels(Dimensions::Pixels((4096, 32)), &mut strict).unwrap_err();
        assert!(matches!(failure.kind, FailureKind::LimitExceeded(_)));
    }

    #[test]
    fn a_shape_is_the_nearest_that_is_made() {
        let made = [(1, 1), (16, 9)];
        for (wanted, expected, warned) in [
            (Dimensions::Auto, None, vec![]),
            (Dimensions::Aspect((32, 18)), Some("16:9"), vec![]),
            (Dimensions::Aspect((2, 1)), Some("16:9"), adjusted("16:9")),
            (Dimensions::Pixels((1024, 1024)), Some("1:1"), adjusted("1:1")),
        ] {
            let mut found = warnings();
            assert_eq!(shape(wanted, &made, &mut found).unwrap().as_deref(), expected, "{wanted:?}");
            assert_eq!(found.into_vec(), warned);
        }
        let mut found = warnings();
        assert_eq!(shape(Dimensions::Aspect((1, 1)), &[], &mut found).unwrap(), None);
        assert_eq!(found.into_vec(), [Warning::IgnoredParameter("size".into())]);
    }

    #[test]
    fn pixels_of_a_film_are_a_shape_and_a_resolution() {
        let resolutions = ["480p", "720p"];
        let check = |wanted, expected| assert_eq!(of_film(wanted, &resolutions), expected);
        let pixels = |width, height| Dimensions::Pixels((width, height));
        check(pixels(1280, 720), (Dimensions::Aspect((1280, 720)), Some("720p")));
        check(pixels(480, 854), (Dimensions::Aspect((480, 854)), Some("480p")));
        check(pixels(1000, 700), (pixels(1000, 700), None));
        check(Dimensions::Auto, (Dimensions::Auto, None));
    }
}
