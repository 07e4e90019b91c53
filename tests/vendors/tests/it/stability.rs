//! Stability AI: a form in, a picture out.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use palisade_vendors::{Running, Stability, Vendor};
use serde_json::json;

use crate::client::{Answer, Part, post, post_form, sides};

const CORE: &str = "/v2beta/stable-image/generate/core";

async fn paint(vendor: &Running<Stability>, accept: &str, fields: &[(&str, &str)]) -> Answer {
    let parts: Vec<Part<'_>> = fields.iter().map(|(name, value)| (*name, None, value.as_bytes())).collect();
    post_form(vendor, CORE, accept, &parts).await
}

#[tokio::test]
async fn a_picture_is_the_answer_or_in_it() {
    let vendor = Stability::start().await;
    let fields = [("prompt", "a fox"), ("seed", "7"), ("aspect_ratio", "16:9"), ("output_format", "webp")];
    let bare = paint(&vendor, "image/*", &fields).await;
    assert_eq!((bare.status, bare.header("content-type")), (200, "image/webp"));
    assert_eq!((bare.header("finish-reason"), bare.header("seed")), ("SUCCESS", "7"));
    assert_eq!(sides(&bare.body), (1376, 768));
    let wrapped = paint(&vendor, "application/json", &fields).await.json();
    assert_eq!((&wrapped["finish_reason"], &wrapped["seed"]), (&json!("SUCCESS"), &json!(7)));
    assert_eq!(BASE64_STANDARD.decode(wrapped["image"].as_str().unwrap()).unwrap(), bare.body);
    let usual = paint(&vendor, "*/*", &[("prompt", "a fox")]).await;
    assert_eq!((usual.header("content-type"), sides(&usual.body)), ("image/png", (1024, 1024)));
    assert_ne!(usual.header("seed"), "0");
}

#[tokio::test]
async fn a_picture_that_is_withheld_is_an_answer() {
    let vendor = Stability::start().await;
    let fields = [("prompt", "fail:withheld")];
    assert_eq!(paint(&vendor, "image/*", &fields).await.header("finish-reason"), "CONTENT_FILTERED");
    assert_eq!(paint(&vendor, "application/json", &fields).await.json()["finish_reason"], "CONTENT_FILTERED");
    assert_eq!(paint(&vendor, "image/*", &[("prompt", "fail:midway")]).await.status, 500);
}

#[tokio::test]
async fn a_form_that_makes_no_sense_is_refused() {
    let vendor = Stability::start().await;
    for (accept, fields, word) in [
        ("image/*", &[][..], "prompt"),
        ("image/*", &[("prompt", "")], "prompt"),
        ("image/png", &[("prompt", "a")], "accept"),
        ("image/*", &[("prompt", "a"), ("seed", "-1")], "seed"),
        ("image/*", &[("prompt", "a"), ("aspect_ratio", "2:1")], "aspect_ratio"),
        ("image/*", &[("prompt", "a"), ("output_format", "gif")], "output_format"),
    ] {
        let answer = paint(&vendor, accept, fields).await;
        let error = answer.json();
        assert_eq!((answer.status, &error["name"]), (400, &json!("bad_request")));
        assert!(error["id"].is_string() && error["errors"][0].as_str().unwrap().starts_with(word), "{error}");
    }
    let no_form = post(&vendor, CORE, &json!({ "prompt": "a" })).await;
    assert_eq!((no_form.status, &no_form.json()["name"]), (400, &json!("bad_request")));
}
