//! The body of an answer, as a guest may read it: bounded, in time, and without the secrets that it might repeat.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use hyper::body::Incoming;
use palisade_core::{
    BoxFuture,
    http::{Body, Error},
};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, timeout_at},
};

use crate::{
    moment::after,
    pool::{Pool, Use},
    redact::Redactor,
    wire::Wire,
};

/// A body that is being read.
pub(crate) struct Answer {
    pub(crate) state: State,
    pub(crate) redactor: Redactor,
    /// What has come and was not given yet.
    pub(crate) ready: Bytes,
    pub(crate) received: u64,
    pub(crate) limit: u64,
    pub(crate) between_bytes: Duration,
    pub(crate) deadline: Instant,
}

/// How far a body is.
pub(crate) enum State {
    Open(Box<Open>),
    Ended,
    Failed(Error),
}

/// What an answer holds until it has ended.
pub(crate) struct Open {
    pub(crate) wire: Wire,
    pub(crate) incoming: Incoming,
    /// Where the connection goes afterwards.
    pub(crate) pool: Arc<Pool>,
    pub(crate) used_for: Use,
    /// The place among the requests of its call.
    pub(crate) _place: OwnedSemaphorePermit,
}

impl Body for Answer {
    fn read(&mut self, max: usize) -> BoxFuture<'_, Result<Bytes, Error>> {
        Box::pin(async move {
            while self.ready.is_empty() {
                let next = match &mut self.state {
                    State::Ended => return Ok(Bytes::new()),
                    State::Failed(error) => return Err(error.clone()),
                    State::Open(open) => {
                        let until = self.deadline.min(after(self.between_bytes));
                        timeout_at(until, open.wire.next(&mut open.incoming)).await
                    }
                };
                match next.unwrap_or(Err(Error::Timeout)) {
                    Ok(Some(frame)) => self.take(frame.into_data().unwrap_or_default())?,
                    Ok(None) => self.end(),
                    Err(error) => return Err(self.fail(error)),
                }
            }
            Ok(self.ready.split_to(self.ready.len().min(max.max(1))))
        })
    }
}

impl Answer {
    fn take(&mut self, piece: Bytes) -> Result<(), Error> {
        self.received = self.received.saturating_add(piece.len() as u64);
        if self.received > self.limit {
            return Err(self.fail(Error::TooLarge(self.limit)));
        }
        self.ready = self.redactor.piece(piece);
        Ok(())
    }

    /// Gives the connection to the next request.
    fn end(&mut self) {
        self.ready = self.redactor.end();
        if let State::Open(open) = std::mem::replace(&mut self.state, State::Ended) {
            open.pool.put(open.used_for, open.wire);
        }
    }

    /// Closes the connection.
    fn fail(&mut self, error: Error) -> Error {
        self.state = State::Failed(error.clone());
        error
    }
}
