//! The folder of a cache, and its key.

use std::{
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use tempfile::NamedTempFile;

use super::{
    CacheEntry,
    entry::{self, HEADER_BYTES, Kind, Name},
    lock,
    own::{self, Found},
};

/// The name of the key.
const KEY: &str = "key";
/// What a temporary file is called until it is complete.
pub(super) const TEMPORARY: &str = ".writing-";

/// An open folder.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    key: Key,
}

/// Kept out of logs.
struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Key")
    }
}

/// A file of the folder.
pub(super) struct Stored {
    pub(super) path: PathBuf,
    pub(super) name: Option<Name>,
    pub(super) bytes: u64,
    pub(super) used_at: SystemTime,
}

/// What is under a name.
#[derive(Debug)]
pub(super) enum Content {
    /// Nothing: it was never written, or is removed.
    Absent,
    /// Something that this user did not write under this name with this key.
    Damaged,
    /// An entry.
    Whole { file: File, payload: Vec<u8> },
}

impl Folder {
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        make(&path)?;
        check_owner(&path)?;
        let key = Key(read_or_make_key(&path)?);
        Ok(Self { path, key })
    }

    /// The payload of an entry, which was used by that. One that does not check out is removed.
    pub(super) fn read(&self, name: &Name) -> Option<Vec<u8>> {
        let path = || self.path.join(name.to_string());
        match self.check(name) {
            Ok(Content::Whole { file, payload }) => {
                // What was used last is evicted last. A file system that keeps no times evicts in the order of writing.
                let _untimed = file.set_modified(SystemTime::now());
                return Some(payload);
            }
            Ok(Content::Absent) => {}
            Ok(Content::Damaged) => {
                tracing::warn!(path = %path().display(), "an entry of the cache is damaged or not ours, and is removed");
                // What cannot be removed is never taken for more than that.
                let _still_there = self.remove(name);
            }
            Err(error) => tracing::warn!(path = %path().display(), %error, "an entry of the cache cannot be read"),
        }
        None
    }

    /// Looks at an entry, and changes nothing.
    ///
    /// Fails where it cannot be read, which says nothing about it.
    pub(super) fn check(&self, name: &Name) -> io::Result<Content> {
        let mut file = match own::open(&self.path.join(name.to_string())) {
            Ok(Found::Own(file)) => file,
            Ok(Found::Foreign(_)) => return Ok(Content::Damaged),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::Absent),
            Err(error) => return Err(error),
        };
        let mut header = [0; HEADER_BYTES];
        match file.read_exact(&mut header) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Content::Damaged),
            read => read?,
        }
        // By itself, so that nothing of what may be tens of megabytes has to be moved.
        let mut payload = Vec::new();
        file.read_to_end(&mut payload)?;
        let is_ours = entry::is_authentic(&self.key.0, name, &header, &payload);
        Ok(if is_ours { Content::Whole { file, payload } } else { Content::Damaged })
    }

    /// Writes an entry, whole or not at all.
    pub(super) fn write(&self, name: &Name, payload: &[u8]) -> io::Result<()> {
        let mut file = NamedTempFile::with_prefix_in(TEMPORARY, &self.path)?;
        // Who finds it unlocked knows that its writer has died.
        file.as_file().lock()?;
        file.write_all(&entry::header(&self.key.0, name, payload))?;
        file.write_all(payload)?;
        file.as_file().sync_all()?;
        file.persist(self.path.join(name.to_string()))?;
        Ok(())
    }

    pub(super) fn remove(&self, name: &Name) -> io::Result<()> {
        match fs::remove_file(self.path.join(name.to_string())) {
            // Another process may have been first.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// The entries, and what was begun of some, the least recently used first. What else lies in the folder is not ours.
    pub(super) fn files(&self) -> io::Result<Vec<Stored>> {
        let mut files = Vec::new();
        for file in fs::read_dir(&self.path)? {
            let file = file?;
            let name = file.file_name();
            let Some(text) = name.to_str() else { continue };
            let name = text.parse().ok();
            // Another process may have removed it just now.
            let Ok(metadata) = file.metadata() else { continue };
            if !metadata.is_file() || (name.is_none() && !text.starts_with(TEMPORARY)) {
                continue;
            }
            files.push(Stored {
                path: file.path(),
                name,
                bytes: metadata.len(),
                used_at: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            });
        }
        files.sort_by_key(|file| file.used_at);
        Ok(files)
    }
}

impl Stored {
    pub(super) fn is_temporary(&self) -> bool {
        let name = self.path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(TEMPORARY))
    }

    pub(super) fn into_entry(self) -> Option<CacheEntry> {
        let Name { digest, engine, kind } = self.name?;
        let refused = kind == Kind::Refused;
        Some(CacheEntry { digest, engine, refused, bytes: self.bytes, used_at: self.used_at })
    }
}

fn make(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Who else may write here may have code run.
#[cfg(unix)]
fn check_owner(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = fs::metadata(path)?;
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user"));
    }
    let denied = |message| Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
    match metadata.mode() {
        mode if mode & 0o022 != 0 => {
            denied("others may write to it, so anything in it may be planted: remove the folder")
        }
        mode if mode & 0o077 != 0 => denied("it is open to others: run `chmod 700` on it"),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn check_owner(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// The key, which is made where there is none.
fn read_or_make_key(folder: &Path) -> io::Result<[u8; 32]> {
    if let Some(key) = read_key(folder)? {
        return Ok(key);
    }
    // Of several processes that want to make one, the first makes it.
    let _lock = lock::take(folder)?;
    if let Some(key) = read_key(folder)? {
        return Ok(key);
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    // Temporary files are readable for their owner only.
    let mut file = NamedTempFile::with_prefix_in(TEMPORARY, folder)?;
    file.as_file().lock()?;
    file.write_all(&key)?;
    file.as_file().sync_all()?;
    file.persist(folder.join(KEY))?;
    Ok(key)
}

/// The key, where there is one. Who knows it, because he made it or could read it, can have written every entry.
fn read_key(folder: &Path) -> io::Result<Option<[u8; 32]>> {
    let file = match own::open(&folder.join(KEY)) {
        Ok(Found::Own(file)) => file,
        Ok(Found::Foreign(why)) => {
            let message = format!("its key {why}, so anything in it may be planted: remove the folder");
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(33).read_to_end(&mut bytes)?;
    let damaged = |_| io::Error::new(io::ErrorKind::InvalidData, "its key is damaged: remove the folder");
    bytes.try_into().map(Some).map_err(damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use palisade_core::Digest;

    #[test]
    fn what_is_absent_damaged_or_unreadable_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Folder::open(folder.path().join("cache")).unwrap();
        let name =
            |engine: &str| Name { digest: Digest::from_sha256([1; 32]), engine: engine.to_owned(), kind: Kind::Code };
        folder.write(&name("0"), b"code").unwrap();
        let whole = folder.check(&name("0")).unwrap();
        assert!(matches!(&whole, Content::Whole { payload, .. } if payload == b"code"), "{whole:?}");
        assert!(matches!(folder.check(&name("1")).unwrap(), Content::Absent));
        fs::copy(folder.path.join(name("0").to_string()), folder.path.join(name("1").to_string())).unwrap();
        assert!(matches!(folder.check(&name("1")).unwrap(), Content::Damaged));
        // No system takes a name as long as this.
        folder.check(&name(&"0".repeat(1000))).unwrap_err();
    }
}
