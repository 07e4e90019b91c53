//! The capabilities `text-to-image` and `image-edit`.

use palisade_guest::http::Form;
use palisade_guest::{
    CallOptions, Dimensions, Failure, ImageEdit, Result, TextToImage, Warnings, image_edit, picture, text_to_image,
};

use crate::order::{self, Order};
use crate::service::{Service, Use};
use crate::{Stability, upstream};

/// The shapes of pictures, width to height. Their size is the service's choice.
const SHAPES: [(u32, u32); 9] = [(1, 1), (16, 9), (21, 9), (2, 3), (3, 2), (4, 5), (5, 4), (9, 16), (9, 21)];

/// The styles that are known by name.
pub(crate) const STYLES: [&str; 17] = [
    "3d-model",
    "analog-film",
    "anime",
    "cinematic",
    "comic-book",
    "digital-art",
    "enhance",
    "fantasy-art",
    "isometric",
    "line-art",
    "low-poly",
    "modeling-compound",
    "neon-punk",
    "origami",
    "photographic",
    "pixel-art",
    "tile-texture",
];

/// How far a picture goes away from the one that it begins from, where the caller does not say: the API has to be told.
const STRENGTH: f64 = 0.7;

impl TextToImage for Stability {
    fn generate(request: text_to_image::Request, options: &CallOptions) -> Result<text_to_image::Response> {
        let service = Service::of(options, |service| service.makes)?;
        let mut warnings = options.warnings();
        for (name, is_set) in [
            ("resolution", request.resolution.is_some()),
            ("references", !request.references.is_empty()),
            ("mask", request.mask.is_some()),
        ] {
            if is_set {
                warnings.ignored(name)?;
            }
        }
        let order = Order {
            prompt: &request.prompt,
            negative_prompt: request.negative_prompt.as_deref(),
            count: request.n,
            quality: request.quality.as_deref(),
            seed: request.seed,
            output_format: request.output_format.as_deref(),
        };
        let form = order.form(service, options, &mut warnings)?;
        let form = form.text_if("aspect_ratio", shape(request.size, &mut warnings)?);
        let image = upstream::picture(service, mode(service, form, "text-to-image"))?;
        Ok(text_to_image::Response { warnings: warnings.into_vec(), ..text_to_image::Response::new([image]) })
    }
}

impl ImageEdit for Stability {
    fn edit(request: image_edit::Request, options: &CallOptions) -> Result<image_edit::Response> {
        let service = Service::of(options, Service::edits)?;
        let image = order::only(&request.images)?;
        let mut warnings = options.warnings();
        if size_changes(&request)? {
            warnings.ignored("size")?;
        }
        let order = Order {
            prompt: &request.prompt,
            negative_prompt: request.negative_prompt.as_deref(),
            count: request.n,
            quality: request.quality.as_deref(),
            seed: request.seed,
            output_format: request.output_format.as_deref(),
        };
        let form = order.form(service, options, &mut warnings)?.media("image", image)?;
        let form = match (service.uses, &request.mask) {
            (Use::Masked, Some(mask)) => form.media("mask", mask)?,
            // It would look for holes in the picture instead.
            (Use::Masked, None) => return Err(Failure::unsupported(["edit-without-mask"])),
            // To leave it out would change what was to be kept.
            (_, Some(_)) => return Err(Failure::unsupported(["mask"])),
            (Use::Searched, None) => match options.get::<String>("search-prompt")? {
                Some(words) => form.text("search_prompt", words),
                None => {
                    let reason = "say what is to be replaced by what the prompt says";
                    return Err(Failure::invalid_input("provider-options.search-prompt", reason));
                }
            },
            (_, None) => {
                let strength = options.get::<f64>("strength")?.unwrap_or(STRENGTH);
                mode(service, form.text("strength", strength.to_string()), "image-to-image")
            }
        };
        let image = upstream::picture(service, form)?;
        Ok(image_edit::Response { warnings: warnings.into_vec(), ..image_edit::Response::new([image]) })
    }
}

/// A service with several models is told what it is to do.
fn mode(service: &Service, form: Form, mode: &str) -> Form {
    form.text_if("mode", service.model.map(|_| mode))
}

/// The nearest of the shapes that there are; none where it is left to the service.
fn shape(wanted: Dimensions, warnings: &mut Warnings) -> Result<Option<String>> {
    let by_shape = match wanted {
        Dimensions::Pixels(sides) => Dimensions::Aspect(sides),
        other => other,
    };
    let Some((width, height)) = by_shape.nearest(&SHAPES) else { return Ok(None) };
    let shape = format!("{width}:{height}");
    if !wanted.fits((width, height)) {
        warnings.adjusted("size", &shape)?;
    }
    Ok(Some(shape))
}

/// Whether the result is to be of another size than the picture, which stays as large as it is.
fn size_changes(request: &image_edit::Request) -> Result<bool> {
    if request.size == Dimensions::Auto {
        return Ok(false);
    }
    let file = order::only(&request.images)?.read_all()?;
    Ok(picture::size(&file).is_none_or(|sides| !request.size.fits(sides)))
}

