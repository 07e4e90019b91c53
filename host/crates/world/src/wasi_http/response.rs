//! An answer, and what stands for it until it comes.

use std::{
    future::poll_fn,
    mem,
    task::{Context, Poll, Waker},
};

use palisade_core::{
    BoxFuture,
    http::{Body, Error, Header, Response},
};
use wasmtime_wasi_io::{async_trait, poll::Pollable};

use crate::account::Charge;

/// A request that is under way. Whoever waits for it carries it on: nothing of it is left when its call has ended.
pub struct FutureResponse(State);

enum State {
    Waiting(BoxFuture<'static, Result<Response, Error>>),
    Here(Result<Response, Error>),
    Taken,
}

/// An answer whose headers have come.
pub struct IncomingResponse {
    pub(crate) status: u16,
    pub(crate) headers: Vec<Header>,
    /// None when it was taken.
    pub(crate) body: Option<Box<dyn Body>>,
    /// Of the headers.
    pub(crate) _charge: Charge,
}

impl FutureResponse {
    pub(crate) fn new(sent: BoxFuture<'static, Result<Response, Error>>) -> Self {
        Self(State::Waiting(sent))
    }

    /// The answer, where it has come; a unit where it was taken before.
    pub(crate) fn take(&mut self) -> Option<Result<Result<Response, Error>, ()>> {
        // Some ask again and again instead of waiting.
        let _not_yet = self.advance(&mut Context::from_waker(Waker::noop()));
        match mem::replace(&mut self.0, State::Taken) {
            State::Here(answer) => Some(Ok(answer)),
            State::Taken => Some(Err(())),
            waiting @ State::Waiting(_) => {
                self.0 = waiting;
                None
            }
        }
    }

    /// Gives it up, when its call has ended.
    pub(crate) fn give_up(&mut self) {
        if let State::Waiting(_) = self.0 {
            self.0 = State::Here(Err(Error::Denied("the call that it was a part of has ended".to_owned())));
        }
    }

    fn advance(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let State::Waiting(sent) = &mut self.0 {
            let Poll::Ready(answer) = sent.as_mut().poll(context) else { return Poll::Pending };
            self.0 = State::Here(answer);
        }
        Poll::Ready(())
    }
}

#[async_trait]
impl Pollable for FutureResponse {
    async fn ready(&mut self) {
        poll_fn(|context| self.advance(context)).await;
    }
}
