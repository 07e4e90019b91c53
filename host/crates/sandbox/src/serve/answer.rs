//! What the guest of a call asks, carried out by the host: by the way out of the call, by the values of its provider, and by the
//! stores that it was lent.
//!
//! It is part of the call: nothing of it goes on when the call has ended, and it goes on only while the call is waited for.

use std::{
    collections::HashMap,
    future::poll_fn,
    mem,
    panic::AssertUnwindSafe,
    task::{Context, Poll},
    time::Instant,
};

use bytes::Bytes;
use futures_util::FutureExt as _;
use palisade_core::{
    BoxFuture, Call, Error, ErrorKind, JobCall, KeyValue, KeyValueStore, Result,
    http::{self, Body, Outlet},
    lending::{self, Refusal, Stores},
};

use super::{
    frame,
    question::{Granted, PIECE, Question, Reply, Told, failed},
    sizes,
};

/// What a worker says about its questions.
#[derive(Debug)]
pub(super) enum Asked {
    /// Another one, which has so many bytes.
    Question(Box<Question>, u64),
    /// More of the answer to that of this number is wanted.
    More(u32),
    /// That of this number is of no interest any more.
    Forget(u32),
}

/// Whom the guest of a call reaches through its host.
#[derive(Clone, Default)]
pub(super) struct Reached {
    pub(super) outlet: Outlet,
    pub(super) key_value: KeyValue,
    pub(super) stores: Stores,
}

impl Reached {
    pub(super) fn of(call: &Call) -> Self {
        let Call { outlet, key_value, stores, .. } = call;
        Self { outlet: outlet.clone(), key_value: key_value.clone(), stores: stores.clone() }
    }

    pub(super) fn of_job(job: &JobCall) -> Self {
        let JobCall { outlet, key_value, stores, .. } = job;
        Self { outlet: outlet.clone(), key_value: key_value.clone(), stores: stores.clone() }
    }

    pub(super) fn granted(&self) -> Granted {
        Granted::of(&self.outlet, &self.key_value, &self.stores)
    }
}

/// The questions of a call that are under way, and the answers that are being read.
pub(super) struct Answers {
    reached: Reached,
    /// Most bytes of an answer of a store: more than a guest has memory for is not sent.
    most: u64,
    /// When the call ends.
    deadline: Option<Instant>,
    /// Number of the next question.
    next: u32,
    running: Vec<Running>,
    open: HashMap<u32, Box<dyn Body>>,
}

struct Running {
    number: u32,
    /// Of the question, which is held until there is a reply.
    bytes: u64,
    /// Whether it is about what is kept: a value, or something in a store.
    is_kept: bool,
    work: BoxFuture<'static, Result<Outcome>>,
}

/// What came of a question.
enum Outcome {
    Answer(Result<http::Response, http::Error>),
    More(Box<dyn Body>, Result<Bytes, http::Error>),
    Told(Told),
}

/// A reply, and how many bytes of questions are not held any more.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) reply: Reply,
    pub(super) released: u64,
}

impl Answer {
    /// Whether a question held a secret.
    pub(super) fn is_leak(&self) -> bool {
        matches!(self.reply.told, Told::Refused(http::Error::Leak))
    }
}

impl Answers {
    /// Of a call that ends then, the guest of which has so much memory.
    pub(super) fn new(reached: Reached, most: u64, deadline: Option<Instant>) -> Self {
        Self { reached, most, deadline, next: 0, running: Vec::new(), open: HashMap::new() }
    }

    /// Begins what a worker asks. Gives what it is told at once.
    ///
    /// # Errors
    ///
    /// `bad-output` when it asks for what there is not.
    pub(super) fn begin(&mut self, asked: Asked) -> Result<Option<Answer>> {
        match asked {
            Asked::Question(question, bytes) => {
                let number = self.next;
                self.next = number.checked_add(1).ok_or_else(|| no_answer(number))?;
                let is_kept = !matches!(*question, Question::Send(_));
                let work = caught(work(*question, &self.reached, self.most, self.deadline));
                self.running.push(Running { number, bytes, is_kept, work });
                Ok(None)
            }
            Asked::More(number) => {
                let mut body = self.open.remove(&number).ok_or_else(|| no_answer(number))?;
                let work = caught(async move {
                    let piece = body.read(PIECE).await;
                    Outcome::More(body, piece)
                });
                self.running.push(Running { number, bytes: 0, is_kept: false, work });
                Ok(None)
            }
            Asked::Forget(number) => {
                self.open.remove(&number);
                let Some(place) = self.running.iter().position(|running| running.number == number) else {
                    // It was answered while that was on its way.
                    return Ok(None);
                };
                // What was handed to a store is done, whoever waits: only its end makes room for the next one.
                if self.running.get(place).is_some_and(|running| running.is_kept) {
                    return Ok(None);
                }
                let Running { bytes, .. } = self.running.remove(place);
                Ok(Some(Answer { reply: Reply { number, told: Told::Forgotten }, released: bytes }))
            }
        }
    }

