//! Answers for tests, where there is no network.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::response::header;
use super::{Body, Header, HttpError, Method, Request};
use crate::{InlineMedia, Media};

type Handler = Rc<dyn Fn(&Request) -> Result<Answer, HttpError>>;

thread_local! {
    static HANDLER: RefCell<Option<Handler>> = const { RefCell::new(None) };
}

/// Has this function answer the requests of the tests of this thread.
pub fn set_in_test(handler: impl Fn(&Request) -> Result<Answer, HttpError> + 'static) {
    HANDLER.set(Some(Rc::new(handler)));
}

/// An answer, built step by step. A piece of its body is what one read gives.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<Header>,
    pieces: VecDeque<Result<Vec<u8>, HttpError>>,
}

impl Answer {
    /// An answer of this status without headers and body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), pieces: VecDeque::new() }
    }

    /// An answer of this status with this JSON as its body.
    #[must_use]
    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        Self::new(status).header("content-type", "application/json").piece(value.to_string())
    }

    /// Adds a header line.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push(Header { name: name.to_ascii_lowercase(), value: value.into() });
        self
    }

    /// Adds a piece of the body.
    #[must_use]
    pub fn piece(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.pieces.push_back(Ok(bytes.into()));
        self
    }

    /// Adds a body in pieces of so many bytes, so that characters and lines are cut anywhere.
    #[must_use]
    pub fn cut(mut self, body: impl AsRef<[u8]>, length: usize) -> Self {
        self.pieces.extend(body.as_ref().chunks(length.max(1)).map(|piece| Ok(piece.to_vec())));
        self
    }

    /// Has the body break off here.
    #[must_use]
    pub fn breaks(mut self, error: HttpError) -> Self {
        self.pieces.push_back(Err(error));
        self
    }
}

/// Has this address give these answers one after the other, the last one again and again, and returns where the requests
/// are kept that are sent meanwhile.
///
/// # Panics
/// A request to any other address does.
pub fn answer_in_test(url: &str, answers: impl IntoIterator<Item = Answer>) -> Rc<RefCell<Vec<Sent>>> {
    let url = url.to_owned();
    let answers: Vec<_> = answers.into_iter().collect();
    let sent = Rc::new(RefCell::new(Vec::new()));
    let kept = Rc::clone(&sent);
    set_in_test(move |request| {
        assert_eq!(request.url, url, "nothing else is asked");
        let answer = answers.get(kept.borrow().len()).or(answers.last()).cloned();
        kept.borrow_mut().push(Sent::new(request));
        answer.ok_or_else(|| HttpError::Connect("no answer is set".to_owned()))
    });
    sent
}

/// A request that was sent in a test.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The method.
    pub method: Method,
    /// The address.
    pub url: String,
    /// The credential that it names.
    pub credential: Option<String>,
    /// The headers, as they were given.
    pub headers: Vec<Header>,
    /// The body; empty where the host keeps it.
    pub body: Vec<u8>,
}

impl Sent {
    fn new(request: &Request) -> Self {
        let body = match &request.body {
            Body::Bytes(bytes) => bytes.clone(),
            Body::Empty | Body::Stored(_) => Vec::new(),
        };
        let Request { method, url, credential, headers, .. } = request;
        let (url, credential) = (url.clone(), credential.clone());
        Self { method: *method, url, credential, headers: headers.clone(), body }
    }

    /// The first header of this name, as it was given.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The body as JSON; `null` when it is something else.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text; what is no character is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

pub(super) fn send(request: &Request) -> Result<Source, HttpError> {
    // Cloned, so that a handler may set another one.
    let Some(handler) = HANDLER.with_borrow(Clone::clone) else {
        return Err(HttpError::Denied("the network exists in the sandbox only".to_owned()));
    };
    handler(request).map(|answer| Source(RefCell::new(answer)))
}

/// Stands in for the host's resource.
#[derive(Debug)]
pub(super) struct Source(RefCell<Answer>);

impl Source {
    pub(super) fn status(&self) -> u16 {
        self.0.borrow().status
    }

    pub(super) fn headers(&self) -> Vec<Header> {
        self.0.borrow().headers.clone()
    }

    pub(super) fn read(&self, max: u32) -> Result<Vec<u8>, HttpError> {
        let pieces = &mut self.0.borrow_mut().pieces;
        let max = usize::try_from(max).unwrap_or(usize::MAX).max(1);
        loop {
            match pieces.pop_front() {
                None => return Ok(Vec::new()),
                // Empty means the end.
                Some(Ok(piece)) if piece.is_empty() => {}
                Some(Ok(mut piece)) => {
                    if piece.len() > max {
                        pieces.push_front(Ok(piece.split_off(max)));
                    }
                    return Ok(piece);
                }
                Some(Err(error)) => {
                    pieces.push_front(Err(error.clone()));
                    return Err(error);
                }
            }
        }
    }

    pub(super) fn store(self, media_type: &str, max_bytes: u64) -> Result<Media, HttpError> {
        let mut data = Vec::new();
        loop {
            let piece = self.read(u32::MAX)?;
            if piece.is_empty() {
                return Ok(Media::Inline(InlineMedia { media_type: media_type.to_owned(), data }));
            }
            data.extend(piece);
            if data.len() as u64 > max_bytes {
                return Err(HttpError::ResponseTooLarge(max_bytes));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_their_order_and_requests_are_kept() {
        let sent = answer_in_test("https://a.example/", [Answer::new(200), Answer::new(404)]);
        let ask =
            || Request::post("https://a.example/").header("x-a", "b").json(&[1]).unwrap().send().unwrap().status();
        assert_eq!([ask(), ask(), ask()], [200, 404, 404]);
        let sent = sent.borrow();
        assert_eq!((sent.len(), sent[0].header("x-a"), sent[0].text().as_str()), (3, Some("b"), "[1]"));
        assert_eq!(sent[0].json(), serde_json::json!([1]));
    }

    #[test]
    fn a_body_comes_as_it_was_cut() {
        let answer = Answer::new(200).piece("abc").piece("").cut("de", 1).breaks(HttpError::Timeout);
        set_in_test(move |_| Ok(answer.clone()));
        let source = send(&Request::get("https://a.example/")).unwrap();
        let read = |max| source.read(max).map(|piece| String::from_utf8(piece).unwrap());
        for (max, piece) in [(2, "ab"), (2, "c"), (2, "d"), (2, "e")] {
            assert_eq!(read(max).unwrap(), piece);
        }
        assert_eq!(read(2), Err(HttpError::Timeout));
        assert_eq!(read(2), Err(HttpError::Timeout));
    }
}
