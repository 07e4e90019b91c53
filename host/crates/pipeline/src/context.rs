//! Whose providers serve a pipeline.

use palisade::{Host, Result};

use crate::plan::Plan;

/// Who is registered, for one pipeline.
pub(crate) type Registry = Host;

/// The providers of the context that a pipeline [names](Plan::context).
///
/// # Errors
///
/// None as long as a host has one context.
pub(crate) fn registry<'a>(host: &'a Host, _plan: &Plan) -> Result<&'a Registry> {
    Ok(host)
}
