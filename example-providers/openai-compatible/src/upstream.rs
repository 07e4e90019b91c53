//! Requests to the server.

use palisade_guest::http::{Form, Request, Response};
use palisade_guest::{Failure, FailureKind, Result};
use serde::Serialize;

use crate::{refusal, settings};

/// How long it may take the server to say that it is there.
const HEALTH_MS: u32 = 5_000;

/// Sends JSON to this path and gives the answer, which is a success.
pub(crate) fn post(path: &str, body: &impl Serialize) -> Result<Response> {
    send(settings::upstream().post(path)?.json(body)?)
}

/// Sends a form to this path and gives the answer, which is a success.
pub(crate) fn post_form(path: &str, form: Form) -> Result<Response> {
    send(settings::upstream().post(path)?.form(form))
}

/// Succeeds when the server answers, and takes the key. It is asked for its models, which is free of charge.
pub(crate) fn check() -> Result<()> {
    match send(settings::upstream().get("models")?.first_byte_ms(HEALTH_MS)) {
        // It is there, and does not list its models.
        Err(Failure { kind: FailureKind::ModelNotFound | FailureKind::Upstream(405), .. }) | Ok(_) => Ok(()),
        Err(failure) => Err(failure),
    }
}

fn send(request: Request) -> Result<Response> {
    request.send()?.accept().map_err(|refused| refusal::failure(&refused))
}

#[cfg(test)]
mod tests {
    use palisade_guest::http::{Answer, HttpError, set_in_test};
    use palisade_guest::{Submitted, config};

    use super::*;

    #[test]
    fn requests_go_to_the_server_of_the_operator() {
        config::set_in_test("base_url", "http://127.0.0.1:11434/v1/");
        set_in_test(|request| {
            assert_eq!(request.url, "http://127.0.0.1:11434/v1/embeddings");
            Ok(Answer::new(200))
        });
        post("embeddings", &()).unwrap();
    }

    #[test]
    fn without_an_answer_what_has_left_is_said() {
        config::set_in_test("base_url", "http://127.0.0.1:11434/v1/");
        let failure = |error: HttpError| {
            set_in_test(move |_| Err(error.clone()));
            post("embeddings", &()).unwrap_err()
        };
        assert_eq!(failure(HttpError::Denied("a.example".into())).submitted, Submitted::No);
        assert_eq!(failure(HttpError::Connect("refused".into())).submitted, Submitted::No);
        let failure = failure(HttpError::Timeout);
        assert_eq!((failure.kind, failure.submitted), (FailureKind::Timeout, Submitted::Unknown));
    }
}
