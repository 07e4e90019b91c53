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
//! It helps nobody who is this user already; against others there are the modes of the folder, which are checked.

mod entry;
mod evict;
mod folder;

use std::{path::PathBuf, sync::Arc, time::SystemTime};

use palisade_core::{Digest, Error, ErrorKind, Result};
use serde::Serialize;

use entry::{Kind, Name};
use folder::Folder;

use crate::refusal::Remembered;

/// A folder of compiled code, for this user, of a bounded size. Several processes may use it at one time. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: Arc<Folder>,
    max_bytes: u64,
}

/// What the cache knows of a component.
#[derive(Debug)]
pub(crate) enum Found {
    /// Its code.
    Code(Vec<u8>),
    /// It was refused before.
    Refused(Remembered),
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

    /// Removes everything. Gives how many bytes became free.
    ///
    /// # Errors
    ///
    /// `io` when the folder cannot be read, or a file cannot be removed.
    pub fn clear(&self) -> Result<u64> {
        evict::down_to(&self.folder, 0).map_err(|error| self.unreadable(error))
    }

    /// Checks every entry, and removes those that were damaged or made by somebody else. Gives the removed ones.
    ///
    /// # Errors
    ///
    /// `io` when the folder cannot be read.
    pub fn verify(&self) -> Result<Vec<CacheEntry>> {
        let mut removed = Vec::new();
        for entry in self.entries()? {
            let name = Name { digest: entry.digest, engine: entry.engine.clone(), kind: Kind::of(entry.refused) };
            if self.folder.read(&name).is_none() {
                removed.push(entry);
            }
        }
        Ok(removed)
    }

    /// What is known of a component.
    pub(crate) fn get(&self, digest: Digest, engine: &str) -> Option<Found> {
        let name = |kind| Name { digest, engine: engine.to_owned(), kind };
        if let Some(code) = self.folder.read(&name(Kind::Code)) {
            return Some(Found::Code(code));
        }
        let refused = self.folder.read(&name(Kind::Refused))?;
        serde_json::from_slice(&refused).ok().map(Found::Refused)
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
        self.folder.remove(&Name { digest, engine: engine.to_owned(), kind: Kind::Code });
    }

    /// Forgets why a component was refused that turned out to load.
    pub(crate) fn remove_refusal(&self, digest: Digest, engine: &str) {
        self.folder.remove(&Name { digest, engine: engine.to_owned(), kind: Kind::Refused });
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

    use crate::refusal::tests::ROOM;

    const ENGINE: &str = "0123456789abcdef";

    fn digest(byte: u8) -> Digest {
        Digest::from_sha256([byte; 32])
    }

    fn open(folder: &tempfile::TempDir, max_bytes: u64) -> Cache {
        Cache::open(folder.path().join("cache"), max_bytes).unwrap()
    }

    fn code(cache: &Cache, byte: u8) -> Option<Vec<u8>> {
        match cache.get(digest(byte), ENGINE) {
            Some(Found::Code(code)) => Some(code),
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
        cache.put_refusal(digest(1), ENGINE, &Remembered::of(&error, &Limits::default(), ROOM).unwrap());
        let Some(Found::Refused(refusal)) = cache.get(digest(1), ENGINE) else { panic!("it is not there") };
        assert_eq!(refusal.error(&Limits::default(), ROOM, SystemTime::now()).unwrap().message(), "no");
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
        assert_eq!(cache.verify().unwrap().iter().map(|entry| entry.digest).collect::<Vec<_>>().len(), 2);
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
        assert_eq!(open(&folder, 5_000).verify().unwrap(), []);
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
        assert!(error.message().contains("chmod 700"), "{error}");
    }
}
