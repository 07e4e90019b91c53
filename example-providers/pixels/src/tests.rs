//! Whole requests.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgba, RgbaImage};
use palisade_guest::image_upscale::Scale;
use palisade_guest::{BadInput, Dimensions, Failure, FailureKind, Media, UsageItem, Warning};

use super::*;

fn media(picture: impl Into<DynamicImage>, format: ImageFormat) -> Media {
    let mut file = Cursor::new(Vec::new());
    picture.into().write_to(&mut file, format).unwrap();
    Media::new(format.to_mime_type(), file.into_inner()).unwrap()
}

fn gradient(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| Rgba([x as u8 * 5, y as u8 * 5, 50, 255]))
}

fn png(width: u32, height: u32) -> Media {
    media(gradient(width, height), ImageFormat::Png)
}

fn ask(prompt: &str) -> image_edit::Request {
    image_edit::Request::new(prompt, [png(40, 20)])
}

fn edit(request: image_edit::Request) -> image_edit::Response {
    Pixels::edit(request, &CallOptions::new("pixels")).unwrap()
}

fn refused(request: image_edit::Request) -> Failure {
    Pixels::edit(request, &CallOptions::new("pixels")).unwrap_err()
}

fn strictly(request: image_edit::Request) -> FailureKind {
    Pixels::edit(request, &CallOptions { strict: true, ..CallOptions::new("pixels") }).unwrap_err().kind
}

fn open(image: &palisade_guest::Image) -> RgbaImage {
    let read = image::load_from_memory(&image.content.read_all().unwrap()).unwrap().into_rgba8();
    assert_eq!((image.width, image.height), (Some(read.width()), Some(read.height())));
    read
}

fn bad(failure: Failure) -> BadInput {
    match failure.kind {
        FailureKind::InvalidInput(bad) | FailureKind::LimitExceeded(bad) => bad,
        other => panic!("{other:?}"),
    }
}

#[test]
fn operations_follow_each_other() {
    let response = edit(ask("crop 20x20+20+0 then rotate right; resize 50%, convert webp"));
    assert_eq!(response.images[0].content.media_type(), "image/webp");
    assert_eq!(open(&response.images[0]).dimensions(), (10, 10));
    assert_eq!(response.warnings, []);
    let item = |unit: &str, quantity| UsageItem { unit: unit.into(), quantity };
    assert_eq!(response.usage.items, [item("image", 1.0), item("megapixel", 0.0001)]);
}

#[test]
fn the_format_is_that_of_the_picture_unless_asked_otherwise() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let ask = |prompt: &str| {
            let picture = DynamicImage::ImageRgba8(gradient(8, 8)).into_rgb8();
            image_edit::Request::new(prompt, [media(picture, format)])
        };
        assert_eq!(edit(ask("flip")).images[0].content.media_type(), format.to_mime_type());
        assert_eq!(edit(ask("convert png")).images[0].content.media_type(), "image/png");
        let output_format = Some("image/jpeg".into());
        let response = edit(image_edit::Request { output_format, ..ask("convert png") });
        assert_eq!(response.images[0].content.media_type(), "image/jpeg");
        assert_eq!(response.warnings.len(), 1, "the convert had no effect");
    }
}

#[test]
fn the_size_is_applied_last() {
    for (size, result) in [
        (Dimensions::Pixels((7, 9)), (7, 9)),
        (Dimensions::Pixels((20, 40)), (20, 40)),
        (Dimensions::Aspect((1, 1)), (20, 20)),
        (Dimensions::Auto, (20, 40)),
    ] {
        let request = image_edit::Request { size, ..ask("rotate 90") };
        assert_eq!(open(&edit(request).images[0]).dimensions(), result);
    }
    for size in [Dimensions::Pixels((0, 5)), Dimensions::Aspect((1, 0)), Dimensions::Pixels((9000, 1))] {
        assert_eq!(bad(refused(image_edit::Request { size, ..ask("flip") })).field, "size");
    }
}

#[test]
fn a_mask_keeps_what_is_black() {
    let ask = |prompt: &str, width: u32| {
        let mask = GrayImage::from_fn(width, 20, |x, _| Luma([if x < 20 { 0 } else { 255 }]));
        image_edit::Request { mask: Some(media(mask, ImageFormat::Png)), ..ask(prompt) }
    };
    let result = open(&edit(ask("invert", 40)).images[0]);
    let before = gradient(40, 20);
    assert_eq!(result.get_pixel(19, 7), before.get_pixel(19, 7));
    assert_eq!(result.get_pixel(20, 7).0[0], 255 - before.get_pixel(20, 7).0[0]);

    assert_eq!(bad(refused(ask("resize 50%", 40))).field, "mask");
    assert_eq!(bad(refused(ask("flip", 39))).reason, "is 39x20, but must be as large as the picture: 40x20");
}

