//! The body of an answer, read from the upstream as its guest reads it.

use std::{
    future::poll_fn,
    mem,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use palisade_core::{
    BoxFuture,
    http::{Body, Error},
};
use wasmtime_wasi_io::{
    async_trait,
    poll::Pollable,
    streams::{InputStream, StreamError, StreamResult},
};

use crate::account::{Account, Charge};

/// Most bytes that are taken from the upstream at a time.
const PIECE_BYTES: usize = 64 << 10;

/// A body, until its stream is taken.
pub struct IncomingBody(pub(crate) Option<Box<dyn Body>>);

/// What follows a body: nothing, since trailers are not handed on.
#[derive(Debug, Default)]
pub struct FutureTrailers {
    pub(crate) is_taken: bool,
}

/// The stream out of a body.
pub(crate) struct Reader {
    state: State,
    /// What has come and was not read yet.
    ready: Bytes,
    charge: Charge,
}

enum State {
    Idle(Box<dyn Body>),
    /// Kept until it is done, whoever stops to wait for it: what has come is not lost, and its time goes on.
    Reading(Reading),
    Failed(Error),
    Ended,
}

type Reading = BoxFuture<'static, (Box<dyn Body>, Result<Bytes, Error>)>;

impl Reader {
    pub(crate) fn new(body: Box<dyn Body>, account: Arc<Account>) -> Self {
        Self { state: State::Idle(body), ready: Bytes::new(), charge: Charge::of(account) }
    }

    /// Goes on until there is something to read, or nothing will be.
    fn advance(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if !self.ready.is_empty() {
            return Poll::Ready(());
        }
        let mut reading: Reading = match mem::replace(&mut self.state, State::Ended) {
            State::Idle(mut body) => Box::pin(async move {
                let piece = body.read(PIECE_BYTES).await;
                (body, piece)
            }),
            State::Reading(reading) => reading,
            ended => {
                self.state = ended;
                return Poll::Ready(());
            }
        };
        let Poll::Ready((body, piece)) = reading.as_mut().poll(context) else {
            self.state = State::Reading(reading);
            return Poll::Pending;
        };
        match piece
            .and_then(|piece| self.charge.set(piece.len() as u64).map(|()| piece).map_err(Error::ResponseTooLarge))
        {
            Ok(piece) if piece.is_empty() => {}
            Ok(piece) => (self.ready, self.state) = (piece, State::Idle(body)),
            Err(error) => self.state = State::Failed(error),
        }
        Poll::Ready(())
    }
}

#[async_trait]
impl Pollable for Reader {
    async fn ready(&mut self) {
        poll_fn(|context| self.advance(context)).await;
    }
}

#[async_trait]
impl InputStream for Reader {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        // Some read without having waited.
        let _not_yet = self.advance(&mut Context::from_waker(Waker::noop()));
        if !self.ready.is_empty() {
            return Ok(self.ready.split_to(size.min(self.ready.len())));
        }
        match mem::replace(&mut self.state, State::Ended) {
            State::Failed(error) => Err(StreamError::LastOperationFailed(error.into())),
            State::Ended => Err(StreamError::Closed),
            unfinished => {
                self.state = unfinished;
                Ok(Bytes::new())
            }
        }
    }
}

#[async_trait]
impl Pollable for FutureTrailers {
    async fn ready(&mut self) {}
}

#[cfg(test)]
mod tests {
    use std::{collections::VecDeque, pin::pin};

    use super::*;

    /// Pieces, each of which comes when it is asked for the second time.
    struct Slow(VecDeque<Result<Bytes, Error>>);

    impl Body for Slow {
        fn read(&mut self, _: usize) -> BoxFuture<'_, Result<Bytes, Error>> {
            let mut is_here = false;
            Box::pin(poll_fn(move |_| {
                if mem::replace(&mut is_here, true) {
                    Poll::Ready(self.0.pop_front().unwrap_or(Ok(Bytes::new())))
                } else {
                    Poll::Pending
                }
            }))
        }
    }

    fn reader(pieces: impl IntoIterator<Item = Result<&'static str, Error>>, limit: u64) -> Reader {
        let pieces = pieces.into_iter().map(|piece| piece.map(|text| Bytes::from_static(text.as_bytes()))).collect();
        Reader::new(Box::new(Slow(pieces)), Arc::new(Account::new(limit)))
    }

    /// Waits as a guest does that waits for several things, and stops whenever another has come.
    fn is_ready(reader: &mut Reader) -> bool {
        pin!(reader.ready()).poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn who_stops_waiting_loses_nothing() {
        let mut reader = reader([Ok("hello"), Ok("there")], 100);
        assert!(!is_ready(&mut reader) && is_ready(&mut reader) && is_ready(&mut reader));
        assert_eq!(reader.read(2).unwrap(), "he");
        assert_eq!(reader.read(100).unwrap(), "llo");
        assert_eq!(reader.read(100).unwrap(), "", "it has not come yet");
        assert_eq!(reader.read(100).unwrap(), "there");
        assert!(!is_ready(&mut reader) && is_ready(&mut reader));
        assert!(matches!(reader.read(100), Err(StreamError::Closed)));
    }

    #[test]
    fn a_failure_is_told_once_and_is_the_end() {
        let mut reader = reader([Err(Error::Timeout)], 100);
        assert!(reader.read(1).unwrap().is_empty());
        let Err(StreamError::LastOperationFailed(error)) = reader.read(1) else { panic!("it failed") };
        assert_eq!(error.downcast_ref::<Error>(), Some(&Error::Timeout));
        assert!(matches!(reader.read(1), Err(StreamError::Closed)));
    }

    #[test]
    fn what_waits_to_be_read_is_within_the_memory_of_the_call() {
        let mut reader = reader([Ok("hello")], 4);
        assert!(reader.read(1).unwrap().is_empty());
        let Err(StreamError::LastOperationFailed(error)) = reader.read(1) else { panic!("it is too large") };
        assert_eq!(error.downcast_ref::<Error>(), Some(&Error::ResponseTooLarge(4)));
    }
}
