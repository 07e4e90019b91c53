//! The capability `speech-to-text`.

use palisade_guest::http::Form;
use palisade_guest::speech_to_text::{Request, Response, Segment};
use palisade_guest::{CallOptions, Failure, Result, SpeechToText, Usage, Warnings};
use serde_json::Value;

use crate::{OpenAiCompatible, known, refusal, settings, upstream, usage};

impl SpeechToText for OpenAiCompatible {
    fn transcribe(request: Request, options: &CallOptions) -> Result<Response> {
        let model = settings::model(options)?;
        let mut warnings = options.warnings();
        let form = form(&request, &model.name, &mut warnings)?;
        let answer: Value = upstream::post_form("audio/transcriptions", form)?.json()?;
        if let Some(error) = answer.get("error").filter(|error| !error.is_null()) {
            return Err(refusal::within(error));
        }
        let text = answer.get("text").and_then(Value::as_str).ok_or_else(|| Failure::incomplete("no text"))?;
        let seconds = usage::number(&answer, &["/duration", "/usage/seconds"]);
        let mut used = answer.get("usage").map_or_else(Usage::none, usage::tokens);
        if let Some(seconds) = seconds {
            used = used.and("audio-second", seconds);
        }
        let wants_times = request.timestamps.is_some() || request.speakers;
        let pieces = if request.timestamps.as_deref() == Some("word") { "words" } else { "segments" };
        let segments = answer.get(pieces).and_then(Value::as_array).filter(|_| wants_times);
        Ok(Response {
            segments: segments.into_iter().flatten().filter_map(segment).collect(),
            language: answer.get("language").and_then(Value::as_str).and_then(tag),
            seconds,
            ..Response::new(text.trim())
        }
        .usage(used)
        .warnings(warnings.into_vec()))
    }
}

fn form(request: &Request, name: &str, warnings: &mut Warnings) -> Result<Form> {
    let times = request.timestamps.as_deref();
    let granularity = match times {
        Some("segment" | "word") if !known::has_no_times(name) => times,
        // They come with the speakers.
        Some("segment") if known::tells_speakers(name) => None,
        Some(_) => {
            warnings.ignored("timestamps")?;
            None
        }
        None => None,
    };
    if request.speakers && !known::tells_speakers(name) {
        warnings.ignored("speakers")?;
    }
    let format = if known::tells_speakers(name) {
        "diarized_json"
    } else if granularity.is_some() || name.contains("whisper") {
        // It says how long the sound is too, which is what is billed.
        "verbose_json"
    } else {
        "json"
    };
    let mut form = Form::new().text("model", name).text("response_format", format);
    form = form.text_if("timestamp_granularities[]", granularity).text_if("prompt", request.prompt.as_deref());
    if let Some(language) = &request.language {
        // Regions are not known there.
        let (spoken, region) =
            language.split_once('-').map_or((language.as_str(), None), |(one, two)| (one, Some(two)));
        if region.is_some() {
            warnings.replaced("language", spoken)?;
        }
        form = form.text("language", spoken);
    }
    if known::tells_speakers(name) {
        form = form.text("chunking_strategy", "auto");
    }
    form.media("file", &request.audio)
}

fn segment(piece: &Value) -> Option<Segment> {
    let text = piece.get("text").or_else(|| piece.get("word"))?.as_str()?.trim();
    let [start, end] = ["/start", "/end"].map(|place| usage::number(piece, &[place]));
    let start = start?;
    let speaker = piece.get("speaker").and_then(Value::as_str).map(str::to_owned);
    Some(Segment { speaker, ..Segment::new(text, start, end?.max(start)) })
}

/// A language as a tag; none for one that is spelled out.
fn tag(language: &str) -> Option<String> {
    matches!(language.split('-').next(), Some(first) if (2..=3).contains(&first.len())).then(|| language.to_owned())
}

#[cfg(test)]
mod tests {
    use palisade_guest::http::Answer;
    use palisade_guest::{FailureKind, Media, Submitted, Warning};
    use serde_json::json;

    use super::*;
    use crate::testing::upstream;

    fn request() -> Request {
        Request::new(Media::new("audio/mpeg", b"ID3".to_vec()).unwrap())
    }

    fn transcribe(request: Request, model: &str, answer: &Value) -> Result<(Response, String)> {
        let sent = upstream("audio/transcriptions", Answer::json(200, answer));
        let response = OpenAiCompatible::transcribe(request, &CallOptions::new(model))?;
        let body = sent.borrow()[0].text();
        Ok((response, body))
    }

