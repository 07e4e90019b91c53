//! `image-to-text`.

use palisade_core::{
    Error,
    image_to_text::{Finding, Region, Request, Response},
};

use super::shared::{media_for_guest, usage, warnings};
use crate::{Imports, bindings::exports::palisade::provider::image_to_text as wit};

pub(crate) fn request<T: Imports>(request: &mut Request, state: &mut T) -> Result<wit::Request, Error> {
    Ok(wit::Request {
        image: media_for_guest("image", &mut request.image, state)?,
        prompt: request.prompt.clone(),
        task: request.task.clone(),
        language: request.language.clone(),
        max_output_tokens: request.max_output_tokens,
    })
}

pub(crate) fn response<T: Imports>(response: wit::Response, _state: &mut T) -> Result<Response, Error> {
    let region = |region: wit::Region| Region { x: region.x, y: region.y, width: region.width, height: region.height };
    let finding = |finding: wit::Finding| Finding {
        text: finding.text,
        kind: finding.kind,
        confidence: finding.confidence,
        region: finding.region.map(region),
    };
    Ok(Response {
        text: response.text,
        findings: response.findings.into_iter().map(finding).collect(),
        usage: usage(response.usage),
        warnings: warnings(response.warnings),
    })
}
