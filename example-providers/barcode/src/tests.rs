//! Whole requests, with pictures that other crates draw.

use std::io::Cursor;

use barcoders::sym::{code39::Code39, code128::Code128, ean8::EAN8, ean13::EAN13, tf::TF};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, LumaA, imageops};
use palisade_guest::image_to_text::Region;
use palisade_guest::{Failure, FailureKind, Media, Random, Warning, image_to_text};
use qrcode::{Color, QrCode};
use rxing::{BarcodeFormat, Writer as _};

use super::*;

/// Light modules around each code.
const QUIET: u32 = 10;

/// Draws dark modules of so many pixels.
fn draw(width: u32, height: u32, scale: u32, dark: impl Fn(u32, u32) -> bool) -> GrayImage {
    GrayImage::from_fn((width + 2 * QUIET) * scale, (height + 2 * QUIET) * scale, |x, y| {
        let (x, y) = ((x / scale).wrapping_sub(QUIET), (y / scale).wrapping_sub(QUIET));
        Luma([if x < width && y < height && dark(x, y) { 20 } else { 230 }])
    })
}

fn qr(text: &str, scale: u32) -> GrayImage {
    let code = QrCode::new(text).unwrap();
    let side = code.width() as u32;
    draw(side, side, scale, |x, y| code[(x as usize, y as usize)] == Color::Dark)
}

fn bars(modules: Vec<u8>, scale: u32) -> GrayImage {
    draw(modules.len() as u32, 30, scale, |x, _| modules[x as usize] == 1)
}

fn ean_13(digits: &str, scale: u32) -> GrayImage {
    bars(EAN13::new(digits).unwrap().encode(), scale)
}

fn code_128(text: &str, scale: u32) -> GrayImage {
    bars(Code128::new(text).unwrap().encode(), scale)
}

fn matrix(text: &str, format: BarcodeFormat, scale: u32) -> GrayImage {
    let code = match format {
        BarcodeFormat::DATA_MATRIX => rxing::datamatrix::DataMatrixWriter.encode(text, &format, 0, 0),
        BarcodeFormat::AZTEC => rxing::aztec::AztecWriter.encode(text, &format, 0, 0),
        _ => rxing::pdf417::PDF417Writer.encode(text, &format, 0, 0),
    }
    .unwrap();
    draw(code.getWidth(), code.getHeight(), scale, |x, y| code.get(x, y))
}

fn media(picture: impl Into<DynamicImage>, format: ImageFormat) -> Media {
    let mut file = Cursor::new(Vec::new());
    picture.into().write_to(&mut file, format).unwrap();
    Media::new(format.to_mime_type(), file.into_inner()).unwrap()
}

fn read(picture: impl Into<DynamicImage>) -> Response {
    Barcode::read(Request::new(media(picture, ImageFormat::Png)), &CallOptions::new("barcode")).unwrap()
}

fn refused(request: Request) -> Failure {
    Barcode::read(request, &CallOptions::new("barcode")).unwrap_err()
}

/// Checks that this is all that is in the picture.
#[track_caller]
fn check(picture: impl Into<DynamicImage>, codes: &[(&str, &str)]) -> Vec<Option<Region>> {
    let response = read(picture);
    let found: Vec<_> = response.findings.iter().map(|it| (it.kind.as_str(), it.text.as_str())).collect();
    assert_eq!(found, codes);
    response.findings.into_iter().map(|finding| finding.region).collect()
}

fn over(canvas: &mut GrayImage, picture: &GrayImage, x: i64, y: i64) {
    imageops::overlay(canvas, picture, x, y);
}

#[test]
fn every_kind_of_code_is_read() {
    check(qr("https://example.com/ä", 4), &[("qr-code", "https://example.com/ä")]);
    check(ean_13("750103131130", 3), &[("ean-13", "7501031311309")]);
    check(ean_13("012345678905", 2), &[("upc-a", "123456789050")]);
    check(bars(EAN8::new("9638507").unwrap().encode(), 2), &[("ean-8", "96385074")]);
    check(code_128("ƁHello, Code 128!", 2), &[("code-128", "Hello, Code 128!")]);
    check(code_128("Ć12345678", 2), &[("code-128", "12345678")]);
    check(bars(Code39::new("PART-1234 $/+%").unwrap().encode(), 2), &[("code-39", "PART-1234 $/+%")]);
    check(bars(TF::interleaved("12345678901231").unwrap().encode(), 2), &[("itf", "12345678901231")]);
    check(matrix("Data Matrix 42", BarcodeFormat::DATA_MATRIX, 4), &[("data-matrix", "Data Matrix 42")]);
    check(matrix("Aztec 42", BarcodeFormat::AZTEC, 4), &[("aztec", "Aztec 42")]);
    check(matrix("PDF 417 says hello", BarcodeFormat::PDF_417, 3), &[("pdf-417", "PDF 417 says hello")]);
}