#[cfg(test)]
mod tests {
    use palisade_guest::http::Answer;
    use palisade_guest::{FailureKind, Media, OptionKv, Submitted, Usage, Warning};

    use super::*;
    use crate::testing::{PNG, finished, picture, png, stability};

    const GENERATE: &str = "v2beta/stable-image/generate/";

    fn ignored(name: &str) -> Warning {
        Warning::IgnoredParameter(name.into())
    }

    fn adjusted(name: &str, used: &str) -> Warning {
        Warning::AdjustedParameter((name.into(), used.into()))
    }

    fn options(model: &str, key: &str, json: &str) -> CallOptions {
        let option = OptionKv { key: key.into(), json: json.into() };
        CallOptions { provider_options: vec![option], ..CallOptions::new(model) }
    }

    /// The form that is sent, and the warnings.
    fn made(request: text_to_image::Request, options: &CallOptions, path: &str) -> (String, Vec<Warning>) {
        let sent = stability(&format!("{GENERATE}{path}"), picture());
        let warnings = Stability::generate(request, options).unwrap().warnings;
        (sent.borrow()[0].text(), warnings)
    }

    #[track_caller]
    fn assert_fields(form: &str, fields: &[(&str, &str)]) {
        for (name, value) in fields {
            let field = format!("name=\"{name}\"\r\n\r\n{value}\r\n");
            assert!(form.contains(&field), "{field:?} is not in {form}");
        }
    }

    #[test]
    fn a_picture_is_made_as_ordered() {
        let sent = stability("v2beta/stable-image/generate/core", picture().header("seed", "7"));
        let request = text_to_image::Request {
            negative_prompt: Some("snow".into()),
            size: Dimensions::Aspect((32, 18)),
            seed: Some(7),
            output_format: Some("image/webp".into()),
            ..text_to_image::Request::new("a fox")
        };
        let response = Stability::generate(request, &options("core", "style-preset", "\"anime\"")).unwrap();
        let sent = sent.borrow();
        assert_eq!((sent[0].header("accept"), sent[0].credential.as_deref()), (Some("image/*"), Some("api-key")));
        let fields = [
            ("prompt", "a fox"),
            ("negative_prompt", "snow"),
            ("aspect_ratio", "16:9"),
            ("seed", "7"),
            ("output_format", "webp"),
            ("style_preset", "anime"),
        ];
        assert_fields(&sent[0].text(), &fields);
        assert!(!sent[0].text().contains("\"mode\""));
        let [image] = response.images.as_slice() else { panic!("{} pictures", response.images.len()) };
        assert_eq!((image.width, image.height, image.seed), (Some(1), Some(1), Some(7)));
        assert_eq!(
            (image.content.media_type().as_str(), image.content.read_all().unwrap().as_slice()),
            ("image/png", PNG)
        );
        assert_eq!((response.usage, response.warnings), (Usage::images(1), vec![]));
    }

    #[test]
    fn a_service_of_several_models_is_told_which() {
        let (form, _) = made(text_to_image::Request::new("a fox"), &CallOptions::new("sd3.5-medium"), "sd3");
        assert_fields(&form, &[("model", "sd3.5-medium"), ("mode", "text-to-image")]);
    }

