//! Stability AI: a form in, a picture out.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use palisade_vendors::{OpenAi, Running, Stability, Vendor};
use serde_json::json;

use crate::client::{Answer, Part, get, post, post_form, sides};

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

#[tokio::test]
async fn a_picture_that_comes_with_the_request_is_changed_and_enlarged() {
    let vendor = Stability::start().await;
    let painter = OpenAi::start().await;
    let order = json!({ "model": "gpt-image-1", "prompt": "a fox", "size": "12x10" });
    let painted = post(&painter, "/v1/images/generations", &order).await.json();
    let file = BASE64_STANDARD.decode(painted["data"][0]["b64_json"].as_str().unwrap()).unwrap();
    let own = sides(&file);
    let ask = async |path: &str, mask: &[u8], fields: &[(&str, &str)]| {
        let mut parts: Vec<Part<'_>> = fields.iter().map(|(name, value)| (*name, None, value.as_bytes())).collect();
        parts.push(("image", Some("image.png"), &file));
        if !mask.is_empty() {
            parts.push(("mask", Some("mask.png"), mask));
        }
        post_form(&vendor, &format!("/v2beta/stable-image/{path}"), "image/*", &parts).await
    };
    let prompt = ("prompt", "a fox");
    for (path, fields) in [
        ("generate/ultra", &[prompt, ("strength", "0.5")][..]),
        ("generate/sd3", &[prompt, ("mode", "image-to-image"), ("strength", "1"), ("model", "sd3.5-medium")]),
        ("edit/inpaint", &[prompt]),
        ("edit/search-and-replace", &[prompt, ("search_prompt", "the dog")]),
    ] {
        let answer = ask(path, &[], fields).await;
        assert_eq!((answer.status, sides(&answer.body)), (200, own), "{path}");
    }
    for (path, fields, word) in [
        ("generate/ultra", &[prompt][..], "strength"),
        ("generate/ultra", &[prompt, ("strength", "2")], "strength"),
        ("generate/sd3", &[prompt, ("mode", "image-to-image"), ("aspect_ratio", "1:1")], "aspect_ratio"),
        ("generate/sd3", &[prompt, ("model", "sd1")], "model"),
        ("generate/sd3", &[prompt, ("output_format", "webp")], "output_format"),
        ("edit/search-and-replace", &[prompt], "search_prompt"),
        ("edit/inpaint", &[], "prompt"),
    ] {
        let answer = ask(path, &[], fields).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.json()["errors"][0].as_str().unwrap().starts_with(word), "{path}: {}", answer.text());
    }
    assert_eq!(sides(&ask("upscale/fast", &[], &[]).await.body), (48, 40));
    assert_eq!(ask("edit/inpaint", &file, &[prompt]).await.status, 200);
    let large = paint(&vendor, "image/*", &[prompt]).await.body;
    assert_eq!(ask("edit/inpaint", &large, &[prompt]).await.status, 400, "the mask is of another size");
    assert_eq!(ask("upscale/slow", &[], &[]).await.status, 404);
}

#[tokio::test]
async fn a_balance_is_told() {
    let vendor = Stability::start().await;
    assert_eq!(get(&vendor, "/v1/user/balance").await.json(), json!({ "credits": 25.0 }));
}
