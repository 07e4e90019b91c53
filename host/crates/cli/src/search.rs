//! The search that the options describe.

use palisade::{Decision, Error, ErrorKind, Fallback, FindProvider, Host, Request, Result};
use serde_json::Value;

use crate::common::Common;

pub(crate) fn search(host: &Host, request: &Request, common: &Common) -> FindProvider {
    let parameters = request.parameters();
    let mut search = host
        .find_best_provider(request.capability())
        .for_request(request)
        .prefer(common.prefer.into())
        .fallback(Fallback {
            attempts: common.attempts.get(),
            around_refusals: common.around_refusals,
            ..Fallback::default()
        })
        .seed(parameters.get("seed").and_then(Value::as_u64).unwrap_or_default());
    if let Some(model) = &common.model {
        search = search.model(model);
    }
    if let Some(price) = common.max_price {
        search = search.max_price(price);
    }
    if common.strict {
        search = search.strict();
    }
    for feature in &common.require {
        search = search.require(feature.clone());
    }
    for name in &common.exclude {
        search = search.exclude(name);
    }
    for region in &common.region {
        search = search.region(region);
    }
    if let Some(time) = common.within {
        search = search.within(time);
    }
    for (name, value) in &common.options {
        search = search.option(name, value.clone());
    }
    search
}

/// The decision of a search, which is kept where that is wanted.
pub(crate) fn decide(search: &FindProvider, common: &Common) -> Result<Decision> {
    let record = search.record();
    if let Some(path) = &common.save {
        let failed = |error| {
            let path = palisade::text::escape(&path.display().to_string(), 1000);
            Error::new(ErrorKind::Io, format!("cannot write `{path}`")).with_source(error)
        };
        std::fs::write(path, record.to_bytes()?).map_err(failed)?;
    }
    record.explain()
}