    /// Goes on with all of it, and gives the next reply; never while nothing is under way.
    ///
    /// # Errors
    ///
    /// `internal` where the host panicked at it.
    pub(super) async fn next(&mut self) -> Result<Answer> {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Answer>> {
        let mut waits_for_a_value = false;
        // They are few.
        for place in 0..self.running.len() {
            let Some(running) = self.running.get_mut(place) else { break };
            // One after the other, in their order, as a guest asks for them that waits for each.
            if running.is_kept && mem::replace(&mut waits_for_a_value, true) {
                continue;
            }
            if let Poll::Ready(outcome) = running.work.as_mut().poll(context) {
                let Running { number, bytes, .. } = self.running.remove(place);
                let outcome = match outcome {
                    Ok(outcome) => outcome,
                    Err(error) => return Poll::Ready(Err(error)),
                };
                let reply = Reply { number, told: self.told(number, outcome) };
                let answer = Answer { reply, released: bytes };
                if answer.is_leak() {
                    // The call ends with it: nothing that was clean goes on either.
                    self.running.clear();
                    self.open.clear();
                }
                return Poll::Ready(Ok(answer));
            }
        }
        Poll::Pending
    }

    fn told(&mut self, number: u32, outcome: Outcome) -> Told {
        match outcome {
            Outcome::Answer(Ok(http::Response { status, headers, body })) => {
                self.open.insert(number, body);
                Told::Answered { status, headers }
            }
            Outcome::More(body, Ok(piece)) => {
                // After the end there is no more to ask for.
                if !piece.is_empty() {
                    self.open.insert(number, body);
                }
                Told::Piece(piece.into())
            }
            Outcome::Answer(Err(error)) | Outcome::More(_, Err(error)) => Told::Refused(error),
            Outcome::Told(told) => told,
        }
    }
}

/// A panic ends its call, as it does where a guest that runs here causes it, and not who made the call.
fn caught(work: impl Future<Output = Outcome> + Send + 'static) -> BoxFuture<'static, Result<Outcome>> {
    let panicked = |_| Error::new(ErrorKind::Internal, "the host panicked in a call of the provider");
    Box::pin(AssertUnwindSafe(work).catch_unwind().map(move |done| done.map_err(panicked)))
}

fn work(question: Question, reached: &Reached, most: u64, deadline: Option<Instant>) -> BoxFuture<'static, Outcome> {
    let question = match question {
        Question::Send(request) => {
            let (outlet, request) = (reached.outlet.clone(), http::Request { deadline, ..request });
            return Box::pin(async move {
                Outcome::Answer(match outlet.client() {
                    Some(client) => client.send(request).await,
                    None => Err(http::Error::Denied("this provider was granted no address".to_owned())),
                })
            });
        }
        Question::Store { name, operation, max_bytes } => {
            let (stores, most) = (reached.stores.clone(), most.min(max_bytes));
            return Box::pin(
                async move { Outcome::Told(Told::Stored(of_a_store(&stores, name, operation, most).await)) },
            );
        }
        question => question,
    };
    let Some(store) = reached.key_value.store() else {
        let error = Error::new(ErrorKind::LimitExceeded, "this provider was granted no room for values");
        return Box::pin(std::future::ready(Outcome::Told(failed(&error))));
    };
    Box::pin(async move { Outcome::Told(of_values(question, &*store).await.unwrap_or_else(|error| failed(&error))) })
}

async fn of_values(question: Question, store: &dyn KeyValueStore) -> Result<Told> {
    Ok(match question {
        Question::Get { key } => Told::Value(store.get(key).await?),
        Question::Set { key, value } => store.set(key, value).await.map(|()| Told::Done)?,
        Question::Delete { key } => store.delete(key).await.map(|()| Told::Done)?,
        Question::Keys { prefix, after } => Told::Keys(store.keys(prefix, after).await?),
        Question::Send(_) | Question::Store { .. } => {
            return Err(Error::new(ErrorKind::Internal, "it is not about a value"));
        }
    })
}

async fn of_a_store(stores: &Stores, name: String, operation: Vec<u8>, most: u64) -> Result<lending::Answer, Refusal> {
    // Read now, when nothing else of the call is: it may weigh much more in memory than on its way.
    let room = sizes::of_an_operation(operation.len() as u64);
    let read = frame::parse_within::<lending::Operation>(operation, room).await;
    let operation = read.map_err(|_| Refusal::Invalid("operation: it is of more parts than are taken".to_owned()))?;
    let Some(lender) = stores.lender() else {
        return Err(Refusal::Denied("no store is lent to this provider".to_owned()));
    };
    let answer = lender.ask(name, operation, most).await?;
    if answer.size_in_bytes() > most {
        return Err(Refusal::TooLarge(format!("it is more than the provider has memory for, which has {most} bytes")));
    }
    Ok(answer)
}

fn no_answer(number: u32) -> Error {
    let message = format!("the worker asked for more of answer {number}, which there is not");
    Error::new(ErrorKind::BadOutput, message)
}
