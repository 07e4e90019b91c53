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
    entry::{self, Kind, Name},
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

impl Folder {
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        make(&path)?;
        check_owner(&path)?;
        let key = Key(read_or_make_key(&path)?);
        Ok(Self { path, key })
    }

    /// The payload of an entry. One that does not check out is removed.
    pub(super) fn read(&self, name: &Name) -> Option<Vec<u8>> {
        let path = self.path.join(name.to_string());
        let mut file = File::open(&path).ok()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        let payload = entry::payload(&self.key.0, name, bytes);
        if payload.is_none() {
            tracing::warn!(path = %path.display(), "an entry of the cache is damaged or not ours, and is removed");
            self.remove(name);
            return None;
        }
        // What was used last is evicted last. A file system that keeps no times evicts in the order of writing.
        let _untimed = file.set_modified(SystemTime::now());
        payload
    }

    /// Writes an entry, whole or not at all.
    pub(super) fn write(&self, name: &Name, payload: &[u8]) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(&self.path)?;
        file.write_all(&entry::header(&self.key.0, name, payload))?;
        file.write_all(payload)?;
        file.as_file().sync_all()?;
        file.persist(self.path.join(name.to_string()))?;
        Ok(())
    }

    pub(super) fn remove(&self, name: &Name) {
        // Another process may have been first.
        let _absent = fs::remove_file(self.path.join(name.to_string()));
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
    if metadata.mode() & 0o077 != 0 {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is open to others: run `chmod 700` on it"));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_owner(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// The key. Of several processes that make one at the same time, the first wins.
fn read_or_make_key(folder: &Path) -> io::Result<[u8; 32]> {
    let path = folder.join(KEY);
    match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return parse_key(&read?),
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    // Temporary files are readable for their owner only.
    let mut file = NamedTempFile::with_prefix_in(TEMPORARY, folder)?;
    file.write_all(&key)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(&path) {
        Ok(_) => Ok(key),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => parse_key(&fs::read(&path)?),
        Err(error) => Err(error.error),
    }
}

fn parse_key(bytes: &[u8]) -> io::Result<[u8; 32]> {
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "its key is damaged: remove the folder");
    bytes.try_into().map_err(|_| damaged())
}
