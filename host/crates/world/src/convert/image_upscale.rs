//! `image-upscale`.

use palisade_core::{
    Error,
    image_upscale::{Request, Response, Scale},
};

use super::shared::{image, media_for_guest, usage, warnings};
use crate::{Imports, bindings::exports::palisade::provider::image_upscale as wit};

pub(crate) fn request<T: Imports>(request: &mut Request, state: &mut T) -> Result<wit::Request, Error> {
    Ok(wit::Request {
        image: media_for_guest("image", &mut request.image, state)?,
        scale: match request.scale {
            Scale::Factor(factor) => wit::Scale::Factor(factor),
            Scale::Pixels(width, height) => wit::Scale::Pixels((width, height)),
        },
        prompt: request.prompt.clone(),
        seed: request.seed,
        output_format: request.output_format.clone(),
    })
}

pub(crate) fn response<T: Imports>(response: wit::Response, state: &mut T) -> Result<Response, Error> {
    Ok(Response {
        image: image(response.image, state)?,
        usage: usage(response.usage),
        warnings: warnings(response.warnings),
    })
}
