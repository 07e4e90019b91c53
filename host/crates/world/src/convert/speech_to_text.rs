//! `speech-to-text`.

use palisade_core::{
    Error,
    speech_to_text::{Request, Response, Segment},
};

use super::shared::{media_for_guest, usage, warnings};
use crate::{Imports, bindings::exports::palisade::provider::speech_to_text as wit};

pub(crate) fn request<T: Imports>(request: &mut Request, state: &mut T) -> Result<wit::Request, Error> {
    Ok(wit::Request {
        audio: media_for_guest("audio", &mut request.audio, state)?,
        language: request.language.clone(),
        prompt: request.prompt.clone(),
        timestamps: request.timestamps.clone(),
        speakers: request.speakers,
    })
}

pub(crate) fn response<T: Imports>(response: wit::Response, _state: &mut T) -> Result<Response, Error> {
    let segment = |segment: wit::Segment| Segment {
        text: segment.text,
        start: segment.start,
        end: segment.end,
        speaker: segment.speaker,
    };
    Ok(Response {
        text: response.text,
        segments: response.segments.into_iter().map(segment).collect(),
        language: response.language,
        seconds: response.seconds,
        usage: usage(response.usage),
        warnings: warnings(response.warnings),
    })
}