#[test]
fn what_has_no_effect_is_said() {
    let request = || image_edit::Request {
        n: 3,
        seed: Some(1),
        negative_prompt: Some("rain".into()),
        quality: Some("high".into()),
        output_format: Some("image/avif".into()),
        images: vec![png(4, 4), png(5, 5)],
        ..ask("flip")
    };
    let ignored = |name: &str| Warning::IgnoredParameter(name.into());
    let adjusted = |name: &str, used: &str| Warning::AdjustedParameter((name.into(), used.into()));
    let warnings = edit(request()).warnings;
    let expected = [
        adjusted("n", "1"),
        ignored("images[1]"),
        ignored("negative-prompt"),
        ignored("seed"),
        adjusted("output-format", "image/png"),
        ignored("quality"),
    ];
    assert_eq!(warnings, expected);

    assert!(matches!(strictly(request()), FailureKind::LimitExceeded(_)));
    let unsupported = |name: &str| FailureKind::Unsupported(vec![name.into()]);
    assert_eq!(strictly(image_edit::Request { seed: Some(1), ..ask("flip") }), unsupported("seed"));
    let avif = image_edit::Request { output_format: Some("image/avif".into()), ..ask("flip") };
    assert_eq!(strictly(avif), unsupported("output-format"));
}

#[test]
fn the_quality_is_that_of_jpeg() {
    let size = |quality: Option<&str>| {
        let quality = quality.map(str::to_owned);
        let response = edit(image_edit::Request { quality, ..ask("convert jpeg") });
        (response.images[0].content.read_all().unwrap().len(), response.warnings.len())
    };
    assert!(size(Some("low")).0 < size(Some("high")).0);
    assert_eq!(size(None), size(Some("high")));
    assert_eq!(size(Some("hd")), (size(None).0, 1));
}

#[test]
fn a_request_without_sense_is_refused() {
    assert_eq!(bad(refused(ask("sharpne"))).field, "prompt");
    assert_eq!(bad(refused(image_edit::Request { n: 0, ..ask("flip") })).field, "n");
    assert_eq!(bad(refused(image_edit::Request { images: vec![], ..ask("flip") })).field, "images");
    let broken = || Media::new("image/png", b"\x89PNG\r\n\x1a\nrubbish".to_vec()).unwrap();
    let reason = bad(refused(image_edit::Request { images: vec![broken()], ..ask("flip") }));
    assert_eq!(reason.field, "images[0]");
    assert!(reason.reason.starts_with("not a sound image/png file"), "{}", reason.reason);
    assert_eq!(bad(refused(image_edit::Request { mask: Some(broken()), ..ask("flip") })).field, "mask");
}

#[test]
fn a_media_type_that_lies_is_noted() {
    let file = media(DynamicImage::new_rgb8(8, 8), ImageFormat::Jpeg).read_all().unwrap();
    let response = edit(image_edit::Request::new("flip", [Media::new("image/png", file).unwrap()]));
    assert_eq!(response.images[0].content.media_type(), "image/jpeg");
    assert_eq!(response.warnings, [Warning::Note("images[0] says \"image/png\", but is image/jpeg".into())]);
}

#[test]
fn a_picture_that_says_that_it_is_enormous_is_refused() {
    // 100000 pixels a side in 57 bytes.
    let header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\x01\x86\xA0\0\x01\x86\xA0\x08\x02\0\0\0\x27\x30\x9C\x9F";
    let file = [&header[..], b"\0\0\0\0IDAT\x35\xAF\x06\x1E\0\0\0\0IEND\xAE\x42\x60\x82"].concat();
    let bomb = || Media::new("image/png", file.clone()).unwrap();
    let failure = refused(image_edit::Request { images: vec![bomb()], ..ask("flip") });
    let reason = "images[0]: 100000x100000 pixels; at most 8192 a side and 32000000 altogether are taken";
    assert_eq!(failure.message, reason);
    let failure = Pixels::upscale(image_upscale::Request::new(bomb()), &CallOptions::new("pixels")).unwrap_err();
    assert!(matches!(failure.kind, FailureKind::LimitExceeded(_)));
}

#[test]
fn a_picture_is_enlarged() {
    let upscale = |request| image_upscale::upscale::<Pixels>(request, &CallOptions::new("pixels"));
    let response = upscale(image_upscale::Request::new(png(40, 20))).unwrap();
    assert_eq!(open(&response.image).dimensions(), (80, 40));
    assert_eq!(response.usage.items[1].quantity, 0.0032);
    assert_eq!(response.warnings, []);

    let response = upscale(image_upscale::Request {
        scale: Scale::Pixels((50, 60)),
        seed: Some(3),
        prompt: Some("a slope".into()),
        output_format: Some("image/webp".into()),
        ..image_upscale::Request::new(png(40, 20))
    })
    .unwrap();
    assert_eq!(open(&response.image).dimensions(), (50, 60));
    assert_eq!(response.image.content.media_type(), "image/webp");
    let ignored = ["prompt", "seed"].map(|name| Warning::IgnoredParameter(name.into()));
    assert_eq!(response.warnings, ignored);

    let smaller = image_upscale::Request { scale: Scale::Factor(0.5), ..image_upscale::Request::new(png(40, 20)) };
    assert_eq!(bad(upscale(smaller).unwrap_err()).field, "scale");
}
