//! Requests to the API, and the picture of an answer.

use palisade_guest::http::{Form, Request, Response};
use palisade_guest::upstream::Upstream;
use palisade_guest::{Failure, FailureKind, Image, Media, Result, Submitted, picture};
use serde_json::Value;

use crate::refusal;
use crate::service::Service;

/// The name of the key in the configuration of the operator.
pub(crate) const CREDENTIAL: &str = "api-key";

const VENDOR: &str = "https://api.stability.ai";

/// The largest picture that is taken.
const MAX_BYTES: usize = 64 << 20;

/// How long it may take the API to say that it is there.
const HEALTH_MS: u32 = 5_000;

/// Where the API is.
pub(crate) fn upstream() -> Upstream {
    Upstream::new(VENDOR, CREDENTIAL)
}

/// Sends a form to a service and gives the picture that it answers with.
pub(crate) fn picture(service: &Service, form: Form) -> Result<Image> {
    let response = send(upstream().post(service.path)?.header("accept", "image/*").form(form))?;
    let upstream_id = response.upstream_id().map(str::to_owned);
    read(response).map_err(|failure| {
        let id = failure.upstream_id.clone().or(upstream_id);
        failure.upstream_id(id)
    })
}

fn read(response: Response) -> Result<Image> {
    let seed = response.header("seed").and_then(|seed| seed.parse().ok());
    // The picture is there, blurred.
    if response.header("finish-reason") == Some("CONTENT_FILTERED") {
        let failure = Failure::new(FailureKind::ContentPolicy(None), "the picture was withheld by the vendor's filter");
        return Err(failure.submitted(Submitted::Yes));
    }
    let media_type = response.media_type();
    if !media_type.starts_with("image/") {
        let answer = response.json().unwrap_or(Value::Null);
        return Err(refusal::within(&answer).unwrap_or_else(|| Failure::incomplete("no picture")));
    }
    let file = response.bytes(MAX_BYTES)?;
    if file.is_empty() {
        return Err(Failure::incomplete("an empty picture"));
    }
    let (width, height) = picture::size(&file).unzip();
    Ok(Image { content: Media::new(media_type, file)?, width, height, seed, revised_prompt: None })
}

/// Succeeds when the API answers, takes the key, and has credit for it. To ask is free of charge.
pub(crate) fn check() -> Result<()> {
    let answer: Value = send(upstream().get("v1/user/balance")?.first_byte_ms(HEALTH_MS))?.json()?;
    match answer.get("credits").and_then(Value::as_f64) {
        Some(credits) if credits <= 0.0 => {
            Err(Failure::new(FailureKind::InsufficientCredit, "there are no credits left"))
        }
        _ => Ok(()),
    }
}

fn send(request: Request) -> Result<Response> {
    request.send()?.accept().map_err(|refused| refusal::failure(&refused))
}
