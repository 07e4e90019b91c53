//! The capability `image-upscale`.

use palisade_guest::http::Form;
use palisade_guest::image_upscale::{Request, Response, Scale};
use palisade_guest::picture::{self, Bounds};
use palisade_guest::{CallOptions, ImageUpscale, Result, Warnings};

use crate::service::Service;
use crate::{Stability, order, upstream};

/// How many times as wide and as high a picture becomes.
pub(crate) const FACTOR: u8 = 4;

/// The largest picture that is taken.
const BOUNDS: Bounds = Bounds::new(1536, 1_048_576);

impl ImageUpscale for Stability {
    fn upscale(request: Request, options: &CallOptions) -> Result<Response> {
        let service = Service::of(options, Service::enlarges)?;
        let mut warnings = options.warnings();
        for (name, is_set) in [("prompt", request.prompt.is_some()), ("seed", request.seed.is_some())] {
            if is_set {
                warnings.ignored(name)?;
            }
        }
        let size = picture::size(&request.image.read_all()?);
        if let Some((width, height)) = size {
            BOUNDS.check("image", width, height)?;
        }
        snap(request.scale, size, &mut warnings)?;
        let format = order::format(service, request.output_format.as_deref(), &mut warnings)?;
        let form = Form::new().text_if("output_format", format).media("image", &request.image)?;
        let image = upstream::picture(service, form)?;
        Ok(Response { warnings: warnings.into_vec(), ..Response::new(image) })
    }
}

/// Says where the picture becomes larger or smaller than it was to be.
fn snap(wanted: Scale, size: Option<(u32, u32)>, warnings: &mut Warnings) -> Result<()> {
    let factor = u32::from(FACTOR);
    let is_met = match wanted {
        Scale::Factor(wanted) => wanted.to_bits() == f32::from(FACTOR).to_bits(),
        Scale::Pixels(sides) => size.is_some_and(|(width, height)| sides == (width * factor, height * factor)),
    };
    if is_met { Ok(()) } else { warnings.adjusted("scale", factor.to_string()) }
}

#[cfg(test)]
mod tests {
    use palisade_guest::{FailureKind, Media, Submitted, Usage, Warning};

    use super::*;
    use crate::testing::{large_png, picture, png, stability};

    const FAST: &str = "v2beta/stable-image/upscale/fast";

    fn enlarge(image: Media, scale: Scale, strict: bool) -> Result<Response> {
        let options = CallOptions { strict, ..CallOptions::new("fast-upscale") };
        Stability::upscale(Request { scale, ..Request::new(image) }, &options)
    }

    #[test]
    fn a_picture_becomes_four_times_as_wide() {
        for scale in [Scale::Factor(4.0), Scale::Pixels((4, 4))] {
            let sent = stability(FAST, picture());
            let response = enlarge(png(), scale, true).unwrap();
            assert_eq!((response.usage, response.warnings), (Usage::images(1), vec![]));
            assert!(sent.borrow()[0].text().contains("name=\"image\"; filename=\"image.png\""));
        }
    }

    #[test]
    fn another_size_is_said_or_refused() {
        for scale in [Scale::Factor(2.0), Scale::Pixels((4, 5))] {
            stability(FAST, picture());
            let adjusted = Warning::AdjustedParameter(("scale".into(), "4".into()));
            assert_eq!(enlarge(png(), scale, false).unwrap().warnings, [adjusted]);
            let failure = enlarge(png(), scale, true).unwrap_err();
            assert!(matches!(failure.kind, FailureKind::LimitExceeded(bad) if bad.field == "scale"));
        }
    }

    #[test]
    fn what_has_no_effect_is_said() {
        stability(FAST, picture());
        let request = Request {
            scale: Scale::Factor(4.0),
            prompt: Some("a fox".into()),
            seed: Some(1),
            output_format: Some("image/gif".into()),
            ..Request::new(png())
        };
        let warnings = Stability::upscale(request, &CallOptions::new("fast-upscale")).unwrap().warnings;
        let ignored = |name: &str| Warning::IgnoredParameter(name.into());
        let adjusted = Warning::AdjustedParameter(("output-format".into(), "image/png".into()));
        assert_eq!(warnings, [ignored("prompt"), ignored("seed"), adjusted]);
    }

    #[test]
    fn a_picture_that_is_too_large_is_not_sent() {
        let sent = stability(FAST, picture());
        let failure = enlarge(large_png(), Scale::Factor(4.0), false).unwrap_err();
        assert!(matches!(failure.kind, FailureKind::LimitExceeded(bad) if bad.field == "image"));
        assert_eq!((failure.submitted, sent.borrow().len()), (Submitted::No, 0));
    }
}
