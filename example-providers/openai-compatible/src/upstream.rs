//! Requests to the server.

use palisade_guest::http::{Form, Request, Response};
use palisade_guest::{Failure, FailureKind, Result, Submitted, credentials};
use serde::Serialize;
use serde_json::Value;

use crate::{refusal, settings};

/// The name of the key in the configuration of the operator.
pub(crate) const CREDENTIAL: &str = "api-key";

/// How long it may take the server to say that it is there.
const HEALTH_MS: u32 = 5_000;

/// Sends JSON to this path and gives the answer, which is a success.
pub(crate) fn post(path: &str, body: &impl Serialize) -> Result<Response> {
    send(with_key(Request::post(address(path))).json(body)?)
}

/// Sends a form to this path and gives the answer, which is a success.
pub(crate) fn post_form(path: &str, form: Form) -> Result<Response> {
    send(with_key(Request::post(address(path))).form(form))
}

/// Succeeds when the server answers, and takes the key. It is asked for its models, which is free of charge.
pub(crate) fn check() -> Result<()> {
    match send(with_key(Request::get(address("models"))).first_byte_ms(HEALTH_MS)) {
        // It is there, and does not list its models.
        Err(Failure { kind: FailureKind::ModelNotFound | FailureKind::Upstream(405), .. }) | Ok(_) => Ok(()),
        Err(failure) => Err(failure),
    }
}

/// What the answer is short of, where the server has answered.
pub(crate) fn incomplete(what: &str) -> Failure {
    Failure::bad_output(format!("the answer has {what}")).submitted(Submitted::Yes)
}

/// A number as people write it: 0.7, and not what is nearest to it in 32 bits.
pub(crate) fn number(value: f32) -> Value {
    value.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}

fn send(request: Request) -> Result<Response> {
    request.send()?.accept().map_err(|refused| refusal::failure(&refused))
}

/// Local servers need no key, and none is granted then.
fn with_key(request: Request) -> Request {
    if credentials::has(CREDENTIAL).is_ok_and(|is_set| is_set) { request.credential(CREDENTIAL) } else { request }
}

fn address(path: &str) -> String {
    format!("{}/{path}", settings::base_url())
}

#[cfg(test)]
mod tests {
    use palisade_guest::config;
    use palisade_guest::http::{Answer, HttpError, set_in_test};

    use super::*;
    use crate::testing::upstream;

    #[test]
    fn the_key_is_sent_where_it_is_granted_and_set() {
        let credential = || {
            let sent = upstream("embeddings", Answer::new(200));
            post("embeddings", &()).unwrap();
            let first = sent.borrow_mut().remove(0);
            first.credential
        };
        assert_eq!(credential(), None);
        credentials::set_in_test(CREDENTIAL, false);
        assert_eq!(credential(), None);
        credentials::set_in_test(CREDENTIAL, true);
        assert_eq!(credential().as_deref(), Some("api-key"));
    }

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
