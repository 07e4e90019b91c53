//! What requests are made from: texts, pictures and sounds, small ones and broken ones.

use std::io::Cursor;

use palisade_core::{Media, catalogue::Model};

/// Words that every seed makes another text of.
const SUBJECTS: [&str; 8] =
    ["a red fox", "a lighthouse", "an old oak", "a steam train", "two boats", "a market", "a comet", "bread"];
const PLACES: [&str; 8] = [
    "in fresh snow",
    "by the sea",
    "at dawn",
    "under a bridge",
    "in the hills",
    "after rain",
    "in a quiet town",
    "at night",
];

/// A short text, another one for each number.
pub(crate) fn text(number: u64) -> String {
    let pick = |list: &[&'static str; 8], number: u64| list.get((number % 8) as usize).copied().unwrap_or_default();
    format!("{} {}", pick(&SUBJECTS, number), pick(&PLACES, number / 8))
}

/// Texts that break what is not careful, each with what it is.
pub(crate) fn odd_texts() -> Vec<(&'static str, String)> {
    vec![
        ("a mebibyte of one letter", "x".repeat(1 << 20)),
        ("ten thousand words", "many words ".repeat(5_000)),
        ("a thousand empty lines", "\n".repeat(1000) + "x"),
        ("control characters", "x\0\u{7}\u{1b}[31m\r\n".to_owned()),
        ("text from right to left", "\u{202e}שלום مرحبا".to_owned()),
        ("stacked accents", "e\u{301}\u{301}\u{301}".repeat(300)),
        ("joined emoji", "👩‍👩‍👧‍👦🏳️‍🌈".to_owned()),
        ("characters that are none", "\u{10ffff}\u{e000}\u{feff}".to_owned()),
        ("Japanese", "雪の中の赤い狐".to_owned()),
        ("markup", "<script>alert(1)</script>{{x}}\\".to_owned()),
        ("a full stop", ".".to_owned()),
    ]
}

/// A picture of this size; none where it cannot be written.
pub(crate) fn picture(width: u32, height: u32, seed: u64) -> Option<Media> {
    let mut data = Vec::new();
    let mut encoder = png::Encoder::new(&mut data, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().ok()?;
    let shade = |x: u32, y: u32| [(x * 7) as u8, (y * 11) as u8, (seed as u8).wrapping_add((x ^ y) as u8)];
    let pixels: Vec<u8> = (0..height).flat_map(|y| (0..width).flat_map(move |x| shade(x, y))).collect();
    writer.write_image_data(&pixels).ok()?;
    writer.finish().ok()?;
    Some(Media { media_type: "image/png".to_owned(), data })
}

/// A file of a few bytes that says that it is a picture of ten thousand million pixels.
pub(crate) fn hollow_picture() -> Option<Media> {
    let mut data = Vec::new();
    let mut encoder = png::Encoder::new(&mut data, 100_000, 100_000);
    encoder.set_color(png::ColorType::Rgb);
    drop(encoder.write_header().ok()?);
    Some(Media { media_type: "image/png".to_owned(), data })
}

/// Half a second of a tone that goes on and off, as WAV; none where it cannot be written.
pub(crate) fn sound() -> Option<Media> {
    let format =
        hound::WavSpec { channels: 1, sample_rate: 8000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut data = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut data, format).ok()?;
    for index in 0..4000_i32 {
        // 500 Hz, silent in every second tenth of a second.
        let tone = if index % 16 < 8 { 8000 } else { -8000 };
        writer.write_sample(if index / 800 % 2 == 0 { tone } else { 0_i32 }).ok()?;
    }
    writer.finalize().ok()?;
    Some(Media { media_type: "audio/wav".to_owned(), data: data.into_inner() })
}

/// What is not what it says, made from a whole file.
pub(crate) fn broken(whole: &Media) -> Vec<(&'static str, Media)> {
    let of = |data: &[u8]| Media { media_type: whole.media_type.clone(), data: data.to_vec() };
    let start = |length: usize| whole.data.get(..length).unwrap_or(&whole.data);
    vec![
        ("a file that is something else", of(b"this is not what it says")),
        ("a file that is cut off in its head", of(start(20))),
        ("a file of one byte", of(start(1))),
    ]
}

/// Whether a model takes media of this type.
pub(crate) fn takes(model: &Model, media_type: &str) -> bool {
    let any = media_type.split_once('/').map_or_else(String::new, |(kind, _)| format!("{kind}/*"));
    model.input_types.iter().any(|own| own == media_type || *own == any || own == "*/*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_what_it_says() {
        let kind = |media: &Media| infer::get(&media.data).map(|kind| kind.mime_type());
        assert_eq!(kind(&picture(3, 2, 1).unwrap()), Some("image/png"));
        assert_eq!(kind(&hollow_picture().unwrap()), Some("image/png"));
        assert_eq!(kind(&sound().unwrap()), Some("audio/x-wav"));
        let decoder = png::Decoder::new(Cursor::new(picture(3, 2, 1).unwrap().data));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((frame.width, frame.height), (3, 2));
    }

    #[test]
    fn another_number_is_another_text() {
        assert_ne!(text(1), text(2));
        assert_ne!(text(1), text(9));
        assert_eq!(text(u64::MAX), text(u64::MAX));
    }
}
