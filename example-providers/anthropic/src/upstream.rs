//! Requests to the API.

use palisade_guest::Result;
use palisade_guest::http::{Request, Response};
use serde::Serialize;

use crate::{refusal, settings};

/// The version of the API that requests are written for.
const VERSION: (&str, &str) = ("anthropic-version", "2023-06-01");

/// How long it may take the API to say that it is there.
const HEALTH_MS: u32 = 5_000;

/// Sends JSON to this path and gives the answer, which is a success.
pub(crate) fn post(path: &str, body: &impl Serialize) -> Result<Response> {
    send(settings::upstream().post(path)?.json(body)?)
}

/// Succeeds when the API answers, and takes the key. It is asked for its models, which is free of charge.
pub(crate) fn check() -> Result<()> {
    send(settings::upstream().get("models")?.first_byte_ms(HEALTH_MS)).map(drop)
}

fn send(request: Request) -> Result<Response> {
    let (name, version) = VERSION;
    request.header(name, version).send()?.accept().map_err(|refused| refusal::failure(&refused))
}
