//! `text-to-image`.

use palisade_core::{
    Error,
    text_to_image::{Image, Request, Response},
};

use super::shared::{dimensions, media_for_guest, media_from_guest, usage, warnings};
use crate::{Imports, bindings::exports::palisade::provider::text_to_image as wit};

pub(crate) fn request<T: Imports>(request: &Request, state: &mut T) -> Result<wit::Request, Error> {
    let references =
        request.references.iter().map(|media| media_for_guest("references", media, state)).collect::<Result<_, _>>()?;
    Ok(wit::Request {
        prompt: request.prompt.clone(),
        negative_prompt: request.negative_prompt.clone(),
        n: request.n.max(1),
        size: dimensions(request.size),
        resolution: request.resolution.clone(),
        quality: request.quality.clone(),
        seed: request.seed,
        output_format: request.output_format.clone(),
        references,
        mask: request.mask.as_ref().map(|mask| media_for_guest("mask", mask, state)).transpose()?,
    })
}

pub(crate) fn response<T: Imports>(response: wit::Response, state: &mut T) -> Result<Response, Error> {
    let image = |image: wit::Image| {
        Ok(Image {
            content: media_from_guest(image.content, state)?,
            width: image.width,
            height: image.height,
            seed: image.seed,
            revised_prompt: image.revised_prompt,
        })
    };
    Ok(Response {
        images: response.images.into_iter().map(image).collect::<Result<_, Error>>()?,
        usage: usage(response.usage)?,
        warnings: warnings(response.warnings)?,
    })
}
