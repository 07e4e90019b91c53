//! The body of a request, put together while its guest writes it. It leaves when it is whole: what leaves is looked through
//! for secrets first.

use std::{
    future::poll_fn,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use bytes::Bytes;
use palisade_core::http::Error;
use wasmtime_wasi_io::{
    async_trait,
    poll::Pollable,
    streams::{OutputStream, StreamError, StreamResult},
};

use crate::{
    account::{Account, Charge},
    buffer::Buffer,
};

/// Most bytes that a guest writes at a time.
const WRITE_BYTES: usize = 64 << 10;

/// The end at which a guest says that the body is whole.
pub struct OutgoingBody {
    shared: Shared,
    /// How long it has to be, where a header says so.
    expected: Option<u64>,
    is_written: bool,
}

/// The end at which the request waits for it.
pub(crate) struct Upload(Shared);

/// A body that is whole, with what is charged for it.
pub(crate) struct Whole {
    pub(crate) bytes: Bytes,
    _charge: Charge,
}

/// The stream into it.
struct Writer(Shared);

#[derive(Clone)]
struct Shared(Arc<Mutex<Written>>);

struct Written {
    data: Buffer,
    charge: Charge,
    state: State,
    waiting: Option<Waker>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Whole,
    GivenUp,
}

impl OutgoingBody {
    /// A body, and who waits for it.
    pub(crate) fn new(expected: Option<u64>, account: Arc<Account>) -> (Self, Upload) {
        let written =
            Written { data: Buffer::default(), charge: Charge::of(account), state: State::Open, waiting: None };
        let shared = Shared(Arc::new(Mutex::new(written)));
        (Self { shared: shared.clone(), expected, is_written: false }, Upload(shared))
    }

    /// The stream into it, the first time.
    pub(crate) fn stream(&mut self) -> Option<Box<dyn OutputStream>> {
        let first = !mem::replace(&mut self.is_written, true);
        first.then(|| Box::new(Writer(self.shared.clone())) as Box<dyn OutputStream>)
    }

    /// Says that it is whole.
    ///
    /// # Errors
    ///
    /// Gives its length when a header says another: then it is not sent.
    pub(crate) fn finish(self) -> Result<(), u64> {
        let length = self.shared.lock().data.len() as u64;
        if self.expected.is_some_and(|expected| expected != length) {
            return Err(length);
        }
        self.shared.end(State::Whole);
        Ok(())
    }
}

impl Drop for OutgoingBody {
    fn drop(&mut self) {
        self.shared.end(State::GivenUp);
    }
}

impl Upload {
    /// Waits until it is whole.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` when its guest gave it up.
    pub(crate) async fn whole(self) -> Result<Whole, Error> {
        poll_fn(|context| {
            let mut written = self.0.lock();
            match written.state {
                State::Open => {
                    written.waiting = Some(context.waker().clone());
                    Poll::Pending
                }
                State::Whole => Poll::Ready(Ok(())),
                State::GivenUp => Poll::Ready(Err(Error::InvalidRequest(
                    "its body was not finished, or is not as long as said".to_owned(),
                ))),
            }
        })
        .await?;
        let mut written = self.0.lock();
        let charge = written.charge.take();
        Ok(Whole { bytes: mem::take(&mut written.data).finish().into(), _charge: charge })
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the writing, unless it has ended.
    fn end(&self, state: State) {
        let mut written = self.lock();
        if written.state == State::Open {
            written.state = state;
        }
        if let Some(waiting) = written.waiting.take() {
            waiting.wake();
        }
    }
}

#[async_trait]
impl Pollable for Writer {
    async fn ready(&mut self) {}
}

#[async_trait]
impl OutputStream for Writer {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        // Nobody else holds a guest to what `check_write` allows.
        if bytes.len() > WRITE_BYTES {
            return Err(StreamError::trap("more was written at a time than is allowed"));
        }
        let mut written = self.0.lock();
        if written.state != State::Open {
            return Err(StreamError::Closed);
        }
        let [doubled, exact] = written.data.growth(bytes.len());
        let growth = written.charge.add(doubled, exact);
        let growth = growth.map_err(|limit| StreamError::LastOperationFailed(Error::RequestTooLarge(limit).into()))?;
        written.data.append(&bytes, growth);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        if self.0.lock().state == State::Open { Ok(WRITE_BYTES) } else { Err(StreamError::Closed) }
    }
}

#[cfg(test)]
mod tests {
    use std::{pin::pin, task::Context};

    use super::*;

    fn body(expected: Option<u64>, limit: u64) -> (OutgoingBody, Upload, Arc<Account>) {
        let account = Arc::new(Account::new(limit));
        let (body, upload) = OutgoingBody::new(expected, account.clone());
        (body, upload, account)
    }

    fn now<T>(work: impl Future<Output = T>) -> Poll<T> {
        pin!(work).as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_body_leaves_when_it_is_whole_and_is_charged_until_it_has() {
        let (mut body, upload, account) = body(Some(10), 1 << 20);
        let mut stream = body.stream().unwrap();
        assert!(body.stream().is_none());
        stream.write(Bytes::from_static(b"hello")).unwrap();
        stream.write(Bytes::from_static(b"there")).unwrap();
        body.finish().unwrap();
        assert!(matches!(stream.write(Bytes::from_static(b"!")), Err(StreamError::Closed)));
        let Poll::Ready(Ok(whole)) = now(upload.whole()) else { panic!("it is whole") };
        assert_eq!(whole.bytes, "hellothere");
        drop(stream);
        assert!(!account.has_room_for(1 << 20));
        drop(whole);
        assert!(account.has_room_for(1 << 20));
    }

    #[test]
    fn a_body_that_is_given_up_or_of_another_length_does_not_leave() {
        let (open, upload, _) = body(None, 100);
        let mut waiting = pin!(upload.whole());
        let mut context = Context::from_waker(Waker::noop());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        drop(open);
        assert!(matches!(waiting.poll(&mut context), Poll::Ready(Err(Error::InvalidRequest(_)))));
        let (short, upload, _) = body(Some(1), 100);
        assert_eq!(short.finish(), Err(0));
        assert!(matches!(now(upload.whole()), Poll::Ready(Err(Error::InvalidRequest(_)))));
    }

    #[test]
    fn what_is_beyond_the_memory_of_the_call_is_not_written() {
        let (mut body, _upload, account) = body(None, 100);
        let mut stream = body.stream().unwrap();
        stream.write(Bytes::from(vec![0; 60])).unwrap();
        assert!(matches!(stream.write(Bytes::from(vec![0; 60])), Err(StreamError::LastOperationFailed(_))));
        assert!(account.was_exceeded());
        assert!(matches!(stream.write(Bytes::from(vec![0; WRITE_BYTES + 1])), Err(StreamError::Trap(_))));
    }
}
