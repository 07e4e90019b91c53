//! Code that is loaded into this process, shared by all who registered the same component.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, Weak},
};

use palisade_core::Digest;
use tokio::sync::{Mutex as AsyncMutex, MutexGuard as AsyncMutexGuard};
use wasmtime::{Engine, component::Component};

use crate::lock::lock;

/// Loaded code.
pub(crate) struct Code {
    pub(crate) component: Component,
    /// Keeps the place in the table.
    _slot: Arc<Slot>,
}

/// The code of all components that are loaded, by what they are.
#[derive(Default)]
pub(crate) struct Codes(Mutex<HashMap<Digest, Weak<Slot>>>);

/// The place of a component: who holds its lock may load it, and everybody else who wants it waits for that.
#[derive(Default)]
pub(crate) struct Slot(AsyncMutex<Weak<Code>>);

impl Codes {
    /// The place of a component.
    pub(crate) fn slot(&self, digest: Digest) -> Arc<Slot> {
        let mut slots = lock(&self.0);
        if let Some(slot) = slots.get(&digest).and_then(Weak::upgrade) {
            return slot;
        }
        slots.retain(|_, slot| slot.strong_count() > 0);
        let slot = Arc::new(Slot::default());
        slots.insert(digest, Arc::downgrade(&slot));
        slot
    }
}

impl Slot {
    /// Waits until nobody else loads it.
    pub(crate) async fn enter(self: &Arc<Self>) -> Entered<'_> {
        Entered { slot: self, code: self.0.lock().await }
    }
}

/// The right to load a component.
pub(crate) struct Entered<'a> {
    slot: &'a Arc<Slot>,
    code: AsyncMutexGuard<'a, Weak<Code>>,
}

impl Entered<'_> {
    /// The code, where it is loaded already.
    pub(crate) fn loaded(&self) -> Option<Arc<Code>> {
        self.code.upgrade()
    }

    /// Leaves the code for whoever comes next.
    pub(crate) fn leave(mut self, component: Component) -> Arc<Code> {
        let code = Arc::new(Code { component, _slot: Arc::clone(self.slot) });
        *self.code = Arc::downgrade(&code);
        code
    }
}

/// Maps code into this process.
///
/// `code` comes from the compiler of this host, or from its cache, which has authenticated it: nothing else may be given.
#[expect(unsafe_code, reason = "the engine cannot know where code comes from")]
pub(crate) fn load(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the bytes are what the engine's own compiler wrote: they have not left this host, and what came from a
    // file was authenticated with a key that only this user can read. The engine itself checks its version and settings.
    unsafe { Component::deserialize(engine, code) }
}

/// What code depends on beside the component: the engine's version and settings, the machine, and this crate's version.
pub(crate) fn engine_name(engine: &Engine) -> String {
    struct Blake3(blake3::Hasher);

    impl Hasher for Blake3 {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }

        fn finish(&self) -> u64 {
            let [a, b, c, d, e, f, g, h, ..] = *self.0.finalize().as_bytes();
            u64::from_be_bytes([a, b, c, d, e, f, g, h])
        }
    }

    let mut hasher = Blake3(blake3::Hasher::new());
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
