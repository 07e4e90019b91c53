//! The worker's side of what a guest asks of its host: the way out, the values and the stores of a call, as the guest's own
//! host functions know them, with the host at their other end.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use palisade_core::{
    BoxFuture, Error, ErrorKind, KeyValue, KeyValueStore, Limits, Result,
    http::{self, Body, Outlet},
    lending::{self, Lender, LentStore, Refusal, Stores},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::{
    frame::{self, Frame, Kind},
    question::{AT_ONE_TIME, Granted, Question, Reply, Told},
    sizes,
};
use crate::{lock::lock, state::Ends};

/// What a call asks its host by. Its messages wait for the task of the call, which sends them in their order and none after
/// the last one of the call.
pub(super) struct Line {
    call: u64,
    granted: Granted,
    frames: mpsc::UnboundedSender<Frame>,
    places: Arc<Semaphore>,
    /// Bytes of questions that may be under way.
    bytes: u64,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// Number of the next question.
    next: u32,
    bytes: u64,
    replies: HashMap<u32, Slot>,
    closed: bool,
}

/// A reply that is waited for.
struct Slot {
    reply: oneshot::Sender<Told>,
    /// Of the question.
    bytes: u64,
    _place: OwnedSemaphorePermit,
}

/// Why there is no reply.
enum Silence {
    /// The host would not take the question.
    TooLarge,
    /// Nor this one, which is of too many parts.
    TooMany,
    /// The call has ended.
    Ended,
}

impl Line {
    /// A line for the call of this number, and what there is to send.
    pub(super) fn new(call: u64, granted: Granted, limits: &Limits) -> (Arc<Self>, mpsc::UnboundedReceiver<Frame>) {
        let (frames, to_send) = mpsc::unbounded_channel();
        let line = Self {
            call,
            granted,
            frames,
            places: Arc::new(Semaphore::new(AT_ONE_TIME)),
            bytes: sizes::of_questions(limits),
            waiting: Mutex::default(),
        };
        (Arc::new(line), to_send)
    }

    /// The way out of the call, where it has one.
    fn outlet(self: &Arc<Self>) -> Outlet {
        match self.granted.credentials {
            Some(_) => Outlet::new(Client(Arc::clone(self))),
            None => Outlet::default(),
        }
    }

    /// The values of its provider, where it keeps any.
    fn key_value(self: &Arc<Self>) -> KeyValue {
        match self.granted.quota {
            Some(quota) => KeyValue::new(Values { line: Arc::clone(self), quota }),
            None => KeyValue::default(),
        }
    }

    /// The stores that its provider was lent.
    fn stores(self: &Arc<Self>) -> Stores {
        match self.granted.stores {
            Some(_) => Stores::new(LentStores(Arc::clone(self))),
            None => Stores::default(),
        }
    }

    /// Whom the guest of the call reaches by it.
    pub(super) fn ends(self: &Arc<Self>) -> Ends {
        Ends { outlet: self.outlet(), key_value: self.key_value(), stores: self.stores(), ..Ends::default() }
    }

    /// Takes what the host has replied. The call may have ended.
    pub(super) fn deliver(&self, reply: Reply) {
        let slot = {
            let mut waiting = lock(&self.waiting);
            let slot = waiting.replies.remove(&reply.number);
            waiting.bytes = waiting.bytes.saturating_sub(slot.as_ref().map_or(0, |slot| slot.bytes));
            slot
        };
        if let Some(slot) = slot {
            // Who has forgotten it does not listen.
            let _forgotten = slot.reply.send(reply.told);
        }
    }

    /// Nothing is asked any more, and nobody waits.
    pub(super) fn close(&self) {
        let replies = {
            let mut waiting = lock(&self.waiting);
            waiting.closed = true;
            mem::take(&mut waiting.replies)
        };
        drop(replies);
    }

