//! Requests to the queue.

use palisade_guest::http::{Request, Response};
use palisade_guest::{Failure, FailureKind, Result, Submitted};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::settings::{app, upstream};
use crate::ticket::{Ticket, is_request};
use crate::{refusal, settings};

/// How long it may take the queue to say that it is there.
const HEALTH_MS: u32 = 5_000;

/// A job that nobody has submitted.
const NOBODYS: &str = "00000000-0000-0000-0000-000000000000";

/// What the queue says of a job that it has taken. The addresses that come with it are not looked at.
#[derive(Deserialize)]
struct Accepted {
    request_id: String,
}

/// Submits work, once, and gives what the queue calls it.
pub(crate) fn submit(model: &str, input: &Map<String, Value>) -> Result<String> {
    let response = upstream().post(model)?.json(input)?.send()?;
    let accepted: Accepted = response.accept().map_err(|refused| refusal::of_submission(&refused))?.json()?;
    if is_request(&accepted.request_id) {
        return Ok(accepted.request_id);
    }
    Err(Failure::incomplete("no id under which the job can be found"))
}

/// Asks where a job is.
pub(crate) fn status(ticket: &Ticket) -> Result<Response> {
    Ok(upstream().get(&page(ticket, "/status")?)?.send()?)
}

/// Asks what a job made.
pub(crate) fn result(ticket: &Ticket) -> Result<Response> {
    Ok(upstream().get(&page(ticket, "")?)?.send()?)
}

/// Asks that a job be stopped.
pub(crate) fn cancel(ticket: &Ticket) -> Result<Response> {
    Ok(upstream().put(&page(ticket, "/cancel")?)?.send()?)
}

/// Succeeds when the queue answers, and takes the key. It is asked for a job that it does not know, which is free of charge.
pub(crate) fn check() -> Result<()> {
    let models = settings::models()?;
    let app = models.first().and_then(|model| app(&model.path)).unwrap_or_default();
    let request: Request = upstream().get(&format!("{app}/requests/{NOBODYS}/status"))?.first_byte_ms(HEALTH_MS);
    match request.send()?.accept().map_err(|refused| refusal::of_submission(&refused)) {
        Err(Failure { kind: FailureKind::ModelNotFound, .. }) | Ok(_) => Ok(()),
        Err(failure) => Err(failure),
    }
}

/// The path of a page about a job. All of it is ours, so that whoever answers cannot lead the next request elsewhere.
fn page(ticket: &Ticket, end: &str) -> Result<String> {
    match app(&ticket.model).filter(|_| is_request(&ticket.request)) {
        Some(app) => Ok(format!("{app}/requests/{}{end}", ticket.request)),
        None => {
            let message = "the token names no job of this provider";
            Err(Failure::internal(message).submitted(Submitted::Yes))
        }
    }
}

#[cfg(test)]
mod tests {
    use palisade_guest::config;
    use palisade_guest::http::{Answer, HttpError, set_in_test};
    use serde_json::json;

    use super::*;
    use crate::capability::Capability;
    use crate::testing::{JOB, answering, submission, ticket};

    fn submitted() -> Result<String> {
        submit("fal-ai/flux/dev", &Map::new())
    }

    #[test]
    fn what_has_left_is_said() {
        for (answer, submitted_then) in [
            (Answer::new(200).piece("<html>"), Submitted::Yes),
            (Answer::json(200, &json!({ "request_id": "../../v1" })), Submitted::Yes),
            (Answer::json(200, &json!({ "status": "IN_QUEUE" })), Submitted::Yes),
            (Answer::new(200).piece("{").breaks(HttpError::Timeout), Submitted::Yes),
            (Answer::new(429), Submitted::No),
            (Answer::new(502), Submitted::Unknown),
        ] {
            submission("fal-ai/flux/dev", answer);
            let failure = submitted().unwrap_err();
            assert_eq!(failure.submitted, submitted_then, "{}", failure.message);
        }
        for (error, submitted_then) in [
            (HttpError::Denied("queue.fal.run".into()), Submitted::No),
            (HttpError::Connect("refused".into()), Submitted::No),
            (HttpError::Timeout, Submitted::Unknown),
            (HttpError::Protocol("cut".into()), Submitted::Unknown),
        ] {
            set_in_test(move |_| Err(error.clone()));
            assert_eq!(submitted().unwrap_err().submitted, submitted_then);
        }
    }

    #[test]
    fn without_a_key_nothing_is_sent() {
        set_in_test(|request| panic!("{} is asked", request.url));
        let failure = submitted().unwrap_err();
        assert_eq!((failure.kind, failure.submitted), (FailureKind::Auth, Submitted::No));
    }

    #[test]
    fn requests_go_where_the_operator_says() {
        config::set_in_test("base_url", "http://127.0.0.1:8080/");
        set_in_test(|request| {
            assert_eq!(request.url, "http://127.0.0.1:8080/fal-ai/flux/requests/r-1/status");
            Ok(Answer::new(200))
        });
        status(&ticket(Capability::TextToImage)).unwrap();
    }

    #[test]
    fn a_token_cannot_lead_elsewhere() {
        set_in_test(|request| panic!("{} is asked", request.url));
        let own = ticket(Capability::TextToImage);
        let leading =
            |model: &str, request: &str| Ticket { model: model.into(), request: request.into(), ..own.clone() };
        for ticket in [leading("fal-ai/flux", "../x"), leading("fal-ai/..", "r-1"), leading("flux", "r-1")] {
            assert!(matches!(status(&ticket).unwrap_err().kind, FailureKind::Internal(_)));
        }
    }

    #[test]
    fn health_is_asked_for_free_of_charge() {
        let page = "fal-ai/flux/requests/00000000-0000-0000-0000-000000000000/status";
        let sent = answering(page, Answer::new(404));
        assert!(check().is_ok());
        assert!(sent.borrow()[0].body.is_empty());
        for status in [401, 403, 500] {
            answering(page, Answer::new(status));
            assert!(check().is_err(), "{status}");
        }
        set_in_test(|_| Err(HttpError::Connect("refused".into())));
        assert!(check().is_err());
        assert!(JOB.starts_with("fal-ai/flux/"));
    }
}
