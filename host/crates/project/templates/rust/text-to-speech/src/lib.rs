//! Beeps once for every word.

use std::f64::consts::TAU;
use std::iter;

use palisade_guest::text_to_speech::{Event, Request, Response};
use palisade_guest::{CallOptions, Description, Model, Provider, Result, TextToSpeech, Usage};

const RATE: u32 = 8000;

/// The samples of a beep, a fifth of a second, and of the silence after it.
const BEEP: u32 = RATE / 5;

/// The provider.
pub struct MyProvider;

impl Provider for MyProvider {
    fn describe() -> Description {
        let model = Model::new("beeper").free().output("audio/wav");
        Description::new("my-provider").summary("Beeps once for every word.").model(model)
    }
}

impl TextToSpeech for MyProvider {
    fn synthesize(request: Request, _: &CallOptions) -> Result<Response> {
        let words = request.text.split_whitespace().count();
        let beep = beep();
        let header = header(u32::try_from(words * beep.len()).unwrap_or(u32::MAX - 36));
        // Each piece is made when the host asks for it.
        let sound = iter::once(header).chain(iter::repeat_n(beep, words)).map(Event::audio);
        let events = sound.chain([Event::finish(Usage::characters(&request.text))]);
        Ok(Response::stream("audio/wav", events.map(Ok)))
    }
}

palisade_guest::export!(MyProvider: text_to_speech);

/// A tone, and as much silence.
fn beep() -> Vec<u8> {
    let tone = (0..BEEP).map(|at| (12_000.0 * (TAU * 660.0 * f64::from(at) / f64::from(RATE)).sin()) as i16);
    let silence = iter::repeat_n(0, BEEP as usize);
    tone.chain(silence).flat_map(i16::to_le_bytes).collect()
}

/// The header of a WAV file with one channel of 16-bit samples that takes so many bytes.
fn header(bytes: u32) -> Vec<u8> {
    let (start, end) = ((36 + bytes).to_le_bytes(), bytes.to_le_bytes());
    let (rate, byte_rate) = (RATE.to_le_bytes(), (2 * RATE).to_le_bytes());
    let format: [u8; 8] = [16, 0, 0, 0, 1, 0, 1, 0];
    [&b"RIFF"[..], &start, b"WAVEfmt ", &format, &rate, &byte_rate, &[2, 0, 16, 0], b"data", &end].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_a_beep() {
        let response = MyProvider::synthesize(Request::new("a red fox"), &CallOptions::new("beeper")).unwrap();
        assert_eq!(response.media_type(), "audio/wav");
        let pieces = response.map(|event| match event {
            Ok(Event::Audio(piece)) => piece.len(),
            _ => 0,
        });
        assert_eq!(pieces.sum::<usize>(), 44 + 3 * 2 * 2 * BEEP as usize);
    }
}
