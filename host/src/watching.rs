//! Looks again when a file has changed.
//!
//! ```text
//! the system ─► Eyes: a watch on each folder ─┐
//! a pause, where it cannot watch one ─────────┴─► wait for what comes with it ─► refresh ─► the folders to watch from then on
//! ```
//!
//! What the system tells is a reason to look, and nothing else: a look finds out by itself what has changed, and costs little.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use notify::{
    Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{AccessKind, AccessMode},
};
use palisade_core::{Capability, Error, ErrorKind, Result};
use tokio::sync::Notify;

use crate::{
    context::{Context, WeakContext},
    discovery::Watch,
    lookout::PATIENCE,
    refresh::Refreshed,
};

/// How often is looked where the system tells of changes: it may be that it does not tell of all, as on a disk of another machine.
const ANYWAY: Duration = Duration::from_secs(30);
/// How often is looked where it cannot tell.
const POLL: Duration = Duration::from_secs(2);

impl Context {
    /// Looks for the first time, where anything is to be looked for, and from then on whenever something has changed, where that is to be
    /// watched.
    ///
    /// # Errors
    ///
    /// As [`refresh`](Self::refresh).
    pub(crate) async fn discover(&self, serving: Option<Capability>) -> Result<()> {
        let settings = self.lookout.settings();
        if !settings.is_wanted() {
            return Ok(());
        }
        self.lookout.remembered.lock().await.serving = serving;
        let refreshed = self.refresh_for(PATIENCE).await?;
        if let Some(way) = settings.watch {
            let eyes = Eyes::new(way).follow(refreshed.places.clone()).await?;
            self.background.spawn(keep_looking(self.downgrade(), eyes, refreshed));
        }
        Ok(())
    }
}

async fn keep_looking(context: WeakContext, mut eyes: Eyes, mut refreshed: Refreshed) {
    loop {
        let Some(debounce) = context.upgrade().map(|context| context.lookout.settings().debounce) else { return };
        let pause = match refreshed.is_unsettled {
            true => debounce,
            false => eyes.pause(),
        };
        tokio::select! {
            () = eyes.signal.notified() => tokio::time::sleep(debounce).await,
            () = tokio::time::sleep(pause) => {}
        }
        let Some(context) = context.upgrade() else { return };
        // Most of what is written is complete by then.
        refreshed = match context.refresh_for(2 * debounce).await {
            Ok(refreshed) => refreshed,
            // It is being shut down.
            Err(_) => return,
        };
        drop(context);
        eyes = match eyes.follow(refreshed.places.clone()).await {
            Ok(eyes) => eyes,
            Err(error) => {
                tracing::warn!(%error, "changes are not watched any more");
                return;
            }
        };
    }
}

/// What notices that something has changed.
struct Eyes {
    way: Watch,
    /// None where the system has none.
    watcher: Option<RecommendedWatcher>,
    watched: BTreeMap<PathBuf, Identity>,
    signal: Arc<Notify>,
    /// Whether the system tells of all folders.
    sees_all: bool,
}

/// By what it is told that a folder is the one that it was.
type Identity = Option<(u64, u64)>;

impl Eyes {
    fn new(way: Watch) -> Self {
        let signal = Arc::new(Notify::new());
        let watcher = match way {
            Watch::Events => watcher(Arc::clone(&signal)),
            Watch::Polling(_) => None,
        };
        Self { way, watcher, watched: BTreeMap::new(), signal, sees_all: false }
    }

    /// When to look, whatever the system tells.
    fn pause(&self) -> Duration {
        match self.way {
            Watch::Polling(every) => every,
            Watch::Events if self.sees_all => ANYWAY,
            Watch::Events => POLL,
        }
    }

    /// Watches these folders and no others.
    async fn follow(self, places: BTreeSet<PathBuf>) -> Result<Self> {
        let mut eyes = self;
        let follow = move || {
            eyes.follow_now(&places);
            eyes
        };
        let failed = |error| Error::new(ErrorKind::Internal, "watching folders has failed").with_source(error);
        tokio::task::spawn_blocking(follow).await.map_err(failed)
    }

