//! The one task that changes which providers there are, and the snapshots that it publishes.
//!
//! ```text
//! reserve ─► discovered ─► settle ─► live ─► stand ─► stopped | quarantined | … ─► remove
//!               └─► abandon            └─► replace: the next generation; the one before is kept, in case
//!                                                  that the next one crashes
//! ```

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use arc_swap::ArcSwap;
use palisade_core::{Error, ErrorKind, ProviderId, Result};
use palisade_routing::Index;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::{
    alarm::Alarm,
    entry::Entry,
    events::{EventBus, HostEvent},
    standing::Standing,
};

/// Changes that are applied before a snapshot is published.
const TOGETHER: usize = 256;

/// All providers at one moment. Never changes.
#[derive(Default)]
pub(crate) struct Snapshot {
    /// Counts the changes since the host was opened.
    pub(crate) version: u64,
    pub(crate) entries: BTreeMap<ProviderId, Arc<Entry>>,
    /// The models of those that serve.
    pub(crate) index: Arc<Index>,
}

enum Change {
    /// An id that nobody has, for a provider that is being loaded.
    Reserve(Arc<Entry>),
    /// The provider for which an id was reserved, in the place of that reservation.
    Settle(Arc<Entry>, Entry),
    /// An id that was reserved is not needed.
    Abandon(Arc<Entry>),
    /// A provider in the place of another, or in none.
    Replace(Entry),
    Remove(ProviderId),
    Stand(ProviderId, Standing),
    Stop,
}

/// The entry that was there before.
type Before = Option<Arc<Entry>>;
type Reply = oneshot::Sender<Result<Before>>;

/// The handle of the supervisor's task. Dropping it ends the task.
pub(crate) struct Supervisor {
    changes: mpsc::UnboundedSender<(Change, Option<Reply>)>,
    published: Arc<ArcSwap<Snapshot>>,
    task: JoinHandle<()>,
}

/// An id that nobody else can take. Dropped, it is free again.
pub(crate) struct Reserved<'a> {
    supervisor: &'a Supervisor,
    /// What holds the place; none once it is settled.
    entry: Option<Arc<Entry>>,
}

impl Supervisor {
    /// Starts the task, on the runtime that this is called in.
    pub(crate) fn start(events: EventBus, alarms: mpsc::UnboundedReceiver<Alarm>) -> Self {
        let (changes, queue) = mpsc::unbounded_channel();
        let published = Arc::new(ArcSwap::from_pointee(Snapshot::default()));
        let registry = Registry { events, ..Registry::default() };
        let task = tokio::spawn(supervise(registry, queue, alarms, Arc::clone(&published)));
        Self { changes, published, task }
    }

    /// The latest snapshot. Never waits.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.published.load_full()
    }

    /// Takes an id for a provider that is being loaded.
    pub(crate) async fn reserve(&self, entry: Entry) -> Result<Reserved<'_>> {
        let entry = Arc::new(entry);
        // Given up while it waits, it is not left there either.
        let reserved = Reserved { supervisor: self, entry: Some(Arc::clone(&entry)) };
        self.apply(Change::Reserve(entry)).await?;
        Ok(reserved)
    }

    /// Publishes an entry in the place of the one before it, which is given.
    pub(crate) async fn replace(&self, entry: Entry) -> Result<Before> {
        self.apply(Change::Replace(entry)).await
    }

    /// Takes an entry out; calls under way end as they would have.
    pub(crate) async fn remove(&self, id: ProviderId) -> Result<Before> {
        self.apply(Change::Remove(id)).await
    }

    /// Says whether a provider is to serve.
    pub(crate) async fn stand(&self, id: ProviderId, standing: Standing) -> Result<Before> {
        self.apply(Change::Stand(id, standing)).await
    }

    /// Takes everything out and ends the task.
    pub(crate) async fn stop(&self) {
        // An error says that it has ended already.
        let _ended = self.apply(Change::Stop).await;
    }

    async fn apply(&self, change: Change) -> Result<Before> {
        let (reply, answer) = oneshot::channel();
        let closed = || Error::new(ErrorKind::Shutdown, "the host is shut down");
        self.changes.send((change, Some(reply))).map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Reserved<'_> {
    /// Publishes the provider for which the id was reserved.
    pub(crate) async fn settle(mut self, entry: Entry) -> Result<()> {
        if let Some(reserved) = self.entry.take() {
            self.supervisor.apply(Change::Settle(reserved, entry)).await?;
        }
        Ok(())
    }

    /// Frees the id, and waits until it is free.
    pub(crate) async fn give_up(mut self) {
        if let Some(reserved) = self.entry.take() {
            // Where the host is shut down, nothing is reserved.
            let _closed = self.supervisor.apply(Change::Abandon(reserved)).await;
        }
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        if let Some(entry) = self.entry.take() {
            // Where the host is shut down, nothing is reserved.
            let _closed = self.supervisor.changes.send((Change::Abandon(entry), None));
        }
    }
}

async fn supervise(
    mut registry: Registry,
    mut queue: mpsc::UnboundedReceiver<(Change, Option<Reply>)>,
    mut alarms: mpsc::UnboundedReceiver<Alarm>,
    published: Arc<ArcSwap<Snapshot>>,
) {
    let mut changes = Vec::new();
    loop {
        let mut answers = Vec::new();
        let mut ends = false;
        tokio::select! {
            count = queue.recv_many(&mut changes, TOGETHER) => {
                if count == 0 {
                    return;
                }
                for (change, reply) in changes.drain(..) {
                    ends |= matches!(change, Change::Stop);
                    let result = registry.apply(change);
                    answers.push((reply, result));
                }
            }
            Some(alarm) = alarms.recv() => registry.crashed(alarm),
        }
        // Whoever is answered sees what it has asked for.
        published.store(Arc::new(registry.snapshot()));
        for (reply, result) in answers {
            // Whoever asked may have gone.
            let _gone = reply.map(|reply| reply.send(result));
        }
        if ends {
            return;
        }
    }
}

