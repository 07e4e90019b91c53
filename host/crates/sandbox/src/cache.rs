//! Compiled code on disk, so that the second start does not compile.
//!
//! ```text
//! folder (0700)/key                         32 random bytes (0600)
//!               <digest>-<engine>.code      "PALISADE" ─ version ─ kind ─ MAC ─ code
//!               <digest>-<engine>.refused   the same, with why it was refused
//! ```
//!
//! Running code from a file is trusting the file: so an entry is authenticated with the key, which only this user can read,
//! together with its name, so that none can stand in for another. An entry that does not check out is taken for absent and
//! removed. Entries are written to a temporary file, synced and renamed: whoever is killed leaves a whole entry or none.
//!
//! It helps nobody who is this user already; against others there are owners and modes, of the folder and of each file that is
//! read. A folder that others could write to is not used again: what they left there stays when its mode is corrected.

mod entry;
mod evict;
mod folder;
mod lock;
mod own;

use std::{path::PathBuf, sync::Arc, time::SystemTime};

use palisade_core::{Digest, Error, ErrorKind, Result};
use serde::Serialize;

use entry::{Kind, Name};
use folder::{Content, Folder};

use crate::refusal::Remembered;

/// A folder of compiled code, for this user, of a bounded size. Several processes may use it at one time. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: Arc<Folder>,
    max_bytes: u64,
}

/// What the cache knows of a component.
#[derive(Debug)]
pub(crate) enum Known {
    /// Its code.
    Code(Vec<u8>),
    /// It was refused before.
    Refused(Remembered),
}

/// What a check of a cache found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheCheck {
    /// How many entries are as they were written.
    pub sound: usize,
    /// Those that were damaged or made by somebody else. They are removed.
    pub removed: Vec<CacheEntry>,
    /// Those that could not be read, or not removed, with the reason. They are still there.
    pub unreadable: Vec<(CacheEntry, String)>,
}

/// An entry of a cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CacheEntry {
    /// SHA-256 of the component.
    pub digest: Digest,
    /// The engine that the code is for. Entries of other engines are of other versions of this program.
    pub engine: String,
    /// Whether it holds why the component was refused, instead of code.
    pub refused: bool,
    /// Size in bytes.
    pub bytes: u64,
    /// When it was last used, as seconds since 1970.
    #[serde(serialize_with = "unix_seconds")]
    pub used_at: SystemTime,
}

impl Cache {
    /// Bytes that a cache keeps by default: 2 GiB.
    pub const DEFAULT_BYTES: u64 = 2 << 30;

    /// Opens the cache in a folder, which is made when there is none. At most `max_bytes` are kept there.
    ///
    /// # Errors
    ///
    /// `io` when the folder cannot be made, belongs to another user, or is open to others.
    pub fn open(folder: impl Into<PathBuf>, max_bytes: u64) -> Result<Self> {
        let path = folder.into();
        let unusable = |error: std::io::Error| {
            Error::new(ErrorKind::Io, format!("the cache `{}` cannot be used: {error}", path.display()))
        };
        Ok(Self { folder: Arc::new(Folder::open(path.clone()).map_err(unusable)?), max_bytes })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        &self.folder.path
    }

    /// Everything in it, the least recently used first.
    ///
    /// # Errors
    ///
    /// `io` when the folder cannot be read.
    pub fn entries(&self) -> Result<Vec<CacheEntry>> {
        let files = self.folder.files().map_err(|error| self.unreadable(error))?;
        Ok(files.into_iter().filter_map(|file| file.into_entry()).collect())
    }

    /// Removes everything but what is written at this moment. Gives how many bytes became free. Waits for another process that
    /// removes something.
    ///
    /// # Errors
    ///
    /// `io` when the folder cannot be read, a file cannot be removed, or another process is not done within seconds.
    pub fn clear(&self) -> Result<u64> {
        evict::clear(&self.folder).map_err(|error| {
            let folder = self.folder.path.display();
            Error::new(ErrorKind::Io, format!("the cache `{folder}` cannot be cleared: {error}"))
        })
    }

