//! Locks for short sections.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, even after a holder panicked: what is locked here is never left half-done.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
