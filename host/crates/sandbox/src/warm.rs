//! Instances that are kept between calls, for providers that take long to start.
//!
//! ```text
//! call ─► take (same scope, youngest first) | make ─► serve ─► well? ─► keep, for so many calls and so long
//!                                                         └─ anything else ─► drop
//! ```
//!
//! What is kept, a later call of the same scope can see: that is the price, and why nothing is kept unless the operator
//! says so. The limits are those of each call, but for memory: what an instance holds on to counts in every call.

mod shelf;

use std::{
    sync::{Arc, Mutex, Weak},
    time::{Duration, Instant},
};

use palisade_core::Scope;
use palisade_world::Guest;
use serde::{Deserialize, Serialize};
use shelf::Shelf;
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
    shelf: Arc<Mutex<Shelf<Live>>>,
}

impl Warm {
    pub(crate) fn new(reuse: Reuse, all: &AllKept) -> Self {
        let shelf = Arc::default();
        all.add(&shelf);
        Self { reuse, shelf }
    }

    /// An instance that has served this scope, if one waits.
    pub(crate) fn take(&self, scope: &Scope) -> Option<Live> {
        lock(&self.shelf).take(scope, Instant::now())
    }

    /// Keeps an instance that has served a call well.
    pub(crate) fn keep(&self, mut live: Live, scope: Scope) {
        live.calls += 1;
        if live.calls >= self.reuse.calls || live.guest.is_none() {
            return;
        }
        let Some(until) = Instant::now().checked_add(self.reuse.idle) else { return };
        live.store.data_mut().rest();
        let most = self.reuse.instances as usize;
        // What made room is dropped here, where nobody waits for the lock.
        let _oldest = Shelf::put(&self.shelf, live, scope, until, most);
    }

    /// Drops those that wait.
    pub(crate) fn clear(&self) {
        let kept = lock(&self.shelf).clear();
        drop(kept);
    }
}

impl Drop for Warm {
    fn drop(&mut self) {
        lock(&self.shelf).close();
    }
}

/// The kept instances of all providers of an engine, which share its pool.
#[derive(Default)]
pub(crate) struct AllKept(Mutex<Vec<Weak<Mutex<Shelf<Live>>>>>);

impl AllKept {
    fn add(&self, shelf: &Arc<Mutex<Shelf<Live>>>) {
        let mut all = lock(&self.0);
        all.retain(|shelf| shelf.strong_count() > 0);
        all.push(Arc::downgrade(shelf));
    }

    /// Drops them all. Who comes meanwhile waits until they are gone: it would find none, and no room either.
    pub(crate) fn clear(&self) {
        for shelf in lock(&self.0).iter().filter_map(Weak::upgrade) {
            // Of the shelf's own lock only taking them is in need: calls go on to use it.
            let kept = lock(&shelf).clear();
            drop(kept);
        }
    }
}
