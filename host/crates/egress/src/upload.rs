//! The body of a request on its way out: held no longer than it is needed, and counted as long as it is held.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::room::Held;

/// How much is handed to a connection at a time. A longer body is copied piece by piece, so that what a connection has not
/// written yet does not hold all of it.
const PIECE_BYTES: usize = 64 << 10;

/// A body that a connection takes piece by piece.
pub(crate) struct Upload(Outbox);

/// The same body, for who decides that it is needed no longer.
#[derive(Clone)]
pub(crate) struct Outbox(Arc<Mutex<Waiting>>);

struct Waiting {
    rest: Bytes,
    is_long: bool,
    /// Whether the rest was dropped, so that the request has no end any more.
    is_cut: bool,
    /// The room that it takes; given back with its last byte.
    held: Option<Held>,
}

impl Upload {
    pub(crate) fn new(body: Bytes, held: Option<Held>) -> Self {
        let is_long = body.len() > PIECE_BYTES;
        Self(Outbox(Arc::new(Mutex::new(Waiting { rest: body, is_long, is_cut: false, held }))))
    }

    pub(crate) fn outbox(&self) -> Outbox {
        self.0.clone()
    }
}

impl Outbox {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops what was not handed over yet. The connection can be read to the end of its answer, and takes no other request.
    pub(crate) fn drop_rest(&self) {
        let mut waiting = self.waiting();
        waiting.is_cut = !waiting.rest.is_empty();
        (waiting.rest, waiting.held) = (Bytes::new(), None);
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let mut waiting = self.0.waiting();
        if waiting.is_cut {
            // Nobody is woken: what is written no more is read only.
            return Poll::Pending;
        }
        let length = waiting.rest.len().min(PIECE_BYTES);
        let mut piece = waiting.rest.split_to(length);
        if waiting.is_long {
            piece = Bytes::copy_from_slice(&piece);
        }
        if waiting.rest.is_empty() {
            (waiting.rest, waiting.held) = (Bytes::new(), None);
        }
        Poll::Ready((!piece.is_empty()).then(|| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        let waiting = self.0.waiting();
        waiting.rest.is_empty() && !waiting.is_cut
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.waiting().rest.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;

    fn next(upload: &mut Upload) -> Poll<Option<Bytes>> {
        let frame = Pin::new(upload).poll_frame(&mut Context::from_waker(Waker::noop()));
        frame.map(|frame| frame.map(|frame| frame.unwrap().into_data().unwrap()))
    }

    #[test]
    fn a_short_body_is_handed_over_as_it_is_and_a_long_one_in_copies() {
        let short = Bytes::from(vec![b'a'; PIECE_BYTES]);
        let mut upload = Upload::new(short.clone(), None);
        assert_eq!(upload.size_hint().exact(), Some(short.len() as u64));
        let Poll::Ready(Some(piece)) = next(&mut upload) else { panic!("it is there") };
        assert_eq!((piece.as_ptr(), piece.len()), (short.as_ptr(), short.len()));
        assert!(upload.is_end_stream() && next(&mut upload) == Poll::Ready(None));

        let long: Bytes = (0..3 * PIECE_BYTES + 1).map(|index| index as u8).collect();
        let mut upload = Upload::new(long.clone(), None);
        let mut all = Vec::new();
        while let Poll::Ready(Some(piece)) = next(&mut upload) {
            assert!(!long.as_ptr_range().contains(&piece.as_ptr()), "it is a copy");
            all.extend_from_slice(&piece);
        }
        assert_eq!(all, long);
    }

    #[test]
    fn a_body_that_is_dropped_has_no_end() {
        let mut upload = Upload::new(Bytes::from_static(b"hello"), None);
        upload.outbox().drop_rest();
        assert!(next(&mut upload).is_pending() && !upload.is_end_stream());
        let sent = Upload::new(Bytes::new(), None);
        sent.outbox().drop_rest();
        assert!(sent.is_end_stream());
    }
}
