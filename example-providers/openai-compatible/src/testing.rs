//! An upstream for tests.

use std::cell::RefCell;
use std::rc::Rc;

use palisade_guest::http::{Answer, Body, set_in_test};
use serde_json::Value;

/// A request that was sent.
pub(crate) struct Sent {
    pub(crate) credential: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Has OpenAI answer requests to this path, and keeps what was sent.
pub(crate) fn upstream(path: &'static str, answer: Answer) -> Rc<RefCell<Vec<Sent>>> {
    upstreams([(path, answer)])
}

/// The same with several answers, one after the other; the last one again and again.
pub(crate) fn upstreams<const N: usize>(answers: [(&'static str, Answer); N]) -> Rc<RefCell<Vec<Sent>>> {
    let sent = Rc::new(RefCell::new(Vec::<Sent>::new()));
    let kept = Rc::clone(&sent);
    set_in_test(move |request| {
        let (path, answer) = &answers[kept.borrow().len().min(N - 1)];
        assert_eq!(request.url, format!("https://api.openai.com/v1/{path}"));
        let body = match &request.body {
            Body::Bytes(bytes) => bytes.clone(),
            Body::Empty => Vec::new(),
            Body::Stored(_) => panic!("blobs exist in the sandbox only"),
        };
        kept.borrow_mut().push(Sent { credential: request.credential.clone(), body });
        Ok(answer.clone())
    });
    sent
}
