//! A provider that speaks and understands Morse code (Recommendation ITU-R M.1677-1), without a network.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

mod code;
mod key;
mod listen;
mod rhythm;
mod speak;
mod tone;
mod wav;

use palisade_guest::catalog::Model;
use palisade_guest::{Description, Provider};

/// The longest sound, made or heard.
const MAX_SECONDS: u32 = 600;

/// The provider.
#[derive(Debug)]
pub struct Morse;

impl Provider for Morse {
    fn describe() -> Description {
        Description::new("morse").summary("Speaks and understands Morse code.").model(
            Model::new("morse")
                .free()
                .explicit_only()
                .tag("morse")
                .input(wav::MEDIA_TYPE)
                .output(wav::MEDIA_TYPE)
                .choice("voice", &speak::VOICES.map(|(name, _)| name))
                .float("speed", speak::SPEEDS)
                .choice("timestamps", &listen::TIMESTAMPS),
        )
    }
}

palisade_guest::export!(Morse: text_to_speech, speech_to_text);
