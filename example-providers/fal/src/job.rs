//! Where jobs are, and how they are stopped.

use palisade_guest::jobs::{CancelResult, Progress, State};
use palisade_guest::{Failure, Jobs, Result};
use serde::Deserialize;

use crate::refusal::is_gone;
use crate::ticket::Ticket;
use crate::{Fal, outcome, queue, refusal};

/// Where the queue says that a job is.
#[derive(Deserialize)]
struct Status {
    status: String,
    queue_position: Option<u32>,
    error: Option<String>,
    error_type: Option<String>,
}

impl Jobs for Fal {
    fn poll(token: &[u8]) -> Result<State> {
        let ticket = Ticket::read(token)?;
        let state = poll(&ticket).map_err(|failure| ticket.own(failure))?;
        Ok(match state {
            State::Failed(failure) => State::Failed(ticket.own(failure)),
            state => state,
        })
    }

    fn cancel(token: &[u8]) -> Result<CancelResult> {
        let ticket = Ticket::read(token)?;
        cancel(&ticket).map_err(|failure| ticket.own(failure))
    }
}

fn poll(ticket: &Ticket) -> Result<State> {
    let status: Status = match queue::status(ticket)?.accept() {
        Ok(response) => response.json()?,
        Err(refused) if is_gone(refused.status) => return Ok(State::Expired),
        // The question failed, whatever became of the job.
        Err(refused) => return Err(refusal::failure(&refused)),
    };
    match status.status.as_str() {
        "IN_QUEUE" => Ok(State::Queued(status.queue_position.map_or_else(Progress::unknown, Progress::queued))),
        "IN_PROGRESS" => Ok(State::Running(Progress::unknown())),
        "COMPLETED" if refusal::is_cancelled(status.error_type.as_deref()) => Ok(State::Cancelled(None)),
        "COMPLETED" => result(ticket, &status),
        other => Err(Failure::incomplete(&format!("a state that nobody knows: {other:?}"))),
    }
}

/// The end of a job: a job that failed is completed too, and its result is an error.
fn result(ticket: &Ticket, status: &Status) -> Result<State> {
    let refused = match queue::result(ticket)?.accept() {
        // It says so only now and then.
        Ok(response) if response.status() == 202 => return Ok(State::Running(Progress::unknown())),
        Ok(response) => return outcome::read(ticket, response),
        Err(refused) => refused,
    };
    if refusal::is_cancellation(&refused) {
        return Ok(State::Cancelled(None));
    }
    match &status.error {
        Some(error) if is_gone(refused.status) => {
            Ok(State::Failed(refusal::in_state(error, status.error_type.as_deref())))
        }
        None if is_gone(refused.status) => Ok(State::Expired),
        _ if refusal::is_the_end(&refused) => Ok(State::Failed(refusal::failure(&refused))),
        _ => Err(refusal::failure(&refused)),
    }
}

fn cancel(ticket: &Ticket) -> Result<CancelResult> {
    match queue::cancel(ticket)?.accept() {
        Ok(_) => Ok(CancelResult::Cancelled),
        Err(refused) => match refused.json().as_ref().and_then(|json| json.get("status")?.as_str()) {
            Some("ALREADY_COMPLETED") => Ok(CancelResult::TooLate),
            // What nobody knows any more has ended long ago.
            _ if is_gone(refused.status) => Ok(CancelResult::TooLate),
            _ => Err(refusal::failure(&refused)),
        },
    }
}

#[cfg(test)]
mod tests {
    use palisade_guest::http::{Answer, HttpError, Method, set_in_test};
    use palisade_guest::{FailureKind, Submitted};
    use serde_json::{Value, json};

    use super::*;
    use crate::capability::Capability;
    use crate::testing::{JOB, answering, completed, ticket};

    fn token() -> Vec<u8> {
        ticket(Capability::TextToImage).token().unwrap()
    }

    fn state(status: &Value) -> Result<State> {
        answering(&format!("{JOB}/status"), Answer::json(200, status));
        Fal::poll(&token())
    }

    #[test]
    fn a_job_waits_and_runs() {
        let queued =
            state(&json!({ "status": "IN_QUEUE", "queue_position": 3, "response_url": "https://evil.example" }));
        assert_eq!(queued.unwrap(), State::Queued(Progress::queued(3)));
        assert_eq!(state(&json!({ "status": "IN_QUEUE" })).unwrap(), State::Queued(Progress::unknown()));
        let running = state(&json!({ "status": "IN_PROGRESS", "logs": null })).unwrap();
        assert_eq!(running, State::Running(Progress::unknown()));
        let early = completed(Answer::json(202, &json!({ "status": "IN_PROGRESS" })));
        assert_eq!(Fal::poll(&early).unwrap(), State::Running(Progress::unknown()));
    }

