//! One thread that writes. What comes while it writes is written together next: one wait for the disk serves them all.

use std::{
    sync::{Arc, mpsc},
    thread,
};

use palisade_core::{Error, ErrorKind, Result};
use redb::Database;
use tokio::sync::oneshot;

use crate::{
    failure::Failure,
    options::{Clock, Options},
    spending::SpentChange,
    tables::{Change, Changed, Tables},
};

/// Most writes at one time, and bytes of their results, so that the first doesn't wait long for the last.
const MOST_WRITES: usize = 1024;
const MOST_BYTES: usize = 64 << 20;

/// Something to write, all of it or nothing.
#[derive(Debug)]
pub(crate) struct Write {
    /// What becomes of a job.
    pub(crate) change: Option<Change>,
    /// What becomes of budgets: nothing if the job could not be noted, or is forgotten and was not known.
    pub(crate) spent: Vec<SpentChange>,
    /// Who wants to know.
    pub(crate) done: Done,
}

/// Is told once how a write ended, even if nobody is left who writes. Called on the thread that writes: return at once.
pub(crate) struct Done(Option<Box<Tell>>);

type Tell = dyn FnOnce(Result<(), Failure>) + Send;

impl Done {
    pub(crate) fn new(tell: impl FnOnce(Result<(), Failure>) + Send + 'static) -> Self {
        Self(Some(Box::new(tell)))
    }

    fn tell(mut self, outcome: Result<(), Failure>) {
        if let Some(tell) = self.0.take() {
            tell(outcome);
        }
    }
}

impl Drop for Done {
    fn drop(&mut self) {
        if let Some(tell) = self.0.take() {
            tell(Err(Failure::Closed));
        }
    }
}

impl std::fmt::Debug for Done {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Done")
    }
}

/// The way to the thread that writes. The thread ends when all writers are gone and everything is written.
#[derive(Debug)]
pub(crate) struct Writer {
    /// Not bounded: a job has one write under way at a time, and the host bounds its jobs.
    queue: mpsc::Sender<Message>,
}

#[derive(Debug)]
enum Message {
    Write(Box<Write>),
    Close(oneshot::Sender<()>),
}

impl Writer {
    pub(crate) fn start(database: Arc<Database>, options: Options, clock: Clock) -> Result<Self> {
        let (queue, messages) = mpsc::channel();
        let thread = thread::Builder::new().name("palisade-storage".to_owned());
        thread
            .spawn(move || run(database, &messages, &options, &clock))
            .map_err(|error| Error::new(ErrorKind::Internal, "start the thread of the storage").with_source(error))?;
        Ok(Self { queue })
    }

    /// Hands a write over. It is done whether or not anybody waits for it.
    pub(crate) fn write(&self, write: Write) {
        // Where nobody takes it, it is dropped, and tells who waits.
        drop(self.queue.send(Message::Write(Box::new(write))));
    }

    /// Ends the thread when everything before is written, and waits for that.
    pub(crate) async fn close(&self) {
        let (ended, end) = oneshot::channel();
        if self.queue.send(Message::Close(ended)).is_ok() {
            let _ended = end.await;
        }
    }
}

fn run(database: Arc<Database>, messages: &mpsc::Receiver<Message>, options: &Options, clock: &Clock) {
    while let Ok(message) = messages.recv() {
        let (mut batch, mut bytes, mut next) = (Vec::new(), 0, Some(message));
        let mut closing = None;
        while let Some(message) = next {
            match message {
                Message::Write(write) => {
                    bytes += write.size_in_bytes();
                    batch.push(*write);
                }
                Message::Close(ended) => {
                    closing = Some(ended);
                    break;
                }
            }
            let more = batch.len() < MOST_WRITES && bytes < MOST_BYTES;
            next = if more { messages.try_recv().ok() } else { None };
        }
        finish(&database, batch, options, clock.now());
        if let Some(ended) = closing {
            drop(database);
            let _nobody_waits = ended.send(());
            return;
        }
    }
}

fn finish(database: &Database, batch: Vec<Write>, options: &Options, now: u64) {
    if batch.is_empty() {
        return;
    }
    match commit(database, &batch, options, now) {
        Ok(outcomes) => batch.into_iter().zip(outcomes).for_each(|(write, outcome)| write.done.tell(outcome)),
        Err(failure) => batch.into_iter().for_each(|write| write.done.tell(Err(failure.clone()))),
    }
}

/// Writes everything in one transaction. A write that finds no room is left out, and the others are written.
fn commit(
    database: &Database,
    batch: &[Write],
    options: &Options,
    now: u64,
) -> Result<Vec<Result<(), Failure>>, Failure> {
    let transaction = database.begin_write()?;
    let mut outcomes = Vec::with_capacity(batch.len());
    {
        let mut tables = Tables::open(&transaction)?;
        for write in batch {
            let changed =
                write.change.as_ref().map_or(Ok(Changed::Yes), |change| tables.change(change, options, now))?;
            if changed == Changed::Yes {
                tables.spend(&write.spent, now)?;
            }
            outcomes.push(match (changed, &write.change) {
                (Changed::HasNoRoom, Some(Change::Value(_))) => Err(Failure::NoRoom),
                (Changed::HasNoRoom, _) => Err(Failure::Full { records: options.records }),
                _ => Ok(()),
            });
        }
        tables.sweep(now)?;
    }
    // Returns when the disk has it: that is what a transaction does if nothing else is asked for.
    transaction.commit()?;
    Ok(outcomes)
}

impl Write {
    fn size_in_bytes(&self) -> usize {
        match &self.change {
            Some(Change::Put { result: Some(result), .. }) => result.len(),
            _ => 0,
        }
    }
}