    /// Asks, and waits for the reply. Who stops waiting has the question forgotten.
    async fn ask(self: &Arc<Self>, question: &Question) -> Result<(u32, Told), Silence> {
        let frame = Frame::new(Kind::Ask, self.call, question).map_err(|_| Silence::TooLarge)?;
        let bytes = frame.length();
        if bytes > self.bytes {
            return Err(Silence::TooLarge);
        }
        if !frame.fits(sizes::of_a_question(bytes)) {
            return Err(Silence::TooMany);
        }
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_closed| Silence::Ended)?;
        let (number, reply) = {
            let mut waiting = lock(&self.waiting);
            let number = waiting.next;
            if waiting.bytes.saturating_add(bytes) > self.bytes {
                return Err(Silence::TooLarge);
            }
            let reply = waiting.enter(number, bytes, place)?;
            waiting.next = number.checked_add(1).ok_or(Silence::Ended)?;
            waiting.bytes += bytes;
            // Under the lock: the host counts them as they come.
            self.frames.send(frame).map_err(|_ended| Silence::Ended)?;
            (number, reply)
        };
        let mut patience = Patience { line: self, number, is_over: false };
        let told = reply.await.map_err(|_closed| Silence::Ended);
        patience.is_over = true;
        Ok((number, told?))
    }

    /// Asks for more of the answer of this number.
    fn more(&self, number: u32, place: OwnedSemaphorePermit) -> Result<oneshot::Receiver<Told>, Silence> {
        let frame = Frame::new(Kind::More, self.call, &number).map_err(|_| Silence::Ended)?;
        let mut waiting = lock(&self.waiting);
        let reply = waiting.enter(number, 0, place)?;
        self.frames.send(frame).map_err(|_ended| Silence::Ended)?;
        Ok(reply)
    }

    /// Has the host drop a question, or its answer.
    fn forget(&self, number: u32) {
        if let Ok(frame) = Frame::new(Kind::Forget, self.call, &number) {
            // With its call all of it ends.
            let _ended = self.frames.send(frame);
        }
    }
}

impl Waiting {
    fn enter(
        &mut self,
        number: u32,
        bytes: u64,
        place: OwnedSemaphorePermit,
    ) -> Result<oneshot::Receiver<Told>, Silence> {
        if self.closed {
            return Err(Silence::Ended);
        }
        let (reply, receiver) = oneshot::channel();
        self.replies.insert(number, Slot { reply, bytes, _place: place });
        Ok(receiver)
    }
}

/// Forgets a question when nobody waits for its reply any more.
struct Patience<'a> {
    line: &'a Line,
    number: u32,
    is_over: bool,
}

impl Drop for Patience<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.line.forget(self.number);
        }
    }
}

/// The way out of a call.
struct Client(Arc<Line>);

impl http::Client for Client {
    fn send(&self, request: http::Request) -> BoxFuture<'_, Result<http::Response, http::Error>> {
        Box::pin(async move {
            let line = &self.0;
            match line.ask(&Question::Send(request)).await {
                Ok((number, Told::Answered { status, headers })) => {
                    let body =
                        Box::new(Answer { line: Arc::clone(line), number, state: State::Open, ready: Bytes::new() });
                    Ok(http::Response { status, headers, body })
                }
                Ok((_, told)) => Err(refusal(told)),
                Err(silence) => Err(line.unsent(&silence)),
            }
        })
    }

    fn has_credential(&self, name: &str) -> Option<bool> {
        let granted = self.0.granted.credentials.iter().flatten();
        granted.into_iter().find(|(known, _)| known == name).map(|(_, is_set)| *is_set)
    }

    fn credentials(&self) -> Vec<(String, bool)> {
        self.0.granted.credentials.clone().unwrap_or_default()
    }
}

impl Line {
    fn unsent(&self, silence: &Silence) -> http::Error {
        match silence {
            Silence::TooLarge => http::Error::RequestTooLarge(self.bytes),
            Silence::TooMany => http::Error::InvalidRequest("it has more headers than any that is sent".to_owned()),
            Silence::Ended => ended(),
        }
    }
}

/// The body of an answer, which the host reads as it is read here.
struct Answer {
    line: Arc<Line>,
    number: u32,
    state: State,
    /// What has come and was not given yet.
    ready: Bytes,
}

enum State {
    Open,
    /// Whoever stopped to wait comes back to it: what comes meanwhile is not lost.
    Asked(oneshot::Receiver<Told>),
    Ended,
    Failed(http::Error),
}

