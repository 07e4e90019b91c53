//! Readers of pictures.

use palisade::{
    Capability, Dimensions, ErrorKind, Feature, Media, ProviderHandle, image_to_text::Request, text_to_image,
};

use super::{assert_field, picture, those_who};
use crate::support::{examples, hollow_png};

const ADDRESS: &str = "https://example.org/a?b=c";

fn readers() -> Vec<ProviderHandle> {
    those_who(Capability::ImageToText)
}

/// A QR code, from the provider that makes them.
async fn code(text: &str) -> Media {
    let request = text_to_image::Request { size: Dimensions::Pixels(200, 200), ..text_to_image::Request::new(text) };
    let tag = Feature::Named("qr".to_owned());
    let provider = examples().find_best_provider(Capability::TextToImage).require(tag).await.unwrap();
    provider.text_to_image(request).await.unwrap().response.images.remove(0).content
}

#[tokio::test]
async fn what_one_provider_writes_another_reads() {
    for text in [ADDRESS, "Füchse 狐", "0123456789"] {
        let read = examples().get("barcode").unwrap().image_to_text(Request::new(code(text).await)).await.unwrap();
        assert_eq!(read.response.text, text);
        let finding = &read.response.findings[0];
        assert_eq!(finding.kind, "qr-code");
        let region = finding.region.unwrap();
        assert!(region.width > 50 && region.x + region.width <= 200, "{region:?}");
    }
}

#[tokio::test]
async fn a_picture_without_a_code_has_nothing_to_read() {
    let read = examples().get("barcode").unwrap().image_to_text(Request::new(picture(64, 64).await)).await.unwrap();
    assert!(read.response.text.is_empty() && read.response.findings.is_empty());
}

#[tokio::test]
async fn what_is_no_picture_or_too_large_is_refused_with_its_field() {
    let whole = picture(64, 64).await;
    let of = |data: &[u8]| Media { media_type: "image/png".to_owned(), data: data.to_vec() };
    for reader in readers() {
        for broken in [of(b"no picture"), of(&whole.data[..whole.data.len() / 2]), of(b"\x89PNG"), of(b"")] {
            assert_field(&reader, &reader.image_to_text(Request::new(broken)).await.unwrap_err(), "image");
        }
        let error = reader.image_to_text(Request::new(hollow_png(100_000, 100_000))).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::LimitExceeded, Some("image")), "{error}");
        let long = Request { prompt: Some("x".repeat(10_000_000)), ..Request::new(whole.clone()) };
        assert_field(&reader, &reader.image_to_text(long).await.unwrap_err(), "prompt");
    }
}
