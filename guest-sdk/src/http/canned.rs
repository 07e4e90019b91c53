//! Answers for tests, where there is no network.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::{Header, HttpError, Request};
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
                return Err(HttpError::TooLarge(max_bytes));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