    #[test]
    fn what_cannot_be_had_is_said_or_refused() {
        let request = || text_to_image::Request {
            negative_prompt: Some("snow".into()),
            n: 3,
            size: Dimensions::Pixels((1000, 600)),
            resolution: Some("4k".into()),
            quality: Some("high".into()),
            seed: Some(u64::MAX),
            output_format: Some("image/webp".into()),
            ..text_to_image::Request::new("a fox")
        };
        let turbo = CallOptions::new("sd3.5-large-turbo");
        let (form, warnings) = made(request(), &turbo, "sd3");
        let seed = (u64::MAX % order::MAX_SEED).to_string();
        assert_fields(&form, &[("seed", &seed), ("aspect_ratio", "16:9")]);
        assert!(!form.contains("snow") && !form.contains("output_format"), "{form}");
        let expected = [
            ignored("resolution"),
            adjusted("n", "1"),
            ignored("quality"),
            ignored("negative-prompt"),
            adjusted("seed", &seed),
            adjusted("output-format", "image/png"),
            adjusted("size", "16:9"),
        ];
        assert_eq!(warnings, expected);
        let sent = stability("v2beta/stable-image/generate/sd3", picture());
        let strict = CallOptions { strict: true, ..turbo };
        let failure = Stability::generate(request(), &strict).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unsupported(vec!["resolution".into()]));
        let sized = text_to_image::Request { size: Dimensions::Aspect((2, 1)), ..text_to_image::Request::new("a") };
        let failure = Stability::generate(sized, &strict).unwrap_err();
        assert!(matches!(failure.kind, FailureKind::LimitExceeded(bad) if bad.field == "size"));
        assert!(sent.borrow().is_empty());
    }

    #[test]
    fn a_prompt_that_is_too_long_is_not_sent() {
        for (prompt, negative_prompt, field) in
            [("a".repeat(10_001), None, "prompt"), ("a".repeat(10_000), Some("b".repeat(10_001)), "negative-prompt")]
        {
            let sent = stability("nothing", picture());
            let request = text_to_image::Request { negative_prompt, ..text_to_image::Request::new(prompt) };
            let failure = Stability::generate(request, &CallOptions::new("core")).unwrap_err();
            assert!(matches!(failure.kind, FailureKind::LimitExceeded(bad) if bad.field == field));
            assert_eq!((failure.submitted, sent.borrow().len()), (Submitted::No, 0));
        }
    }

    fn edited(request: image_edit::Request, options: &CallOptions, path: &str) -> Result<(String, Vec<Warning>)> {
        let sent = stability(&format!("v2beta/stable-image/{path}"), picture());
        let warnings = Stability::edit(request, options)?.warnings;
        let form = sent.borrow()[0].text();
        Ok((form, warnings))
    }

    fn edit() -> image_edit::Request {
        image_edit::Request::new("a red fox", [png()])
    }

    #[test]
    fn a_picture_is_begun_from() {
        let request = image_edit::Request { size: Dimensions::Pixels((1, 1)), ..edit() };
        let (form, warnings) = edited(request, &CallOptions::new("sd3.5-large"), "generate/sd3").unwrap();
        assert_fields(&form, &[("prompt", "a red fox"), ("strength", "0.7"), ("mode", "image-to-image")]);
        assert!(form.contains("name=\"image\"; filename=\"image.png\"\r\nContent-Type: image/png\r\n"), "{form}");
        assert_eq!(warnings, []);
        let request = image_edit::Request { size: Dimensions::Pixels((2, 2)), ..edit() };
        let (form, warnings) = edited(request, &options("ultra", "strength", "0.25"), "generate/ultra").unwrap();
        assert_fields(&form, &[("strength", "0.25")]);
        assert!(!form.contains("\"mode\""));
        assert_eq!(warnings, [ignored("size")]);
    }

    #[test]
    fn what_a_mask_shows_is_changed() {
        let masked = || image_edit::Request { mask: Some(png()), ..edit() };
        let (form, _) = edited(masked(), &CallOptions::new("inpaint"), "edit/inpaint").unwrap();
        assert!(form.contains("name=\"mask\"; filename=\"image.png\"") && !form.contains("strength"), "{form}");
        for (request, model, word) in [(edit(), "inpaint", "edit-without-mask"), (masked(), "ultra", "mask")] {
            let failure = edited(request, &CallOptions::new(model), "nothing").unwrap_err();
            assert_eq!(failure.kind, FailureKind::Unsupported(vec![word.into()]));
        }
    }

    #[test]
    fn what_is_named_is_replaced() {
        let replace = options("search-and-replace", "search-prompt", "\"the dog\"");
        let (form, _) = edited(edit(), &replace, "edit/search-and-replace").unwrap();
        assert_fields(&form, &[("prompt", "a red fox"), ("search_prompt", "the dog")]);
        let failure = edited(edit(), &CallOptions::new("search-and-replace"), "nothing").unwrap_err();
        assert!(matches!(failure.kind, FailureKind::InvalidInput(_)));
    }

    #[test]
    fn one_picture_at_a_time_is_changed() {
        let request = image_edit::Request::new("redder", [png(), png()]);
        let failure = edited(request, &CallOptions::new("ultra"), "nothing").unwrap_err();
        assert!(matches!(failure.kind, FailureKind::LimitExceeded(bad) if bad.field == "images"));
    }

    #[test]
    fn a_picture_that_is_withheld_is_a_refusal() {
        stability("v2beta/stable-image/generate/core", finished("CONTENT_FILTERED"));
        let failure = Stability::generate(text_to_image::Request::new("a fox"), &CallOptions::new("core")).unwrap_err();
        assert_eq!((failure.kind, failure.submitted), (FailureKind::ContentPolicy(None), Submitted::Yes));
    }

    #[test]
    fn an_answer_without_a_picture_is_bad_output() {
        let broken = Answer::new(200).header("content-type", "image/png").piece("\u{fffd}PNG");
        for answer in [
            Answer::new(200),
            Answer::json(200, &serde_json::json!({})),
            Answer::new(200).header("content-type", "image/png"),
            broken.breaks(palisade_guest::http::HttpError::Protocol("cut".into())),
        ] {
            stability("v2beta/stable-image/generate/core", answer.header("x-request-id", "r1"));
            let failure =
                Stability::generate(text_to_image::Request::new("a fox"), &CallOptions::new("core")).unwrap_err();
            assert!(matches!(failure.kind, FailureKind::BadOutput(_)), "{failure:?}");
            assert_eq!((failure.submitted, failure.upstream_id.as_deref()), (Submitted::Yes, Some("r1")));
        }
    }

    #[test]
    fn media_of_unknown_size_are_passed_on() {
        let odd = Media::new("image/png", b"?".to_vec()).unwrap();
        let request = image_edit::Request { size: Dimensions::Aspect((1, 1)), ..image_edit::Request::new("a", [odd]) };
        let (_, warnings) = edited(request, &CallOptions::new("ultra"), "generate/ultra").unwrap();
        assert_eq!(warnings, [ignored("size")]);
    }
}
