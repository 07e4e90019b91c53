//! A small provider that asks every service of the host once, listens and speaks.
//!
//! Its component is kept with each release, and every later host runs it: see `tests/compatibility`. It says what it was asked, so that
//! nothing may be lost on the way.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

use palisade_guest::catalog::Model;
use palisade_guest::http::Request;
use palisade_guest::text_to_speech::{Event, Finish};
use palisade_guest::{
    CallOptions, Custom, Description, Failure, Provider, Result, SpeechToText, TextToSpeech, Usage, Warning, config,
    credentials, custom, key_value, log, progress, speech_to_text, text_to_speech,
};

/// The provider.
#[derive(Debug)]
pub struct Keepsake;

impl Provider for Keepsake {
    fn describe() -> Description {
        Description::new("keepsake-services")
            .summary("Says what it was asked.")
            .host("keepsake.example")
            .credential("key")
            .model(Model::new("keepsake").free().input("audio/wav").output("audio/wav"))
    }
}

impl Custom for Keepsake {
    fn tasks() -> Vec<custom::Task> {
        let object = r#"{"type": "object"}"#;
        vec![custom::Task::new("services", "Says what the services of the host answer.", object, object)]
    }

    fn run(request: custom::Request, options: &CallOptions) -> Result<custom::Response> {
        let answers = ask(&request.input, options);
        Ok(custom::Response { media: request.media, ..custom::Response::new(answers) })
    }
}

impl SpeechToText for Keepsake {
    fn transcribe(request: speech_to_text::Request, _: &CallOptions) -> Result<speech_to_text::Response> {
        let data = request.audio.read_all()?;
        if !data.starts_with(b"RIFF") || data.len() < 44 {
            return Err(Failure::invalid_input("audio", "it is no whole sound"));
        }
        let speech_to_text::Request { language, prompt, timestamps, speakers, .. } = request;
        let text = format!("{} bytes, {language:?}, {prompt:?}, {timestamps:?}, {speakers}", data.len());
        let segment = speech_to_text::Segment {
            speaker: Some("A".to_owned()),
            ..speech_to_text::Segment::new("a part", 0.25, 0.5)
        };
        let response = speech_to_text::Response::new(text);
        Ok(speech_to_text::Response { segments: vec![segment], seconds: Some(0.5), language, ..response })
    }
}

impl TextToSpeech for Keepsake {
    fn synthesize(request: text_to_speech::Request, _: &CallOptions) -> Result<text_to_speech::Response> {
        let words: Vec<String> = request.text.split_whitespace().take(8).map(str::to_owned).collect();
        let count = u32::try_from(words.len()).unwrap_or(u32::MAX);
        let head = std::iter::once(Ok(Event::audio(b"RIFF\0\0\0\0WAVE".to_vec())));
        let pieces = words.into_iter().map(|word| Ok(Event::audio(word.into_bytes())));
        let finish = Finish {
            warnings: vec![Warning::IgnoredParameter("text".to_owned())],
            ..Finish::new(Usage::of("word", count))
        };
        Ok(text_to_speech::Response::stream("audio/wav", head.chain(pieces).chain([Ok(Event::finish(finish))])))
    }
}

/// What each service answers, as JSON.
fn ask(input: &str, options: &CallOptions) -> String {
    log::info("asked");
    progress::report(0.5, "half");
    let kept = key_value::set("greeting", b"hello").and_then(|()| key_value::get("greeting"));
    let keys = key_value::keys("", None);
    let deleted = key_value::delete("greeting");
    let sent = Request::get("https://keepsake.example/").send().map(|response| response.status());
    let own: Vec<_> = options.provider_options.iter().map(|own| format!("{}={}", own.key, own.json)).collect();
    let texts = [
        ("config", format!("{:?}", config::get("greeting"))),
        ("credentials", format!("{:?}", credentials::has("key").map_err(|failure| failure.kind))),
        ("key-value", format!("{:?}", kept.map_err(|failure| failure.kind))),
        ("keys", format!("{:?}", keys.map_err(|failure| failure.kind))),
        ("deleted", format!("{:?}", deleted.map_err(|failure| failure.kind))),
        ("http", format!("{sent:?}")),
        ("options", format!("{} {} {own:?}", options.model, options.strict)),
    ];
    let fields: Vec<_> = texts.iter().map(|(name, text)| format!("\"{name}\":\"{}\"", escaped(text))).collect();
    format!("{{\"input\":{input},{}}}", fields.join(","))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace(|letter: char| letter.is_control(), " ")
}

palisade_guest::export!(Keepsake: custom, speech_to_text, text_to_speech);
