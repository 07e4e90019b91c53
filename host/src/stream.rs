//! A response as it comes.
//!
//! ```text
//! poll ─► the call runs ─► a piece ─► handed over; the call waits ─► the next poll ─► the call goes on
//! ```
//!
//! The call is part of the stream: nothing runs while nobody polls, and dropping the stream drops the call, which ends the
//! guest and gives back what it had. So does its deadline, whether or not somebody polls.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{FutureExt as _, Stream, StreamExt as _};
use palisade_core::{BoxFuture, Error, ErrorKind, Event, EventSink, Result, Streaming};
use tokio::sync::{mpsc, oneshot};

use crate::{call::Completion, watched::Watched};

/// The pieces of a response as they come, in order, the last of them `Finish`: who gets it knows that the whole response
/// was checked, and has its [`completion`](Self::completion). An error ends the stream.
///
/// The provider works while the stream is polled, and waits with each piece until the next is asked for. The timeout of
/// the call covers that too: a stream that has begun and is left lying gives back its sandbox, and its place among the
/// calls of the provider, within a fifth of a second after its deadline or when the host shuts down. Who polls it then gets
/// the error, `deadline` or `shutdown`.
#[must_use = "a stream does nothing until it is polled"]
pub struct CallStream<O: Streaming> {
    call: Option<Watched<Result<Completion<O::Response>>>>,
    handed_over: mpsc::UnboundedReceiver<(Event, oneshot::Sender<()>)>,
    /// Tells the provider that its last piece was taken. Kept until the next is asked for.
    taken: Option<oneshot::Sender<()>>,
    /// The end, which is kept until the call has ended well.
    last: Option<Event>,
    /// What is left to give when the call has ended.
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
    pub(crate) fn new(
        call: impl FnOnce(EventSink) -> BoxFuture<'static, Result<Completion<O::Response>>>,
        over: BoxFuture<'static, ()>,
    ) -> Self {
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
            call: Some(Watched::new(call(events), over)),
            handed_over,
            taken: None,
            last: None,
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

    /// What there is to say of a call that has ended: the whole response, what it cost and used. None before that.
    #[must_use]
    pub fn completion(&self) -> Option<&Completion<O::Response>> {
        self.completion.as_ref()
    }

    /// The next piece that was handed over. The end is kept instead, and the provider goes on at once.
    fn receive(&mut self, context: &mut Context<'_>) -> Option<Result<O::Event>> {
        while let Poll::Ready(Some((event, taken))) = self.handed_over.poll_recv(context) {
            if self.last.is_some() {
                // What comes after the end is none of the response.
                continue;
            }
            if event.is_last() {
                self.last = Some(event);
                continue;
            }
            self.taken = Some(taken);
            self.progress = Progress::Pieces;
            let piece = piece::<O>(event);
            if piece.is_err() {
                self.stop();
            }
            return Some(piece);
        }
        None
    }

    /// Nothing more is given, not even what was handed over just before.
    fn stop(&mut self) {
        self.call = None;
        self.left.clear();
        self.handed_over.close();
        while self.handed_over.try_recv().is_ok() {}
    }

    /// The call has ended well: lines up what was not given yet. A provider may answer as a whole.
    fn end(&mut self, completion: Completion<O::Response>) -> Result<()> {
        // Who still sends from a task of its own is too late, and need not wait.
        self.handed_over.close();
        while let Ok((event, _)) = self.handed_over.try_recv() {
            self.progress = Progress::Pieces;
            if event.is_last() {
                self.last = Some(event);
            } else {
                self.left.push_back(piece::<O>(event)?);
            }
        }
        if let Some(last) = self.last.take() {
            self.left.push_back(piece::<O>(last)?);
            self.progress = Progress::End;
        }
        if self.progress != Progress::End {
            let events = O::events(completion.response.clone());
            // Where pieces were given, only the end is missing.
            let given = if self.progress == Progress::Pieces { events.len().saturating_sub(1) } else { 0 };
            self.left.extend(events.into_iter().skip(given));
        }
        self.completion = Some(completion);
        Ok(())
    }
}

fn piece<O: Streaming>(event: Event) -> Result<O::Event> {
    let other = || Error::new(ErrorKind::BadOutput, "the provider gave a piece of a response of another capability");
    O::event(event).ok_or_else(other)
}

impl<O: Streaming> Unpin for CallStream<O> {}

impl<O: Streaming> Stream for CallStream<O> {
    type Item = Result<O::Event>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        drop(self.taken.take());
        loop {
            if let Some(piece) = self.receive(context) {
                return Poll::Ready(Some(piece));
            }
            let ended = self.last.is_some();
            let Some(call) = &mut self.call else {
                return Poll::Ready(self.left.pop_front().map(Ok));
            };
            let end = match call.poll_unpin(context) {
                Poll::Ready(end) => end,
                Poll::Pending => {
                    // It may have handed a piece over, and wait now.
                    if let Some(piece) = self.receive(context) {
                        return Poll::Ready(Some(piece));
                    }
                    // After its last piece it does not wait.
                    if self.last.is_some() && !ended {
                        continue;
                    }
                    return Poll::Pending;
                }
            };
            self.call = None;
            if let Err(error) = end.and_then(|completion| self.end(completion)) {
                self.stop();
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}

impl<O: Streaming> fmt::Debug for CallStream<O> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CallStream").field("ended", &self.call.is_none()).finish_non_exhaustive()
    }
}
