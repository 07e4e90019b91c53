//! Carries out a request to enlarge.

use palisade_guest::image_upscale::{Request, Response, Scale};
use palisade_guest::picture::Bounds;
use palisade_guest::{CallOptions, Failure, Result};

use crate::edit::QUALITIES;
use crate::file::{Format, usage};
use crate::operation::scaled;
use crate::{BOUNDS, resample};

const MAX_FACTOR: f32 = 8.0;

/// The largest result. More than this shows nothing that was not there before.
const RESULT: Bounds = Bounds::new(4096, 4096 * 4096);

/// Enlarges the picture.
///
/// # Errors
/// On the field `scale`, `invalid-input` for what does not enlarge and `limit-exceeded` for too much of it; see also
/// [`Bounds`] and, for a strict caller, [`Warnings`](palisade_guest::Warnings).
pub(crate) fn upscale(request: &Request, options: &CallOptions) -> Result<Response> {
    let mut warnings = options.warnings();
    if let Scale::Factor(factor) = request.scale {
        check_factor(factor)?;
    }
    let picture = BOUNDS.decode(&request.image, "image", &mut warnings)?;
    let output = Format::from(picture.format).asked_or(request.output_format.as_deref(), &mut warnings)?;
    let (width, height) = target(request.scale, picture.pixels.width(), picture.pixels.height())?;
    let enlarged = resample::resize(&picture.pixels.into_rgba8(), width, height)?;
    let [.., (_, quality)] = QUALITIES;
    let image = output.write(enlarged, quality, &mut warnings)?;
    Ok(Response::new(image).usage(usage(width, height)).warnings(warnings.into_vec()))
}

fn check_factor(factor: f32) -> Result<()> {
    if factor > MAX_FACTOR {
        return Err(Failure::limit_exceeded("scale", format!("at most {MAX_FACTOR} times as large is possible")));
    }
    // Not a number is not above 1 either.
    if factor > 1.0 { Ok(()) } else { Err(Failure::invalid_input("scale", "the factor must be above 1")) }
}

fn target(scale: Scale, width: u32, height: u32) -> Result<(u32, u32)> {
    let (to_width, to_height) = match scale {
        Scale::Factor(factor) => (scaled(width, factor.into()), scaled(height, factor.into())),
        Scale::Pixels(size) => size,
    };
    if to_width < width || to_height < height {
        let reason = format!("{to_width}x{to_height} is smaller than the picture, which is {width}x{height}");
        return Err(Failure::invalid_input("scale", reason));
    }
    RESULT.check("scale", to_width, to_height)?;
    Ok((to_width, to_height))
}

#[cfg(test)]
mod tests {
    use palisade_guest::FailureKind;

    use super::*;

    #[test]
    fn a_scale_is_a_size() {
        assert_eq!(target(Scale::Factor(2.0), 30, 20).unwrap(), (60, 40));
        assert_eq!(target(Scale::Factor(1.1), 30, 1).unwrap(), (33, 1));
        assert_eq!(target(Scale::Pixels((30, 25)), 30, 20).unwrap(), (30, 25));
        assert_eq!(target(Scale::Factor(8.0), 512, 512).unwrap(), (4096, 4096));
    }

    #[test]
    fn what_does_not_enlarge_is_refused() {
        for factor in [1.0, 0.5, 0.0, -2.0, f32::NAN, f32::NEG_INFINITY] {
            let failure = check_factor(factor).unwrap_err();
            assert!(matches!(failure.kind, FailureKind::InvalidInput(_)), "{factor}");
        }
        for size in [(29, 100), (100, 19), (0, 0)] {
            let failure = target(Scale::Pixels(size), 30, 20).unwrap_err();
            let FailureKind::InvalidInput(bad) = failure.kind else { panic!("{failure:?}") };
            assert_eq!(bad.field, "scale");
            assert!(bad.reason.ends_with("smaller than the picture, which is 30x20"), "{}", bad.reason);
        }
    }

    #[test]
    fn too_large_a_result_is_refused() {
        let factor = |factor| check_factor(factor).unwrap_err();
        let pixels = |size| target(Scale::Pixels(size), 30, 20).unwrap_err();
        for failure in [factor(8.1), factor(f32::INFINITY), pixels((4097, 20)), pixels((u32::MAX, u32::MAX))] {
            let FailureKind::LimitExceeded(bad) = failure.kind else { panic!("{failure:?}") };
            assert_eq!(bad.field, "scale");
        }
        assert!(matches!(target(Scale::Factor(2.0), 3000, 30).unwrap_err().kind, FailureKind::LimitExceeded(_)));
    }
}
