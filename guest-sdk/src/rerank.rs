//! The capability `rerank`: documents in the order in which they answer a query.

pub use bindings::exports::palisade::provider::rerank::{Ranked, Request, Response};

use crate::capability::{capability, reports};
use crate::unlisted::Parameters;
use crate::{CallOptions, Result, Usage};

capability!("rerank", Rerank, rerank::rerank);
reports!(Response);

/// Implemented by a provider of this capability.
pub trait Rerank {
    /// Orders the documents, best first, and gives the best `top-n` of them, or all.
    ///
    /// # Errors
    /// When they cannot be ordered; see [`FailureKind`](crate::FailureKind) for the kinds.
    fn rerank(request: Request, options: &CallOptions) -> Result<Response>;
}

impl Request {
    /// A request to order all of these documents. For tests.
    pub fn new<T: Into<String>>(query: impl Into<String>, documents: impl IntoIterator<Item = T>) -> Self {
        Self { query: query.into(), documents: documents.into_iter().map(Into::into).collect(), top_n: None }
    }
}

/// No model lists any.
impl Parameters for Request {}

impl Ranked {
    /// The document at this index, from 0, fits so well; higher is better.
    #[must_use]
    pub const fn new(index: u32, score: f64) -> Self {
        Self { index, score }
    }
}

impl Response {
    /// This order, best first. Unless set, one `request` was used.
    pub fn new(ranking: impl IntoIterator<Item = Ranked>) -> Self {
        Self { ranking: ranking.into_iter().collect(), usage: Usage::of("request", 1), warnings: Vec::new() }
    }
}
