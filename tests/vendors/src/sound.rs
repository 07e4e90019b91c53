//! Sounds: a tone for each word that is spoken.

use std::{f64::consts::TAU, io::Cursor};

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use crate::site::File;

/// Samples in a second.
const RATE: u32 = 24_000;
/// A tenth of a second for each word.
const WORD: u32 = RATE / 10;

/// Speaks a text in one of the formats `wav`, `pcm` and `mp3`. None in any other format.
pub(crate) fn speak(text: &str, format: &str) -> Option<File> {
    let (media_type, extension, bytes) = match format {
        "wav" => ("audio/wav", "wav", wav(text)?),
        "pcm" => ("audio/pcm", "pcm", samples(text).flat_map(i16::to_le_bytes).collect()),
        "mp3" => ("audio/mpeg", "mp3", mp3(text)),
        _ => return None,
    };
    Some(File { media_type, extension, bytes })
}

/// Returns how many seconds a sound lasts; none where it is no WAV.
pub(crate) fn seconds(bytes: &[u8]) -> Option<f64> {
    let reader = WavReader::new(Cursor::new(bytes)).ok()?;
    Some(f64::from(reader.duration()) / f64::from(reader.spec().sample_rate))
}

fn samples(text: &str) -> impl Iterator<Item = i16> {
    text.split_whitespace().flat_map(|word| {
        let pitch = f64::from(200 + crc32fast::hash(word.as_bytes()) % 600);
        (0..WORD).map(move |at| ((TAU * pitch * f64::from(at) / f64::from(RATE)).sin() * 8000.0) as i16)
    })
}

fn wav(text: &str) -> Option<Vec<u8>> {
    let spec = WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).ok()?;
    for sample in samples(text) {
        writer.write_sample(sample).ok()?;
    }
    writer.finalize().ok()?;
    Some(bytes.into_inner())
}

/// Silence: a frame of zeros for each word, after a header of MPEG 1, layer 3, 128 kbit/s and 44.1 kHz.
fn mp3(text: &str) -> Vec<u8> {
    const FRAME: usize = 417;
    let mut bytes = Vec::new();
    for _ in text.split_whitespace() {
        bytes.extend([0xff, 0xfb, 0x90, 0xc4]);
        bytes.resize(bytes.len() + FRAME - 4, 0);
    }
    bytes
}
