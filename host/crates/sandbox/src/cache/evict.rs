//! Keeps a cache within its size.

use std::{
    fs::{self, File, TryLockError},
    io,
    time::{Duration, SystemTime},
};

use super::folder::Folder;

/// The file that says who evicts.
const LOCK: &str = "lock";
/// How old a temporary file is before its writer is taken for dead.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Removes the least recently used entries until no more than so many bytes are left. Gives how many bytes became free.
pub(super) fn down_to(folder: &Folder, max_bytes: u64) -> io::Result<u64> {
    let files = folder.files()?;
    let mut bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let before = bytes;
    let now = SystemTime::now();
    let is_abandoned = |used_at| now.duration_since(used_at).is_ok_and(|age| age > ABANDONED);
    if bytes <= max_bytes && !files.iter().any(|file| file.is_temporary() && is_abandoned(file.used_at)) {
        return Ok(0);
    }
    let lock = File::options().write(true).create(true).truncate(false).open(folder.path.join(LOCK))?;
    match lock.try_lock() {
        Ok(()) => {}
        // Another process is at it.
        Err(TryLockError::WouldBlock) => return Ok(0),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    for file in files {
        let doomed = if file.is_temporary() { max_bytes == 0 || is_abandoned(file.used_at) } else { bytes > max_bytes };
        if !doomed {
            continue;
        }
        match fs::remove_file(&file.path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        bytes -= file.bytes;
    }
    Ok(before - bytes)
}
