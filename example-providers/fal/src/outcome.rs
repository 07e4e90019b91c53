//! What a job made.

use palisade_guest::blobs::{self, BlobError};
use palisade_guest::http::Response;
use palisade_guest::jobs::{Outcome, Output, State};
use palisade_guest::{Failure, FailureKind, Media, Result, Usage, Warning};
use serde::Deserialize;

use crate::capability::Capability;
use crate::known;
use crate::ticket::Ticket;

/// The largest picture and the largest film that are fetched, in bytes.
const MAX_PICTURE: u64 = 64 << 20;
const MAX_FILM: u64 = 512 << 20;

/// The pixels of a megapixel, as it is billed.
const MEGAPIXEL: f64 = 1_048_576.0;

/// A result. Models have their own, of which these are what matters here.
#[derive(Deserialize)]
struct Made {
    #[serde(default)]
    images: Vec<File>,
    image: Option<File>,
    video: Option<File>,
    /// Too large where a model has seeds of its own.
    seed: Option<serde_json::Value>,
    /// The prompt that was used, where the model writes its own.
    actual_prompt: Option<String>,
    has_nsfw_concepts: Option<Vec<bool>>,
}

/// A file that was made, and where it is.
#[derive(Deserialize)]
struct File {
    url: String,
    width: Option<u32>,
    height: Option<u32>,
    duration: Option<f32>,
}

/// Reads a result, and has the host fetch what was made.
///
/// # Errors
/// Where it cannot be fetched now. The work is done, and may be asked for again.
pub(crate) fn read(ticket: &Ticket, response: Response) -> Result<State> {
    let billed = response.header("x-fal-billable-units").and_then(|units| units.parse().ok());
    let billed = billed.filter(|units: &f64| units.is_finite() && *units >= 0.0);
    let made: Made = match response.json() {
        Ok(made) => made,
        // Reading it again would not help.
        Err(failure @ Failure { kind: FailureKind::BadOutput(_), .. }) => return Ok(State::Failed(failure)),
        Err(failure) => return Err(failure),
    };
    let is_film = ticket.capability != Capability::TextToImage;
    let files: Vec<&File> =
        if is_film { made.video.iter().collect() } else { made.images.iter().chain(&made.image).collect() };
    if files.is_empty() {
        let what = if is_film { "no film" } else { "no picture" };
        return Ok(State::Failed(Failure::incomplete(what)));
    }
    let usage = if is_film { film_usage(ticket, &files, billed) } else { picture_usage(ticket, &files, billed) };
    let is_withheld =
        |index: usize| made.has_nsfw_concepts.as_ref().is_some_and(|flags| flags.get(index) == Some(&true));
    let given: Vec<&File> =
        files.iter().enumerate().filter(|(index, _)| !is_withheld(*index)).map(|(_, file)| *file).collect();
    if given.is_empty() {
        let message = "the upstream made it, and withholds it for what it shows";
        return Ok(State::Failed(Failure::new(FailureKind::ContentPolicy(None), message).usage(usage)));
    }
    let mut outputs = Vec::new();
    for file in &given {
        let Some(content) = fetch(&file.url, if is_film { MAX_FILM } else { MAX_PICTURE })? else {
            return Ok(State::Expired);
        };
        outputs.push(Output {
            width: file.width.filter(|side| *side > 0),
            height: file.height.filter(|side| *side > 0),
            seconds: file.duration,
            seed: made.seed.as_ref().and_then(serde_json::Value::as_u64),
            revised_prompt: made.actual_prompt.clone(),
            ..Output::new(content)
        });
    }
    let outcome = Outcome::new(outputs).usage(usage).warnings(ticket.remarks.clone());
    Ok(State::Succeeded(match files.len() - given.len() {
        0 => outcome,
        withheld => {
            let note =
                format!("{withheld} of {} pictures are withheld by the upstream for what they show", files.len());
            outcome.warnings([Warning::Note(note)])
        }
    }))
}

