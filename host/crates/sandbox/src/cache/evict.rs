//! Keeps a cache within its size.

use std::{fs, io};

use super::{
    folder::{Folder, Stored},
    lock,
    own::{self, Found},
};

/// Removes the least recently used entries until no more than so many bytes are left, unless another process is at it.
pub(super) fn down_to(folder: &Folder, max_bytes: u64) -> io::Result<()> {
    let files = folder.files()?;
    if bytes(&files) <= max_bytes && !files.iter().any(is_abandoned) {
        return Ok(());
    }
    let Some(_lock) = lock::try_take(&folder.path)? else { return Ok(()) };
    remove(folder, max_bytes).map(drop)
}

/// Removes everything, and waits for whoever else removes something. Gives how many bytes became free.
pub(super) fn clear(folder: &Folder) -> io::Result<u64> {
    let _lock = lock::take(&folder.path)?;
    remove(folder, 0)
}

fn remove(folder: &Folder, max_bytes: u64) -> io::Result<u64> {
    let files = folder.files()?;
    let before = bytes(&files);
    let mut bytes = before;
    for file in files {
        let doomed = if file.is_temporary() { is_abandoned(&file) } else { bytes > max_bytes };
        if !doomed {
            continue;
        }
        match fs::remove_file(&file.path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        bytes = bytes.saturating_sub(file.bytes);
    }
    Ok(before.saturating_sub(bytes))
}

fn bytes(files: &[Stored]) -> u64 {
    files.iter().map(|file| file.bytes).sum()
}

/// Whether this is a temporary file whose writer has died: it was locked as long as it was written.
fn is_abandoned(file: &Stored) -> bool {
    file.is_temporary()
        && match own::open(&file.path) {
            Ok(Found::Own(file)) => file.try_lock().is_ok(),
            Ok(Found::Foreign(_)) => true,
            // It is complete, and has another name.
            Err(_) => false,
        }
}
