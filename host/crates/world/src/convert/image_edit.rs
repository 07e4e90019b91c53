//! `image-edit`.

use palisade_core::{
    Error,
    image_edit::{Request, Response},
};

use super::shared::{dimensions, image, media_for_guest, media_list, usage, warnings};
use crate::{Imports, bindings::exports::palisade::provider::image_edit as wit};

pub(crate) fn request<T: Imports>(request: &mut Request, state: &mut T) -> Result<wit::Request, Error> {
    Ok(wit::Request {
        prompt: request.prompt.clone(),
        images: media_list("images", &mut request.images, state)?,
        mask: request.mask.as_mut().map(|mask| media_for_guest("mask", mask, state)).transpose()?,
        negative_prompt: request.negative_prompt.clone(),
        n: request.n.max(1),
        size: dimensions(request.size),
        quality: request.quality.clone(),
        seed: request.seed,
        output_format: request.output_format.clone(),
    })
}

pub(crate) fn response<T: Imports>(response: wit::Response, state: &mut T) -> Result<Response, Error> {
    Ok(Response {
        images: response.images.into_iter().map(|made| image(made, state)).collect::<Result<_, Error>>()?,
        usage: usage(response.usage),
        warnings: warnings(response.warnings),
    })
}
