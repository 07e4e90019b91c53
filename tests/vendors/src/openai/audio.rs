//! `/v1/audio/speech` and `/v1/audio/transcriptions`.

use axum::{
    Json,
    body::Bytes,
    extract::{Multipart, multipart::MultipartRejection},
    http::header::CONTENT_TYPE,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::{
    error,
    models::{self, Purpose},
};
use crate::{
    form::Form,
    sound,
    talk::{count, pieces},
    vendor::Refused,
};

pub(super) async fn speak(body: Bytes) -> Result<Response, Refused> {
    let request = error::read(&body)?;
    models::check(request["model"].as_str(), Purpose::Speech)?;
    let text = request["input"].as_str().filter(|text| !text.is_empty() && text.chars().count() <= 4096);
    let text = text.ok_or_else(|| error::invalid("input", "Expected a text of 1 to 4096 characters."))?;
    if !request["voice"].is_string() {
        return Err(error::coded("missing_required_parameter", "voice", "Missing required parameter: 'voice'."));
    }
    if request["speed"].as_f64().is_some_and(|speed| !(0.25..=4.0).contains(&speed)) {
        return Err(error::invalid("speed", "Expected a number from 0.25 to 4."));
    }
    let spoken = sound::speak(text, request["response_format"].as_str().unwrap_or("mp3"));
    let file = spoken.ok_or_else(|| error::invalid("response_format", "Here it is 'mp3', 'wav' or 'pcm'."))?;
    Ok(file.into_response())
}

pub(super) async fn transcribe(form: Result<Multipart, MultipartRejection>) -> Result<Response, Refused> {
    let form = Form::read(form).await.ok_or_else(|| error::invalid("file", "Expected multipart/form-data."))?;
    let model = models::check(form.text("model"), Purpose::Transcription)?;
    let Some(file) = form.files("file").into_iter().next() else {
        return Err(error::coded("missing_required_parameter", "file", "Missing required parameter: 'file'."));
    };
    // The API goes by the name, too.
    let name = file.file_name.as_deref().unwrap_or_default();
    let known = ["flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm"];
    if !name.rsplit_once('.').is_some_and(|(_, extension)| known.contains(&extension)) {
        return Err(error::invalid("file", format!("Unrecognized file format. Supported formats: {known:?}")));
    }
    let seconds = if name.ends_with(".wav") {
        sound::seconds(&file.bytes).ok_or_else(|| error::invalid("file", "The audio file could not be decoded."))?
    } else {
        // As if it had 16 kB for each second.
        file.bytes.len() as f64 / 16_000.0
    };
    let text = format!("This sound lasted {seconds:.1} seconds. Nobody listened to it.");
    let words = form.texts("timestamp_granularities[]").contains(&"word");
    let language = form.text("language");
    answer(form.text("response_format"), &model, &text, seconds, language, words)
}

fn answer(
    format: Option<&str>,
    model: &str,
    text: &str,
    seconds: f64,
    language: Option<&str>,
    words: bool,
) -> Result<Response, Refused> {
    let plain = |text: String| ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response();
    let whisper = model.starts_with("whisper-");
    match format.unwrap_or("json") {
        "json" => {
            let usage = if whisper {
                json!({ "type": "duration", "seconds": seconds.ceil() })
            } else {
                let (input, output) = ((seconds * 10.0).round() as u64, count(text) as u64);
                json!({ "type": "tokens", "input_tokens": input, "output_tokens": output, "total_tokens": input + output })
            };
            Ok(Json(json!({ "text": text, "usage": usage })).into_response())
        }
        "text" if whisper => Ok(plain(format!("{text}\n"))),
        "verbose_json" if whisper => {
            let mut answer = json!({
                "task": "transcribe",
                "language": language.unwrap_or("english"),
                "duration": seconds,
                "text": text,
                "segments": segments(text, seconds),
                "usage": { "type": "duration", "seconds": seconds.ceil() },
            });
            if words {
                answer["words"] = spread(
                    &pieces(text),
                    seconds,
                    |word, start, end| json!({ "word": word.trim(), "start": start, "end": end }),
                );
            }
            Ok(Json(answer).into_response())
        }
        "srt" if whisper => {
            let [start, end] = [0.0, seconds].map(|time: f64| format!("00:00:{time:06.3}").replace('.', ","));
            Ok(plain(format!("1\n{start} --> {end}\n{text}\n\n")))
        }
        "vtt" if whisper => Ok(plain(format!("WEBVTT\n\n00:00:00.000 --> 00:00:{seconds:06.3}\n{text}\n\n"))),
        _ => Err(error::coded("unsupported_value", "response_format", "This model does not answer in this format.")),
    }
}

/// A segment for each sentence.
fn segments(text: &str, seconds: f64) -> Value {
    let sentences: Vec<String> = text.split_inclusive(". ").map(str::to_owned).collect();
    let mut number = 0;
    spread(&sentences, seconds, |sentence, start, end| {
        number += 1;
        json!({
            "id": number - 1,
            "seek": 0,
            "start": start,
            "end": end,
            "text": format!(" {}", sentence.trim()),
            "tokens": [],
            "temperature": 0.0,
            "avg_logprob": -0.25,
            "compression_ratio": 1.0,
            "no_speech_prob": 0.01,
        })
    })
}

/// Gives each part the same time.
fn spread(parts: &[String], seconds: f64, mut make: impl FnMut(&str, f64, f64) -> Value) -> Value {
    let each = seconds / parts.len().max(1) as f64;
    let made = parts.iter().enumerate().map(|(at, part)| make(part, at as f64 * each, (at + 1) as f64 * each));
    made.collect::<Vec<_>>().into()
}
