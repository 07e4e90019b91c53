//! `stability`, against Stability AI.

use std::collections::BTreeMap;

use palisade::{
    CallSettings, Capability, Dimensions, ErrorKind, Host, Media, Submitted, Unit, Warning, image_edit, image_upscale,
    text_to_image,
};
use palisade_vendors::{Running, Stability, Vendor as _};
use serde_json::{Value, json};

use super::STABILITY;
use crate::support::hollow_png;

async fn host_of(vendor: &Running<Stability>) -> Host {
    STABILITY.host(vendor.address).await
}

fn settings(options: Value, strict: bool) -> CallSettings {
    let options: BTreeMap<String, Value> = serde_json::from_value(options).unwrap();
    CallSettings { options, strict, ..CallSettings::default() }
}

/// The last form that the vendor was sent.
fn last_form(vendor: &Running<Stability>) -> String {
    vendor.requests().pop().unwrap().text()
}

#[tokio::test]
async fn a_picture_is_made_as_ordered() {
    let vendor = Stability::start().await;
    let host = host_of(&vendor).await;
    let request = text_to_image::Request {
        negative_prompt: Some("snow".to_owned()),
        size: Dimensions::Aspect(16, 9),
        seed: Some(7),
        output_format: Some("image/webp".to_owned()),
        ..text_to_image::Request::new("a red fox")
    };
    let options = settings(json!({ "style-preset": "anime" }), true);
    let made = STABILITY.of(&host).call(request, options).await.unwrap();
    assert_eq!(made.model.as_str(), "core");
    let image = &made.response.images[0];
    assert_eq!((image.width, image.height, image.seed), (Some(1376), Some(768), Some(7)));
    assert_eq!((image.content.media_type.as_str(), &image.content.data[8..12]), ("image/webp", &b"WEBP"[..]));
    let used = &made.response.usage.items[0];
    assert_eq!((&used.unit, used.quantity), (&Unit::Image, 1.0));
    assert_eq!(made.response.warnings, []);
    assert!(last_form(&vendor).contains("name=\"style_preset\"\r\n\r\nanime"));
}

#[tokio::test]
async fn a_size_snaps_to_a_shape_or_is_refused() {
    let vendor = Stability::start().await;
    let host = host_of(&vendor).await;
    let request =
        || text_to_image::Request { size: Dimensions::Pixels(1280, 720), ..text_to_image::Request::new("a red fox") };
    let made = STABILITY.of(&host).text_to_image(request()).await.unwrap();
    let adjusted = Warning::AdjustedParameter { name: "size".to_owned(), value: "16:9".to_owned() };
    assert_eq!((made.response.warnings, made.response.images[0].width), (vec![adjusted], Some(1376)));
    let error = STABILITY.of(&host).call(request(), settings(json!({}), true)).await.unwrap_err();
    assert_eq!((error.kind(), error.submitted()), (ErrorKind::LimitExceeded, Submitted::No), "{error}");
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test]
async fn pictures_are_changed_by_the_service_that_can() {
    let vendor = Stability::start().await;
    let host = host_of(&vendor).await;
    let edit = async |model: &str, request: image_edit::Request, options: Value| {
        let search = host.find_best_provider(Capability::ImageEdit).model(model);
        search.call(request, settings(options, false)).await.map(|made| made.response.images[0].width)
    };
    let request = || image_edit::Request::new("a red fox", hollow_png(24, 16));
    let masked = || image_edit::Request { mask: Some(hollow_png(24, 16)), ..request() };
    let searched = json!({ "search-prompt": "the dog" });
    for (model, request, options, path) in [
        ("ultra", request(), json!({ "strength": 0.5 }), "generate/ultra"),
        ("sd3.5-medium", request(), json!({}), "generate/sd3"),
        ("inpaint", masked(), json!({}), "edit/inpaint"),
        ("search-and-replace", request(), searched, "edit/search-and-replace"),
    ] {
        assert_eq!(edit(model, request, options).await.unwrap(), Some(24), "{model}");
        assert!(vendor.requests().pop().unwrap().path.ends_with(path), "{model}");
    }
    let asked = vendor.requests().len();
    let error = edit("inpaint", request(), json!({})).await.unwrap_err();
    assert_eq!((error.kind(), vendor.requests().len()), (ErrorKind::Unsupported, asked), "{error}");
}

#[tokio::test]
async fn a_picture_is_enlarged() {
    let vendor = Stability::start().await;
    let host = host_of(&vendor).await;
    let request = |scale| image_upscale::Request { scale, ..image_upscale::Request::new(hollow_png(12, 10)) };
    let enlarged = STABILITY.of(&host).image_upscale(request(image_upscale::Scale::Factor(4.0))).await.unwrap();
    assert_eq!((enlarged.response.image.width, enlarged.response.image.height), (Some(48), Some(40)));
    assert_eq!(enlarged.response.warnings, []);
    let near = STABILITY.of(&host).image_upscale(request(image_upscale::Scale::Factor(2.0))).await.unwrap();
    let adjusted = Warning::AdjustedParameter { name: "scale".to_owned(), value: "4".to_owned() };
    assert_eq!(near.response.warnings, [adjusted]);
}

#[tokio::test]
async fn a_large_picture_comes_through_the_hands_of_the_host() {
    let vendor = Stability::start().await;
    let host = host_of(&vendor).await;
    let made = STABILITY.of(&host).text_to_image("a red fox").await.unwrap();
    let Media { media_type, data } = &made.response.images[0].content;
    assert_eq!((media_type.as_str(), data.starts_with(b"\x89PNG")), ("image/png", true));
    assert_eq!(made.response.images[0].width, Some(1024));
}

#[tokio::test]
async fn a_picture_that_is_withheld_is_a_refusal_of_the_content() {
    let vendor = Stability::start().await;
    let host = host_of(&vendor).await;
    for (word, kind) in [("fail:withheld", ErrorKind::ContentPolicy), ("fail:midway", ErrorKind::Upstream)] {
        let error = STABILITY.of(&host).text_to_image(word).await.unwrap_err();
        assert_eq!((error.kind(), error.submitted()), (kind, Submitted::Yes), "{error}");
    }
    let error = STABILITY.of(&host).text_to_image("fail:invalid").await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("some-field")), "{error}");
    assert!(error.upstream_id().is_some(), "{error:?}");
}
