//! The one task that changes which providers there are, and the snapshots that it publishes.

use std::{collections::BTreeMap, sync::Arc};

use arc_swap::ArcSwap;
use palisade_core::{Error, ErrorKind, ProviderId, Result};
use palisade_routing::Index;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::entry::Entry;

/// Changes that may wait for the supervisor.
const QUEUE: usize = 64;

/// All providers at one moment. Never changes.
#[derive(Default)]
pub(crate) struct Snapshot {
    /// Counts the changes since the host was opened.
    pub(crate) version: u64,
    pub(crate) entries: BTreeMap<ProviderId, Arc<Entry>>,
    /// The models of all of them.
    pub(crate) index: Index,
}

enum Change {
    Add(Arc<Entry>),
    Remove(ProviderId),
    Stop,
}

type Reply = oneshot::Sender<Result<()>>;

/// The handle of the supervisor's task. Dropping it ends the task.
pub(crate) struct Supervisor {
    changes: mpsc::Sender<(Change, Reply)>,
    published: Arc<ArcSwap<Snapshot>>,
    task: JoinHandle<()>,
}

impl Supervisor {
    /// Starts the task, on the runtime that this is called in.
    pub(crate) fn start() -> Self {
        let (changes, queue) = mpsc::channel(QUEUE);
        let published = Arc::new(ArcSwap::from_pointee(Snapshot::default()));
        let task = tokio::spawn(supervise(queue, Arc::clone(&published)));
        Self { changes, published, task }
    }

    /// The latest snapshot. Never waits.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.published.load_full()
    }

    /// Publishes an entry.
    pub(crate) async fn add(&self, entry: Entry) -> Result<()> {
        self.apply(Change::Add(Arc::new(entry))).await
    }

    /// Takes an entry out; calls under way end as they would have.
    pub(crate) async fn remove(&self, id: ProviderId) -> Result<()> {
        self.apply(Change::Remove(id)).await
    }

    /// Takes everything out and ends the task.
    pub(crate) async fn stop(&self) {
        // An error says that it has ended already.
        let _ended = self.apply(Change::Stop).await;
    }

    async fn apply(&self, change: Change) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        let closed = || Error::new(ErrorKind::Shutdown, "the host is shut down");
        self.changes.send((change, reply)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn supervise(mut queue: mpsc::Receiver<(Change, Reply)>, published: Arc<ArcSwap<Snapshot>>) {
    let mut version = 0;
    let mut entries = BTreeMap::<ProviderId, Arc<Entry>>::new();
    while let Some((change, reply)) = queue.recv().await {
        let stop = matches!(change, Change::Stop);
        let result = match change {
            Change::Add(entry) => add(&mut entries, entry),
            Change::Remove(id) => match entries.remove(&id) {
                Some(_) => Ok(()),
                None => Err(unknown(&id, &entries)),
            },
            Change::Stop => {
                entries.clear();
                Ok(())
            }
        };
        if result.is_ok() {
            version += 1;
            let endpoints = entries.values().flat_map(|entry| entry.endpoints()).cloned();
            let index = Index::new(endpoints);
            published.store(Arc::new(Snapshot { version, entries: entries.clone(), index }));
        }
        // Whoever asked may have gone.
        let _gone = reply.send(result);
        if stop {
            return;
        }
    }
}

fn add(entries: &mut BTreeMap<ProviderId, Arc<Entry>>, entry: Arc<Entry>) -> Result<()> {
    if entries.contains_key(&entry.id) {
        return Err(taken(&entry.id));
    }
    entries.insert(entry.id.clone(), entry);
    Ok(())
}

/// The error for an id that is taken.
pub(crate) fn taken(id: &ProviderId) -> Error {
    Error::new(ErrorKind::AlreadyExists, format!("a provider `{id}` is registered already"))
}

/// The error for an id that nobody has.
pub(crate) fn unknown(id: &ProviderId, entries: &BTreeMap<ProviderId, Arc<Entry>>) -> Error {
    let known: Vec<_> = entries.keys().map(ProviderId::as_str).collect();
    let known = if known.is_empty() { "none is registered".to_owned() } else { format!("known: {}", known.join(", ")) };
    Error::new(ErrorKind::UnknownProvider, format!("no provider is called `{id}`; {known}"))
}
