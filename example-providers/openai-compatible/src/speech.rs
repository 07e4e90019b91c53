//! The capability `text-to-speech`.

use std::iter;

use palisade_guest::text_to_speech::{Event, Request, Response};
use palisade_guest::upstream::decimal;
use palisade_guest::{CallOptions, Failure, Result, TextToSpeech, Usage, Warnings};
use serde_json::{Map, Value};

use crate::{OpenAiCompatible, known, refusal, settings, upstream};

/// The formats by their media types, with the words of the protocol; the first is the default.
pub(crate) const FORMATS: [(&str, &str); 5] =
    [("audio/mpeg", "mp3"), ("audio/ogg", "opus"), ("audio/aac", "aac"), ("audio/flac", "flac"), ("audio/wav", "wav")];

/// The lowest and the highest speed.
pub(crate) const SPEEDS: (f32, f32) = (0.25, 4.0);

/// A voice has to be named; every model of OpenAI has this one, and other servers know its name.
const DEFAULT_VOICE: &str = "alloy";

impl TextToSpeech for OpenAiCompatible {
    fn synthesize(request: Request, options: &CallOptions) -> Result<Response> {
        let model = settings::model(options)?;
        let mut warnings = options.warnings();
        let (body, media_type) = body(&request, &model.name, &mut warnings)?;
        let response = upstream::post("audio/speech", &body)?;
        let given = response.media_type();
        if given == "application/json" {
            let answer: Value = response.json()?;
            let error = answer.get("error").filter(|error| !error.is_null());
            return Err(error.map_or_else(|| Failure::incomplete("no sound"), refusal::within));
        }
        // Some servers have one format only, whatever they are asked for.
        let is_other = given.starts_with("audio/") && format_of(&given).is_none_or(|(_, word)| word != media_type.1);
        let media_type = if is_other { given } else { media_type.0.to_owned() };
        let usage = Usage::characters(&request.text);
        let end = iter::once_with(|| Ok(Event::finish(usage)));
        let sound = response.pieces().map(|piece| piece.map(Event::audio));
        Ok(Response::stream(media_type, sound.chain(end)).warnings(warnings.into_vec()))
    }
}

type Format = (&'static str, &'static str);

fn body(request: &Request, name: &str, warnings: &mut Warnings) -> Result<(Map<String, Value>, Format)> {
    for (parameter, is_set) in [("language", request.language.is_some()), ("seed", request.seed.is_some())] {
        if is_set {
            warnings.ignored(parameter)?;
        }
    }
    let [default, ..] = FORMATS;
    let format = match request.output_format.as_deref() {
        None => default,
        Some(wanted) => match format_of(wanted) {
            Some(format) => format,
            None => {
                warnings.replaced("output-format", default.0)?;
                default
            }
        },
    };
    let mut body = Map::new();
    let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
    set("model", name.into());
    set("input", request.text.as_str().into());
    set("voice", request.voice.as_deref().unwrap_or(DEFAULT_VOICE).into());
    set("response_format", format.1.into());
    if let Some(speed) = request.speed {
        let (least, most) = SPEEDS;
        let used = speed.clamp(least, most);
        if !(least..=most).contains(&speed) {
            warnings.adjusted("speed", used.to_string())?;
        }
        set("speed", decimal(used).into());
    }
    match &request.instructions {
        Some(instructions) if known::has_instructions(name) => drop(set("instructions", instructions.as_str().into())),
        Some(_) => warnings.ignored("instructions")?,
        None => {}
    }
    Ok((body, format))
}

/// The format that a media type means, by one of its names.
fn format_of(media_type: &str) -> Option<Format> {
    let usual = match media_type {
        "audio/mp3" => "audio/mpeg",
        "audio/opus" => "audio/ogg",
        "audio/x-wav" | "audio/wave" => "audio/wav",
        "audio/x-flac" => "audio/flac",
        other => other,
    };
    FORMATS.into_iter().find(|(known, _)| *known == usual)
}

#[cfg(test)]
mod tests {
    use palisade_guest::http::{Answer, HttpError};
    use palisade_guest::text_to_speech::Finish;
    use palisade_guest::{FailureKind, Submitted, Warning};
    use serde_json::json;

