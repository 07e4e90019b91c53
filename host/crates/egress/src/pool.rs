//! Keeps connections for the next request of the same use.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use palisade_core::{ProviderId, Scope};
use tokio::{
    runtime::Handle,
    task::AbortHandle,
    time::{Instant, sleep_until},
};

use crate::{
    moment::after,
    settings::Settings,
    sockets::Sockets,
    target::{Host, Scheme},
    wire::Wire,
};

/// What a connection is for. One is never used for anything else: not for another scope, not for another provider, not with
/// another credential, and not when the host has moved.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Use {
    pub(crate) scope: Scope,
    pub(crate) provider: ProviderId,
    pub(crate) credential: Option<String>,
    pub(crate) scheme: Scheme,
    pub(crate) host: Host,
    pub(crate) port: u16,
    pub(crate) places: Vec<SocketAddr>,
}

/// Connections that wait for a request.
pub(crate) struct Pool {
    waiting: Mutex<Waiting>,
    sockets: Sockets,
    total: usize,
    per_use: usize,
    keep: Duration,
}

#[derive(Default)]
struct Waiting {
    idle: HashMap<Use, Vec<Kept<Wire>>>,
    /// Who closes them when nobody has used them for long enough. Ends when there are none.
    sweeper: Option<AbortHandle>,
}

struct Kept<T> {
    what: T,
    since: Instant,
}

impl Pool {
    pub(crate) fn new(settings: &Settings, sockets: Sockets) -> Self {
        let Settings { idle_connections: total, idle_per_use: per_use, idle: keep, .. } = *settings;
        Self { waiting: Mutex::default(), sockets, total, per_use, keep }
    }

    /// A connection for this use that is still open, the one that was used last first.
    pub(crate) fn take(&self, wanted: &Use) -> Option<Wire> {
        loop {
            let kept = {
                let Waiting { idle, .. } = &mut *self.waiting();
                sweep(idle, self.keep);
                idle.get_mut(wanted)?.pop()?
            };
            let mut wire = kept.what;
            if wire.is_free() {
                return Some(wire);
            }
        }
    }

    /// Keeps a connection, if it can take another request, and nobody waits for it to make room. The oldest makes room, of those
    /// who have the most.
    pub(crate) fn put(self: &Arc<Self>, used_for: Use, mut wire: Wire) {
        if self.total == 0 || self.per_use == 0 || self.sockets.are_all_taken() || !wire.is_free() {
            return;
        }
        let Waiting { idle, sweeper } = &mut *self.waiting();
        sweep(idle, self.keep);
        if count(idle) >= self.total {
            drop_oldest(idle);
        }
        let same = idle.entry(used_for).or_default();
        if same.len() >= self.per_use {
            same.remove(0);
        }
        same.push(Kept { what: wire, since: Instant::now() });
        if sweeper.as_ref().is_none_or(AbortHandle::is_finished)
            && let Ok(runtime) = Handle::try_current()
        {
            *sweeper = Some(runtime.spawn(close_old(Arc::downgrade(self))).abort_handle());
        }
    }

    /// Closes one, the oldest of those who have the most, so that another connection can be opened.
    pub(crate) fn make_room(&self) {
        drop_oldest(&mut self.waiting().idle);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        count(&self.waiting().idle)
    }

    /// Closes those that nobody has used for long enough, and says when the next is due; none when there is no other.
    fn sweep(&self) -> Option<Instant> {
        let Waiting { idle, sweeper } = &mut *self.waiting();
        sweep(idle, self.keep);
        let oldest = idle.values().flatten().map(|kept| kept.since).min();
        if oldest.is_none() {
            *sweeper = None;
        }
        oldest.map(|since| since.checked_add(self.keep).unwrap_or_else(|| after(Duration::MAX)))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if let Some(sweeper) = &self.waiting().sweeper {
            sweeper.abort();
        }
    }
}

/// Closes connections of a pool in time, also of a host that does nothing.
async fn close_old(pool: Weak<Pool>) {
    while let Some(due) = pool.upgrade().and_then(|pool| pool.sweep()) {
        sleep_until(due).await;
    }
}

fn count<T>(idle: &HashMap<Use, Vec<Kept<T>>>) -> usize {
    idle.values().map(Vec::len).sum()
}

fn sweep<T>(idle: &mut HashMap<Use, Vec<Kept<T>>>, keep: Duration) {
    let now = Instant::now();
    idle.retain(|_, same| {
        same.retain(|kept| now.duration_since(kept.since) < keep);
        !same.is_empty()
    });
}

fn drop_oldest<T>(idle: &mut HashMap<Use, Vec<Kept<T>>>) {
    let mut held: HashMap<_, usize> = HashMap::new();
    for (used_for, same) in &*idle {
        *held.entry((&used_for.scope, &used_for.provider)).or_default() += same.len();
    }
    let most = held.values().max().copied();
    let has_most = |used_for: &Use| held.get(&(&used_for.scope, &used_for.provider)).copied() == most;
    // Of one use the oldest comes first.
    let of_them = idle.iter().filter(|(used_for, _)| has_most(used_for));
    let oldest = of_them.min_by_key(|(_, same)| same.first().map(|kept| kept.since));
    let Some(oldest) = oldest.map(|(used_for, _)| used_for.clone()) else { return };
    if let Some(same) = idle.get_mut(&oldest) {
        same.remove(0);
        if same.is_empty() {
            idle.remove(&oldest);
        }
    }
}
