//! The one task that changes which providers there are, and the snapshots that it publishes.
//!
//! ```text
//! reserve ─► loading ─► settle ─► live ─► stand ─► stopped | quarantined | … ─► remove ─► leaving ─► gone
//!               └─► abandon         └─► replace: the next generation; the one before leaves, and is kept in case
//!                                               that the next one crashes
//! ```

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Instant, SystemTime},
};

use arc_swap::ArcSwap;
use futures_util::future::join_all;
use palisade_core::{Error, ErrorKind, ProviderId, Result};
use palisade_routing::Index;
use tokio::{
    sync::{mpsc, oneshot},
    task::{AbortHandle, JoinSet},
};

use crate::{
    alarm::Alarm,
    entry::Entry,
    event_bus::EventBus,
    events::HostEvent,
    former::Former,
    snapshot::{Snapshot, taken, unknown},
    standing::Standing,
    status::State,
};

/// Changes that are applied before a snapshot is published.
const TOGETHER: usize = 256;

enum Change {
    /// An id that nobody has, for a provider that is being loaded.
    Reserve(Arc<Entry>),
    /// The provider for which an id was reserved, in the place of that reservation.
    Settle(Arc<Entry>, Box<Entry>),
    /// An id that was reserved is not needed.
    Abandon(Arc<Entry>),
    /// A provider in the place of another, or in none.
    Replace(Box<Entry>),
    Remove(ProviderId),
    Stand(ProviderId, Standing),
    /// Everybody is taken out.
    Clear,
    /// The same, and nobody comes any more.
    Close,
    /// Those who are leaving are gone, and have until this moment to give back what they hold.
    Stop(Instant),
}

type Reply = oneshot::Sender<Result<()>>;

/// The handle of the supervisor's task, which begins with the first change. Dropping it ends the task.
pub(crate) struct Supervisor {
    changes: mpsc::UnboundedSender<(Change, Option<Reply>)>,
    published: Arc<ArcSwap<Snapshot>>,
    /// What the task begins with.
    beginning: Mutex<Option<Beginning>>,
    task: OnceLock<AbortHandle>,
}

/// What a supervisor begins with.
struct Beginning {
    queue: mpsc::UnboundedReceiver<(Change, Option<Reply>)>,
    alarms: mpsc::UnboundedReceiver<Alarm>,
    events: EventBus,
}

/// An id that nobody else can take. Dropped, it is free again.
pub(crate) struct Reserved<'a> {
    supervisor: &'a Supervisor,
    /// What holds the place; none once it is settled.
    entry: Option<Arc<Entry>>,
}

impl Supervisor {
    /// A supervisor of nobody yet, which publishes there. Its task will run on the runtime in which the first change is asked for.
    pub(crate) fn new(
        events: EventBus,
        alarms: mpsc::UnboundedReceiver<Alarm>,
        published: Arc<ArcSwap<Snapshot>>,
    ) -> Self {
        let (changes, queue) = mpsc::unbounded_channel();
        let beginning = Mutex::new(Some(Beginning { queue, alarms, events }));
        Self { changes, published, beginning, task: OnceLock::new() }
    }

    fn begin(&self) {
        let beginning = self.beginning.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Beginning { queue, alarms, events }) = beginning {
            let registry = Registry { events, ..Registry::default() };
            let task = tokio::spawn(supervise(registry, queue, alarms, Arc::clone(&self.published)));
            // Only whoever took the beginning comes here.
            let _only = self.task.set(task.abort_handle());
        }
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

    /// Publishes an entry in the place of the one before it, which gives back what it holds once its last call has ended.
    pub(crate) async fn replace(&self, entry: Entry) -> Result<()> {
        self.apply(Change::Replace(Box::new(entry))).await
    }

    /// Takes an entry out; calls under way end as they would have, and then it gives back what it holds.
    pub(crate) async fn remove(&self, id: ProviderId) -> Result<()> {
        self.apply(Change::Remove(id)).await
    }