    use super::*;
    use crate::testing::upstream;

    fn sound(media_type: &str) -> Answer {
        Answer::new(200).header("content-type", media_type).cut("ID3 grün", 3)
    }

    fn speak(request: Request) -> Result<Response> {
        OpenAiCompatible::synthesize(request, &CallOptions::new("gpt-4o-mini-tts"))
    }

    #[test]
    fn a_sound_is_passed_on_as_it_comes() {
        let sent = upstream("audio/speech", sound("audio/mpeg"));
        let request = Request { instructions: Some("whisper".into()), speed: Some(1.2), ..Request::new("grün") };
        let response = speak(request).unwrap();
        assert_eq!(response.media_type(), "audio/mpeg");
        let events = response.collect::<Result<Vec<_>>>().unwrap();
        let pieces = events.iter().filter_map(|event| match event {
            Event::Audio(piece) => Some(piece.as_slice()),
            Event::Finish(_) => None,
        });
        assert_eq!(pieces.collect::<Vec<_>>().concat(), "ID3 grün".as_bytes());
        assert_eq!(events.last(), Some(&Event::Finish(Finish::new(Usage::of("character", 4)))));
        assert!(events.len() > 3, "in pieces");
        let expected = json!({
            "model": "gpt-4o-mini-tts", "input": "grün", "voice": "alloy", "response_format": "mp3", "speed": 1.2,
            "instructions": "whisper",
        });
        assert_eq!(sent.borrow()[0].json(), expected);
    }

    #[test]
    fn a_sound_is_what_the_server_says_it_is() {
        let media_type = |asked: &str, given: &str| {
            let sent = upstream("audio/speech", sound(given));
            let request = Request { output_format: Some(asked.into()), ..Request::new("hi") };
            let media_type = speak(request).unwrap().media_type().to_owned();
            (media_type, sent.borrow()[0].json()["response_format"].as_str().unwrap().to_owned())
        };
        assert_eq!(media_type("audio/wav", "audio/x-wav"), ("audio/wav".to_owned(), "wav".to_owned()));
        assert_eq!(media_type("audio/flac", "application/octet-stream").0, "audio/flac");
        assert_eq!(media_type("audio/flac", "audio/mpeg").0, "audio/mpeg");
    }

    #[test]
    fn what_is_not_heeded_is_said() {
        let mut warnings = CallOptions::new("m").warnings();
        let request = Request {
            seed: Some(1),
            language: Some("en".into()),
            instructions: Some("whisper".into()),
            speed: Some(0.1),
            output_format: Some("audio/midi".into()),
            ..Request::new("hi")
        };
        let (body, _) = body(&request, "tts-1", &mut warnings).unwrap();
        assert_eq!((&body["speed"], body.get("instructions")), (&json!(0.25), None));
        let ignored = |name: &str| Warning::IgnoredParameter(name.into());
        let adjusted = |name: &str, used: &str| Warning::AdjustedParameter((name.into(), used.into()));
        let expected = [
            ignored("language"),
            ignored("seed"),
            adjusted("output-format", "audio/mpeg"),
            adjusted("speed", "0.25"),
            ignored("instructions"),
        ];
        assert_eq!(warnings.into_vec(), expected);
    }

    #[test]
    fn a_sound_that_is_cut_has_no_end() {
        upstream("audio/speech", sound("audio/mpeg").breaks(HttpError::Protocol("cut".into())));
        let failure = speak(Request::new("hi")).unwrap().last().unwrap().unwrap_err();
        assert!(matches!(failure.kind, FailureKind::BadOutput(_)) && failure.submitted == Submitted::Yes);
    }

    #[test]
    fn an_error_in_the_place_of_a_sound_is_a_failure() {
        upstream("audio/speech", Answer::json(200, &json!({"error": {"code": "invalid_api_key"}})));
        assert_eq!(speak(Request::new("hi")).unwrap_err().kind, FailureKind::Auth);
        upstream("audio/speech", Answer::json(200, &json!({})));
        assert!(matches!(speak(Request::new("hi")).unwrap_err().kind, FailureKind::BadOutput(_)));
    }
}
