//! The body of an answer, as a guest may read it: bounded, in time, and without the secrets that it might repeat.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use hyper::body::{Body as _, Incoming};
use palisade_core::{
    BoxFuture,
    http::{Body, Error},
};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, timeout_at},
};

use crate::{
    allowance::Allowance,
    moment::after,
    pool::{Pool, Use},
    redact::Redactor,
    secrets::Secrets,
    settings::Settings,
    wire::Wire,
};

/// A body that is being read.
pub(crate) struct Answer {
    state: State,
    redactor: Redactor,
    /// What has come and was not given yet.
    ready: Bytes,
    received: u64,
    limit: u64,
    /// Of the call.
    allowance: Arc<Allowance>,
    bytes_per_call: u64,
    between_bytes: Duration,
    deadline: Instant,
}

/// How far a body is.
enum State {
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
                    Ok(None) => {
                        self.ready = self.redactor.last(Bytes::new());
                        self.end();
                    }
                    Err(error) => return Err(self.fail(error)),
                }
            }
            Ok(self.ready.split_to(self.ready.len().min(max.max(1))))
        })
    }
}

impl Answer {
    /// The body of an answer whose headers have come.
    pub(crate) fn new(
        open: Open,
        allowance: &Arc<Allowance>,
        secrets: &Arc<Secrets>,
        settings: &Settings,
        deadline: Instant,
    ) -> Self {
        let ended = open.incoming.is_end_stream();
        let mut answer = Self {
            state: State::Open(Box::new(open)),
            redactor: Redactor::new(secrets.clone()),
            ready: Bytes::new(),
            received: 0,
            limit: settings.response_bytes,
            allowance: allowance.clone(),
            bytes_per_call: settings.bytes_per_call,
            between_bytes: settings.between_bytes,
            deadline,
        };
        if ended {
            answer.end();
        }
        answer
    }

    fn take(&mut self, piece: Bytes) -> Result<(), Error> {
        self.received = self.received.saturating_add(piece.len() as u64);
        if self.received > self.limit {
            return Err(self.fail(Error::ResponseTooLarge(self.limit)));
        }
        if !self.allowance.take(piece.len() as u64) {
            return Err(self.fail(Error::ResponseTooLarge(self.bytes_per_call)));
        }
        // Nothing comes after as many bytes as were announced, so that nobody has to wait for it.
        if matches!(&self.state, State::Open(open) if open.incoming.is_end_stream()) {
            self.ready = self.redactor.last(piece);
            self.end();
        } else {
            self.ready = self.redactor.piece(piece);
        }
        Ok(())
    }

    /// Gives the connection to the next request, if it has come to the end of this one.
    fn end(&mut self) {
        if let State::Open(open) = std::mem::replace(&mut self.state, State::Ended) {
            let Open { wire, incoming, pool, used_for, .. } = *open;
            // Whoever reads the connection sees by this that nobody wants the rest.
            drop(incoming);
            pool.put(used_for, wire);
        }
    }

    /// Closes the connection.
    fn fail(&mut self, error: Error) -> Error {
        self.state = State::Failed(error.clone());
        error
    }
}

impl Drop for Answer {
    /// Where the end of a stream has come with what was read last, its connection is as good as one that was read to the end.
    fn drop(&mut self) {
        self.end();
    }
}
