//! Editors of pictures.

use image::{GenericImageView as _, ImageFormat};
use palisade::{
    Capability, Dimensions, ErrorClass, ErrorKind, Media, ProviderHandle,
    image_edit::{Request, Response},
};

use super::{assert_field, picture, settings, those_who};
use crate::support::{examples, hollow_png};

fn editors() -> Vec<ProviderHandle> {
    those_who(Capability::ImageEdit)
}

fn size(response: &Response) -> (u32, u32) {
    let image = &response.images[0];
    let decoded = image::load_from_memory(&image.content.data).unwrap();
    assert_eq!((image.width, image.height), (Some(decoded.width()), Some(decoded.height())), "what it says it is");
    decoded.dimensions()
}

async fn edit(prompt: &str, image: Media) -> Response {
    let made = examples().get("pixels").unwrap().image_edit(Request::new(prompt, image)).await;
    made.unwrap_or_else(|error| panic!("{prompt}: {error}")).response
}

#[tokio::test]
async fn operations_are_carried_out_in_their_order() {
    let image = picture(60, 40).await;
    let cases = [
        ("resize 30x30", (30, 30)),
        ("resize 50%", (30, 20)),
        ("fit 30x30", (30, 20)),
        ("crop 10x20+5+5", (10, 20)),
        ("crop 1:1", (40, 40)),
        ("rotate 90", (40, 60)),
        ("rotate 90, crop 10x10+0+0; blur 2 then grayscale", (10, 10)),
        ("flip, mirror, invert, sharpen, brighten 10, contrast 5", (60, 40)),
    ];
    for (prompt, expected) in cases {
        assert_eq!(size(&edit(prompt, image.clone()).await), expected, "{prompt}");
    }
    let grey = edit("grayscale", image).await;
    let decoded = image::load_from_memory(&grey.images[0].content.data).unwrap().to_rgb8();
    assert!(decoded.pixels().all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]));
}

#[tokio::test]
async fn pictures_are_converted() {
    let image = picture(20, 20).await;
    let formats =
        [("image/jpeg", ImageFormat::Jpeg), ("image/webp", ImageFormat::WebP), ("image/png", ImageFormat::Png)];
    for (media_type, format) in formats {
        let request = Request { output_format: Some(media_type.to_owned()), ..Request::new("mirror", image.clone()) };
        let made = examples().get("pixels").unwrap().image_edit(request).await.unwrap().response;
        assert_eq!(made.images[0].content.media_type, media_type);
        assert_eq!(image::guess_format(&made.images[0].content.data).unwrap(), format);
        // And read again.
        size(&edit("mirror", made.images[0].content.clone()).await);
    }
}

#[tokio::test]
async fn a_picture_that_lies_about_its_type_is_read_for_what_it_is() {
    let image = Media { media_type: "image/jpeg".to_owned(), ..picture(20, 20).await };
    let made = edit("mirror", image).await;
    assert_eq!(made.warnings.len(), 1, "{:?}", made.warnings);
}

#[tokio::test]
async fn what_is_no_picture_or_too_large_is_refused_with_its_field() {
    let whole = picture(64, 64).await;
    let of = |data: &[u8]| Media { media_type: "image/png".to_owned(), data: data.to_vec() };
    for editor in editors() {
        for broken in
            [of(b"no picture"), of(&whole.data[..whole.data.len() / 2]), of(&whole.data[..16]), of(b"\x89PNG")]
        {
            let error = editor.image_edit(Request::new("grayscale", broken)).await.unwrap_err();
            assert_field(&editor, &error, "images[0]");
        }
        let error = editor.image_edit(Request::new("grayscale", hollow_png(100_000, 100_000))).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::LimitExceeded, Some("images[0]")), "{error}");
    }
}

#[tokio::test]
async fn a_request_that_nobody_can_serve_is_refused_with_its_field() {
    let image = picture(8, 8).await;
    let good = Request::new("grayscale", image.clone());
    let cases = [
        ("prompt", Request { prompt: String::new(), ..good.clone() }),
        ("prompt", Request { prompt: "x".repeat(10_000_000), ..good.clone() }),
        ("images", Request { images: vec![], ..good.clone() }),
        ("size", Request { size: Dimensions::Pixels(0, 10), ..good.clone() }),
        ("mask", Request { mask: Some(Media { data: vec![], ..image.clone() }), ..good.clone() }),
    ];
    for editor in editors() {
        for (field, request) in &cases {
            assert_field(&editor, &editor.image_edit(request.clone()).await.unwrap_err(), field);
        }
    }
}

#[tokio::test]
async fn extreme_sizes_are_served_or_refused_and_never_crash() {
    let image = picture(8, 8).await;
    for editor in editors() {
        let sized = |size| Request { size, ..Request::new("grayscale", image.clone()) };
        let worded = |prompt: &str| Request::new(prompt, image.clone());
        for request in [
            sized(Dimensions::Pixels(100_000, 100_000)),
            sized(Dimensions::Pixels(u32::MAX, 1)),
            sized(Dimensions::Aspect(u32::MAX, 1)),
            worded("resize 100000x100000"),
            worded("resize 0x0"),
            worded("resize 999999999%"),
            worded("crop 1x1+9+9"),
            worded("blur 1000000"),
            worded("blur nan"),
            worded(&"rotate 90, ".repeat(10_000)),
        ] {
            if let Err(error) = editor.call(request, settings(false)).await {
                assert_eq!(error.kind().class(), ErrorClass::Request, "{}: {error}", editor.id());
            }
        }
    }
}

#[tokio::test]
async fn an_operation_that_is_none_is_named() {
    let error = examples().get("pixels").unwrap();
    let error = error.image_edit(Request::new("grayscale, embellish", picture(8, 8).await)).await.unwrap_err();
    assert_eq!(error.field(), Some("prompt"));
    assert!(error.message().contains("embellish") && error.message().contains("rotate"), "{error}");
}