/// Has the host fetch a file. None where it is gone: it is kept for some days.
fn fetch(url: &str, max_bytes: u64) -> Result<Option<Media>> {
    match blobs::import_url(url, max_bytes) {
        Ok(media) => Ok(Some(media)),
        Err(BlobError::NotFound | BlobError::Expired) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Pictures are billed by their number, or by their size, each as the next whole number of megapixels of 1024 by 1024.
fn picture_usage(ticket: &Ticket, files: &[&File], billed: Option<f64>) -> Usage {
    let unit = known::images(&ticket.model).unit;
    let quantity = |own: &str, counted: f64| billed.filter(|_| unit == Some(own)).unwrap_or(counted);
    let usage = Usage::of("image", quantity("image", f64::from(u32::try_from(files.len()).unwrap_or(u32::MAX))));
    let megapixels = |file: &&File| Some((f64::from(file.width?) * f64::from(file.height?) / MEGAPIXEL).ceil());
    match files.iter().map(megapixels).sum::<Option<f64>>() {
        Some(counted) => usage.and("megapixel", quantity("megapixel", counted)),
        None => match billed.filter(|_| unit == Some("megapixel")) {
            Some(billed) => usage.and("megapixel", billed),
            None => usage,
        },
    }
}

/// Films are billed by their length: as it is said on the bill, by the film, or in the order.
fn film_usage(ticket: &Ticket, files: &[&File], billed: Option<f64>) -> Usage {
    let said = files.iter().map(|file| file.duration.map(f64::from)).sum::<Option<f64>>();
    let billed = billed.filter(|_| known::films(&ticket.model).counts_seconds);
    let seconds = billed.or(said).or(ticket.seconds.map(f64::from));
    seconds.map_or_else(Usage::none, |seconds| Usage::of("video-second", seconds))
}

#[cfg(test)]
mod tests {
    use palisade_guest::http::{Answer, HttpError};
    use palisade_guest::{CallOptions, Jobs as _, Submitted};
    use serde_json::{Value, json};

    use super::*;
    use crate::Fal;
    use crate::testing::{completed, completed_with, ticket};

    const FOX: &str = "https://v3.fal.media/files/fox.png";

    fn png(_: &str) -> Answer {
        Answer::new(200).header("content-type", "image/png").piece(*b"\x89PNG")
    }

    fn picture(width: u32) -> Value {
        json!({ "url": FOX, "width": width, "height": 1000, "content_type": "image/png" })
    }

    fn outcome(ticket: &Ticket, answer: Answer, file: impl Fn(&str) -> Answer + 'static) -> Outcome {
        match Fal::poll(&completed_with(ticket, answer, file)).unwrap() {
            State::Succeeded(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn pictures_are_fetched_by_the_host() {
        let mut warnings = CallOptions::new("m").warnings();
        warnings.ignored("quality").unwrap();
        let ticket = Ticket { remarks: warnings.into(), ..ticket(Capability::TextToImage) };
        let made = json!({
            "images": [picture(1000), picture(1200)], "seed": 7, "has_nsfw_concepts": [false, false], "timings": {},
        });
        let outcome = outcome(&ticket, Answer::json(200, &made), png);
        assert_eq!(outcome.outputs.len(), 2);
        let output = &outcome.outputs[1];
        assert_eq!(output.content.read_all().unwrap(), b"\x89PNG");
        assert_eq!((output.width, output.height, output.seed), (Some(1200), Some(1000), Some(7)));
        assert_eq!(outcome.usage, Usage::images(2).and("megapixel", 3));
        assert_eq!(outcome.warnings, [Warning::IgnoredParameter("quality".into())]);
    }

    #[test]
    fn what_is_billed_is_believed_where_its_unit_is_known() {
        let usage = |ticket: &Ticket, made: Value, units: &str| {
            let answer = Answer::json(200, &made).header("x-fal-billable-units", units);
            outcome(ticket, answer, png).usage
        };
        let made = || json!({ "images": [picture(1000)] });
        let flux = ticket(Capability::TextToImage);
        assert_eq!(usage(&flux, made(), "0.5"), Usage::images(1).and("megapixel", 0.5));
        assert_eq!(usage(&flux, made(), "-1"), Usage::images(1).and("megapixel", 1));
        assert_eq!(usage(&flux, json!({ "image": { "url": FOX } }), "2"), Usage::images(1).and("megapixel", 2));
        let unknown = Ticket { model: "fal-ai/flux/other".into(), ..flux };
        assert_eq!(usage(&unknown, made(), "9"), Usage::images(1).and("megapixel", 1));
        assert_eq!(usage(&unknown, json!({ "images": [{ "url": FOX }] }), "9"), Usage::images(1));
    }

    #[test]
    fn a_film_counts_its_seconds() {
        let film =
            |model: &str, seconds| Ticket { model: model.to_owned(), seconds, ..ticket(Capability::TextToVideo) };
        let made = |duration: Option<f32>| {
            let video = json!({ "url": FOX, "duration": duration, "width": 1280, "height": 720 });
            Answer::json(200, &json!({ "video": video, "actual_prompt": "a red fox" }))
                .header("x-fal-billable-units", "9")
        };
        let mp4 = |_: &str| Answer::new(200).header("content-type", "video/mp4").piece(*b"\0\0\0\x18ftyp");
        let of = |ticket: &Ticket, duration| outcome(ticket, made(duration), mp4);
        let told = of(&film("acme/film", Some(5)), Some(5.5));
        let output = &told.outputs[0];
        assert_eq!((output.content.media_type().as_str(), output.seconds), ("video/mp4", Some(5.5)));
        assert_eq!(output.revised_prompt.as_deref(), Some("a red fox"));
        assert_eq!(told.usage, Usage::of("video-second", 5.5));
        assert_eq!(of(&film("acme/film", Some(5)), None).usage, Usage::of("video-second", 5));
        assert_eq!(of(&film("acme/film", None), None).usage, Usage::none());
        let kling = film("fal-ai/kling-video/v2.5-turbo/pro/text-to-video", Some(5));
        assert_eq!(of(&kling, Some(5.5)).usage, Usage::of("video-second", 9), "as it is billed");
    }

    #[test]
    fn what_the_upstream_withholds_is_content_policy() {
        let made = |flags: Value| json!({ "images": [picture(1000), picture(1000)], "has_nsfw_concepts": flags });
        let Ok(State::Failed(failure)) = Fal::poll(&completed(Answer::json(200, &made(json!([true, true]))))) else {
            panic!("another state")
        };
        assert_eq!((failure.kind, failure.submitted), (FailureKind::ContentPolicy(None), Submitted::Yes));
        assert_eq!(failure.usage, Some(Usage::images(2).and("megapixel", 2)), "it was made");
        let answer = Answer::json(200, &made(json!([true, false])));
        let outcome = outcome(&ticket(Capability::TextToImage), answer, png);
        assert_eq!(outcome.outputs.len(), 1);
        assert!(matches!(&outcome.warnings[..], [Warning::Note(note)] if note.starts_with("1 of 2 pictures")));
    }

    #[test]
    fn a_result_without_anything_is_bad_output() {
        for answer in [Answer::json(200, &json!({ "images": [] })), Answer::json(200, &json!({})), Answer::new(200)] {
            let Ok(State::Failed(failure)) = Fal::poll(&completed(answer)) else { panic!("another state") };
            assert!(matches!(failure.kind, FailureKind::BadOutput(_)));
            assert_eq!(failure.submitted, Submitted::Yes);
        }
        let broken = Answer::new(200).piece("{").breaks(HttpError::Timeout);
        assert_eq!(Fal::poll(&completed(broken)).unwrap_err().kind, FailureKind::Timeout, "it may be read again");
    }

    #[test]
    fn a_file_that_cannot_be_fetched_now_is_asked_for_again_and_one_that_is_gone_is_not() {
        let made = || Answer::json(200, &json!({ "images": [picture(1000)] }));
        let poll =
            |status| Fal::poll(&completed_with(&ticket(Capability::TextToImage), made(), move |_| Answer::new(status)));
        for status in [404, 410] {
            assert_eq!(poll(status).unwrap(), State::Expired);
        }
        let failure = poll(503).unwrap_err();
        assert_eq!((failure.submitted, failure.upstream_id.as_deref()), (Submitted::Yes, Some("r-1")));
    }
}