    #[test]
    fn a_question_that_fails_is_asked_again() {
        for (answer, kind) in [
            (Answer::new(401), FailureKind::Auth),
            (Answer::new(502), FailureKind::Upstream(502)),
            (Answer::new(503).header("retry-after", "2"), FailureKind::Overloaded(Some(2_000))),
        ] {
            answering(&format!("{JOB}/status"), answer.clone());
            let failure = Fal::poll(&token()).unwrap_err();
            assert_eq!((failure.kind, failure.submitted), (kind.clone(), Submitted::Yes), "it is in the queue");
            assert_eq!(failure.upstream_id.as_deref(), Some("r-1"));
            assert_eq!(Fal::poll(&completed(answer)).unwrap_err().kind, kind);
        }
        assert!(matches!(state(&json!({ "status": "LOST" })).unwrap_err().kind, FailureKind::BadOutput(_)));
        assert!(matches!(state(&json!([])).unwrap_err().kind, FailureKind::BadOutput(_)));
        set_in_test(|_| Err(HttpError::Connect("refused".into())));
        let failure = Fal::poll(&token()).unwrap_err();
        assert_eq!((failure.submitted, failure.upstream_id.as_deref()), (Submitted::Yes, Some("r-1")));
        assert!(matches!(Fal::poll(b"{}").unwrap_err().kind, FailureKind::Internal(_)));
    }

    #[test]
    fn what_nobody_knows_any_more_is_expired() {
        for status in [404, 410] {
            answering(&format!("{JOB}/status"), Answer::new(status));
            assert_eq!(Fal::poll(&token()).unwrap(), State::Expired);
            assert_eq!(Fal::poll(&completed(Answer::new(status))).unwrap(), State::Expired);
        }
    }

    #[test]
    fn a_job_that_failed_is_completed_and_says_why() {
        let policy =
            json!({ "detail": [{ "loc": ["body", "prompt"], "msg": "no", "type": "content_policy_violation" }] });
        let timeout = json!({ "detail": "late", "error_type": "request_timeout" });
        for (status, body, kind) in [
            (422, policy, FailureKind::ContentPolicy(None)),
            (504, timeout, FailureKind::Timeout),
            (500, json!({ "detail": "broken" }), FailureKind::Upstream(500)),
        ] {
            let State::Failed(failure) = Fal::poll(&completed(Answer::json(status, &body))).unwrap() else {
                panic!("another state")
            };
            assert_eq!((failure.kind, failure.submitted), (kind, Submitted::Yes));
            assert_eq!(failure.upstream_id.as_deref(), Some("r-1"));
        }
    }

    #[test]
    fn a_failure_may_stand_in_the_state_alone() {
        set_in_test(|request| match request.url.ends_with("/status") {
            true => {
                let error = json!({ "status": "COMPLETED", "error": "late", "error_type": "startup_timeout" });
                Ok(Answer::json(200, &error))
            }
            false => Ok(Answer::new(404)),
        });
        palisade_guest::credentials::set_in_test(crate::settings::CREDENTIAL, true);
        let Ok(State::Failed(failure)) = Fal::poll(&token()) else { panic!("another state") };
        assert_eq!(failure.kind, FailureKind::Timeout);
    }

    #[test]
    fn a_job_that_was_stopped_is_cancelled() {
        let error = json!({ "status": "COMPLETED", "error": "cancelled", "error_type": "client_cancelled" });
        assert_eq!(state(&error).unwrap(), State::Cancelled(None));
        let result = Answer::json(499, &json!({ "detail": "cancelled", "error_type": "client_cancelled" }));
        assert_eq!(Fal::poll(&completed(result)).unwrap(), State::Cancelled(None));
    }

    #[test]
    fn what_became_of_a_cancellation_is_told() {
        for (status, word, result) in [
            (202, "CANCELLATION_REQUESTED", CancelResult::Cancelled),
            (200, "OK", CancelResult::Cancelled),
            (400, "ALREADY_COMPLETED", CancelResult::TooLate),
            (404, "NOT_FOUND", CancelResult::TooLate),
        ] {
            let sent = answering(&format!("{JOB}/cancel"), Answer::json(status, &json!({ "status": word })));
            assert_eq!(Fal::cancel(&token()).unwrap(), result, "{word}");
            assert_eq!(sent.borrow()[0].method, Method::Put);
        }
        answering(&format!("{JOB}/cancel"), Answer::new(502));
        assert_eq!(Fal::cancel(&token()).unwrap_err().submitted, Submitted::Yes);
    }
}
