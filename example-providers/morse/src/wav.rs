//! Files of type WAV, written and read.

use std::io::{self, BufReader, Read};

use hound::{SampleFormat, WavReader};
use palisade_guest::blobs::Reader;
use palisade_guest::{Failure, Media, Result};

use crate::MAX_SECONDS;

/// The media type of what is written.
pub(crate) const MEDIA_TYPE: &str = "audio/wav";

/// Samples a second of what can be read.
const RATES: std::ops::RangeInclusive<u32> = 4000..=96_000;

/// No tone that is looked for needs more samples a second.
const ENOUGH: u32 = 8000;

/// Sound with one channel.
#[derive(Debug)]
pub(crate) struct Sound {
    /// Samples a second.
    pub(crate) rate: f64,
    /// The samples, finite.
    pub(crate) samples: Vec<f32>,
    /// Whether the file ended before its header says.
    pub(crate) cut_short: bool,
}

impl Sound {
    /// Length in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        self.samples.len() as f64 / self.rate
    }
}

/// The head of a file with so many samples of 16 bits, one channel.
pub(crate) fn header(rate: u32, samples: usize) -> Vec<u8> {
    let bytes = u32::try_from(samples * 2).unwrap_or(u32::MAX);
    let mut head = Vec::with_capacity(44);
    head.extend(b"RIFF");
    head.extend(bytes.saturating_add(36).to_le_bytes());
    head.extend(b"WAVEfmt ");
    head.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    head.extend([1, 0, 1, 0]);
    head.extend(rate.to_le_bytes());
    head.extend((rate * 2).to_le_bytes());
    // Two bytes a sample, 16 bits.
    head.extend([2, 0, 16, 0]);
    head.extend(b"data");
    head.extend(bytes.to_le_bytes());
    head
}

/// Reads a file with all channels mixed into one, at about [`ENOUGH`] samples a second. Memory grows with what the file
/// has, whatever its header says.
pub(crate) fn read(media: &Media) -> Result<Sound> {
    match media {
        Media::Inline(inline) => decode(inline.data.as_slice()),
        Media::Stored(blob) => decode(BufReader::with_capacity(1 << 16, Reader::new(blob))),
    }
}

fn decode(file: impl Read) -> Result<Sound> {
    let reader = WavReader::new(file).map_err(refused)?;
    let spec = reader.spec();
    if !RATES.contains(&spec.sample_rate) {
        let reason =
            format!("has {} samples a second; it must have {} to {}", spec.sample_rate, RATES.start(), RATES.end());
        return Err(Failure::limit_exceeded("audio", reason));
    }
    match spec.sample_format {
        SampleFormat::Float => mix(&spec, reader.into_samples::<f32>()),
        SampleFormat::Int => {
            let scale = 0.5_f32.powi(i32::from(spec.bits_per_sample) - 1);
            mix(&spec, reader.into_samples::<i32>().map(|sample| sample.map(|sample| sample as f32 * scale)))
        }
    }
}

/// Averages channels, and as many moments as are more than [`ENOUGH`].
fn mix(spec: &hound::WavSpec, mut source: impl Iterator<Item = hound::Result<f32>>) -> Result<Sound> {
    let moments = (spec.sample_rate / ENOUGH).max(1);
    let together = usize::from(spec.channels.max(1)) * moments as usize;
    let rate = f64::from(spec.sample_rate) / f64::from(moments);
    let most = f64::from(MAX_SECONDS) * rate;
    let mut sound = Sound { rate, samples: Vec::new(), cut_short: false };
    loop {
        let mut sum = 0.0;
        for _ in 0..together {
            match source.next() {
                // A file of floats may hold what is no number.
                Some(Ok(sample)) => sum += if sample.is_finite() { sample.clamp(-4.0, 4.0) } else { 0.0 },
                // What is left over makes less than one sample.
                None => return Ok(sound),
                Some(Err(hound::Error::IoError(error))) if !is_end(&error) => return Err(error.into()),
                Some(Err(hound::Error::IoError(_))) => {
                    sound.cut_short = true;
                    return Ok(sound);
                }
                Some(Err(error)) => return Err(refused(error)),
            }
        }
        if sound.samples.len() as f64 >= most {
            return Err(Failure::limit_exceeded("audio", format!("must be at most {MAX_SECONDS} seconds long")));
        }
        sound.samples.push(sum / together as f32);
    }
}

/// Hound reports the end of a file as an error of its own making, of kind `Other`.
fn is_end(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::UnexpectedEof || error.to_string() == "Failed to read enough bytes."
}

