//! `text-to-speech`.

use palisade_core::{
    Error,
    text_to_speech::{Event, Finish, Request},
};

use super::shared::{usage, warnings};
use crate::{Imports, bindings::exports::palisade::provider::text_to_speech as wit};

pub(crate) fn request<T: Imports>(request: &Request, _state: &mut T) -> Result<wit::Request, Error> {
    Ok(wit::Request {
        text: request.text.clone(),
        voice: request.voice.clone(),
        speed: request.speed,
        language: request.language.clone(),
        instructions: request.instructions.clone(),
        output_format: request.output_format.clone(),
        seed: request.seed,
    })
}

pub(crate) fn event(event: wit::Event) -> Event {
    match event {
        wit::Event::Audio(data) => Event::Audio(data),
        wit::Event::Finish(finish) => {
            Event::Finish(Finish { usage: usage(finish.usage), warnings: warnings(finish.warnings) })
        }
    }
}
