//! The calls that a host has under way in a worker, what it has to tell the worker of them, and what it takes from it.
//!
//! A worker may be somebody else's. It speaks only of calls that it was told of, sends pieces only where somebody listens, and
//! one at a time; what waits for it is bounded by the calls of the provider.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use super::{
    ear::{Ear, Heard},
    frame::{self, Frame, Head, Kind},
    question::{AT_ONE_TIME, PIECE},
    sizes,
    tally::{Asking, Tally},
};
use crate::lock::lock;

/// How long a worker may take to let go of a call, once it was told that nobody waits. A guest that computes is stopped by
/// the tick.
const LETTING_GO: Duration = Duration::from_secs(2);
/// How many bytes of replies of a call wait for its worker to read them before there is another.
pub(super) const UNREAD: u64 = (AT_ONE_TIME * PIECE) as u64;

/// What a worker may say of a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    /// Memory that the end of it may take.
    pub(super) end: u64,
    /// Memory that a piece of its response may take; none where nobody listens.
    pub(super) piece: Option<u64>,
    /// Reports of progress.
    pub(super) reports: u64,
    /// What its guest may ask.
    pub(super) asking: Asking,
}

/// What is done with the body of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It is read, and may take so much memory.
    Read(u64),
    /// Nobody wants it any more.
    Skip,
}

/// The calls of one worker.
#[derive(Default)]
pub(super) struct Table {
    calls: Mutex<Calls>,
    /// Told when there is something to write.
    written: Notify,
    /// Told when a worker was told a reply.
    read: Notify,
    /// Told when there is another call that the worker has to let go of.
    left: Notify,
}

#[derive(Default)]
struct Calls {
    next: u64,
    known: HashMap<u64, Call>,
    /// What the worker is still to be told.
    queue: VecDeque<Frame>,
    /// Nothing begins any more.
    closed: bool,
    /// Why the worker has ended, once it has.
    death: Option<Arc<str>>,
}

struct Call {
    allowance: Allowance,
    told: Told,
    reports: u64,
    /// What its guest has asked.
    tally: Tally,
    /// Bytes of replies that the worker was not told yet.
    unwritten: u64,
    /// A piece was sent, and the worker was not told yet that it was taken.
    untaken: bool,
    /// Who waits for it; none once it was left.
    ear: Option<Arc<Ear>>,
    /// Until when the worker may take to let go of it.
    until: Option<Instant>,
}

/// How much of a call the worker was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Nothing,
    Part,
    All,
}

/// A call in a worker. Whoever opened it has to leave it.
pub(super) struct Entry {
    pub(super) id: u64,
    pub(super) ear: Arc<Ear>,
}

impl Table {
    /// Opens the call that this message begins; none where nothing begins any more.
    pub(super) fn open(&self, begin: Frame, allowance: Allowance) -> Option<Entry> {
        let mut calls = lock(&self.calls);
        if calls.closed {
            return None;
        }
        let id = calls.next;
        calls.next += 1;
        let ear = Arc::<Ear>::default();
        let open = Some(Arc::clone(&ear));
        let call = Call {
            allowance,
            told: Told::Nothing,
            reports: 0,
            tally: Tally::default(),
            unwritten: 0,
            untaken: false,
            ear: open,
            until: None,
        };
        calls.known.insert(id, call);
        calls.queue.push_back(begin.about(id));
        drop(calls);
        self.written.notify_one();
        Some(Entry { id, ear })
    }

    /// Has the worker told that a piece was taken.
    pub(super) fn taken(&self, id: u64) {
        let mut calls = lock(&self.calls);
        if calls.known.contains_key(&id) {
            calls.queue.push_back(Frame::bare(Kind::Taken, id));
            drop(calls);
            self.written.notify_one();
        }
    }

    /// Has the worker told what its guest has asked, of which so many bytes are not held any more.
    pub(super) fn reply(&self, id: u64, reply: Frame, released: u64) {
        let mut calls = lock(&self.calls);
        if let Some(call) = calls.known.get_mut(&id) {
            call.tally.release(released);
            call.unwritten = call.unwritten.saturating_add(reply.length());
            calls.queue.push_back(reply);
            drop(calls);
            self.written.notify_one();
        }
    }

    /// Waits until the worker has read the replies of a call, but for as much as an upstream may say meanwhile: one that does not
    /// read does not have others pile up here.
    pub(super) async fn has_read(&self, id: u64) {
        loop {
            let read = self.read.notified();
            let unwritten = lock(&self.calls).known.get(&id).map_or(0, |call| call.unwritten);
            if unwritten <= UNREAD {
                return;
            }
            read.await;
        }
    }

    /// Leaves a call, which may have ended. A worker that knows of it is told.
    pub(super) fn leave(&self, id: u64) {
        let mut calls = lock(&self.calls);
        match calls.known.get_mut(&id) {
            Some(call) if call.told == Told::Nothing => {
                calls.known.remove(&id);
                calls.queue.retain(|frame| frame.call != id);
            }
            Some(call) => {
                call.ear = None;
                calls.queue.retain(|frame| frame.call != id || frame.kind != Kind::Reply);
                calls.queue.push_back(Frame::bare(Kind::Cancel, id));
                drop(calls);
                self.written.notify_one();
            }
            None => {}
        }
    }

