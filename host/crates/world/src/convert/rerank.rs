//! `rerank`.

use palisade_core::{
    Error,
    rerank::{Ranked, Request, Response},
};

use super::shared::{usage, warnings};
use crate::{Imports, bindings::exports::palisade::provider::rerank as wit};

pub(crate) fn request<T: Imports>(request: &Request, _state: &mut T) -> Result<wit::Request, Error> {
    Ok(wit::Request { query: request.query.clone(), documents: request.documents.clone(), top_n: request.top_n })
}

pub(crate) fn response<T: Imports>(response: wit::Response, _state: &mut T) -> Result<Response, Error> {
    let ranked = |ranked: wit::Ranked| Ranked { index: ranked.index, score: ranked.score };
    Ok(Response {
        ranking: response.ranking.into_iter().map(ranked).collect(),
        usage: usage(response.usage),
        warnings: warnings(response.warnings),
    })
}
