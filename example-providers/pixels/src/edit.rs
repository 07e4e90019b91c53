//! Carries out a request to edit.

use image::{GrayImage, RgbaImage};
use palisade_guest::image_edit::{Request, Response};
use palisade_guest::{CallOptions, Dimensions, Failure, Result, Warnings, progress};

use crate::file::{Format, blend, usage};
use crate::operation::crop_shape;
use crate::{BOUNDS, language, resample};

/// The words of `quality`, and what each means for JPEG. The last is taken unless asked otherwise: who edits a picture
/// may well edit it again.
pub(crate) const QUALITIES: [(&str, u8); 3] = [("low", 50), ("medium", 75), ("high", 90)];

/// Edits the first picture.
///
/// # Errors
/// See [`language`], [`Bounds`](palisade_guest::picture::Bounds) and, for a strict caller, [`Warnings`].
pub(crate) fn edit(request: &Request, options: &CallOptions) -> Result<Response> {
    let mut warnings = options.warnings();
    let Some(media) = request.images.first() else {
        return Err(Failure::invalid_input("images", "must hold a picture"));
    };
    check_size(request.size)?;
    let program = language::parse(&request.prompt)?;
    warn_of_the_rest(request, &mut warnings)?;

    let picture = BOUNDS.decode(media, "images[0]", &mut warnings)?;
    let format = program.format.unwrap_or(picture.format.into());
    let output = format.asked_or(request.output_format.as_deref(), &mut warnings)?;
    if program.format.is_some() && output != format {
        warnings.note(format!("`convert` has no effect: the format asked for is {}", output.media_type()));
    }
    let quality = quality(request.quality.as_deref(), output, &mut warnings)?;

    let original = picture.pixels.into_rgba8();
    let mask = read_mask(request, original.dimensions(), &mut warnings)?;
    // Only a mask needs what was there before, which is as large as the rest.
    let before = mask.is_some().then(|| original.clone());
    let mut edited = original;
    let count = program.operations.len();
    for (index, operation) in program.operations.into_iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "a share")]
        progress::report(index as f32 / count as f32, "editing");
        edited = operation.apply(edited)?;
    }
    if let (Some(mask), Some(before)) = (mask, before) {
        edited = masked(&before, edited, &mask)?;
    }
    let edited = sized(edited, request.size)?;
    let (width, height) = edited.dimensions();
    let image = output.write(edited, quality, &mut warnings)?;
    Ok(Response::new([image]).usage(usage(width, height)).warnings(warnings.into_vec()))
}

fn warn_of_the_rest(request: &Request, warnings: &mut Warnings) -> Result<()> {
    if request.n == 0 {
        return Err(Failure::invalid_input("n", "must be at least 1"));
    }
    if request.n > 1 {
        warnings.adjusted("n", "1")?;
    }
    for (name, given) in [
        ("images[1]", request.images.len() > 1),
        ("negative-prompt", request.negative_prompt.is_some()),
        ("seed", request.seed.is_some()),
    ] {
        if given {
            warnings.ignored(name)?;
        }
    }
    Ok(())
}

fn quality(word: Option<&str>, output: Format, warnings: &mut Warnings) -> Result<u8> {
    let [.., (best, highest)] = QUALITIES;
    let Some(word) = word else { return Ok(highest) };
    if output != Format::Jpeg {
        warnings.ignored("quality")?;
        return Ok(highest);
    }
    if let Some((_, quality)) = QUALITIES.into_iter().find(|(known, _)| *known == word) {
        return Ok(quality);
    }
    warnings.replaced("quality", best)?;
    Ok(highest)
}

fn read_mask(request: &Request, size: (u32, u32), warnings: &mut Warnings) -> Result<Option<GrayImage>> {
    let Some(media) = &request.mask else { return Ok(None) };
    let mask = BOUNDS.decode(media, "mask", warnings)?.pixels.into_luma8();
    if mask.dimensions() != size {
        let ((width, height), (mask_width, mask_height)) = (size, mask.dimensions());
        let reason = format!("is {mask_width}x{mask_height}, but must be as large as the picture: {width}x{height}");
        return Err(Failure::invalid_input("mask", reason));
    }
    Ok(Some(mask))
}

/// The edited picture where the mask is white, and what was before where it is black.
fn masked(before: &RgbaImage, mut edited: RgbaImage, mask: &GrayImage) -> Result<RgbaImage> {
    if edited.dimensions() != before.dimensions() {
        return Err(Failure::invalid_input("mask", "does not go with operations that change the size of the picture"));
    }
    for ((pixel, old), share) in edited.pixels_mut().zip(before.pixels()).zip(mask.iter()) {
        for (sample, old) in pixel.0.iter_mut().zip(old.0) {
            *sample = blend(old, *sample, *share);
        }
    }
    Ok(edited)
}

fn check_size(size: Dimensions) -> Result<()> {
    match size {
        Dimensions::Pixels((0, _) | (_, 0)) | Dimensions::Aspect((0, _) | (_, 0)) => {
            Err(Failure::invalid_input("size", "both sides must be at least 1"))
        }
        Dimensions::Pixels((width, height)) => BOUNDS.check("size", width, height),
        Dimensions::Aspect(_) | Dimensions::Auto => Ok(()),
    }
}

fn sized(picture: RgbaImage, size: Dimensions) -> Result<RgbaImage> {
    match size {
        Dimensions::Pixels(size) if size == picture.dimensions() => Ok(picture),
        Dimensions::Pixels((width, height)) => resample::resize(&picture, width, height),
        Dimensions::Aspect((across, down)) => crop_shape(&picture, across, down),
        Dimensions::Auto => Ok(picture),
    }
}
