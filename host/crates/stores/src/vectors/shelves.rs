//! The namespaces that are in memory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use super::shelf::Shelf;

/// A namespace that several search at one time.
pub(super) type Shared = Arc<RwLock<Shelf>>;

/// The namespaces that are in memory, those that were asked for last.
pub(super) struct Shelves {
    most_bytes: u64,
    loaded: Mutex<Loaded>,
}

#[derive(Default)]
struct Loaded {
    shelves: HashMap<i64, (u64, Shared)>,
    /// Counts what was asked for, to tell what was asked for last.
    turn: u64,
}

impl Shelves {
    pub(super) fn new(most_bytes: u64) -> Self {
        Self { most_bytes, loaded: Mutex::default() }
    }

    /// The namespace, where it is in memory.
    pub(super) fn get(&self, space: i64) -> Option<Shared> {
        let mut loaded = self.lock();
        loaded.turn += 1;
        let turn = loaded.turn;
        loaded.shelves.get_mut(&space).map(|(last, shelf)| {
            *last = turn;
            Arc::clone(shelf)
        })
    }

    /// Takes a namespace into memory. Others make room, those first that were asked for longest ago.
    pub(super) fn put(&self, space: i64, shelf: Shelf) -> Shared {
        let shelf = Arc::new(RwLock::new(shelf));
        let mut loaded = self.lock();
        loaded.turn += 1;
        let turn = loaded.turn;
        loaded.shelves.insert(space, (turn, Arc::clone(&shelf)));
        let bytes = |shelves: &HashMap<i64, (u64, Shared)>| -> u64 {
            shelves.values().map(|(_, shelf)| read(shelf).bytes() as u64).sum()
        };
        while loaded.shelves.len() > 1 && bytes(&loaded.shelves) > self.most_bytes {
            let others = loaded.shelves.iter().filter(|(other, _)| **other != space);
            let Some(oldest) = others.min_by_key(|(_, (last, _))| *last).map(|(other, _)| *other) else { break };
            loaded.shelves.remove(&oldest);
        }
        shelf
    }

    /// Lets go of a namespace that is not what the database has.
    pub(super) fn forget(&self, space: i64) {
        self.lock().shelves.remove(&space);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Loaded> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks at a namespace.
pub(super) fn read(shelf: &Shared) -> RwLockReadGuard<'_, Shelf> {
    shelf.read().unwrap_or_else(PoisonError::into_inner)
}

/// Changes a namespace.
pub(super) fn write(shelf: &Shared) -> RwLockWriteGuard<'_, Shelf> {
    shelf.write().unwrap_or_else(PoisonError::into_inner)
}

/// Puts points that wait for it into the graph, on a thread of its own, which ends with that and with the namespace. Searches go on
/// meanwhile: they wait for one point at the most.
pub(super) fn index(shelf: &Shared) {
    {
        let mut shelf = write(shelf);
        if shelf.is_indexing || !shelf.is_behind() {
            return;
        }
        shelf.is_indexing = true;
    }
    let indexed = Arc::downgrade(shelf);
    let work = move || {
        while let Some(shelf) = indexed.upgrade() {
            let mut shelf = write(&shelf);
            if !shelf.is_behind() {
                shelf.is_indexing = false;
                return;
            }
            shelf.index_next();
        }
    };
    if std::thread::Builder::new().name("vector-index".to_owned()).spawn(work).is_err() {
        // Searches look at every point until there is a thread to be had.
        write(shelf).is_indexing = false;
    }
}
