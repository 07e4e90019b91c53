//! Keeps connections for the next request of the same use.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use palisade_core::{ProviderId, Scope};
use tokio::time::Instant;

use crate::{
    settings::Settings,
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
    idle: Mutex<HashMap<Use, Vec<Kept<Wire>>>>,
    total: usize,
    per_use: usize,
    keep: Duration,
}

struct Kept<T> {
    what: T,
    since: Instant,
}

impl Pool {
    pub(crate) fn new(settings: &Settings) -> Self {
        let Settings { idle_connections: total, idle_per_use: per_use, idle: keep, .. } = *settings;
        Self { idle: Mutex::default(), total, per_use, keep }
    }

    /// A connection for this use that is still open, the one that was used last first.
    pub(crate) fn take(&self, wanted: &Use) -> Option<Wire> {
        loop {
            let kept = {
                let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                sweep(&mut idle, self.keep);
                idle.get_mut(wanted)?.pop()?
            };
            let mut wire = kept.what;
            if wire.is_free() {
                return Some(wire);
            }
        }
    }

    /// Keeps a connection, if it can take another request. The oldest makes room, of those who have the most.
    pub(crate) fn put(&self, used_for: Use, mut wire: Wire) {
        if self.total == 0 || self.per_use == 0 || !wire.is_free() {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        sweep(&mut idle, self.keep);
        if idle.values().map(Vec::len).sum::<usize>() >= self.total {
            drop_oldest(&mut idle);
        }
        let same = idle.entry(used_for).or_default();
        if same.len() >= self.per_use {
            same.remove(0);
        }
        same.push(Kept { what: wire, since: Instant::now() });
    }

    /// Closes those that nobody has used for long enough.
    pub(crate) fn close_old(&self) {
        sweep(&mut self.idle.lock().unwrap_or_else(PoisonError::into_inner), self.keep);
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).values().map(Vec::len).sum()
    }
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