impl Answer {
    /// Waits for what is next.
    async fn advance(&mut self) {
        if matches!(self.state, State::Open) {
            let place = Arc::clone(&self.line.places).acquire_owned().await;
            let asked = place.map_err(|_closed| Silence::Ended).and_then(|place| self.line.more(self.number, place));
            self.state = asked.map_or_else(|_silence| State::Failed(ended()), State::Asked);
        }
        if let State::Asked(reply) = &mut self.state {
            self.state = match reply.await {
                Ok(Told::Piece(piece)) if piece.is_empty() => State::Ended,
                Ok(Told::Piece(piece)) => {
                    self.ready = piece.into();
                    State::Open
                }
                Ok(told) => State::Failed(refusal(told)),
                Err(_closed) => State::Failed(ended()),
            };
        }
    }
}

impl Body for Answer {
    fn read(&mut self, max: usize) -> BoxFuture<'_, Result<Bytes, http::Error>> {
        Box::pin(async move {
            while self.ready.is_empty() {
                match &self.state {
                    State::Ended => return Ok(Bytes::new()),
                    State::Failed(error) => return Err(error.clone()),
                    State::Open | State::Asked(_) => self.advance().await,
                }
            }
            Ok(self.ready.split_to(self.ready.len().min(max.max(1))))
        })
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if matches!(self.state, State::Open | State::Asked(_)) {
            self.line.forget(self.number);
        }
    }
}

/// The values of the provider of a call.
struct Values {
    line: Arc<Line>,
    quota: u64,
}

impl Values {
    async fn ask(&self, question: Question) -> Result<Told> {
        match self.line.ask(&question).await {
            Ok((_, Told::Failed(failure))) => Err(failure.into_error_of_the_host()),
            Ok((_, told)) => Ok(told),
            Err(Silence::TooLarge | Silence::TooMany) => {
                Err(Error::invalid_input("value", format!("it has more than {} bytes", KeyValue::MAX_VALUE_BYTES)))
            }
            Err(Silence::Ended) => Err(Error::new(ErrorKind::Shutdown, "the call has ended")),
        }
    }
}

impl KeyValueStore for Values {
    fn get(&self, key: String) -> BoxFuture<'_, Result<Option<Vec<u8>>>> {
        Box::pin(async move {
            match self.ask(Question::Get { key }).await? {
                Told::Value(value) => Ok(value),
                _ => Err(confused()),
            }
        })
    }

    fn set(&self, key: String, value: Vec<u8>) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            // What the host would refuse is not sent there.
            KeyValue::check_key(&key).and_then(|()| KeyValue::check_value(&value))?;
            self.ask(Question::Set { key, value }).await.map(drop)
        })
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { self.ask(Question::Delete { key }).await.map(drop) })
    }

    fn keys(&self, prefix: String, after: Option<String>) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            match self.ask(Question::Keys { prefix, after }).await? {
                Told::Keys(keys) => Ok(keys),
                _ => Err(confused()),
            }
        })
    }

    fn quota(&self) -> u64 {
        self.quota
    }
}

/// The stores of a call.
struct LentStores(Arc<Line>);

impl Lender for LentStores {
    fn lent(&self) -> Vec<LentStore> {
        self.0.granted.stores.clone().unwrap_or_default()
    }

    fn ask(
        &self,
        store: String,
        operation: lending::Operation,
        max_bytes: u64,
    ) -> BoxFuture<'_, Result<lending::Answer, Refusal>> {
        Box::pin(async move {
            let too_much = || Refusal::Invalid("operation: it is more than is taken at a time".to_owned());
            let operation = frame::to_bytes(&operation).map_err(|_| too_much())?;
            match self.0.ask(&Question::Store { name: store, operation, max_bytes }).await {
                Ok((_, Told::Stored(answer))) => answer,
                Ok(_) => Err(Refusal::Io(confused().message().to_owned())),
                Err(Silence::TooLarge | Silence::TooMany) => Err(too_much()),
                Err(Silence::Ended) => Err(Refusal::Unavailable("the call has ended".to_owned())),
            }
        })
    }
}

fn refusal(told: Told) -> http::Error {
    match told {
        Told::Refused(error) => error,
        _ => http::Error::Protocol("the host answered what was not asked".to_owned()),
    }
}

fn ended() -> http::Error {
    http::Error::Denied("the call that it was a part of has ended".to_owned())
}

fn confused() -> Error {
    Error::new(ErrorKind::Internal, "the host answered what was not asked")
}

#[cfg(test)]
#[path = "ask_tests.rs"]
mod tests;