    /// Checks every entry, and removes those that were damaged or made by somebody else. None was used by that.
    ///
    /// # Errors
    ///
    /// `io` when the folder cannot be read.
    pub fn verify(&self) -> Result<CacheCheck> {
        let mut check = CacheCheck::default();
        for entry in self.entries()? {
            let name = Name { digest: entry.digest, engine: entry.engine.clone(), kind: Kind::of(entry.refused) };
            let content = self.folder.check(&name).and_then(|content| match content {
                Content::Damaged => self.folder.remove(&name).map(|()| content),
                _ => Ok(content),
            });
            match content {
                Ok(Content::Whole { .. }) => check.sound += 1,
                // Another process has removed it meanwhile.
                Ok(Content::Absent) => {}
                Ok(Content::Damaged) => check.removed.push(entry),
                Err(error) => check.unreadable.push((entry, error.to_string())),
            }
        }
        Ok(check)
    }

    /// What is known of a component.
    pub(crate) fn get(&self, digest: Digest, engine: &str) -> Option<Known> {
        let name = |kind| Name { digest, engine: engine.to_owned(), kind };
        if let Some(code) = self.folder.read(&name(Kind::Code)) {
            return Some(Known::Code(code));
        }
        let refused = self.folder.read(&name(Kind::Refused))?;
        serde_json::from_slice(&refused).ok().map(Known::Refused)
    }

    /// Keeps code. What cannot be kept is told in the log, and nothing else: the code is there, after all.
    pub(crate) fn put(&self, digest: Digest, engine: &str, code: &[u8]) {
        self.write(&Name { digest, engine: engine.to_owned(), kind: Kind::Code }, code);
    }

    /// Keeps why a component was refused.
    pub(crate) fn put_refusal(&self, digest: Digest, engine: &str, refusal: &Remembered) {
        let name = Name { digest, engine: engine.to_owned(), kind: Kind::Refused };
        if let Ok(payload) = serde_json::to_vec(refusal) {
            self.write(&name, &payload);
        }
    }

    /// Forgets code that turned out not to be for this engine.
    pub(crate) fn remove_code(&self, digest: Digest, engine: &str) {
        self.remove(&Name { digest, engine: engine.to_owned(), kind: Kind::Code });
    }

    /// Forgets why a component was refused that turned out to load.
    pub(crate) fn remove_refusal(&self, digest: Digest, engine: &str) {
        self.remove(&Name { digest, engine: engine.to_owned(), kind: Kind::Refused });
    }

    fn remove(&self, name: &Name) {
        if let Err(error) = self.folder.remove(name) {
            tracing::warn!(folder = %self.folder.path.display(), %error, "an entry of the cache cannot be removed");
        }
    }

    fn write(&self, name: &Name, payload: &[u8]) {
        if payload.len() as u64 > self.max_bytes {
            return;
        }
        let written = self.folder.write(name, payload).and_then(|()| evict::down_to(&self.folder, self.max_bytes));
        if let Err(error) = written {
            tracing::warn!(folder = %self.folder.path.display(), %error, "compiled code was not kept");
        }
    }

    fn unreadable(&self, error: std::io::Error) -> Error {
        Error::new(ErrorKind::Io, format!("the cache `{}` cannot be read", self.folder.path.display()))
            .with_source(error)
    }
}

