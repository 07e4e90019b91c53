//! Painters.

use std::io::Cursor;

use image::{ImageFormat, ImageReader};
use palisade::{
    CallSettings, Capability, Completion, Dimensions, Feature, ProviderHandle,
    text_to_image::{Request, Response},
};

use super::{assert_field, knows, those_who};
use crate::support::examples;

fn painters() -> Vec<ProviderHandle> {
    those_who(Capability::TextToImage)
}

/// Makes pictures and fails unless they are what the response says.
async fn check(painter: &ProviderHandle, request: Request) -> Completion<Response> {
    let n = request.n as usize;
    let case = format!("{} with {:?} of {}", painter.id(), request.size, n);
    let made = painter.text_to_image(request).await.unwrap_or_else(|error| panic!("{case}: {error}"));
    assert!((1..=n).contains(&made.response.images.len()), "{case}");
    for image in &made.response.images {
        assert_eq!(image.content.media_type, "image/png", "{case}");
        let reader = ImageReader::with_format(Cursor::new(&image.content.data), ImageFormat::Png);
        let picture = reader.decode().unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!((Some(picture.width()), Some(picture.height())), (image.width, image.height), "{case}");
    }
    let images = made.response.usage.items.iter().find(|item| item.unit.as_str() == "image").unwrap();
    assert_eq!(images.quantity, made.response.images.len() as f64, "{case}");
    let resources = made.report.resources;
    assert!(resources.fuel > Some(0) && resources.peak_memory_bytes > 0, "{case}: {resources:?}");
    made
}

fn sized(size: Dimensions) -> Request {
    Request { size, ..Request::new("a red fox in fresh snow") }
}

fn seeded(seed: u64) -> Request {
    Request { seed: Some(seed), ..sized(Dimensions::Pixels(64, 64)) }
}

#[tokio::test]
async fn any_size_gives_a_picture_of_the_size_that_is_said() {
    let sizes = [
        Dimensions::Pixels(64, 64),
        Dimensions::Pixels(300, 157),
        Dimensions::Pixels(157, 300),
        Dimensions::Pixels(512, 512),
        Dimensions::Pixels(1, 1),
        Dimensions::Aspect(16, 9),
        Dimensions::Aspect(1, 100),
    ];
    for painter in painters() {
        for size in sizes {
            let made = check(&painter, sized(size)).await;
            let image = &made.response.images[0];
            let adjusted = made.response.warnings.iter().any(|warning| warning.to_string().starts_with("`size`"));
            if let (Dimensions::Pixels(width, height), false) = (size, adjusted) {
                assert_eq!((image.width, image.height), (Some(width), Some(height)), "{}", painter.id());
            }
        }
    }
}

#[tokio::test]
async fn a_picture_says_its_seed() {
    for painter in painters().iter().filter(|painter| knows(painter, "seed")) {
        let picture = check(painter, seeded(1)).await.response.images.remove(0);
        assert_eq!(picture.seed, Some(1), "{}", painter.id());
    }
    let seeded = examples().find_best_provider(Capability::TextToImage).require(Feature::Seed).explain().unwrap();
    assert_eq!(seeded.considered().count(), 2);
}

#[tokio::test]
async fn the_same_request_uses_the_same_fuel() {
    for painter in painters() {
        let fuel = async || check(&painter, seeded(7)).await.report.resources.fuel;
        assert_eq!(fuel().await, fuel().await, "{}", painter.id());
    }
}

#[tokio::test]
async fn as_many_pictures_are_made_as_are_asked_for() {
    for painter in painters().iter().filter(|painter| knows(painter, "n")) {
        let made = check(painter, Request { n: 3, ..seeded(1) }).await;
        let pictures: std::collections::BTreeSet<_> =
            made.response.images.iter().map(|image| image.content.data.clone()).collect();
        assert_eq!(pictures.len(), 3, "{}: they are all different", painter.id());
    }
}

#[tokio::test]
async fn a_request_that_nobody_can_serve_is_refused_with_its_field() {
    let cases = [
        ("prompt", Request::new("")),
        ("prompt", Request::new(" \n\t ")),
        ("prompt", Request::new("x".repeat(2 << 20))),
        ("size", sized(Dimensions::Pixels(0, 64))),
        ("size", sized(Dimensions::Aspect(9, 0))),
        ("n", Request { n: 65, ..Request::new("a fox") }),
    ];
    for painter in painters() {
        for (field, request) in &cases {
            let error = painter.text_to_image(request.clone()).await.unwrap_err();
            assert_field(&painter, &error, field);
            assert!(error.report().is_none(), "nothing ran");
        }
    }
}

#[tokio::test]
async fn options_are_checked_against_the_catalogue_before_anything_runs() {
    let qr = examples().get("qr").unwrap();
    let call = async |key: &str, value: serde_json::Value| {
        let options = [(key.to_owned(), value)].into();
        qr.call(Request::new("x"), CallSettings { options, ..CallSettings::default() }).await
    };
    call("ecc", "high".into()).await.unwrap();
    for (key, value) in [("ecc", "extreme".into()), ("ecc", 1.into()), ("unknown", true.into())] {
        let error = call(key, value).await.unwrap_err();
        assert_field(&qr, &error, key);
        assert!(error.report().is_none());
    }
}
