//! The capabilities `text-to-video` and `image-to-video`.

use palisade_guest::{
    CallOptions, Dimensions, ImageToVideo, Media, Result, TextToVideo, image_to_video, text_to_video,
};

use crate::Fal;
use crate::capability::Capability;
use crate::input::Input;
use crate::known::{self, Films};
use crate::settings;
use crate::size;

/// What a request asks for, whatever the film begins with.
struct Asked {
    prompt: String,
    first_frame: Option<Media>,
    last_frame: Option<Media>,
    has_references: bool,
    size: Dimensions,
    resolution: Option<String>,
    seconds: Option<f32>,
    fps: Option<u32>,
    audio: Option<bool>,
    n: u32,
    seed: Option<u64>,
}

impl TextToVideo for Fal {
    fn submit(request: text_to_video::Request, options: &CallOptions) -> Result<Vec<u8>> {
        let text_to_video::Request { size, resolution, seconds, fps, audio, n, seed, .. } = request;
        let asked = Asked {
            prompt: request.prompt,
            first_frame: request.first_frame,
            last_frame: request.last_frame,
            has_references: !request.references.is_empty(),
            size,
            resolution,
            seconds,
            fps,
            audio,
            n,
            seed,
        };
        asked.submit(Capability::TextToVideo, options)
    }
}

impl ImageToVideo for Fal {
    fn submit(request: image_to_video::Request, options: &CallOptions) -> Result<Vec<u8>> {
        let image_to_video::Request { size, resolution, seconds, fps, audio, n, seed, .. } = request;
        let asked = Asked {
            // They want one, and take an empty one.
            prompt: request.prompt.unwrap_or_default(),
            first_frame: Some(request.first_frame),
            last_frame: request.last_frame,
            has_references: !request.references.is_empty(),
            size,
            resolution,
            seconds,
            fps,
            audio,
            n,
            seed,
        };
        asked.submit(Capability::ImageToVideo, options)
    }
}

impl Asked {
    fn submit(self, capability: Capability, options: &CallOptions) -> Result<Vec<u8>> {
        let model = settings::model(options, capability)?;
        let takes = known::films(&model.path);
        let begins_with_picture = capability == Capability::ImageToVideo;
        let mut input = Input::new(options, takes.options)?;
        input.ignore(&[
            ("first-frame", self.first_frame.is_some() && !begins_with_picture),
            ("last-frame", self.last_frame.is_some() && takes.last_frame.is_none()),
            ("references", self.has_references),
            ("fps", self.fps.is_some()),
            ("audio", self.audio.is_some() && !takes.audio),
            ("seed", self.seed.is_some() && !takes.seed),
        ])?;
        input.set("prompt", Some(self.prompt));
        if let Some(picture) = self.first_frame.filter(|_| begins_with_picture) {
            input.set("image_url", Some(data_url(&picture)?));
        }
        if let Some((field, picture)) = takes.last_frame.zip(self.last_frame) {
            input.set(field, Some(data_url(&picture)?));
        }
        let (shape, resolution) = match &self.resolution {
            Some(name) => (self.size, Some(name.as_str())),
            None => size::of_film(self.size, takes.resolutions),
        };
        let shape = size::shape(shape, takes.shapes, &mut input.warnings)?;
        input.set("aspect_ratio", shape);
        input.resolution(resolution, takes.resolutions)?;
        let seconds = length(self.seconds, &takes, &mut input)?;
        input.set("generate_audio", self.audio.filter(|_| takes.audio));
        // A request makes one film.
        input.count(self.n, 1)?;
        input.seed(self.seed.filter(|_| takes.seed))?;
        input.submit(model, seconds)
    }
}

/// Sets the nearest length that a model makes. Gives how long the film will be, where that is known.
fn length(wanted: Option<f32>, takes: &Films, input: &mut Input) -> Result<Option<u32>> {
    let usual = takes.seconds.first().copied();
    let Some(wanted) = wanted else { return Ok(usual) };
    let distance = |seconds: &u32| (f64::from(*seconds) - f64::from(wanted)).abs();
    let Some(nearest) = takes.seconds.iter().copied().min_by(|one, other| distance(one).total_cmp(&distance(other)))
    else {
        input.warnings.ignored("seconds")?;
        return Ok(None);
    };
    if distance(&nearest) > 0.0 {
        input.warnings.adjusted("seconds", nearest.to_string())?;
    }
    input.set("duration", Some(format!("{nearest}{}", takes.seconds_unit)));
    Ok(Some(nearest))
}

/// A picture as an address that holds it.
fn data_url(picture: &Media) -> Result<String> {
    Ok(format!("data:{};base64,{}", picture.media_type(), picture.to_base64()?))
}

#[cfg(test)]
mod tests {
    use palisade_guest::{FailureKind, OptionKv, Submitted, Warning};
    use serde_json::json;

