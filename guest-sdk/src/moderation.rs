//! The capability `moderation`: whether texts and media are what nobody should have to see.

pub use bindings::exports::palisade::provider::moderation::{Category, Request, Response, Verdict};

use crate::capability::{capability, reports};
use crate::unlisted::Parameters;
use crate::{CallOptions, Content, Result, Usage};

capability!("moderation", Moderation, moderation::moderate);
reports!(Response);

/// Implemented by a provider of this capability.
pub trait Moderation {
    /// Looks at the items: a verdict for each, in the same order.
    ///
    /// # Errors
    /// When an item cannot be looked at; see [`FailureKind`](crate::FailureKind) for the kinds.
    fn moderate(request: Request, options: &CallOptions) -> Result<Response>;
}

impl Request {
    /// A request to look at these items. For tests.
    pub fn new<T: Into<Content>>(items: impl IntoIterator<Item = T>) -> Self {
        Self { items: items.into_iter().map(Into::into).collect() }
    }
}

/// No model lists any.
impl Parameters for Request {}

impl Category {
    /// A category, for example `spam`, with whether it is more than the model tolerates and how sure the model is, 0 to 1.
    pub fn new(name: impl Into<String>, flagged: bool, score: f64) -> Self {
        Self { name: name.into(), flagged, score }
    }
}

impl Verdict {
    /// A verdict that is flagged when any of these categories is.
    pub fn new(categories: impl IntoIterator<Item = Category>) -> Self {
        let categories: Vec<Category> = categories.into_iter().collect();
        Self { flagged: categories.iter().any(|category| category.flagged), categories }
    }
}

impl Response {
    /// These verdicts. Unless set, one `request` was used.
    pub fn new(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        Self { verdicts: verdicts.into_iter().collect(), usage: Usage::of("request", 1), warnings: Vec::new() }
    }
}
