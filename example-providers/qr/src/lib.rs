//! A provider that encodes the prompt as a QR code.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

use palisade_guest::catalog::Model;
use palisade_guest::text_to_image::{Canvas, Image, Request, Response};
use palisade_guest::{CallOptions, Description, Failure, Provider, Result, TextToImage};
use qrcode::types::QrError;
use qrcode::{Color, EcLevel, QrCode};

const CANVAS: Canvas = Canvas::new(512, 512).sides(32, 4096).max_pixels(16_000_000);

/// Modules of white that a scanner wants around the code.
const QUIET_ZONE: usize = 4;

/// The provider.
#[derive(Debug)]
pub struct Qr;

impl Provider for Qr {
    fn describe() -> Description {
        let model = Model::new("qr").free().explicit_only().tag("qr").canvas(&CANVAS);
        Description::new("qr")
            .summary("Encodes the prompt as a QR code.")
            .model(model.choice("ecc", &["low", "medium", "quartile", "high"]))
    }
}

impl TextToImage for Qr {
    fn generate(request: Request, options: &CallOptions) -> Result<Response> {
        let mut order = CANVAS.order(&request, options)?;
        let code = encode(&request.prompt, error_correction(options)?)?;
        let side = code.width() + 2 * QUIET_ZONE;
        // A code has at most 177 modules a side.
        let smallest = u32::try_from(side).map_err(Failure::internal)?;
        if order.width.min(order.height) < smallest {
            order.width = order.width.max(smallest);
            order.height = order.height.max(smallest);
            order.warnings.adjusted("size", format!("{}x{}", order.width, order.height))?;
        }
        order.paint(|order, _| Image::encode(&draw(&code, order.width, order.height), order.width, order.height))
    }
}

palisade_guest::export!(Qr: text_to_image);

fn error_correction(options: &CallOptions) -> Result<EcLevel> {
    match options.get::<String>("ecc")?.as_deref() {
        Some("low") => Ok(EcLevel::L),
        None | Some("medium") => Ok(EcLevel::M),
        Some("quartile") => Ok(EcLevel::Q),
        Some("high") => Ok(EcLevel::H),
        Some(_) => Err(Failure::invalid_input("provider-options.ecc", "must be low, medium, quartile or high")),
    }
}

fn encode(text: &str, level: EcLevel) -> Result<QrCode> {
    QrCode::with_error_correction_level(text, level).map_err(|error| match error {
        QrError::DataTooLong => {
            Failure::limit_exceeded("prompt", "does not fit into a QR code at this error correction")
        }
        other => Failure::internal(other),
    })
}

/// Grey samples of the code in the middle, each module the largest whole number of pixels that fits.
fn draw(code: &QrCode, width: u32, height: u32) -> Vec<u8> {
    let (width, height) = (width as usize, height as usize);
    let scale = (width.min(height) / (code.width() + 2 * QUIET_ZONE)).max(1);
    let (left, top) =
        ((width.saturating_sub(code.width() * scale)) / 2, (height.saturating_sub(code.width() * scale)) / 2);
    let colors = code.to_colors();
    let mut samples = vec![u8::MAX; width * height];
    for (row, modules) in samples.chunks_exact_mut(width).skip(top).zip((0..).map(|y| y / scale)) {
        let line = colors.chunks_exact(code.width()).nth(modules).unwrap_or_default();
        for (sample, color) in row.iter_mut().skip(left).zip(line.iter().flat_map(|color| [color].repeat(scale))) {
            *sample = if *color == Color::Dark { 0 } else { u8::MAX };
        }
    }
    samples
}

#[cfg(test)]
mod tests {
    use palisade_guest::{Dimensions, FailureKind, OptionKv, Warning};

    use super::*;

    fn ecc(level: &str) -> CallOptions {
        let option = OptionKv { key: "ecc".into(), json: format!("{level:?}") };
        CallOptions { provider_options: vec![option], ..CallOptions::new("qr") }
    }

    fn picture(request: Request, options: &CallOptions) -> (Vec<u8>, u32, u32) {
        let response = Qr::generate(request, options).unwrap();
        let file = response.images[0].content.read_all().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut samples = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut samples).unwrap();
        (samples, info.width, info.height)
    }

    #[test]
    fn a_code_is_in_the_middle_of_a_quiet_zone() {
        let mut request = Request::new("https://example.com");
        request.size = Dimensions::Pixels((100, 70));
        let (samples, width, height) = picture(request, &CallOptions::new("qr"));
        assert_eq!((width, height), (100, 70));
        // Version 2 has 25 modules; with the quiet zone, 2 pixels each fit into 70.
        let dark = |x: usize, y: usize| samples[y * 100 + x] == 0;
        assert!(dark(25, 10) && !dark(24, 10) && !dark(25, 9), "the finder begins at its corner");
        assert!(dark(25 + 13, 10) && !dark(25 + 14, 10), "the finder is 7 modules wide");
    }

    #[test]
    fn more_error_correction_makes_a_denser_code() {
        let side = |level| encode(&"x".repeat(100), error_correction(&ecc(level)).unwrap()).unwrap().width();
        assert!(side("low") < side("medium") && side("medium") < side("quartile") && side("quartile") < side("high"));
    }

    #[test]
    fn an_unknown_level_is_named() {
        let failure = Qr::generate(Request::new("x"), &ecc("extreme")).unwrap_err();
        assert_eq!(failure.message, "provider-options.ecc: must be low, medium, quartile or high");
        assert!(matches!(failure.kind, FailureKind::InvalidInput(_)));
    }

    #[test]
    fn too_long_a_prompt_is_refused() {
        let failure = Qr::generate(Request::new("x".repeat(3000)), &CallOptions::new("qr")).unwrap_err();
        let FailureKind::LimitExceeded(bad) = failure.kind else { panic!("{failure:?}") };
        assert_eq!(bad.field, "prompt");
    }

    #[test]
    fn a_picture_that_is_too_small_grows() {
        let mut request = Request::new("x".repeat(200));
        request.size = Dimensions::Pixels((32, 32));
        let response = Qr::generate(request, &CallOptions::new("qr")).unwrap();
        assert_eq!(response.warnings, [Warning::AdjustedParameter(("size".into(), "65x65".into()))]);
    }
}
