//! `embedding`.

use palisade_core::{
    Error,
    embedding::{Request, Response},
};

use super::shared::{contents, usage, warnings};
use crate::{Imports, bindings::exports::palisade::provider::embedding as wit};

pub(crate) fn request<T: Imports>(request: &mut Request, state: &mut T) -> Result<wit::Request, Error> {
    Ok(wit::Request {
        items: contents("items", &mut request.items, state)?,
        dimensions: request.dimensions,
        task: request.task.clone(),
    })
}

pub(crate) fn response<T: Imports>(response: wit::Response, _state: &mut T) -> Result<Response, Error> {
    Ok(Response { vectors: response.vectors, usage: usage(response.usage), warnings: warnings(response.warnings) })
}
