//! OpenAI, for tests.

use std::cell::RefCell;
use std::rc::Rc;

use palisade_guest::credentials;
use palisade_guest::http::{Answer, Sent, answer_in_test};

use crate::settings;

/// Has OpenAI answer requests to this path, and keeps what was sent.
pub(crate) fn upstream(path: &str, answer: Answer) -> Rc<RefCell<Vec<Sent>>> {
    credentials::set_in_test(settings::CREDENTIAL, true);
    answer_in_test(&format!("{}/{path}", settings::upstream().base_url()), [answer])
}
