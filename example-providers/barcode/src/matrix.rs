//! Codes of two dimensions: QR, Data Matrix, Aztec and PDF417.
//!
//! The readers of `rxing` stamp what they find with the time, and a guest has no clock, so their parts are put together
//! here: a detector finds the modules, a decoder reads them.

use image::GrayImage;
use rxing::common::{BitMatrix, DetectorRXingResult, HybridBinarizer};
use rxing::{BinaryBitmap, DecodeHints, Luma8Source, Point, aztec, datamatrix, pdf417, qrcode};

use crate::found::{Area, Found};

/// Finder patterns of QR codes that are looked at, three a code: each three of them are tried.
const MAX_FINDER_PATTERNS: usize = 120;

/// Modules of a code word and of the stop pattern of PDF417.
const CODE_WORD: f32 = 17.0;
const STOP_PATTERN: f32 = 18.0;

/// All codes of two dimensions, at any angle.
pub(crate) fn read(picture: &GrayImage) -> Vec<Found> {
    let (width, height) = picture.dimensions();
    let Ok(source) = Luma8Source::new_with_slice(picture.as_raw(), width, height) else {
        return Vec::new();
    };
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    let bits = bitmap.get_black_matrix();
    let mut found = qr_codes(bits);
    found.extend(data_matrices(bits));
    found.extend(aztec(bits));
    if let Ok(detected) =
        pdf417::detector::pdf_417_detector::detect_with_hints(&mut bitmap, &DecodeHints::default(), true)
    {
        // Turned, its points are not those of the picture.
        let upright = detected.getRotation() == 0;
        found.extend(detected.getPoints().iter().filter_map(|points| pdf_417(detected.getBits(), points, upright)));
    }
    found
}

fn qr_codes(bits: &BitMatrix) -> Vec<Found> {
    use qrcode::cpp_port::{decoder, detector};
    let mut patterns = detector::FindFinderPatterns(bits, true, 0);
    patterns.truncate(MAX_FINDER_PATTERNS);
    let mut used = Vec::new();
    let mut found = Vec::new();
    for set in detector::GenerateFinderPatternSets(&mut patterns) {
        let corners = [set.bl, set.tl, set.tr];
        if corners.iter().any(|corner| used.contains(corner)) {
            continue;
        }
        let Ok(detected) = detector::SampleQR(bits, &set) else { continue };
        match decoder::Decode(detected.getBits()) {
            Ok(decoded) if decoded.isValid() => {
                used.extend(corners);
                found.push(code("qr-code", &decoded.text(), detected.getPoints()));
            }
            _ => {}
        }
    }
    found
}

fn data_matrices(bits: &BitMatrix) -> Vec<Found> {
    let decoder = datamatrix::decoder::Decoder::new();
    let detected = datamatrix::detector::zxing_cpp_detector::detect(bits, true, true).unwrap_or_default();
    let read = |symbol: datamatrix::detector::DatamatrixDetectorResult| {
        let decoded = decoder.decode(symbol.getBits()).ok()?;
        Some(code("data-matrix", decoded.getText(), symbol.getPoints()))
    };
    detected.into_iter().filter_map(read).collect()
}

fn aztec(bits: &BitMatrix) -> Option<Found> {
    let mut detector = aztec::detector::Detector::new(bits);
    [false, true].into_iter().find_map(|mirrored| {
        let detected = detector.detect(mirrored).ok()?;
        let decoded = aztec::decoder::decode(&detected).ok()?;
        Some(code("aztec", decoded.getText(), detected.getPoints()))
    })
}

/// The points are the corners of the code, upper and lower on the left and on the right, and then those of its data.
fn pdf_417(bits: &BitMatrix, points: &[Option<Point>; 8], upright: bool) -> Option<Found> {
    use pdf417::decoder::pdf_417_scanning_decoder::decode;
    let [
        upper_left,
        lower_left,
        upper_right,
        lower_right,
        data_upper_left,
        data_lower_left,
        data_upper_right,
        data_lower_right,
    ] = *points;
    let across = |one: Option<Point>, other: Option<Point>| Some((one?.x - other?.x).abs());
    // The code words of the left edge are those of the start pattern, which is as wide.
    let stop = |width: f32| width * CODE_WORD / STOP_PATTERN;
    let widths = [
        across(upper_left, data_upper_left),
        across(data_upper_right, upper_right).map(stop),
        across(lower_left, data_lower_left),
        across(data_lower_right, lower_right).map(stop),
    ];
    let widths = || widths.into_iter().flatten();
    let (narrowest, widest) = (widths().fold(f32::INFINITY, f32::min), widths().fold(0.0, f32::max));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "less than the picture has pixels")]
    let decoded = decode(
        bits,
        data_upper_left,
        data_lower_left,
        data_upper_right,
        data_lower_right,
        narrowest as u32,
        widest as u32,
    )
    .ok()?;
    let points: Vec<Point> = points.iter().flatten().copied().filter(|_| upright).collect();
    Some(code("pdf-417", decoded.getText(), &points))
}

fn code(kind: &'static str, text: &str, points: &[Point]) -> Found {
    Found { kind, text: text.to_owned(), area: Area::around(points.iter().map(|point| (point.x, point.y))) }
}
