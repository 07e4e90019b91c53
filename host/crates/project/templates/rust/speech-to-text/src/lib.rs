//! Writes a word for every beep.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

use palisade_guest::speech_to_text::{Request, Response};
use palisade_guest::{CallOptions, Description, Failure, Model, Provider, Result, SpeechToText};

/// What is louder than this is no silence.
const LOUD: u16 = 1000;

/// The provider.
pub struct MyProvider;

impl Provider for MyProvider {
    fn describe() -> Description {
        let model = Model::new("beeps").free().input("audio/wav");
        Description::new("my-provider").summary("Writes a word for every beep.").model(model)
    }
}

impl SpeechToText for MyProvider {
    fn transcribe(request: Request, _: &CallOptions) -> Result<Response> {
        let (rate, samples) = read(&request.audio.read_all()?)?;
        let text = vec!["beep"; beeps(&samples, rate as usize / 50)].join(" ");
        let seconds = samples.len() as f64 / f64::from(rate);
        Ok(Response { seconds: Some(seconds), ..Response::new(text) })
    }
}

palisade_guest::export!(MyProvider: speech_to_text);

/// The rate and the samples of a WAV file with one channel of 16 bits.
fn read(file: &[u8]) -> Result<(u32, Vec<i16>)> {
    let number = |at: usize| Some(u32::from_le_bytes(file.get(at..at + 4)?.try_into().ok()?));
    let is_known = file.starts_with(b"RIFF") && file.get(8..24) == Some(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    match (is_known && file.get(34..40) == Some(b"\x10\0data"), number(24)) {
        (true, Some(rate @ 1..)) => {
            let (samples, _) = file.get(44..).unwrap_or_default().as_chunks();
            Ok((rate, samples.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect()))
        }
        _ => Err(Failure::invalid_input("audio", "must be a WAV file with one channel of 16-bit samples")),
    }
}

/// How often it is loud after so many samples of silence.
fn beeps(samples: &[i16], pause: usize) -> usize {
    let (mut count, mut silent) = (0, pause);
    for sample in samples {
        if sample.unsigned_abs() <= LOUD {
            silent += 1;
            continue;
        }
        if silent >= pause {
            count += 1;
        }
        silent = 0;
    }
    count
}

#[cfg(test)]
mod tests {
    use palisade_guest::Media;

    use super::*;

    fn sound(samples: &[i16]) -> Vec<u8> {
        let header = b"RIFF____WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data____";
        [&header[..], &samples.iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<_>>()].concat()
    }

    fn heard(file: Vec<u8>) -> Result<Response> {
        MyProvider::transcribe(Request::new(Media::new("audio/wav", file)?), &CallOptions::new("beeps"))
    }

    #[test]
    fn every_beep_is_a_word() {
        let (tone, silence) = ([9000, -9000].repeat(200), vec![0; 400]);
        let response = heard(sound(&[&tone[..], &silence, &tone].concat())).unwrap();
        assert_eq!((response.text.as_str(), response.seconds), ("beep beep", Some(0.15)));
        assert_eq!(heard(sound(&silence)).unwrap().text, "");
    }

    #[test]
    fn what_is_no_sound_is_refused() {
        assert!(heard(b"RIFF".to_vec()).is_err());
    }
}
