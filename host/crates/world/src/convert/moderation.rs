//! `moderation`.

use palisade_core::{
    Error,
    moderation::{Category, Request, Response, Verdict},
};

use super::shared::{contents, usage, warnings};
use crate::{Imports, bindings::exports::palisade::provider::moderation as wit};

pub(crate) fn request<T: Imports>(request: &mut Request, state: &mut T) -> Result<wit::Request, Error> {
    Ok(wit::Request { items: contents("items", &mut request.items, state)? })
}

pub(crate) fn response<T: Imports>(response: wit::Response, _state: &mut T) -> Result<Response, Error> {
    let category =
        |category: wit::Category| Category { name: category.name, flagged: category.flagged, score: category.score };
    let verdict = |verdict: wit::Verdict| Verdict {
        flagged: verdict.flagged,
        categories: verdict.categories.into_iter().map(category).collect(),
    };
    Ok(Response {
        verdicts: response.verdicts.into_iter().map(verdict).collect(),
        usage: usage(response.usage),
        warnings: warnings(response.warnings),
    })
}
