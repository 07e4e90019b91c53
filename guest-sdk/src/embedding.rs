//! The capability `embedding`: texts and media as vectors.

pub use bindings::exports::palisade::provider::embedding::{Request, Response};

use crate::capability::{capability, reports};
use crate::unlisted::Parameters;
use crate::{CallOptions, Content, Result, Usage};

capability!("embedding", Embedding, embedding::embed);
reports!(Response);

/// Implemented by a provider of this capability.
pub trait Embedding {
    /// Embeds the items: a vector for each, in the same order, all of the same length.
    ///
    /// # Errors
    /// When an item cannot be embedded; see [`FailureKind`](crate::FailureKind) for the kinds.
    fn embed(request: Request, options: &CallOptions) -> Result<Response>;
}

impl Request {
    /// A request to embed these items, with vectors of any length for any purpose. For tests.
    pub fn new<T: Into<Content>>(items: impl IntoIterator<Item = T>) -> Self {
        Self { items: items.into_iter().map(Into::into).collect(), dimensions: None, task: None }
    }
}

impl Parameters for Request {
    fn parameters(&self) -> Vec<(&'static str, bool)> {
        vec![("dimensions", self.dimensions.is_some()), ("task", self.task.is_some())]
    }
}

impl Response {
    /// These vectors. Unless set, one `request` was used.
    pub fn new(vectors: impl IntoIterator<Item = Vec<f32>>) -> Self {
        Self { vectors: vectors.into_iter().collect(), usage: Usage::of("request", 1), warnings: Vec::new() }
    }
}