/// What snapshots are made from. Only the task has it.
#[derive(Default)]
struct Registry {
    version: u64,
    entries: BTreeMap<ProviderId, Arc<Entry>>,
    /// Those that were replaced last.
    before: BTreeMap<ProviderId, Arc<Entry>>,
    events: EventBus,
    index: Arc<Index>,
    /// The version of which the index is.
    arranged: u64,
}

impl Registry {
    fn snapshot(&mut self) -> Snapshot {
        if self.arranged != self.version {
            // Where nobody has come or gone, as while somebody is being loaded, it is the same.
            (self.index, self.arranged) = (Arc::new(self.arrange()), self.version);
        }
        Snapshot { version: self.version, entries: self.entries.clone(), index: Arc::clone(&self.index) }
    }

    fn arrange(&self) -> Index {
        let at = |standing| {
            let entries = self.entries.values().filter(move |entry| entry.standing == standing);
            entries.flat_map(|entry| entry.endpoints()).cloned()
        };
        Index::with_staging(at(Standing::Live), at(Standing::Staging))
    }

    fn apply(&mut self, change: Change) -> Result<Before> {
        let before = match change {
            Change::Reserve(entry) => {
                if self.entries.contains_key(&entry.id) {
                    return Err(taken(&entry.id));
                }
                self.entries.insert(entry.id.clone(), entry);
                return Ok(None);
            }
            Change::Settle(reserved, entry) => {
                if !self.holds(&reserved) {
                    let message = format!("provider `{}` was unregistered while it was loaded", entry.id);
                    return Err(Error::new(ErrorKind::Cancelled, message));
                }
                self.put(entry)
            }
            Change::Replace(entry) => {
                let before = self.put(entry);
                if let Some(before) = before.as_ref().filter(|before| before.service().is_ok()) {
                    self.before.insert(before.id.clone(), Arc::clone(before));
                }
                before
            }
            Change::Abandon(reserved) => {
                if self.holds(&reserved) {
                    self.entries.remove(&reserved.id);
                }
                return Ok(None);
            }
            Change::Remove(id) => {
                let before = self.entries.remove(&id).ok_or_else(|| unknown(&id, &self.entries))?;
                self.before.remove(&id);
                self.events.emit(|| HostEvent::ProviderUnregistered { provider: id });
                Some(before)
            }
            Change::Stand(id, standing) => Some(self.stand(&id, standing)?),
            Change::Stop => {
                self.entries.clear();
                self.before.clear();
                None
            }
        };
        self.version += 1;
        Ok(before)
    }

    /// Whether this is still there.
    fn holds(&self, entry: &Arc<Entry>) -> bool {
        self.entries.get(&entry.id).is_some_and(|there| Arc::ptr_eq(there, entry))
    }

    fn put(&mut self, mut entry: Entry) -> Before {
        let generation = self.entries.get(&entry.id).map_or(0, |before| before.generation);
        entry.generation = generation + u64::from(entry.service().is_ok());
        if entry.service().is_ok() {
            let (provider, generation, digest) = (entry.id.clone(), entry.generation, entry.digest());
            self.events.emit(|| HostEvent::ProviderRegistered { provider, generation, digest });
        }
        self.entries.insert(entry.id.clone(), Arc::new(entry))
    }

    fn stand(&mut self, id: &ProviderId, standing: Standing) -> Result<Arc<Entry>> {
        let before = self.entries.get(id).cloned().ok_or_else(|| unknown(id, &self.entries))?;
        let service = before.service()?;
        if before.standing != standing {
            let (from, to) = (before.standing.name(), standing.name());
            self.events.emit(|| HostEvent::ProviderState { provider: id.clone(), from, to });
            if let Standing::Quarantined { reason, .. } = &standing {
                service.life.close();
                let (provider, digest, reason) = (id.clone(), before.digest(), reason.clone());
                self.events.emit(|| HostEvent::PluginQuarantined { provider, digest, reason });
            } else if matches!(before.standing, Standing::Quarantined { .. }) {
                service.life.reopen();
                self.events.emit(|| HostEvent::PluginReleased { provider: id.clone() });
            }
            self.entries.insert(id.clone(), Arc::new(before.with_standing(standing)));
        }
        Ok(before)
    }

    /// A component has crashed too often: the one that was there before it serves again, if it is another; else nobody.
    fn crashed(&mut self, alarm: Alarm) {
        let Alarm { provider, digest, reason } = alarm;
        let crashed = self.entries.get(&provider).filter(|entry| entry.digest() == Some(digest));
        let Some(Ok(crashed)) = crashed.map(|entry| entry.service()) else {
            // It has been replaced meanwhile.
            return;
        };
        tracing::warn!(%provider, %reason, "a component is quarantined");
        self.version += 1;
        match self.before.remove(&provider).filter(|before| before.digest() != Some(digest)) {
            Some(before) => {
                crashed.life.close();
                self.events.emit(|| HostEvent::PluginQuarantined { provider, digest: Some(digest), reason });
                self.put(before.with_standing(Standing::Live));
            }
            None => {
                // It was there a moment ago.
                let _before = self.stand(&provider, Standing::Quarantined { reason, since: SystemTime::now() });
            }
        }
    }
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
