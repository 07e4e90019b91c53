//! The calls that a host has under way in a worker, and what it takes from the worker for them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use palisade_core::CallReport;
use tokio::sync::{Notify, mpsc};

use super::{
    failure::Failure,
    message::{FromWorker, Note, Product, Question},
};
use crate::lock::lock;

/// How long a worker may take to let go of a call that nobody waits for. A guest that computes is stopped by the tick.
const LETTING_GO: Duration = Duration::from_secs(2);
/// Reports of progress that may wait for a caller. More are lost.
const PROGRESS: usize = 4;
/// What else a call may have on its way: a question, and its end.
const OTHERS: usize = 2;

/// What a call hears of its guest.
pub(super) enum Heard {
    Note(Note),
    Question(Question),
    End(Box<Result<Product, Failure>>, CallReport),
}

/// The calls of one worker.
#[derive(Default)]
pub(super) struct Table {
    calls: Mutex<Calls>,
    /// Told when a call is left that the worker has to let go of, and when the worker is to be ended.
    changed: Notify,
}

#[derive(Default)]
struct Calls {
    next: u64,
    open: HashMap<u64, mpsc::Sender<Heard>>,
    /// Calls that nobody waits for, and until when the worker may take to let go of them.
    left: BTreeMap<u64, Instant>,
    /// Why the worker has ended, once it has.
    death: Option<Arc<str>>,
}

/// A call in a worker. It is left when it is dropped.
pub(super) struct Entry {
    pub(super) id: u64,
    pub(super) heard: mpsc::Receiver<Heard>,
}

impl Table {
    /// Opens a call, or says why the worker has ended.
    pub(super) fn open(&self) -> Result<Entry, Arc<str>> {
        let mut calls = lock(&self.calls);
        if let Some(death) = &calls.death {
            return Err(Arc::clone(death));
        }
        let (sender, heard) = mpsc::channel(PROGRESS + OTHERS);
        let id = calls.next;
        calls.next += 1;
        calls.open.insert(id, sender);
        Ok(Entry { id, heard })
    }

    /// Leaves a call; says whether it was still going on.
    pub(super) fn leave(&self, id: u64) -> bool {
        let mut calls = lock(&self.calls);
        let goes_on = calls.open.remove(&id).is_some();
        if goes_on {
            calls.left.insert(id, Instant::now() + LETTING_GO);
            self.changed.notify_one();
        }
        goes_on
    }

    /// Passes on what the worker says, or says what is wrong with it.
    pub(super) fn hear(&self, message: FromWorker) -> Result<(), &'static str> {
        let mut calls = lock(&self.calls);
        match message {
            FromWorker::Ready(_) | FromWorker::Loaded(_) => Err("it said again that it began"),
            FromWorker::Tell(id, note) => match calls.open.get(&id) {
                // Who listens too slowly misses some.
                Some(call) if call.capacity() <= OTHERS => Ok(()),
                Some(call) => call.try_send(Heard::Note(note)).or(Ok(())),
                None => calls.was_left(id),
            },
            FromWorker::Ask(id, question) => match calls.open.get(&id) {
                Some(call) => call.try_send(Heard::Question(question)).map_err(|_| "it asked twice at one time"),
                None => calls.was_left(id),
            },
            FromWorker::Done(id, result, report) => match calls.open.remove(&id) {
                Some(call) => call.try_send(Heard::End(result, report)).map_err(|_| "it asked, and went on"),
                None => calls.let_go(id),
            },
            FromWorker::Gone(id) => calls.let_go(id),
        }
    }

    /// Ends every call, and says to those that come why.
    pub(super) fn end(&self, why: Arc<str>) {
        let mut calls = lock(&self.calls);
        calls.death.get_or_insert(why);
        calls.open.clear();
        calls.left.clear();
    }

    /// Why the worker has ended, once it has.
    pub(super) fn death(&self) -> Option<Arc<str>> {
        lock(&self.calls).death.clone()
    }

    /// Waits until the worker holds on to a call for too long.
    pub(super) async fn overdue(&self) {
        loop {
            let changed = self.changed.notified();
            let next = lock(&self.calls).left.values().min().copied();
            match next {
                Some(until) if until <= Instant::now() => return,
                Some(until) => {
                    tokio::select! {
                        () = changed => {}
                        () = tokio::time::sleep_until(until.into()) => {}
                    }
                }
                None => changed.await,
            }
        }
    }
}

impl Calls {
    fn was_left(&self, id: u64) -> Result<(), &'static str> {
        if self.left.contains_key(&id) { Ok(()) } else { Err("it spoke of a call that there is not") }
    }

    fn let_go(&mut self, id: u64) -> Result<(), &'static str> {
        self.left.remove(&id).map(drop).ok_or("it ended a call that there is not")
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::{Event, Progress, chat};

    use super::*;

    fn progress(id: u64) -> FromWorker {
        FromWorker::Tell(id, Note::Progress(Progress::default()))
    }

    fn piece(id: u64) -> FromWorker {
        FromWorker::Ask(id, Question::Take(Event::Chat(chat::Event::Text("x".to_owned()))))
    }

    fn done(id: u64) -> FromWorker {
        FromWorker::Done(id, Box::new(Ok(Product::Health)), CallReport::default())
    }

    #[test]
    fn a_flood_of_progress_leaves_room_for_what_counts() {
        let table = Table::default();
        let mut entry = table.open().unwrap();
        for _ in 0..1000 {
            table.hear(progress(entry.id)).unwrap();
        }
        table.hear(piece(entry.id)).unwrap();
        table.hear(done(entry.id)).unwrap();
        let heard: Vec<_> = std::iter::from_fn(|| entry.heard.try_recv().ok()).collect();
        assert_eq!(heard.len(), PROGRESS + OTHERS);
        assert!(matches!(heard.last(), Some(Heard::End(..))));
    }

    #[test]
    fn a_worker_speaks_only_of_calls_that_go_on() {
        let table = Table::default();
        for message in [progress(0), piece(0), done(0), FromWorker::Gone(0)] {
            assert!(table.hear(message).is_err());
        }
        let entry = table.open().unwrap();
        assert!(table.hear(FromWorker::Gone(entry.id)).is_err(), "nobody has left it");
        table.hear(done(entry.id)).unwrap();
        assert!(table.hear(done(entry.id)).is_err(), "it has ended");
        assert!(!table.leave(entry.id));

        let left = table.open().unwrap();
        assert!(table.leave(left.id));
        table.hear(piece(left.id)).unwrap();
        table.hear(FromWorker::Gone(left.id)).unwrap();
        assert!(table.hear(piece(left.id)).is_err());
    }

    #[test]
    fn pieces_that_nobody_has_taken_are_not_sent_without_end() {
        let table = Table::default();
        let entry = table.open().unwrap();
        let sent = (0..100).take_while(|_| table.hear(piece(entry.id)).is_ok()).count();
        assert!(sent <= PROGRESS + OTHERS);
    }

    #[test]
    fn when_a_worker_has_ended_its_calls_end_and_none_begins() {
        let table = Table::default();
        let mut entry = table.open().unwrap();
        table.end("it died".into());
        assert!(entry.heard.try_recv().is_err() && entry.heard.is_closed());
        assert_eq!(table.open().err().as_deref(), Some("it died"));
    }
}