    fn follow_now(&mut self, places: &BTreeSet<PathBuf>) {
        let Some(watcher) = &mut self.watcher else { return };
        let (mut sees_all, mut is_new) = (true, false);
        let before = std::mem::take(&mut self.watched);
        for (path, _) in before.iter().filter(|(path, _)| !places.contains(*path)) {
            // It may be gone, and its watch with it.
            let _gone = watcher.unwatch(path);
        }
        for path in places {
            let Some(identity) = identity(path) else {
                sees_all = false;
                continue;
            };
            if before.get(path) != Some(&identity) {
                if before.contains_key(path) {
                    let _gone = watcher.unwatch(path);
                }
                if let Err(error) = watcher.watch(path, RecursiveMode::NonRecursive) {
                    tracing::debug!(path = %path.display(), %error, "a folder is looked at instead of watched");
                    sees_all = false;
                    continue;
                }
                is_new = true;
            }
            self.watched.insert(path.clone(), identity);
        }
        self.sees_all = sees_all;
        if is_new {
            // What has changed between the look and the watch, nobody tells.
            self.signal.notify_one();
        }
    }
}

fn watcher(signal: Arc<Notify>) -> Option<RecommendedWatcher> {
    let tell = move |event: notify::Result<Event>| {
        if event.as_ref().map_or(true, |event| is_change(event.kind)) {
            signal.notify_one();
        }
    };
    let watcher = notify::recommended_watcher(tell);
    watcher.inspect_err(|error| tracing::debug!(%error, "folders are looked at instead of watched")).ok()
}

/// Whether something may be another than it was: that a file was read, as by a look, is no change.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

/// Which folder this is; none where there is none.
fn identity(path: &Path) -> Option<Identity> {
    let metadata = path.metadata().ok().filter(std::fs::Metadata::is_dir)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;

        Some(Some((metadata.dev(), metadata.ino())))
    }
    #[cfg(not(unix))]
    {
        drop(metadata);
        Some(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn is_told(eyes: &Eyes) -> bool {
        tokio::time::timeout(Duration::from_secs(10), eyes.signal.notified()).await.is_ok()
    }

    #[tokio::test]
    async fn a_folder_that_is_replaced_is_watched_again() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("plugins");
        let places = BTreeSet::from([place.clone()]);
        let mut eyes = Eyes::new(Watch::Events).follow(places.clone()).await.unwrap();
        if eyes.watcher.is_none() {
            // This system tells of nothing.
            assert_eq!(eyes.pause(), POLL);
            return;
        }
        assert_eq!(eyes.pause(), POLL, "it is not there");
        for name in ["one", "two"] {
            // The number of a folder that is gone may be given again.
            let other = folder.path().join(name);
            std::fs::create_dir(&other).unwrap();
            let _absent = std::fs::rename(&place, folder.path().join("old"));
            std::fs::rename(&other, &place).unwrap();
            eyes = eyes.follow(places.clone()).await.unwrap();
            assert!(is_told(&eyes).await, "it is new");
            assert_eq!(eyes.pause(), ANYWAY);
            std::fs::write(place.join("file"), "text").unwrap();
            assert!(is_told(&eyes).await);
        }
        let eyes = eyes.follow(BTreeSet::new()).await.unwrap();
        assert!(eyes.watched.is_empty());
    }

    #[tokio::test]
    async fn where_nothing_is_watched_it_is_looked_more_often() {
        let folder = tempfile::tempdir().unwrap();
        let places = BTreeSet::from([folder.path().to_owned()]);
        let blind = Eyes { watcher: None, ..Eyes::new(Watch::Events) };
        assert_eq!(blind.follow(places.clone()).await.unwrap().pause(), POLL);
        let every = Duration::from_millis(20);
        let polling = Eyes::new(Watch::Polling(every));
        assert!(polling.watcher.is_none());
        assert_eq!(polling.follow(places).await.unwrap().pause(), every);
    }

    #[test]
    fn who_only_reads_has_changed_nothing() {
        use notify::event::{CreateKind, ModifyKind, RemoveKind};

        for kind in [AccessKind::Read, AccessKind::Open(AccessMode::Any), AccessKind::Close(AccessMode::Read)] {
            assert!(!is_change(EventKind::Access(kind)), "{kind:?}");
        }
        for kind in [
            EventKind::Access(AccessKind::Close(AccessMode::Write)),
            EventKind::Create(CreateKind::File),
            EventKind::Modify(ModifyKind::Any),
            EventKind::Remove(RemoveKind::Any),
            EventKind::Other,
        ] {
            assert!(is_change(kind), "{kind:?}");
        }
    }
}
