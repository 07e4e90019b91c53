//! `adpcm`, in C: what it makes is what others read.

use std::{f64::consts::TAU, io::Cursor};

use palisade::{ErrorKind, Media, custom};
use serde_json::json;
use symphonia::core::{
    audio::SampleBuffer, formats::FormatOptions, io::MediaSourceStream, meta::MetadataOptions, probe::Hint,
};

use super::host;

const RATE: u32 = 22_050;

/// A WAV file of 16 bits with these frames.
fn wave(channels: u16, samples: &[i16]) -> Media {
    let size = u32::try_from(2 * samples.len()).unwrap();
    let mut data = Vec::new();
    data.extend(b"RIFF");
    data.extend((36 + size).to_le_bytes());
    data.extend(b"WAVEfmt ");
    data.extend(16_u32.to_le_bytes());
    for field in [1, channels] {
        data.extend(field.to_le_bytes());
    }
    for field in [RATE, RATE * 2 * u32::from(channels)] {
        data.extend(field.to_le_bytes());
    }
    for field in [2 * channels, 16] {
        data.extend(field.to_le_bytes());
    }
    data.extend(b"data");
    data.extend(size.to_le_bytes());
    data.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    Media { media_type: "audio/wav".to_owned(), data }
}

/// What a reader that knows nothing of ours makes of a file: its channels, and its samples.
fn read(file: Vec<u8>) -> (usize, Vec<i16>) {
    let stream =
        MediaSourceStream::new(Box::new(Cursor::new(file)), symphonia::core::io::MediaSourceStreamOptions::default());
    let mut probed = symphonia::default::get_probe()
        .format(&Hint::new(), stream, &FormatOptions::default(), &MetadataOptions::default())
        .unwrap();
    let parameters = probed.format.default_track().unwrap().codec_params.clone();
    let mut decoder = symphonia::default::get_codecs().make(&parameters, &Default::default()).unwrap();
    let mut samples = Vec::new();
    while let Ok(packet) = probed.format.next_packet() {
        let decoded = decoder.decode(&packet).unwrap();
        let mut buffer = SampleBuffer::<i16>::new(decoded.capacity() as u64, *decoded.spec());
        buffer.copy_interleaved_ref(decoded);
        samples.extend_from_slice(buffer.samples());
    }
    (parameters.channels.unwrap().count(), samples)
}

/// How far a signal is above what was lost of it, in decibels.
fn signal_to_noise(given: &[i16], heard: &[i16]) -> f64 {
    let energy = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
    let signal = energy(&mut given.iter().map(|sample| f64::from(*sample)));
    let noise = energy(&mut given.iter().zip(heard).map(|(one, other)| f64::from(*one) - f64::from(*other)));
    10.0 * (signal / noise).log10()
}

async fn done(task: &str, file: Media) -> Result<custom::Response, palisade::Error> {
    let request = custom::Request { media: vec![file], ..custom::Request::new(task, json!({})) };
    host().get("adpcm").unwrap().custom(request).await.map(|made| made.response)
}

#[tokio::test]
async fn a_sound_is_a_quarter_as_large_and_others_hear_the_same() {
    for channels in [1_u16, 2] {
        let samples: Vec<_> = (0..2 * usize::from(channels) * RATE as usize)
            .map(|at| {
                let seconds = (at / usize::from(channels)) as f64 / f64::from(RATE);
                let high = if at % usize::from(channels) == 0 { 660.0 } else { 550.0 };
                (9000.0 * (TAU * 440.0 * seconds).sin() + 5000.0 * (TAU * high * seconds).sin()) as i16
            })
            .collect();
        let given = wave(channels, &samples);
        let small = done("compress", given.clone()).await.unwrap();
        assert!(small.media[0].data.len() * 38 < given.data.len() * 10, "{} bytes", small.media[0].data.len());
        assert_eq!(small.output["seconds"], json!(2.0));
        assert!(small.output["signal_to_noise_db"].as_f64().unwrap() > 25.0, "{}", small.output);

        let expanded = done("expand", small.media[0].clone()).await.unwrap();
        let (ours_channels, ours) = read(expanded.media[0].data.clone());
        let (others_channels, others) = read(small.media[0].data.clone());
        assert_eq!((ours_channels, others_channels), (usize::from(channels), usize::from(channels)));
        assert_eq!(ours.len(), samples.len());
        // They round each step of a difference otherwise than the recommendation does, so not to the bit.
        for heard in [&ours, &others] {
            let decibels = signal_to_noise(&samples, heard);
            assert!(decibels > 25.0, "{decibels} dB");
        }
    }
}

#[tokio::test]
async fn what_is_no_sound_is_refused_with_its_field() {
    let text = Media { media_type: "audio/wav".to_owned(), data: b"no sound".to_vec() };
    let error = done("compress", text).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("media[0]")));
    let error = done("expand", wave(1, &[1, 2, 3])).await.unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("media[0]")));
}