#[test]
fn all_digits_are_told_apart() {
    for number in 0..200_u64 {
        let digits = format!("{:012}", number * 7_346_893_571 % 1_000_000_000_000);
        let code = EAN13::new(&digits).unwrap();
        let picture = DynamicImage::from(bars(code.encode(), 2));
        let found = scan::scan(picture);
        assert_eq!(found.len(), 1, "{digits}");
        assert!(found[0].text.starts_with(digits.strip_prefix('0').unwrap_or(&digits)), "{digits} {found:?}");
    }
}

#[test]
fn codes_are_read_at_right_angles_and_qr_codes_at_any() {
    for picture in [ean_13("750103131130", 3), code_128("Ɓturned", 2), qr("turned", 4)] {
        let expected = read(picture.clone()).text;
        assert!(!expected.is_empty());
        for turned in [imageops::rotate90(&picture), imageops::rotate180(&picture), imageops::rotate270(&picture)] {
            assert_eq!(read(turned).text, expected);
        }
    }
    let code = qr("aslant", 6);
    let (side, middle) = (code.width() as f32 * 1.5, code.width() as f32 / 2.0);
    for degrees in [10.0_f32, 33.0, 45.0, 77.0] {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        let aslant = GrayImage::from_fn(side as u32, side as u32, |x, y| {
            let (x, y) = (x as f32 - side / 2.0, y as f32 - side / 2.0);
            let (x, y) = (x * cosine - y * sine + middle, x * sine + y * cosine + middle);
            *code.get_pixel_checked(x as u32, y as u32).filter(|_| x >= 0.0 && y >= 0.0).unwrap_or(&Luma([230]))
        });
        check(aslant, &[("qr-code", "aslant")]);
    }
}

#[test]
fn a_region_is_where_the_code_is() {
    let mut canvas = GrayImage::from_pixel(800, 600, Luma([230]));
    over(&mut canvas, &qr("here", 4), 300, 200);
    let Region { x, y, width, height } = check(canvas, &[("qr-code", "here")])[0].unwrap();
    assert!(x.abs_diff(340) < 8 && y.abs_diff(240) < 8, "{x} {y}");
    assert!(width.abs_diff(21 * 4) < 12 && height.abs_diff(21 * 4) < 12, "{width} {height}");

    let code = ean_13("750103131130", 2);
    let upright = Region { x: 20, y: 20, width: 190, height: 60 };
    assert_eq!(check(code.clone(), &[("ean-13", "7501031311309")]), [Some(upright)]);
    let side = Region { x: 20, y: 20, width: 60, height: 190 };
    assert_eq!(check(imageops::rotate90(&code), &[("ean-13", "7501031311309")]), [Some(side)]);
}

#[test]
fn several_codes_are_read_in_order() {
    let mut canvas = GrayImage::from_pixel(900, 900, Luma([230]));
    over(&mut canvas, &qr("first", 4), 0, 0);
    over(&mut canvas, &qr("second", 4), 400, 5);
    over(&mut canvas, &ean_13("750103131130", 2), 0, 300);
    over(&mut canvas, &code_128("Ɓthird", 2), 400, 300);
    over(&mut canvas, &imageops::rotate90(&ean_13("400638133393", 2)), 50, 500);
    over(&mut canvas, &matrix("last", BarcodeFormat::DATA_MATRIX, 5), 500, 600);
    let codes = [
        ("qr-code", "first"),
        ("qr-code", "second"),
        ("ean-13", "7501031311309"),
        ("code-128", "third"),
        ("ean-13", "4006381333931"),
        ("data-matrix", "last"),
    ];
    check(canvas.clone(), &codes);
    assert_eq!(read(canvas).text, "first\nsecond\n7501031311309\nthird\n4006381333931\nlast");
}

#[test]
fn the_same_code_in_two_places_is_two() {
    let mut canvas = GrayImage::from_pixel(600, 400, Luma([230]));
    over(&mut canvas, &ean_13("750103131130", 2), 0, 0);
    over(&mut canvas, &ean_13("750103131130", 2), 300, 200);
    check(canvas, &[("ean-13", "7501031311309"); 2]);
}