fn refused(error: hound::Error) -> Failure {
    match error {
        hound::Error::IoError(error) if !is_end(&error) => error.into(),
        hound::Error::IoError(_) => Failure::invalid_input("audio", "ends within the header of a WAV file"),
        other => Failure::invalid_input("audio", format!("must be a WAV file of PCM or float samples: {other}")),
    }
}

#[cfg(test)]
mod tests {
    use hound::{WavSpec, WavWriter};
    use palisade_guest::FailureKind;
    use proptest::prelude::*;

    use super::*;

    /// A second of a half-strength square wave.
    fn file(rate: u32, channels: u16, bits_per_sample: u16, sample_format: SampleFormat) -> Vec<u8> {
        let mut file = Vec::new();
        let spec = WavSpec { channels, sample_rate: rate, bits_per_sample, sample_format };
        let mut writer = WavWriter::new(io::Cursor::new(&mut file), spec).unwrap();
        for index in 0..rate * u32::from(channels) {
            let high = index / u32::from(channels) % 100 < 50;
            match sample_format {
                SampleFormat::Float => writer.write_sample(if high { 0.5_f32 } else { -0.5 }).unwrap(),
                SampleFormat::Int => {
                    let half = 1_i32 << (bits_per_sample - 2);
                    writer.write_sample(if high { half } else { -half }).unwrap();
                }
            }
        }
        writer.finalize().unwrap();
        file
    }

    fn read_bytes(file: Vec<u8>) -> Result<Sound> {
        read(&Media::new(MEDIA_TYPE, file).unwrap())
    }

    fn field(file: Vec<u8>) -> (String, bool) {
        match read_bytes(file).unwrap_err().kind {
            FailureKind::InvalidInput(bad) => (bad.field, true),
            FailureKind::LimitExceeded(bad) => (bad.field, false),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_format_is_read_at_its_strength() {
        let formats = [8, 16, 24, 32].map(|bits| (bits, SampleFormat::Int));
        for (bits, format) in formats.into_iter().chain([(32, SampleFormat::Float)]) {
            for (rate, channels) in [(8000, 1), (44_100, 2), (96_000, 1), (4000, 2)] {
                let sound = read_bytes(file(rate, channels, bits, format)).unwrap();
                let case = format!("{bits} {format:?} {rate} {channels}");
                assert!((sound.seconds() - 1.0).abs() < 0.001, "{case}: {}", sound.seconds());
                assert_eq!(sound.samples[1], 0.5, "{case}");
                assert!(!sound.cut_short && (4000.0..16_000.0).contains(&sound.rate), "{case}");
            }
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let mut file = header(8000, 2);
        file.extend([0, 0x40, 0, 0xc0]);
        assert_eq!(read_bytes(file).unwrap().samples, [0.5, -0.5]);
    }

    #[test]
    fn a_file_that_lies_about_its_length_is_read_to_its_end() {
        let mut file = header(8000, 2_000_000_000);
        file.extend([0, 0x40, 0, 0xc0, 1]);
        let sound = read_bytes(file).unwrap();
        assert_eq!(sound.samples, [0.5, -0.5]);
        assert!(sound.cut_short);
    }

    #[test]
    fn what_is_no_sound_is_refused() {
        assert_eq!(field(Vec::new()), ("audio".into(), true));
        assert_eq!(field(b"ID3 something else entirely, long enough for a header".to_vec()), ("audio".into(), true));
        assert_eq!(field(header(8000, 2)[..40].to_vec()), ("audio".into(), true));
        assert_eq!(field(header(3999, 2)), ("audio".into(), false));
        assert_eq!(field(header(96_001, 2)), ("audio".into(), false));
    }

    #[test]
    fn too_long_a_sound_is_refused() {
        let samples = 4000 * (MAX_SECONDS as usize + 1);
        let mut file = header(4000, samples);
        file.resize(file.len() + 2 * samples, 0);
        assert_eq!(field(file), ("audio".into(), false));
    }

    proptest! {
        #[test]
        fn no_damage_is_too_strange(at in 0_usize..60, byte in any::<u8>(), length in 0_usize..60) {
            let mut file = header(8000, 8);
            file.resize(60, 0x40);
            file[at] = byte;
            file.truncate(length);
            if let Ok(sound) = read_bytes(file) {
                prop_assert!(sound.samples.iter().all(|sample| sample.is_finite()));
            }
        }
    }
}