    /// Says whether a provider is to serve.
    pub(crate) async fn stand(&self, id: ProviderId, standing: Standing) -> Result<()> {
        self.apply(Change::Stand(id, standing)).await
    }

    /// Takes everything out.
    pub(crate) async fn clear(&self) -> Result<()> {
        self.apply(Change::Clear).await
    }

    /// Takes everything out. Nobody comes any more.
    pub(crate) async fn close(&self) {
        // An error says that it has ended already.
        let _ended = self.apply(Change::Close).await;
    }

    /// Has those who were taken out, and have no calls under way, give back what they hold until this moment, and ends the task.
    pub(crate) async fn stop(&self, until: Instant) {
        // As above.
        let _ended = self.apply(Change::Stop(until)).await;
    }

    async fn apply(&self, change: Change) -> Result<()> {
        if self.task.get().is_none() {
            self.begin();
        }
        let (reply, answer) = oneshot::channel();
        self.changes.send((change, Some(reply))).map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }
}

impl Reserved<'_> {
    /// Publishes the provider for which the id was reserved.
    pub(crate) async fn settle(mut self, entry: Entry) -> Result<()> {
        if let Some(reserved) = self.entry.take() {
            self.supervisor.apply(Change::Settle(reserved, Box::new(entry))).await?;
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
        let mut ends = None;
        tokio::select! {
            count = queue.recv_many(&mut changes, TOGETHER) => {
                if count == 0 {
                    return;
                }
                for (change, reply) in changes.drain(..) {
                    if let Change::Stop(until) = change {
                        ends = Some(until);
                    }
                    let result = registry.apply(change);
                    answers.push((reply, result));
                }
            }
            Some(alarm) = alarms.recv() => registry.crashed(alarm),
            Some(Ok(entry)) = registry.leaving.join_next() => registry.gone(&entry),
        }
        if let Some(until) = ends {
            registry.end(until).await;
        }
        // Whoever is answered sees what it has asked for.
        published.store(Arc::new(registry.snapshot()));
        for (reply, result) in answers {
            // Whoever asked may have gone.
            let _gone = reply.map(|reply| reply.send(result));
        }
        if ends.is_some() {
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
    before: BTreeMap<ProviderId, Before>,
    former: Arc<Former>,
    /// Gives each of those that were taken out once its last call has ended, and it has given back what it held.
    leaving: JoinSet<Arc<Entry>>,
    /// Whether nobody comes any more.
    is_closed: bool,
    events: EventBus,
    index: Arc<Index>,
    /// The version of which the index is.
    arranged: u64,
}

/// A provider that was replaced.
struct Before {
    entry: Arc<Entry>,
    /// What has it give back what it holds.
    leaving: AbortHandle,
}

impl Registry {
    fn snapshot(&mut self) -> Snapshot {
        if self.arranged != self.version {
            // Where nobody has come or gone, as while somebody is being loaded, it is the same.
            (self.index, self.arranged) = (Arc::new(self.arrange()), self.version);
        }
        Snapshot {
            version: self.version,
            entries: self.entries.clone(),
            index: Arc::clone(&self.index),
            former: Arc::clone(&self.former),
        }
    }

    fn arrange(&self) -> Index {
        let at = |standing| {
            let entries = self.entries.values().filter(move |entry| entry.standing == standing);
            entries.flat_map(|entry| entry.endpoints()).cloned()
        };
        Index::with_staging(at(Standing::Live), at(Standing::Staging))
    }

    fn apply(&mut self, change: Change) -> Result<()> {
        match change {
            Change::Reserve(entry) => {
                self.check_open()?;
                if self.entries.contains_key(&entry.id) {
                    return Err(taken(&entry.id));
                }
                entry.progress.begin();
                self.entries.insert(entry.id.clone(), entry);
                return Ok(());
            }
            Change::Settle(reserved, entry) => {
                if !self.holds(&reserved) {
                    self.check_open()?;
                    let message = format!("provider `{}` was unregistered while it was loaded", entry.id);
                    return Err(Error::new(ErrorKind::Cancelled, message));
                }
                self.put(*entry);
            }
            Change::Replace(entry) => {
                self.check_open()?;
                let id = entry.id.clone();
                let before = self.put(*entry);
                if let Some(entry) = before {
                    let generation = self.entries.get(&id).map_or(0, |entry| entry.generation);
                    let leaving = self.leave(&entry, format!("generation {generation} took its place"));
                    self.before.extend(leaving.map(|leaving| (id, Before { entry, leaving })));
                }
            }
            Change::Abandon(reserved) => {
                if self.holds(&reserved) {
                    self.entries.remove(&reserved.id);
                }
                reserved.progress.give_up();
                return Ok(());
            }
            Change::Remove(id) => {
                let entry = self.entries.remove(&id).ok_or_else(|| unknown(&id, &self.entries))?;
                self.before.remove(&id);
                self.leave(&entry, "it was unregistered".to_owned());
                self.events.emit(|| HostEvent::ProviderUnregistered { provider: id });
            }
            Change::Stand(id, standing) => self.stand(&id, standing)?,
            Change::Clear => {
                for id in self.take_all("the context was cleared") {
                    self.events.emit(|| HostEvent::ProviderUnregistered { provider: id });
                }
            }
            Change::Close => {
                self.is_closed = true;
                self.take_all("the host was shut down");
            }
            Change::Stop(_) => return Ok(()),
        }
        self.version += 1;
        Ok(())
    }

    fn take_all(&mut self, reason: &str) -> Vec<ProviderId> {
        self.before.clear();
        let taken = std::mem::take(&mut self.entries);
        for entry in taken.values() {
            self.leave(entry, reason.to_owned());
        }
        taken.into_keys().collect()
    }

    fn check_open(&self) -> Result<()> {
        if self.is_closed { Err(closed()) } else { Ok(()) }
    }

    /// Whether this is still there.
    fn holds(&self, entry: &Arc<Entry>) -> bool {
        self.entries.get(&entry.id).is_some_and(|there| Arc::ptr_eq(there, entry))
    }

    /// Publishes an entry that was loaded. Gives the one that was there.
    fn put(&mut self, mut entry: Entry) -> Option<Arc<Entry>> {
        let before = self.entries.get(&entry.id).filter(|before| before.generation > 0);
        let generation = before.map_or_else(|| self.former.generation(&entry.id), |before| before.generation);
        entry.generation = generation + u64::from(entry.is_loaded());
        // Where it was loaded before, it is told elsewhere.
        entry.progress.end(entry.state().name(), entry.generation, entry.standing.reason().map(str::to_owned));
        if entry.is_loaded() {
            let (provider, generation, digest) = (entry.id.clone(), entry.generation, entry.digest());
            self.events.emit(|| HostEvent::ProviderRegistered { provider, generation, digest });
        }
        if let Standing::Quarantined { reason, .. } = &entry.standing {
            // It was decided before it was loaded.
            let (provider, digest, reason) = (entry.id.clone(), entry.digest(), reason.clone());
            self.events.emit(|| HostEvent::PluginQuarantined { provider, digest, reason });
        }
        self.entries.insert(entry.id.clone(), Arc::new(entry))
    }

    /// One that is in no snapshot any more has what it holds given back once its last call has ended. Gives what does that;
    /// none of one that holds nothing, and is gone.
    fn leave(&mut self, entry: &Arc<Entry>, reason: String) -> Option<AbortHandle> {
        let state = entry.state();
        if let Ok(service) = entry.service() {
            if state != State::Draining {
                self.tell_state(entry, state.name(), &State::Draining, None);
            }
            Arc::make_mut(&mut self.former).leaves(Arc::clone(entry), reason);
            let (service, entry) = (Arc::clone(service), Arc::clone(entry));
            return Some(self.leaving.spawn(async move {
                // It has told what went wrong.
                let _told = service.dispose().await;
                entry
            }));
        }
        let now = SystemTime::now();
        Arc::make_mut(&mut self.former).remember(entry, reason.clone(), now);
        match state {
            State::Disabled | State::Refused { .. } => {
                self.tell_state(
                    entry,
                    state.name(),
                    &State::Retired { reason: reason.clone(), since: now },
                    Some(reason),
                );
            }
            // It was being loaded.
            _ => entry.progress.end(State::RETIRED, 0, Some(reason)),
        }
        None
    }

    /// The last call has ended of one that was taken out.
    fn gone(&mut self, entry: &Arc<Entry>) {
        let now = SystemTime::now();
        let Some(reason) = Arc::make_mut(&mut self.former).is_gone(entry, now) else { return };
        let retired = State::Retired { reason: reason.clone(), since: now };
        self.tell_state(entry, State::Draining.name(), &retired, Some(reason));
    }

    /// Those who are leaving have until this moment to give back what they hold. Then they are gone: those who still have calls
    /// have been told to end them.
    async fn end(&mut self, until: Instant) {
        let leaving: Vec<_> = self.former.leaving().cloned().collect();
        let idle = leaving.iter().filter_map(|entry| entry.service().ok());
        let disposed = idle.filter(|service| service.calls().under_way == 0).map(|service| service.dispose());
        // What takes longer is left to itself, as are those who still have calls.
        let _late = tokio::time::timeout_at(until.into(), join_all(disposed)).await;
        leaving.iter().for_each(|entry| self.gone(entry));
    }

    fn tell_state(&self, entry: &Entry, from: &'static str, to: &State, reason: Option<String>) {
        let (provider, generation, to) = (entry.id.clone(), entry.generation, to.name());
        self.events.emit(|| HostEvent::ProviderState { provider, generation, from: Some(from), to, reason });
    }

    fn stand(&mut self, id: &ProviderId, standing: Standing) -> Result<()> {
        let before = self.entries.get(id).cloned().ok_or_else(|| unknown(id, &self.entries))?;
        let service = before.service()?;
        if before.standing != standing {
            let reason = standing.reason().map(str::to_owned);
            self.tell_state(&before, before.standing.name(), &standing.state(), reason);
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
        Ok(())
    }

    /// A component has crashed too often: the one that was there before it serves again, if it is another; else nobody.
    fn crashed(&mut self, alarm: Alarm) {
        let Alarm { provider, digest, reason } = alarm;
        let crashed = self.entries.get(&provider).filter(|entry| entry.digest() == Some(digest));
        if crashed.is_none_or(|crashed| crashed.service().is_err()) {
            // It has been replaced meanwhile.
            return;
        }
        tracing::warn!(%provider, %reason, "a component is quarantined");
        self.version += 1;
        // It was there a moment ago.
        let _there = self.stand(&provider, Standing::Quarantined { reason, since: SystemTime::now() });
        if let Some(before) = self.before.remove(&provider).filter(|before| before.entry.digest() != Some(digest)) {
            self.take_back(before);
        }
    }

    /// Has one serve again that was replaced.
    fn take_back(&mut self, Before { entry, leaving }: Before) {
        leaving.abort();
        let was_leaving = Arc::make_mut(&mut self.former).stays(&entry).is_some();
        let from = if was_leaving { State::Draining.name() } else { State::RETIRED };
        let crashed = self.put(entry.with_standing(Standing::Live));
        let Some(back) = self.entries.get(&entry.id).cloned() else { return };
        self.tell_state(&back, from, &State::Live, Some("the one that took its place has crashed".to_owned()));
        if let Some(crashed) = crashed {
            self.leave(&crashed, format!("it has crashed, and generation {} took its place", back.generation));
        }
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Shutdown, "the host is shut down")
}
