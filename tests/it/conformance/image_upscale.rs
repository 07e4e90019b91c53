//! Enlargers of pictures.

use palisade::{
    Capability, ErrorKind, Media,
    image_upscale::{Request, Scale},
};

use super::{assert_field, picture, those_who};
use crate::support::hollow_png;

#[tokio::test]
async fn a_picture_becomes_as_large_as_asked_for() {
    let image = picture(30, 20).await;
    for enlarger in those_who(Capability::ImageUpscale) {
        for (scale, expected) in [
            (Scale::default(), (60, 40)),
            (Scale::Factor(1.5), (45, 30)),
            (Scale::Factor(4.0), (120, 80)),
            (Scale::Pixels(64, 64), (64, 64)),
        ] {
            let made = enlarger.image_upscale(Request { scale, ..Request::new(image.clone()) }).await.unwrap();
            let decoded = image::load_from_memory(&made.response.image.content.data).unwrap();
            assert_eq!((decoded.width(), decoded.height()), expected, "{} {scale:?}", enlarger.id());
        }
    }
}

#[tokio::test]
async fn what_cannot_be_enlarged_is_refused_with_its_field() {
    let image = picture(30, 20).await;
    let scaled = |scale| Request { scale, ..Request::new(image.clone()) };
    for enlarger in those_who(Capability::ImageUpscale) {
        let cases = [
            ("scale", scaled(Scale::Factor(1.0))),
            ("scale", scaled(Scale::Factor(f32::NAN))),
            ("scale", scaled(Scale::Pixels(0, 100))),
            ("scale", scaled(Scale::Pixels(10, 10))),
            ("image", Request::new(Media { media_type: "image/png".to_owned(), data: b"nonsense".to_vec() })),
            ("image", Request::new(Media { media_type: "image/png".to_owned(), data: vec![] })),
        ];
        for (field, request) in cases {
            assert_field(&enlarger, &enlarger.image_upscale(request).await.unwrap_err(), field);
        }
        for (field, request) in [
            ("scale", scaled(Scale::Pixels(100_000, 100_000))),
            ("scale", scaled(Scale::Factor(1e30))),
            ("image", Request::new(hollow_png(100_000, 100_000))),
        ] {
            let error = enlarger.image_upscale(request).await.unwrap_err();
            assert_eq!((error.kind(), error.field()), (ErrorKind::LimitExceeded, Some(field)), "{error}");
        }
    }
}