fn unix_seconds<S: serde::Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, thread};

    use palisade_core::Limits;

    use crate::refusal::tests::SHAPE;

    const ENGINE: &str = "0123456789abcdef";

    fn digest(byte: u8) -> Digest {
        Digest::from_sha256([byte; 32])
    }

    fn open(folder: &tempfile::TempDir, max_bytes: u64) -> Cache {
        Cache::open(folder.path().join("cache"), max_bytes).unwrap()
    }

    fn code(cache: &Cache, byte: u8) -> Option<Vec<u8>> {
        match cache.get(digest(byte), ENGINE) {
            Some(Known::Code(code)) => Some(code),
            _ => None,
        }
    }

    #[test]
    fn what_was_put_is_there_for_the_next_process_and_for_this_engine_only() {
        let folder = tempfile::tempdir().unwrap();
        open(&folder, 1000).put(digest(1), ENGINE, b"code");
        let cache = open(&folder, 1000);
        assert_eq!(code(&cache, 1).as_deref(), Some(&b"code"[..]));
        assert!(code(&cache, 2).is_none());
        assert!(cache.get(digest(1), "fedcba9876543210").is_none());
        assert_eq!((cache.entries().unwrap().len(), cache.clear().unwrap() > 0), (1, true));
        assert!(code(&cache, 1).is_none());
    }

    #[test]
    fn a_refusal_is_kept_beside_code() {
        let folder = tempfile::tempdir().unwrap();
        let cache = open(&folder, 1000);
        let error = Error::new(ErrorKind::Malformed, "no");
        cache.put_refusal(digest(1), ENGINE, &Remembered::of(&error, &Limits::default(), SHAPE).unwrap());
        let Some(Known::Refused(refusal)) = cache.get(digest(1), ENGINE) else { panic!("it is not there") };
        assert_eq!(refusal.error(&Limits::default(), SHAPE, SystemTime::now()).unwrap().message(), "no");
        assert!(cache.entries().unwrap()[0].refused);
    }

    #[test]
    fn damaged_and_exchanged_entries_are_never_given_and_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = open(&folder, 10_000);
        for byte in 1..=3 {
            cache.put(digest(byte), ENGINE, &[byte; 100]);
        }
        let path = |byte: u8| cache.folder().join(format!("{}-{ENGINE}.code", digest(byte).to_hex()));
        let mut damaged = fs::read(path(1)).unwrap();
        *damaged.last_mut().unwrap() ^= 1;
        fs::write(path(1), damaged).unwrap();
        fs::copy(path(3), path(2)).unwrap();
        assert_eq!(cache.verify().unwrap().removed.len(), 2);
        assert!(code(&cache, 1).is_none() && code(&cache, 2).is_none());
        assert_eq!(code(&cache, 3).unwrap(), [3; 100]);
        assert_eq!(cache.entries().unwrap().len(), 1);
    }

    #[test]
    fn what_is_not_of_the_cache_is_never_removed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = open(&folder, 200);
        let others = ["notes.txt", "lock", "a.code"];
        for name in others {
            fs::write(cache.folder().join(name), "mine").unwrap();
        }
        fs::create_dir(cache.folder().join("folder")).unwrap();
        for byte in 1..=5 {
            cache.put(digest(byte), ENGINE, &[byte; 100]);
        }
        assert!(code(&cache, 5).is_some() && cache.clear().unwrap() > 0);
        assert_eq!(cache.entries().unwrap(), []);
        for name in others {
            assert_eq!(fs::read(cache.folder().join(name)).unwrap(), b"mine", "{name}");
        }
        assert!(cache.folder().join("folder").is_dir());
    }

    #[test]
    fn another_key_opens_nothing() {
        let folder = tempfile::tempdir().unwrap();
        open(&folder, 1000).put(digest(1), ENGINE, b"code");
        fs::write(folder.path().join("cache/key"), [0; 32]).unwrap();
        assert!(code(&open(&folder, 1000), 1).is_none());
        fs::write(folder.path().join("cache/key"), [0; 31]).unwrap();
        let error = Cache::open(folder.path().join("cache"), 1000).unwrap_err();
        assert!(error.message().contains("its key is damaged"), "{error}");
    }

    #[test]
    fn the_least_recently_used_entry_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let cache = open(&folder, 500);
        let age = |byte: u8, seconds| {
            let path = cache.folder().join(format!("{}-{ENGINE}.code", digest(byte).to_hex()));
            let then = SystemTime::now() - std::time::Duration::from_secs(seconds);
            fs::File::options().append(true).open(path).unwrap().set_modified(then).unwrap();
        };
        for byte in 1..=3 {
            cache.put(digest(byte), ENGINE, &[byte; 100]);
            age(byte, 100 - u64::from(byte));
        }
        assert!(code(&cache, 1).is_some(), "reading it makes it the latest");
        cache.put(digest(4), ENGINE, &[4; 100]);
        let left: Vec<_> = (1..=4).filter(|&byte| code(&cache, byte).is_some()).collect();
        assert_eq!(left, [1, 3, 4]);
        cache.put(digest(5), ENGINE, &[5; 1000]);
        assert!(code(&cache, 5).is_none(), "what is larger than the cache is not kept");
        assert!(code(&cache, 4).is_some());
    }

    #[test]
    fn many_writers_and_readers_at_one_time_see_whole_entries() {
        let folder = tempfile::tempdir().unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    // Small enough that somebody evicts all the time.
                    let cache = open(&folder, 5_000);
                    for round in 0..100_u8 {
                        let byte = round % 7;
                        cache.put(digest(byte), ENGINE, &[byte; 1000]);
                        if let Some(code) = code(&cache, (byte + 1) % 7) {
                            assert_eq!(code, [(byte + 1) % 7; 1000]);
                        }
                    }
                });
            }
        });
        let check = open(&folder, 5_000).verify().unwrap();
        assert_eq!((check.removed, check.unreadable), (vec![], vec![]));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_is_open_to_others_is_not_used() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let cache = open(&folder, 1000);
        let mode = fs::metadata(cache.folder()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert_eq!(fs::metadata(cache.folder().join("key")).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(cache.folder(), fs::Permissions::from_mode(0o770)).unwrap();
        let error = Cache::open(cache.folder(), 1000).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.message().contains("may be planted: remove the folder"), "{error}");
        fs::set_permissions(cache.folder(), fs::Permissions::from_mode(0o750)).unwrap();
        let error = Cache::open(cache.folder(), 1000).unwrap_err();
        assert!(error.message().contains("chmod 700"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_know_opens_nothing() {
        use std::os::unix::fs::PermissionsExt as _;

        let refused = |change: &dyn Fn(&std::path::Path), why: &str| {
            let folder = tempfile::tempdir().unwrap();
            let cache = open(&folder, 1000);
            change(&cache.folder().join("key"));
            let error = Cache::open(cache.folder(), 1000).unwrap_err();
            assert!(error.message().contains(why) && error.message().contains("remove the folder"), "{error}");
        };
        refused(
            &|key| fs::set_permissions(key, fs::Permissions::from_mode(0o604)).unwrap(),
            "its key was open to others",
        );
        refused(&|key| fs::hard_link(key, key.with_file_name("twin")).unwrap(), "its key has a second name");
        let link = |key: &std::path::Path| {
            fs::rename(key, key.with_file_name("other")).unwrap();
            std::os::unix::fs::symlink("other", key).unwrap();
        };
        refused(&link, "its key is a link");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_was_planted_while_the_folder_was_open_keeps_nobody_waiting_and_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = open(&folder, 1000);
        let path = |byte: u8| cache.folder().join(format!("{}-{ENGINE}.code", digest(byte).to_hex()));
        rustix::fs::mkfifoat(rustix::fs::CWD, path(1), rustix::fs::Mode::RUSR).unwrap();
        std::os::unix::fs::symlink("/dev/zero", path(2)).unwrap();
        for byte in 1..=2 {
            assert!(code(&cache, byte).is_none());
            assert!(fs::symlink_metadata(path(byte)).is_err(), "it is still there");
        }
    }

    #[test]
    fn checking_is_no_use_of_an_entry() {
        let folder = tempfile::tempdir().unwrap();
        let cache = open(&folder, 1000);
        cache.put(digest(1), ENGINE, b"code");
        let path = cache.folder().join(format!("{}-{ENGINE}.code", digest(1).to_hex()));
        fs::File::open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let before = cache.entries().unwrap();
        let check = cache.verify().unwrap();
        assert_eq!(check, CacheCheck { sound: 1, ..CacheCheck::default() });
        assert_eq!(cache.entries().unwrap(), before);
    }

    #[test]
    fn clearing_waits_for_who_removes_and_leaves_who_writes() {
        use std::{sync::mpsc::channel, time::Duration};

        let folder = tempfile::tempdir().unwrap();
        let cache = open(&folder, 1000);
        cache.put(digest(1), ENGINE, b"code");
        let temporary =
            || tempfile::NamedTempFile::with_prefix_in(".writing-", cache.folder()).unwrap().keep().unwrap();
        let (being_written, its_path) = temporary();
        being_written.lock().unwrap();
        let (_, left_behind) = temporary();

        let lock = super::lock::take(cache.folder()).unwrap();
        let (sender, cleared) = channel();
        let other = cache.clone();
        let clearing = thread::spawn(move || sender.send(other.clear()).unwrap());
        assert!(cleared.recv_timeout(Duration::from_millis(50)).is_err(), "it did not wait");
        drop(lock);
        assert!(cleared.recv().unwrap().unwrap() > 0);
        clearing.join().unwrap();
        assert_eq!(cache.entries().unwrap(), []);
        assert!(its_path.exists() && !left_behind.exists());
    }
}
