//! The file that says who removes entries.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use super::own::{self, Found};

/// Its name.
const LOCK: &str = "lock";
/// How long somebody else may have the lock. Removing entries takes milliseconds; who could open the file once can hold it for
/// ever.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is asked for.
const AGAIN: Duration = Duration::from_millis(10);

/// Takes the lock, which ends with the file; none where another process has it.
pub(super) fn try_take(folder: &Path) -> io::Result<Option<File>> {
    let lock = match own::open_lock(&folder.join(LOCK))? {
        Found::Own(file) => file,
        Found::Foreign(why) => {
            let message = format!("its file `{LOCK}` {why}: remove the folder");
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
    };
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Waits for the lock.
pub(super) fn take(folder: &Path) -> io::Result<File> {
    let start = Instant::now();
    loop {
        if let Some(lock) = try_take(folder)? {
            return Ok(lock);
        }
        if start.elapsed() > PATIENCE {
            let message = format!("another process has kept it locked for {PATIENCE:?}");
            return Err(io::Error::new(io::ErrorKind::TimedOut, message));
        }
        thread::sleep(AGAIN);
    }
}
