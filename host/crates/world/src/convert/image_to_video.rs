//! `image-to-video`.

use palisade_core::{Error, image_to_video::Request};

use super::shared::{dimensions, media_for_guest, media_list};
use crate::{Imports, bindings::exports::palisade::provider::image_to_video as wit};

pub(crate) fn request<T: Imports>(request: &mut Request, state: &mut T) -> Result<wit::Request, Error> {
    let last_frame = request.last_frame.as_mut();
    Ok(wit::Request {
        prompt: request.prompt.clone(),
        first_frame: media_for_guest("first-frame", &mut request.first_frame, state)?,
        last_frame: last_frame.map(|frame| media_for_guest("last-frame", frame, state)).transpose()?,
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
