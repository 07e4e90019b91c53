//! The queue, for tests.

use std::cell::RefCell;
use std::rc::Rc;

use palisade_guest::credentials;
use palisade_guest::http::{Answer, Sent, answer_in_test, set_in_test};
use serde_json::json;

use crate::capability::Capability;
use crate::settings::{CREDENTIAL, app};
use crate::ticket::Ticket;

/// Where the job of a [`ticket`] is.
pub(crate) const JOB: &str = "fal-ai/flux/requests/r-1";

/// A job for a picture, or a film.
pub(crate) fn ticket(capability: Capability) -> Ticket {
    let model = "fal-ai/flux/dev".to_owned();
    Ticket { model, request: "r-1".to_owned(), capability, seconds: None, remarks: Default::default() }
}

/// What the queue says of a job that it takes.
pub(crate) fn accepted() -> Answer {
    let elsewhere = "https://evil.example/requests/r-1";
    let accepted = json!({
        "request_id": "r-1", "status": "IN_QUEUE", "queue_position": 0, "status_url": elsewhere, "response_url": elsewhere,
    });
    Answer::json(200, &accepted)
}

/// Has the queue answer requests to this path, and keeps what was sent.
pub(crate) fn answering(path: &str, answer: Answer) -> Rc<RefCell<Vec<Sent>>> {
    credentials::set_in_test(CREDENTIAL, true);
    answer_in_test(&format!("https://queue.fal.run/{path}"), [answer])
}

/// Has the queue answer a submission for this model, and keeps what was sent.
pub(crate) fn submission(model: &str, answer: Answer) -> Rc<RefCell<Vec<Sent>>> {
    answering(model, answer)
}

/// Has the queue say that a job is completed, and this of its result. Gives the token of the job.
pub(crate) fn completed(result: Answer) -> Vec<u8> {
    completed_with(&ticket(Capability::TextToImage), result, |url| panic!("{url} is asked"))
}

/// The same of any job, whose files are served so.
pub(crate) fn completed_with(ticket: &Ticket, result: Answer, file: impl Fn(&str) -> Answer + 'static) -> Vec<u8> {
    credentials::set_in_test(CREDENTIAL, true);
    let app = app(&ticket.model).unwrap_or_default();
    let page = format!("https://queue.fal.run/{app}/requests/{}", ticket.request);
    set_in_test(move |request| {
        Ok(match request.url.strip_prefix(&page) {
            Some("/status") => Answer::json(200, &json!({ "status": "COMPLETED" })),
            Some("") => result.clone(),
            Some(other) => panic!("{other} is asked"),
            None => {
                assert_eq!(request.credential, None, "the key is for the queue");
                file(&request.url)
            }
        })
    });
    ticket.token().unwrap()
}
