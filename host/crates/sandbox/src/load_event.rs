//! What a program can hear of the loading of a component.

use std::{fmt, sync::Arc, time::Duration};

/// A step of loading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadEvent {
    /// The compiler begins on a component of so many bytes, which may take seconds.
    Compiling {
        /// The size of the component.
        bytes: u64,
    },
    /// The compiler is done.
    Compiled {
        /// How long it took.
        time: Duration,
        /// The size of the code.
        code_bytes: u64,
    },
    /// The code was in the cache.
    FromCache {
        /// The size of the code.
        code_bytes: u64,
    },
}

/// Who wants to hear of it. Nobody by default.
#[derive(Clone, Default)]
pub struct LoadObserver(Option<Arc<Listener>>);

type Listener = dyn Fn(LoadEvent) + Send + Sync;

impl LoadObserver {
    /// Calls this at each step. It must not block.
    pub fn new(listener: impl Fn(LoadEvent) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    pub(crate) fn tell(&self, event: LoadEvent) {
        if let Some(listener) = &self.0 {
            listener(event);
        }
    }
}

impl fmt::Debug for LoadObserver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "LoadObserver(..)" } else { "LoadObserver(none)" })
    }
}