    #[test]
    fn a_sound_is_sent_as_a_file() {
        let answer = json!({"text": " Hello. ", "language": "english", "duration": 1.5, "segments": [{"text": "Hello.", "start": 0, "end": 1}]});
        let request = Request { language: Some("en".into()), prompt: Some("Ada".into()), ..request() };
        let (response, body) = transcribe(request, "whisper-1", &answer).unwrap();
        assert_eq!((response.text.as_str(), response.seconds, response.language), ("Hello.", Some(1.5), None));
        assert!(response.segments.is_empty() && response.warnings.is_empty());
        assert_eq!(response.usage, Usage::of("audio-second", 1.5));
        for part in [
            "name=\"model\"\r\n\r\nwhisper-1\r\n",
            "name=\"response_format\"\r\n\r\nverbose_json\r\n",
            "name=\"language\"\r\n\r\nen\r\n",
            "name=\"prompt\"\r\n\r\nAda\r\n",
            "name=\"file\"; filename=\"audio.mp3\"\r\nContent-Type: audio/mpeg\r\n\r\nID3\r\n",
        ] {
            assert!(body.contains(part), "{part:?} is not in {body}");
        }
    }

    #[test]
    fn times_are_those_that_were_asked_for() {
        let answer = json!({
            "text": "Hi you.", "language": "en",
            "segments": [{"text": " Hi you.", "start": 0, "end": 1.25}],
            "words": [
                {"word": "Hi", "start": 0, "end": 0.5},
                {"word": "you", "start": 0.75, "end": 0.5},
                {"word": "?"},
            ],
        });
        let times = |finely: &str| {
            let request = Request { timestamps: Some(finely.into()), ..request() };
            let (response, body) = transcribe(request, "whisper-1", &answer).unwrap();
            assert!(body.contains(&format!("name=\"timestamp_granularities[]\"\r\n\r\n{finely}\r\n")));
            assert_eq!(response.language.as_deref(), Some("en"));
            response.segments
        };
        assert_eq!(times("segment"), [Segment::new("Hi you.", 0.0, 1.25)]);
        assert_eq!(times("word"), [Segment::new("Hi", 0.0, 0.5), Segment::new("you", 0.75, 0.75)]);
    }

    #[test]
    fn tokens_are_counted_where_they_are_billed() {
        let answer = json!({"text": "Hi.", "usage": {"type": "tokens", "input_tokens": 14, "output_tokens": 4}});
        let (response, body) = transcribe(request(), "gpt-4o-mini-transcribe", &answer).unwrap();
        let expected = Usage::of("input-token", 14).and("cached-input-token", 0).and("output-token", 4);
        assert_eq!(response.usage, expected);
        assert!(body.contains("name=\"response_format\"\r\n\r\njson\r\n"));
    }

    #[test]
    fn what_a_model_does_not_know_is_said() {
        let request = |strict| {
            let timestamps = Some("word".to_owned());
            let request = Request { timestamps, speakers: true, language: Some("en-GB".into()), ..request() };
            form(&request, "gpt-4o-transcribe", &mut CallOptions { strict, ..CallOptions::new("m") }.warnings()).err()
        };
        assert_eq!(request(false), None);
        assert_eq!(request(true).unwrap().kind, FailureKind::Unsupported(vec!["timestamps".into()]));
        let (response, body) = transcribe(
            Request { speakers: true, language: Some("en-GB".into()), ..self::request() },
            "whisper-1",
            &json!({"text": ""}),
        )
        .unwrap();
        let adjusted = Warning::AdjustedParameter(("language".into(), "en".into()));
        assert_eq!(response.warnings, [Warning::IgnoredParameter("speakers".into()), adjusted]);
        assert!(body.contains("\r\n\r\nen\r\n"));
    }

    #[test]
    fn speakers_come_with_their_times() {
        let piece = segment(&json!({"text": "Hi.", "start": 0.0, "end": 1.0, "speaker": "A"})).unwrap();
        assert_eq!(piece, Segment { speaker: Some("A".into()), ..Segment::new("Hi.", 0.0, 1.0) });
    }

    #[test]
    fn an_answer_without_a_text_is_bad_output() {
        let failure = transcribe(request(), "whisper-1", &json!({"texts": []})).unwrap_err();
        assert!(matches!(failure.kind, FailureKind::BadOutput(_)) && failure.submitted == Submitted::Yes);
        let failure = transcribe(request(), "whisper-1", &json!({"error": {"code": "invalid_api_key"}})).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Auth);
    }
}
