//! Whose providers serve a pipeline.

use palisade::{Context, Error, ErrorKind, Host, Result};

use crate::plan::Plan;

/// The context that a pipeline names; else the one that is called as it is, where there is one; else the default one.
///
/// # Errors
///
/// `unknown-context` where there is none that it names: it is not made, since nobody would serve in it.
pub(crate) fn registry(host: &Host, plan: &Plan) -> Result<Context> {
    let definition = plan.definition();
    let Some(named) = &definition.context else {
        return Ok(host.context_if_exists(definition.name.as_str()).unwrap_or_else(|| (**host).clone()));
    };
    host.context_if_exists(named).ok_or_else(|| {
        let known: Vec<_> = host.contexts().iter().map(|context| context.name().to_string()).collect();
        let message =
            format!("the pipeline runs in the context `{named}`, which is not there; known: {}", known.join(", "));
        Error::new(ErrorKind::UnknownContext, message)
    })
}
