//! OpenAI: images, speech, transcription.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use palisade_vendors::{OpenAi, Running, Vendor};
use serde_json::{Value, json};

use crate::client::{Answer, download, post, post_form, sides};

const IMAGES: &str = "/v1/images/generations";

fn unpacked(image: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(image["b64_json"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_picture_comes_with_the_answer() {
    let vendor = OpenAi::start().await;
    let order =
        json!({ "model": "gpt-image-1", "prompt": "a red fox", "size": "64x32", "n": 2, "output_format": "jpeg" });
    let answer = post(&vendor, IMAGES, &order).await.json();
    let [first, second] = [0, 1].map(|index| unpacked(&answer["data"][index]));
    assert!(first.starts_with(&[0xff, 0xd8]) && first != second);
    assert_eq!((sides(&first), sides(&second)), ((64, 32), (64, 32)));
    let usage = &answer["usage"];
    assert_eq!(
        (&usage["input_tokens"], &usage["output_tokens"], &usage["total_tokens"]),
        (&json!(3), &json!(2000), &json!(2003))
    );
    assert_eq!(post(&vendor, IMAGES, &order).await.json(), answer, "the same again");
}

#[tokio::test]
async fn a_picture_is_where_the_answer_points_to() {
    let vendor = OpenAi::start().await;
    let order = |more: Value| {
        let mut order = json!({ "model": "dall-e-3", "prompt": "a red fox", "size": "64x64" });
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        order
    };
    let linked = post(&vendor, IMAGES, &order(json!({}))).await.json();
    assert_eq!(linked["data"][0]["revised_prompt"], "a red fox, in two colours");
    let file = download(&vendor, &linked["data"][0]["url"]).await;
    assert_eq!((file.header("content-type"), sides(&file.body)), ("image/png", (64, 64)));
    assert_eq!(vendor.requests().last().unwrap().header("authorization"), None);
    let packed = post(&vendor, IMAGES, &order(json!({ "response_format": "b64_json" }))).await.json();
    assert_eq!(unpacked(&packed["data"][0]), file.body);
    for wrong in [
        json!({ "n": 2 }),
        json!({ "size": "huge" }),
        json!({ "size": "0x1" }),
        json!({ "prompt": "" }),
        json!({ "response_format": "png" }),
        json!({ "model": "gpt-image-1", "response_format": "b64_json" }),
    ] {
        assert_eq!(post(&vendor, IMAGES, &order(wrong.clone())).await.status, 400, "{wrong}");
    }
    let missing = crate::client::send(vendor.address, "GET", "/files/none.png", &[], "").await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn a_picture_is_edited() {
    let vendor = OpenAi::start().await;
    let made =
        post(&vendor, IMAGES, &json!({ "model": "gpt-image-1", "prompt": "a fox", "size": "20x10" })).await.json();
    let picture = unpacked(&made["data"][0]);
    let edit = async |image: &[u8], mask: &[u8], name: &str| {
        let texts = [("model", None, &b"gpt-image-1"[..]), ("prompt", None, b"in snow")];
        let files = [(name, Some("image.png"), image), ("mask", Some("mask.png"), mask)];
        post_form(&vendor, "/v1/images/edits", "*/*", &[&texts[..], &files].concat()).await
    };
    for name in ["image", "image[]"] {
        let edited = edit(&picture, &picture, name).await.json();
        assert_eq!(sides(&unpacked(&edited["data"][0])), (20, 10));
        assert_eq!(edited["usage"]["input_tokens_details"], json!({ "text_tokens": 2, "image_tokens": 100 }));
    }
    let other =
        post(&vendor, IMAGES, &json!({ "model": "gpt-image-1", "prompt": "a fox", "size": "9x9" })).await.json();
    let other = unpacked(&other["data"][0]);
    for wrong in [edit(b"no picture", &picture, "image").await, edit(&picture, &other, "image").await] {
        assert_eq!((wrong.status, &wrong.json()["error"]["code"]), (400, &json!("invalid_image_file")));
    }
    assert_eq!(edit(&picture, &picture, "picture").await.status, 400, "none is called image");
    assert_eq!(post(&vendor, "/v1/images/edits", &json!({})).await.status, 400, "it is no form");
}

async fn speech(vendor: &Running<OpenAi>, more: Value) -> Answer {
    let mut request = json!({ "model": "tts-1", "voice": "alloy", "input": "one two three", "response_format": "wav" });
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    post(vendor, "/v1/audio/speech", &request).await
}

#[tokio::test]
async fn speech_is_a_tone_for_each_word() {
    let vendor = OpenAi::start().await;
    let wav = speech(&vendor, json!({})).await;
    assert_eq!((wav.status, wav.header("content-type")), (200, "audio/wav"));
    let sound = hound::WavReader::new(&wav.body[..]).unwrap();
    assert_eq!((sound.spec().sample_rate, sound.spec().channels, sound.duration()), (24_000, 1, 7200));
    let samples: Vec<i16> = sound.into_samples().map(Result::unwrap).collect();
    let pcm = speech(&vendor, json!({ "response_format": "pcm" })).await;
    assert_eq!(pcm.body, samples.iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<u8>>());
    let mp3 = speech(&vendor, json!({ "response_format": null })).await;
    assert_eq!(
        (mp3.header("content-type"), mp3.body.len(), &mp3.body[..2]),
        ("audio/mpeg", 3 * 417, &[0xff, 0xfb][..])
    );
    for wrong in
        [json!({ "input": "" }), json!({ "voice": null }), json!({ "speed": 9 }), json!({ "response_format": "midi" })]
    {
        assert_eq!(speech(&vendor, wrong.clone()).await.status, 400, "{wrong}");
    }
    assert_eq!(speech(&vendor, json!({ "model": "gpt-4o" })).await.status, 404);
}

#[tokio::test]
async fn a_transcription_says_how_long_the_sound_was() {
    let vendor = OpenAi::start().await;
    let sound = speech(&vendor, json!({ "input": "word ".repeat(20) })).await.body;
    let transcribe = async |model: &str, format: &str, name: &str, bytes: &[u8]| {
        let texts = [("model", None, model.as_bytes()), ("response_format", None, format.as_bytes())];
        let words = ("timestamp_granularities[]", None, &b"word"[..]);
        post_form(&vendor, "/v1/audio/transcriptions", "*/*", &[texts[0], texts[1], words, ("file", Some(name), bytes)])
            .await
    };
    let text = "This sound lasted 2.0 seconds. Nobody listened to it.";
    let plain = transcribe("gpt-4o-transcribe", "json", "a.wav", &sound).await.json();
    assert_eq!((&plain["text"], &plain["usage"]["type"]), (&json!(text), &json!("tokens")));
    assert_eq!(transcribe("whisper-1", "text", "a.wav", &sound).await.text(), format!("{text}\n"));
    let verbose = transcribe("whisper-1", "verbose_json", "a.wav", &sound).await.json();
    assert_eq!(
        (&verbose["text"], &verbose["duration"], &verbose["language"]),
        (&json!(text), &json!(2.0), &json!("english"))
    );
    let segments = verbose["segments"].as_array().unwrap();
    assert_eq!(segments.len(), 2);
    assert_eq!(
        (&segments[0]["start"], &segments[0]["end"], &segments[1]["end"]),
        (&json!(0.0), &json!(1.0), &json!(2.0))
    );
    assert_eq!(joined_trimmed(segments), text);
    assert_eq!(verbose["words"].as_array().unwrap().len(), 9);
    let subtitles = transcribe("whisper-1", "srt", "a.wav", &sound).await.text();
    assert!(subtitles.starts_with("1\n00:00:00,000 --> 00:00:02,000\nThis"), "{subtitles}");
    let web = transcribe("whisper-1", "vtt", "a.wav", &sound).await.text();
    assert!(web.starts_with("WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nThis"), "{web}");
    for (model, format, name, bytes) in [
        ("gpt-4o-transcribe", "srt", "a.wav", &sound[..]),
        ("whisper-1", "json", "a.txt", &sound),
        ("whisper-1", "json", "a.wav", b"no sound"),
    ] {
        assert_eq!(transcribe(model, format, name, bytes).await.status, 400, "{model} {format} {name}");
    }
    assert_eq!(transcribe("gpt-4o", "json", "a.wav", &sound).await.status, 404);
}

fn joined_trimmed(segments: &[Value]) -> String {
    segments.iter().map(|segment| segment["text"].as_str().unwrap()).collect::<String>().trim().to_owned()
}