    use super::*;
    use crate::testing::{accepted, submission};
    use crate::ticket::Ticket;

    fn picture() -> Media {
        Media::new("image/png", vec![0, 255]).unwrap()
    }

    fn warnings(ticket: Ticket) -> Vec<Warning> {
        ticket.remarks.into_iter().collect()
    }

    #[test]
    fn a_film_is_ordered_in_the_words_of_its_model() {
        let wan = "fal-ai/wan-25-preview/text-to-video";
        let sent = submission(wan, accepted());
        let request = text_to_video::Request {
            size: Dimensions::Pixels((1280, 720)),
            seconds: Some(10.0),
            seed: Some(7),
            ..text_to_video::Request::new("a fox runs")
        };
        let options = CallOptions {
            provider_options: vec![OptionKv { key: "negative_prompt".into(), json: "\"rain\"".into() }],
            ..CallOptions::new("wan-25-preview-text-to-video")
        };
        let ticket = Ticket::read(&<Fal as TextToVideo>::submit(request, &options).unwrap()).unwrap();
        let expected = json!({
            "prompt": "a fox runs", "aspect_ratio": "16:9", "resolution": "720p", "duration": "10", "seed": 7,
            "negative_prompt": "rain",
        });
        assert_eq!(sent.borrow()[0].json(), expected);
        assert_eq!((ticket.model.as_str(), ticket.seconds), (wan, Some(10)));
        assert!(warnings(ticket).is_empty());

        let sent = submission("fal-ai/veo3/fast", accepted());
        let request = text_to_video::Request {
            seconds: Some(5.5),
            audio: Some(false),
            resolution: Some("1080p".into()),
            ..text_to_video::Request::new("a fox runs")
        };
        let token = <Fal as TextToVideo>::submit(request, &CallOptions::new("veo3-fast")).unwrap();
        let expected =
            json!({ "prompt": "a fox runs", "resolution": "1080p", "duration": "6s", "generate_audio": false });
        assert_eq!(sent.borrow()[0].json(), expected);
        let adjusted = Warning::AdjustedParameter(("seconds".into(), "6".into()));
        assert_eq!(warnings(Ticket::read(&token).unwrap()), [adjusted]);
    }

    #[test]
    fn pictures_are_sent_within_the_request() {
        let sent = submission("fal-ai/kling-video/v2.5-turbo/pro/image-to-video", accepted());
        let request =
            image_to_video::Request { last_frame: Some(picture()), ..image_to_video::Request::new(picture()) };
        let options = CallOptions::new("kling-video-v2.5-turbo-pro-image-to-video");
        let ticket = Ticket::read(&<Fal as ImageToVideo>::submit(request, &options).unwrap()).unwrap();
        let url = "data:image/png;base64,AP8=";
        assert_eq!(sent.borrow()[0].json(), json!({ "prompt": "", "image_url": url, "tail_image_url": url }));
        assert_eq!(ticket.seconds, Some(5), "as is usual");
    }

    #[test]
    fn what_a_model_does_not_take_is_told_in_the_end_or_refused_at_once() {
        let request = || text_to_video::Request {
            first_frame: Some(picture()),
            last_frame: Some(picture()),
            references: vec![picture()],
            fps: Some(60),
            audio: Some(true),
            seed: Some(7),
            resolution: Some("8K".into()),
            n: 2,
            size: Dimensions::Pixels((1920, 1080)),
            ..text_to_video::Request::new("a fox runs")
        };
        let sent = submission("fal-ai/kling-video/v2.5-turbo/pro/text-to-video", accepted());
        let options = CallOptions::new("kling-video-v2.5-turbo-pro-text-to-video");
        let token = <Fal as TextToVideo>::submit(request(), &options).unwrap();
        assert_eq!(sent.borrow()[0].json(), json!({ "prompt": "a fox runs", "aspect_ratio": "16:9" }));
        let ignored = |name: &str| Warning::IgnoredParameter(name.into());
        let adjusted = |name: &str, used: &str| Warning::AdjustedParameter((name.into(), used.into()));
        let expected = [
            ignored("first-frame"),
            ignored("last-frame"),
            ignored("references"),
            ignored("fps"),
            ignored("audio"),
            ignored("seed"),
            adjusted("size", "16:9"),
            ignored("resolution"),
            adjusted("n", "1"),
        ];
        assert_eq!(warnings(Ticket::read(&token).unwrap()), expected);

        let strict = CallOptions { strict: true, ..options };
        let failure = <Fal as TextToVideo>::submit(request(), &strict).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unsupported(vec!["first-frame".into()]));
        assert_eq!((failure.submitted, sent.borrow().len()), (Submitted::No, 1), "nothing is sent");
    }
}
