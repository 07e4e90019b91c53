//! The capability `text-to-image`.

use palisade_guest::text_to_image_job::Request;
use palisade_guest::{CallOptions, Result, TextToImageJob};

use crate::Fal;
use crate::capability::Capability;
use crate::input::Input;
use crate::known::{self, Size};
use crate::settings;
use crate::size;

/// How many pictures a request may ask for.
pub(crate) const MOST: u32 = 4;

impl TextToImageJob for Fal {
    fn submit(request: Request, options: &CallOptions) -> Result<Vec<u8>> {
        let model = settings::model(options, Capability::TextToImage)?;
        let takes = known::images(&model.path);
        let mut input = Input::new(options, takes.options)?;
        input.ignore(&[
            ("negative-prompt", request.negative_prompt.is_some() && !takes.negative_prompt),
            ("quality", request.quality.is_some()),
            ("references", !request.references.is_empty()),
            ("mask", request.mask.is_some()),
        ])?;
        input.set("prompt", Some(request.prompt));
        input.set("negative_prompt", request.negative_prompt.filter(|_| takes.negative_prompt));
        match takes.size {
            Size::Pixels => {
                let size = size::pixels(request.size, &mut input.warnings)?;
                input.set("image_size", size);
            }
            Size::Shape(made) => {
                let shape = size::shape(request.size, made, &mut input.warnings)?;
                input.set("aspect_ratio", shape);
            }
        }
        let count = input.count(request.n, MOST)?;
        input.set("num_images", Some(count));
        input.resolution(request.resolution.as_deref(), takes.resolutions)?;
        input.seed(request.seed)?;
        let format = format(request.output_format.as_deref(), takes.formats, &mut input)?;
        input.set("output_format", format);
        input.submit(model, None)
    }
}

/// The word for a media type; none where the model chooses.
fn format(wanted: Option<&str>, made: &[&'static str], input: &mut Input) -> Result<Option<&'static str>> {
    let Some(wanted) = wanted else { return Ok(None) };
    let known = made.iter().find(|known| **known == wanted).copied();
    if known.is_none() {
        input.warnings.replaced("output-format", made.first().copied().unwrap_or_default())?;
    }
    Ok(known.and_then(|known| known.strip_prefix("image/")))
}

#[cfg(test)]
mod tests {
    use palisade_guest::jobs::Remarks;
    use palisade_guest::{Dimensions, Failure, FailureKind, Media, Submitted, Warning, config};
    use serde_json::json;

    use super::*;
    use crate::testing::{accepted, submission};
    use crate::ticket::Ticket;

    fn submit(request: Request, model: &str) -> Result<Ticket> {
        Ticket::read(&Fal::submit(request, &CallOptions::new(model))?)
    }

    fn fox() -> Request {
        Request { prompt: "a fox".into(), ..palisade_guest::text_to_image::Request::new("") }
    }

    #[test]
    fn a_picture_is_ordered_in_the_words_of_its_model() {
        let sent = submission("fal-ai/flux/dev", accepted());
        let request = Request {
            n: 2,
            size: Dimensions::Aspect((4, 3)),
            seed: Some(7),
            output_format: Some("image/png".into()),
            ..fox()
        };
        let ticket = submit(request, "flux-dev").unwrap();
        let expected = json!({
            "prompt": "a fox", "image_size": "landscape_4_3", "num_images": 2, "seed": 7, "output_format": "png",
        });
        assert_eq!(sent.borrow()[0].json(), expected);
        assert_eq!(sent.borrow()[0].credential.as_deref(), Some("api-key"));
        assert_eq!((ticket.model.as_str(), ticket.request.as_str()), ("fal-ai/flux/dev", "r-1"));
        assert!(ticket.remarks.is_empty());

        let sent = submission("fal-ai/imagen4/preview", accepted());
        let request = Request { size: Dimensions::Aspect((16, 9)), resolution: Some("2K".into()), ..fox() };
        submit(request, "imagen4-preview").unwrap();
        let expected = json!({ "prompt": "a fox", "aspect_ratio": "16:9", "num_images": 1, "resolution": "2K" });
        assert_eq!(sent.borrow()[0].json(), expected);

        let sent = submission("fal-ai/qwen-image", accepted());
        submit(Request { negative_prompt: Some("rain".into()), ..fox() }, "qwen-image").unwrap();
        assert_eq!(sent.borrow()[0].json()["negative_prompt"], "rain");
    }

    #[test]
    fn what_a_model_does_not_take_is_told_in_the_end_or_refused_at_once() {
        let request = || Request {
            negative_prompt: Some("rain".into()),
            n: 9,
            quality: Some("high".into()),
            output_format: Some("image/avif".into()),
            references: vec![Media::new("image/png", vec![1]).unwrap()],
            ..fox()
        };
        let sent = submission("fal-ai/flux/dev", accepted());
        let ticket = submit(request(), "flux-dev").unwrap();
        assert_eq!(sent.borrow()[0].json(), json!({ "prompt": "a fox", "num_images": 4 }));
        let ignored = |name: &str| Warning::IgnoredParameter(name.into());
        let adjusted = |name: &str, used: &str| Warning::AdjustedParameter((name.into(), used.into()));
        let expected = [
            ignored("negative-prompt"),
            ignored("quality"),
            ignored("references"),
            adjusted("n", "4"),
            adjusted("output-format", "image/jpeg"),
        ];
        assert_eq!(ticket.remarks.into_iter().collect::<Vec<_>>(), expected);

        let strict = CallOptions { strict: true, ..CallOptions::new("flux-dev") };
        let failure = Fal::submit(request(), &strict).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unsupported(vec!["negative-prompt".into()]));
        assert_eq!((failure.submitted, sent.borrow().len()), (Submitted::No, 1), "nothing is sent");
    }

    #[test]
    fn a_model_of_the_operator_takes_what_most_take() {
        config::set_in_test("models", r#"{"text-to-image": ["acme/paint"]}"#);
        let sent = submission("acme/paint", accepted());
        let ticket = submit(Request { size: Dimensions::Pixels((640, 480)), ..fox() }, "acme-paint").unwrap();
        let expected = json!({ "prompt": "a fox", "num_images": 1, "image_size": { "width": 640, "height": 480 } });
        assert_eq!(sent.borrow()[0].json(), expected);
        assert_eq!(ticket.remarks, Remarks::default());
        let failure: Failure = submit(fox(), "flux-dev").unwrap_err();
        assert_eq!((failure.kind, failure.submitted), (FailureKind::ModelNotFound, Submitted::No));
    }
}
