//! Who speaks and who listens.

use palisade::{Capability, Media, speech_to_text, text_to_speech::Request};

use super::{assert_field, those_who};
use crate::support::examples;

const TEXT: &str = "What hath God wrought?";

#[tokio::test]
async fn what_morse_says_morse_understands() {
    let morse = examples().get("morse").unwrap();
    let said = morse.text_to_speech(TEXT).await.unwrap().response;
    let seconds = said.usage.items.iter().find(|item| item.unit.as_str() == "audio-second").unwrap();
    assert!(seconds.quantity > 1.0);
    let audio = said.audio;
    let request =
        speech_to_text::Request { timestamps: Some("word".to_owned()), ..speech_to_text::Request::new(audio) };
    let heard = morse.speech_to_text(request).await.unwrap().response;
    assert_eq!(heard.text, TEXT.to_uppercase());
    assert_eq!(heard.segments.iter().map(|segment| segment.text.as_str()).collect::<Vec<_>>().len(), 4);
}

#[tokio::test]
async fn a_text_that_nobody_can_speak_is_refused_with_its_field() {
    let cases = [
        ("text", Request::new(" ")),
        ("text", Request::new("x".repeat(10_000_000))),
        ("speed", Request { speed: Some(0.0), ..Request::new("x") }),
        ("speed", Request { speed: Some(100.0), ..Request::new("x") }),
    ];
    for speaker in those_who(Capability::TextToSpeech) {
        for (field, request) in &cases {
            assert_field(&speaker, &speaker.text_to_speech(request.clone()).await.unwrap_err(), field);
        }
    }
}

#[tokio::test]
async fn what_is_no_sound_is_refused_with_its_field() {
    let sound = examples().get("morse").unwrap().text_to_speech("cut").await.unwrap().response.audio;
    let of = |data: &[u8]| Media { media_type: "audio/wav".to_owned(), data: data.to_vec() };
    for listener in those_who(Capability::SpeechToText) {
        for data in [&b"RIFF"[..], b"no sound at all", &sound.data[..20], &[]] {
            let error = listener.speech_to_text(speech_to_text::Request::new(of(data))).await.unwrap_err();
            assert_field(&listener, &error, "audio");
        }
    }
}
