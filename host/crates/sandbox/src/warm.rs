//! Instances that are kept between calls, for providers that take long to start.
//!
//! ```text
//! call ─► take (same scope, youngest first) | make ─► serve ─► well? ─► keep, for so many calls and so long
//!                                                         └─ anything else ─► drop
//! ```
//!
//! What is kept, a later call of the same scope can see: that is the price, and why nothing is kept unless the operator
//! says so. The limits are those of each call, but for memory: what an instance holds on to counts in every call.

use std::{
    mem,
    sync::{Arc, Mutex, Weak},
    time::{Duration, Instant},
};

use palisade_core::Scope;
use palisade_world::Guest;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use wasmtime::Store;

use crate::{lock::lock, state::State};

/// How long an instance may serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reuse {
    /// Calls that an instance serves before it is dropped. Default 100.
    pub calls: u32,
    /// How long it is kept without a call. Default 60 s.
    pub idle: Duration,
    /// Instances that are kept at one time, of all scopes together; fewer where they would take more than a quarter of the
    /// sandbox. When that is full, all are dropped. Default 4.
    pub instances: u32,
}

impl Default for Reuse {
    fn default() -> Self {
        Self { calls: 100, idle: Duration::from_secs(60), instances: 4 }
    }
}

/// A store, with the guest in it once it is made.
pub(crate) struct Live {
    pub(crate) store: Store<State>,
    pub(crate) guest: Option<Guest>,
    calls: u32,
}

impl Live {
    pub(crate) fn new(store: Store<State>) -> Self {
        Self { store, guest: None, calls: 0 }
    }
}

/// The instances of a provider that wait for their next call.
pub(crate) struct Warm {
    reuse: Reuse,
    kept: Arc<Mutex<Vec<Kept>>>,
    /// Drops what waits too long.
    reaper: Mutex<Option<JoinHandle<()>>>,
}

/// The kept instances of all providers of an engine, which share its pool.
#[derive(Default)]
pub(crate) struct AllKept(Mutex<Vec<Weak<Mutex<Vec<Kept>>>>>);

impl AllKept {
    fn add(&self, kept: &Arc<Mutex<Vec<Kept>>>) {
        let mut all = lock(&self.0);
        all.retain(|kept| kept.strong_count() > 0);
        all.push(Arc::downgrade(kept));
    }

    /// Drops them all. Says whether there were any.
    pub(crate) fn clear(&self) -> bool {
        let all: Vec<_> = lock(&self.0).iter().filter_map(Weak::upgrade).collect();
        let dropped: Vec<_> = all.iter().flat_map(|kept| mem::take(&mut *lock(kept))).collect();
        !dropped.is_empty()
    }
}

struct Kept {
    live: Live,
    scope: Scope,
    until: Instant,
}

impl Warm {
    pub(crate) fn new(reuse: Reuse, all: &AllKept) -> Self {
        let kept = Arc::default();
        all.add(&kept);
        Self { reuse, kept, reaper: Mutex::default() }
    }

    /// An instance that has served this scope, if one waits.
    pub(crate) fn take(&self, scope: &Scope) -> Option<Live> {
        let now = Instant::now();
        let mut kept = lock(&self.kept);
        let place = kept.iter().rposition(|kept| kept.scope == *scope && kept.until > now)?;
        Some(kept.remove(place).live)
    }

    /// Keeps an instance that has served a call well.
    pub(crate) fn keep(&self, mut live: Live, scope: Scope) {
        live.calls += 1;
        if live.calls >= self.reuse.calls || live.guest.is_none() {
            return;
        }
        let Some(until) = Instant::now().checked_add(self.reuse.idle) else { return };
        live.store.data_mut().rest();
        let dropped = {
            let mut kept = lock(&self.kept);
            // The oldest makes room.
            let full = kept.len() >= self.reuse.instances as usize && !kept.is_empty();
            let dropped = full.then(|| kept.remove(0));
            kept.push(Kept { live, scope, until });
            dropped
        };
        // Taking an instance down takes a while, and nobody waits for the lock meanwhile.
        drop(dropped);
        let mut reaper = lock(&self.reaper);
        if reaper.as_ref().is_none_or(JoinHandle::is_finished) {
            *reaper = Some(tokio::spawn(reap(Arc::downgrade(&self.kept))));
        }
    }
}

impl Drop for Warm {
    fn drop(&mut self) {
        if let Some(reaper) = lock(&self.reaper).take() {
            reaper.abort();
        }
    }
}

/// Drops instances when their time has come, until there are none.
async fn reap(kept: Weak<Mutex<Vec<Kept>>>) {
    loop {
        let next = {
            let Some(kept) = kept.upgrade() else { return };
            let kept = lock(&kept);
            kept.iter().map(|kept| kept.until).min()
        };
        let Some(next) = next else { return };
        tokio::time::sleep_until(next.into()).await;
        let Some(kept) = kept.upgrade() else { return };
        let now = Instant::now();
        let expired: Vec<_> = lock(&kept).extract_if(.., |kept| kept.until <= now).collect();
        drop(expired);
    }
}
