//! What waits for its next call, and the task that drops what waits too long.

use std::{
    sync::{Arc, Mutex, Weak},
    time::Instant,
};

use palisade_core::Scope;
use tokio::task::JoinHandle;

use crate::lock::lock;

/// What is kept, the oldest first.
pub(super) struct Shelf<T> {
    kept: Vec<Kept<T>>,
    /// Drops what waits too long. It is behind the same lock as what is kept: nobody counts on one that has found nothing
    /// left and is about to end.
    reaper: Option<JoinHandle<()>>,
}

struct Kept<T> {
    value: T,
    scope: Scope,
    until: Instant,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { kept: Vec::new(), reaper: None }
    }
}

impl<T: Send + 'static> Shelf<T> {
    /// The youngest of this scope.
    pub(super) fn take(&mut self, scope: &Scope, now: Instant) -> Option<T> {
        let place = self.kept.iter().rposition(|kept| kept.scope == *scope && kept.until > now)?;
        Some(self.kept.remove(place).value)
    }

    /// Keeps so many at the most, each until its time has come, which is never before that of those who are kept. Gives the
    /// one that made room.
    pub(super) fn put(shelf: &Arc<Mutex<Self>>, value: T, scope: Scope, until: Instant, most: usize) -> Option<T> {
        let mut this = lock(shelf);
        let full = this.kept.len() >= most && !this.kept.is_empty();
        let oldest = full.then(|| this.kept.remove(0).value);
        this.kept.push(Kept { value, scope, until });
        if !this.is_reaped() {
            this.reaper = Some(tokio::spawn(reap(Arc::downgrade(shelf))));
        }
        oldest
    }

    /// Takes all of them.
    pub(super) fn clear(&mut self) -> Vec<T> {
        self.kept.drain(..).map(|kept| kept.value).collect()
    }

    /// Ends the task.
    pub(super) fn close(&mut self) {
        if let Some(reaper) = self.reaper.take() {
            reaper.abort();
        }
    }

    /// Whether a task will look at what is kept. One whose runtime has ended does not.
    fn is_reaped(&self) -> bool {
        self.reaper.as_ref().is_some_and(|reaper| !reaper.is_finished())
    }

    /// Takes those whose time has come, and says when that of the next one does. When there is none, the task ends.
    fn expire(&mut self, now: Instant) -> (Vec<T>, Option<Instant>) {
        let expired = self.kept.extract_if(.., |kept| kept.until <= now).map(|kept| kept.value).collect();
        let next = self.kept.iter().map(|kept| kept.until).min();
        if next.is_none() {
            self.reaper = None;
        }
        (expired, next)
    }
}

async fn reap<T: Send + 'static>(shelf: Weak<Mutex<Shelf<T>>>) {
    loop {
        let next = {
            let Some(shelf) = shelf.upgrade() else { return };
            let (expired, next) = lock(&shelf).expire(Instant::now());
            // Taking an instance down takes a while, and nobody waits for the lock meanwhile.
            drop(expired);
            next
        };
        let Some(next) = next else { return };
        tokio::time::sleep_until(next.into()).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn shelf() -> Arc<Mutex<Shelf<Arc<()>>>> {
        Arc::default()
    }

    fn put(shelf: &Arc<Mutex<Shelf<Arc<()>>>>, idle: Duration) -> Weak<()> {
        let value = Arc::new(());
        let kept = Arc::downgrade(&value);
        assert!(Shelf::put(shelf, value, Scope::default(), Instant::now() + idle, 100).is_none());
        kept
    }

    async fn gone(kept: Weak<()>) {
        let gone = async {
            while kept.strong_count() > 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(HOUR / 360, gone).await.expect("nobody drops it");
    }

    #[tokio::test]
    async fn what_waits_too_long_is_dropped_again_and_again() {
        let shelf = shelf();
        for _ in 0..3 {
            gone(put(&shelf, Duration::ZERO)).await;
        }
        let stays = put(&shelf, HOUR);
        tokio::task::yield_now().await;
        assert_eq!((stays.strong_count(), lock(&shelf).is_reaped()), (1, true));
    }

    #[tokio::test]
    async fn nobody_counts_on_a_task_that_is_about_to_end() {
        let shelf = shelf();
        put(&shelf, HOUR);
        assert!(lock(&shelf).is_reaped());
        // What the task does last. It has not ended yet: it has not even begun.
        let (expired, next) = lock(&shelf).expire(Instant::now() + HOUR * 2);
        assert_eq!((expired.len(), next), (1, None));
        assert!(!lock(&shelf).is_reaped());
        gone(put(&shelf, Duration::ZERO)).await;
    }
}
