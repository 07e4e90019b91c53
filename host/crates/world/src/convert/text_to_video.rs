//! `text-to-video`.

use palisade_core::{Error, text_to_video::Request};

use super::shared::{dimensions, media_for_guest, media_list};
use crate::{Imports, bindings::exports::palisade::provider::text_to_video as wit};

pub(crate) fn request<T: Imports>(request: &mut Request, state: &mut T) -> Result<wit::Request, Error> {
    let mut frame = |field, frame: &mut Option<_>| {
        let frame = frame.as_mut();
        frame.map(|frame| media_for_guest(field, frame, state)).transpose()
    };
    Ok(wit::Request {
        prompt: request.prompt.clone(),
        first_frame: frame("first-frame", &mut request.first_frame)?,
        last_frame: frame("last-frame", &mut request.last_frame)?,
        references: media_list("references", &mut request.references, state)?,
        size: dimensions(request.size),
        resolution: request.resolution.clone(),
        seconds: request.seconds,
        fps: request.fps,
        audio: request.audio,
        n: request.n.max(1),
        seed: request.seed,
    })
}