    /// Waits for what the worker is to be told next.
    pub(super) async fn next(&self) -> Frame {
        loop {
            if let Some(frame) = lock(&self.calls).next_frame() {
                return frame;
            }
            self.written.notified().await;
        }
    }

    /// Notes that the worker was told.
    pub(super) fn told(&self, frame: &Frame) {
        let mut calls = lock(&self.calls);
        let Some(call) = calls.known.get_mut(&frame.call) else { return };
        match frame.kind {
            Kind::Call => call.told = Told::All,
            Kind::Taken => call.untaken = false,
            Kind::Reply => {
                call.tally.replied();
                call.unwritten = call.unwritten.saturating_sub(frame.length());
                self.read.notify_waiters();
            }
            Kind::Cancel => {
                call.until = Some(Instant::now() + LETTING_GO);
                self.left.notify_one();
            }
            _ => {}
        }
    }

    /// Says what is done with a message that begins like this, or what is wrong with it.
    pub(super) fn judge(&self, head: &Head) -> Result<Judgement, &'static str> {
        let mut calls = lock(&self.calls);
        let Some(call) = calls.known.get_mut(&head.call).filter(|call| call.told == Told::All) else {
            return Err("it spoke of a call that there is not");
        };
        let room = match head.kind {
            Kind::Progress if call.reports == call.allowance.reports => return Err("it reported too often"),
            Kind::Progress => {
                call.reports += 1;
                sizes::PROGRESS
            }
            Kind::Piece if call.untaken => return Err("it sent a piece before the last one was taken"),
            Kind::Piece => {
                call.untaken = true;
                call.allowance.piece.ok_or("it sent a piece that nobody asked for")?
            }
            Kind::Ask => {
                call.tally.ask(&call.allowance.asking, head.length)?;
                sizes::of_a_question(head.length.into())
            }
            Kind::More => call.tally.more().map(|()| sizes::NUMBER)?,
            Kind::Forget => call.tally.forget().map(|()| sizes::NUMBER)?,
            Kind::Done => call.allowance.end,
            Kind::Gone if call.ear.is_some() => return Err("it let go of a call that goes on"),
            Kind::Gone if head.length > 0 => return Err("it said more than there is to say"),
            Kind::Gone => 0,
            _ => return Err("it said what a worker does not say here"),
        };
        if call.ear.is_some() {
            return Ok(Judgement::Read(room));
        }
        // Reading past it is work as well.
        if !sizes::may_be_read(head.length, room) {
            return Err(frame::TOO_LONG);
        }
        if matches!(head.kind, Kind::Done | Kind::Gone) {
            calls.known.remove(&head.call);
        }
        Ok(Judgement::Skip)
    }

    /// Passes on what was read, unless nobody wants it any more.
    pub(super) fn hear(&self, id: u64, heard: Heard) {
        let mut calls = lock(&self.calls);
        let ended = matches!(heard, Heard::End(_));
        let ear = match calls.known.get(&id) {
            Some(call) => call.ear.clone(),
            None => None,
        };
        if ended {
            calls.known.remove(&id);
            // Nobody waits for them in the worker either.
            calls.queue.retain(|frame| frame.call != id);
        }
        drop(calls);
        if let Some(ear) = ear {
            ear.hear(heard);
        }
    }

    /// Lets no call begin any more.
    pub(super) fn close(&self) {
        lock(&self.calls).closed = true;
    }

    /// Whether no call begins any more.
    pub(super) fn is_closed(&self) -> bool {
        lock(&self.calls).closed
    }

    /// Ends every call.
    pub(super) fn end(&self, why: Arc<str>) {
        let mut calls = lock(&self.calls);
        calls.closed = true;
        calls.death.get_or_insert(why);
        calls.queue.clear();
        for call in calls.known.drain().filter_map(|(_, call)| call.ear) {
            call.close();
        }
    }

    /// Why the worker has ended, once it has.
    pub(super) fn death(&self) -> Option<Arc<str>> {
        lock(&self.calls).death.clone()
    }

    /// Waits until the worker holds on to a call for too long.
    pub(super) async fn overdue(&self) {
        loop {
            let next = lock(&self.calls).known.values().filter_map(|call| call.until).min();
            match next {
                Some(until) if until <= Instant::now() => return,
                Some(until) => {
                    tokio::select! {
                        () = self.left.notified() => {}
                        () = tokio::time::sleep_until(until.into()) => {}
                    }
                }
                None => self.left.notified().await,
            }
        }
    }
}

impl Calls {
    fn next_frame(&mut self) -> Option<Frame> {
        let frame = self.queue.pop_front()?;
        if let (Kind::Call, Some(call)) = (frame.kind, self.known.get_mut(&frame.call)) {
            call.told = Told::Part;
        }
        Some(frame)
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
