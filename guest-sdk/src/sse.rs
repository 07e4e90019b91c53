//! Server-sent events, out of a body in pieces that end anywhere.
//!
//! ```
//! use palisade_guest::sse::Events;
//!
//! let pieces = ["data: {\"a\":", " 1}\n\n: a comment\n", "data: [DONE]\n\n"];
//! let events = Events::new(pieces.map(|piece| Ok(piece.as_bytes().to_vec())));
//! let data: Vec<String> = events.map(|event| event.unwrap().data).collect();
//! assert_eq!(data, [r#"{"a": 1}"#, "[DONE]"]);
//! ```

use std::collections::VecDeque;

use crate::{Failure, Result, Submitted};

/// Longest line, and longest data of an event, in bytes.
const MAX_BYTES: usize = 16 << 20;

/// What some servers begin with.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its name; empty when it has none.
    pub name: String,
    /// Its data: the lines of it, with a line break between.
    pub data: String,
    /// The id that it, or one before it, has; empty without.
    pub id: String,
}

/// The events of a body. An event that the end of the body cuts off is none; whoever must know that all has come looks
/// for the last event of the upstream. A failure of the body, or a line that is too long, is the end.
#[derive(Debug)]
pub struct Events<I> {
    /// None when it is over: whatever holds the connection is let go at once.
    pieces: Option<I>,
    max_bytes: usize,
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
    /// Whether the last byte was the carriage return of a line that has ended: a line feed may follow.
    after_return: bool,
    is_first: bool,
    event: Event,
    has_data: bool,
    ready: VecDeque<Event>,
    failure: Option<Failure>,
}

impl<I: Iterator<Item = Result<Vec<u8>>>> Events<I> {
    /// The events of these pieces of a body.
    pub fn new(pieces: impl IntoIterator<IntoIter = I>) -> Self {
        Self {
            pieces: Some(pieces.into_iter()),
            max_bytes: MAX_BYTES,
            line: Vec::new(),
            after_return: false,
            is_first: true,
            event: Event::default(),
            has_data: false,
            ready: VecDeque::new(),
            failure: None,
        }
    }

    /// Allows lines, and data of an event, of at most so many bytes, in place of 16 MiB.
    #[must_use]
    pub fn max_bytes(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    fn take(&mut self, mut piece: &[u8]) -> Result<()> {
        if self.after_return {
            self.after_return = piece.is_empty();
            piece = piece.strip_prefix(b"\n").unwrap_or(piece);
        }
        while let Some(end) = piece.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let (start, rest) = piece.split_at(end);
            self.append(start)?;
            self.end_line()?;
            piece = match rest {
                [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
                [] => rest,
            };
            self.after_return = rest == b"\r";
        }
        self.append(piece)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.line.extend_from_slice(bytes);
        if self.line.len() > self.max_bytes { Err(self.too_long()) } else { Ok(()) }
    }

    fn end_line(&mut self) -> Result<()> {
        let line = std::mem::take(&mut self.line);
        let mut line = line.as_slice();
        if std::mem::take(&mut self.is_first) {
            line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        }
        let line = String::from_utf8_lossy(line);
        if line.is_empty() {
            let id = self.event.id.clone();
            let event = std::mem::replace(&mut self.event, Event { id, ..Event::default() });
            if std::mem::take(&mut self.has_data) {
                self.ready.push_back(event);
            }
            return Ok(());
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => {
                if self.has_data {
                    self.event.data.push('\n');
                }
                self.has_data = true;
                self.event.data.push_str(value);
                if self.event.data.len() > self.max_bytes {
                    return Err(self.too_long());
                }
            }
            "event" => value.clone_into(&mut self.event.name),
            "id" => value.clone_into(&mut self.event.id),
            // A comment, which keeps the connection open, or what concerns browsers only.
            _ => {}
        }
        Ok(())
    }

    fn too_long(&self) -> Failure {
        let reason = format!("the upstream sent an event of more than {} bytes", self.max_bytes);
        Failure::bad_output(reason).submitted(Submitted::Yes)
    }
}

impl<I: Iterator<Item = Result<Vec<u8>>>> Iterator for Events<I> {
    type Item = Result<Event>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            // What came before it was whole.
            if let Some(failure) = self.failure.take() {
                return Some(Err(failure));
            }
            let taken = match self.pieces.as_mut()?.next() {
                Some(Ok(piece)) => self.take(&piece),
                Some(Err(failure)) => Err(failure),
                None => {
                    self.pieces = None;
                    return None;
                }
            };
            if let Err(failure) = taken {
                self.pieces = None;
                self.failure = Some(failure);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FailureKind;

    fn cut(body: &str, length: usize) -> Vec<Result<Vec<u8>>> {
        body.as_bytes().chunks(length).map(|piece| Ok(piece.to_vec())).collect()
    }

    fn data(body: &str, length: usize) -> Vec<String> {
        Events::new(cut(body, length)).map(|event| event.unwrap().data).collect()
    }

    #[test]
    fn pieces_may_end_anywhere() {
        let body =
            "\u{feff}data: grün 🦊\r\n\r\ndata:one\r\ndata: two\r\revent: x\ndata\n\n: ping\n\nid: 7\ndata:  a: b\n\n";
        for length in 1..=body.len() {
            assert_eq!(data(body, length), ["grün 🦊", "one\ntwo", "", " a: b"], "{length}");
        }
    }

    #[test]
    fn a_name_is_of_one_event_and_an_id_of_all_after_it() {
        let body = "event: start\nid: 7\ndata: a\n\ndata: b\n\nevent: lost\n\nretry: 5\ndata: c\n\n";
        let events: Vec<_> = Events::new(cut(body, 3)).map(Result::unwrap).collect();
        let event = |name: &str, data: &str| Event { name: name.into(), data: data.into(), id: "7".into() };
        assert_eq!(events, [event("start", "a"), event("", "b"), event("", "c")]);
    }

    #[test]
    fn what_the_end_cuts_off_is_no_event() {
        for body in ["data: a\n\ndata: b", "data: a\n\ndata: b\n", "data: a\n\n"] {
            assert_eq!(data(body, 4), ["a"], "{body:?}");
        }
        assert!(data("", 1).is_empty());
    }

    #[test]
    fn lines_and_events_are_bounded() {
        for body in ["data: 0123456789", "data:0123\ndata:4567\ndata:89\n\n"] {
            let mut events = Events::new(cut(body, 2)).max_bytes(10);
            let failure = events.next().unwrap().unwrap_err();
            assert!(matches!(failure.kind, FailureKind::BadOutput(_)) && failure.submitted == Submitted::Yes);
            assert!(events.next().is_none());
        }
        assert_eq!(Events::new(cut("data: 0123\n\n", 12)).max_bytes(10).count(), 1);
    }

    #[test]
    fn a_failure_comes_after_what_was_whole_and_is_the_end() {
        let pieces = [Ok(b"data: a\n\ndata: b".to_vec()), Err(Failure::internal("cut")), Ok(b"\n\n".to_vec())];
        let mut events = Events::new(pieces);
        assert_eq!(events.next().unwrap().unwrap().data, "a");
        assert_eq!(events.next().unwrap().unwrap_err().message, "cut");
        assert!(events.next().is_none());
    }
}