#[test]
fn codes_are_read_in_noise_and_in_the_shade() {
    for (picture, code) in [
        (qr("noisy", 5), ("qr-code", "noisy")),
        (ean_13("750103131130", 3), ("ean-13", "7501031311309")),
        (code_128("Ɓnoisy", 3), ("code-128", "noisy")),
    ] {
        let mut random = Random::new(7);
        let mut noisy = picture.clone();
        for sample in noisy.iter_mut() {
            *sample = sample.saturating_add_signed((random.bits() % 81) as i8 - 40);
        }
        check(noisy, &[code]);
        let width = picture.width();
        let shaded = GrayImage::from_fn(width, picture.height(), |x, y| {
            Luma([(u32::from(picture.get_pixel(x, y).0[0]) * (width + 3 * x) / (4 * width)) as u8])
        });
        check(shaded, &[code]);
    }
}

#[test]
fn light_on_dark_and_dark_on_nothing_are_read() {
    let mut inverted = qr("night", 4);
    imageops::invert(&mut inverted);
    check(inverted, &[("qr-code", "night")]);
    let code = qr("sticker", 4);
    let sticker = image::ImageBuffer::from_fn(code.width(), code.height(), |x, y| {
        LumaA([0, if code.get_pixel(x, y).0[0] < 128 { 255 } else { 0 }])
    });
    check(DynamicImage::ImageLumaA8(sticker), &[("qr-code", "sticker")]);
}

#[test]
fn every_format_is_read_whatever_it_says_it_is() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let picture = DynamicImage::from(qr("format", 4)).into_rgb8();
        let file = media(picture, format).read_all().unwrap();
        let request = Request::new(Media::new("image/webp", file).unwrap());
        let response = Barcode::read(request, &CallOptions::new("barcode")).unwrap();
        assert_eq!(response.text, "format");
        assert_eq!(response.warnings.len(), usize::from(format != ImageFormat::WebP));
    }
}

#[test]
fn where_there_is_no_code_nothing_is_read() {
    let mut random = Random::new(1);
    let noise = GrayImage::from_fn(500, 400, |_, _| Luma([random.bits() as u8]));
    let stripes = GrayImage::from_fn(600, 300, |x, _| Luma([if x / 4 % 2 == 0 { 0 } else { 255 }]));
    let slope = GrayImage::from_fn(256, 256, |x, y| Luma([((x + y) / 2) as u8]));
    for picture in [noise, stripes, slope, GrayImage::new(1, 1), GrayImage::new(3000, 1), GrayImage::new(41, 300)] {
        let response = read(picture);
        assert_eq!((response.text.as_str(), response.findings.len()), ("", 0), "{:?}", response.findings);
        assert_eq!(response.usage.items[0].unit, "image");
    }
}

#[test]
fn only_codes_can_be_asked_for() {
    let ask = |task: Option<&str>| Request {
        task: task.map(str::to_owned),
        prompt: Some("what does it say?".into()),
        language: Some("en".into()),
        max_output_tokens: Some(5),
        ..Request::new(media(qr("task", 3), ImageFormat::Png))
    };
    let ignored = ["prompt", "language", "max-output-tokens"].map(|name| Warning::IgnoredParameter(name.into()));
    let response = image_to_text::read::<Barcode>(ask(Some("codes")), &CallOptions::new("barcode")).unwrap();
    assert_eq!((response.text.as_str(), response.warnings), ("task", ignored.to_vec()));
    let response = Barcode::read(ask(Some("caption")), &CallOptions::new("barcode")).unwrap();
    assert_eq!(response.warnings[0], Warning::AdjustedParameter(("task".into(), "codes".into())));

    let strict = CallOptions { strict: true, ..CallOptions::new("barcode") };
    let only = Request { task: Some("ocr".into()), ..Request::new(media(qr("task", 3), ImageFormat::Png)) };
    for (request, name) in [(only, "task"), (ask(None), "prompt")] {
        let failure = image_to_text::read::<Barcode>(request, &strict).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Unsupported(vec![name.into()]));
    }
}

#[test]
fn what_is_no_picture_or_too_large_is_refused() {
    let request = |file: &[u8]| Request::new(Media::new("image/png", file.to_vec()).unwrap());
    let broken = refused(request(b"\x89PNG\r\n\x1a\nrubbish"));
    assert!(matches!(broken.kind, FailureKind::InvalidInput(_)));
    assert!(broken.message.starts_with("image: not a sound image/png file"), "{}", broken.message);
    // 100000 pixels a side in 57 bytes.
    let header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\x01\x86\xA0\0\x01\x86\xA0\x08\x02\0\0\0\x27\x30\x9C\x9F";
    let bomb = refused(request(&[&header[..], b"\0\0\0\0IDAT\x35\xAF\x06\x1E\0\0\0\0IEND\xAE\x42\x60\x82"].concat()));
    assert!(matches!(bomb.kind, FailureKind::LimitExceeded(_)));
    let wide = refused(Request::new(media(GrayImage::new(4097, 1), ImageFormat::Png)));
    assert!(matches!(wide.kind, FailureKind::LimitExceeded(_)));
}
