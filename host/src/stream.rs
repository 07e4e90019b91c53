//! A response as it comes.
//!
//! ```text
//! poll ─► the call runs ─► a piece ─► handed over; the call waits ─► the next poll ─► the call goes on
//! ```
//!
//! The call is part of the stream: nothing runs while nobody polls, and dropping the stream drops the call, which ends the
//! guest and gives back what it had.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{Stream, StreamExt as _};
use palisade_core::{BoxFuture, Error, ErrorKind, Event, EventSink, Result, Streaming};
use tokio::sync::{mpsc, oneshot};

use crate::call::Completion;

/// The pieces of a response as they come, in order, the last of them `Finish`. An error ends it.
///
/// The provider works while the stream is polled, and waits with each piece until the next is asked for. The timeout of
/// the call covers that too.
#[must_use = "a stream does nothing until it is polled"]
pub struct CallStream<O: Streaming> {
    call: Option<BoxFuture<'static, Result<Completion<O::Response>>>>,
    handed_over: mpsc::UnboundedReceiver<(Event, oneshot::Sender<()>)>,
    /// Tells the provider that its last piece was taken. Kept until the next is asked for.
    taken: Option<oneshot::Sender<()>>,
    /// Pieces of a response that came as a whole.
    left: VecDeque<O::Event>,
    progress: Progress,
    completion: Option<Completion<O::Response>>,
}

/// What has been given so far.
#[derive(Clone, Copy, PartialEq)]
enum Progress {
    Nothing,
    Pieces,
    End,
}

impl<O: Streaming> CallStream<O> {
    pub(crate) fn new(call: impl FnOnce(EventSink) -> BoxFuture<'static, Result<Completion<O::Response>>>) -> Self {
        let (sender, handed_over) = mpsc::unbounded_channel();
        let events = EventSink::new(move |event| {
            let (taken, wait) = oneshot::channel();
            // Where nobody listens any more, the call is about to be dropped.
            let _unheard = sender.send((event, taken));
            Box::pin(async move {
                let _dropped = wait.await;
            })
        });
        Self {
            call: Some(call(events)),
            handed_over,
            taken: None,
            left: VecDeque::new(),
            progress: Progress::Nothing,
            completion: None,
        }
    }

    /// Waits for the end, and gives the whole response with what it cost and used.
    ///
    /// # Errors
    ///
    /// As [`ProviderHandle::call`](crate::ProviderHandle::call).
    pub async fn finish(mut self) -> Result<Completion<O::Response>> {
        while let Some(event) = self.next().await {
            event?;
        }
        let ended = || Error::new(ErrorKind::Cancelled, "the stream had failed before");
        self.completion.ok_or_else(ended)
    }

    /// What there is to say of a call that has ended: the whole response, what it cost and used. None before the last
    /// piece has been taken and the stream is at its end.
    #[must_use]
    pub fn completion(&self) -> Option<&Completion<O::Response>> {
        self.completion.as_ref()
    }

    fn give(&mut self, (event, taken): (Event, oneshot::Sender<()>)) -> Result<O::Event> {
        self.taken = Some(taken);
        self.progress = if event.is_last() { Progress::End } else { Progress::Pieces };
        let other =
            || Error::new(ErrorKind::BadOutput, "the provider gave a piece of a response of another capability");
        O::event(event).ok_or_else(other)
    }

    /// The pieces that were not given yet: a provider may answer as a whole.
    fn rest(&self, response: O::Response) -> VecDeque<O::Event> {
        let events = O::events(response);
        let skipped = match self.progress {
            Progress::Nothing => 0,
            Progress::Pieces => events.len().saturating_sub(1),
            Progress::End => events.len(),
        };
        events.into_iter().skip(skipped).collect()
    }
}

impl<O: Streaming> Unpin for CallStream<O> {}

impl<O: Streaming> Stream for CallStream<O> {
    type Item = Result<O::Event>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        drop(self.taken.take());
        if let Poll::Ready(Some(piece)) = self.handed_over.poll_recv(context) {
            return Poll::Ready(Some(self.give(piece)));
        }
        if let Some(call) = &mut self.call {
            let Poll::Ready(end) = call.as_mut().poll(context) else {
                // It may have handed a piece over, and wait now.
                return match self.handed_over.poll_recv(context) {
                    Poll::Ready(Some(piece)) => Poll::Ready(Some(self.give(piece))),
                    _ => Poll::Pending,
                };
            };
            self.call = None;
            match end {
                Ok(completion) => {
                    self.left = self.rest(completion.response.clone());
                    self.completion = Some(completion);
                }
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
        Poll::Ready(self.left.pop_front().map(Ok))
    }
}

impl<O: Streaming> fmt::Debug for CallStream<O> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CallStream").field("ended", &self.call.is_none()).finish_non_exhaustive()
    }
}
