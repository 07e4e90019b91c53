//! `custom`.

use palisade_core::{
    Error, ErrorKind, JSON_GROWTH, Schema,
    custom::{Request, Response, Task},
};

use super::shared::{media_from_guest, media_list, usage, warnings};
use crate::{Imports, bindings::exports::palisade::provider::custom as wit};

/// A task, or the sentence that says what is wrong with it.
pub(crate) fn task(task: wit::Task) -> Result<Task, String> {
    let id: palisade_core::ModelId = task.id.parse().map_err(|error| format!("task: {error}"))?;
    let schema =
        |name: &str, text: &str| Schema::parse(text).map_err(|reason| format!("task `{id}`: {name}: {reason}"));
    Ok(Task {
        input: schema("input-schema", &task.input_schema)?,
        output: schema("output-schema", &task.output_schema)?,
        summary: task.summary,
        id: task.id,
    })
}

pub(crate) fn request<T: Imports>(request: &mut Request, state: &mut T) -> Result<wit::Request, Error> {
    Ok(wit::Request {
        task: request.task.clone(),
        input: request.input.to_string(),
        media: media_list("media", &mut request.media, state)?,
    })
}

pub(crate) fn response<T: Imports>(response: wit::Response, state: &mut T) -> Result<Response, Error> {
    // JSON takes many times its length when it is read.
    let bytes = (response.output.len() as u64).saturating_mul(JSON_GROWTH);
    state.charge_memory(bytes, bytes).map_err(|limit| {
        let (length, fits) = (response.output.len(), limit / JSON_GROWTH);
        Error::new(ErrorKind::MemoryLimit, format!("the output has {length} bytes of JSON, and at most {fits} fit"))
    })?;
    state.hand_over_memory(bytes);
    let no_json = |error: serde_json::Error| {
        Error::new(ErrorKind::BadOutput, format!("the provider's output is no JSON: {error}"))
    };
    Ok(Response {
        output: serde_json::from_str(&response.output).map_err(no_json)?,
        media: response.media.into_iter().map(|media| media_from_guest(media, state)).collect::<Result<_, _>>()?,
        usage: usage(response.usage),
        warnings: warnings(response.warnings),
    })
}
