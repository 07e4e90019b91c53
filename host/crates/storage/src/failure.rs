//! What can go wrong with the database, told to everybody who waits for the same write.

use std::sync::Arc;

use palisade_core::{Error, ErrorKind};

/// Why something was not read or not written.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// As many jobs are known as may be.
    Full {
        /// How many.
        records: u64,
    },
    /// A provider keeps as much as it may.
    NoRoom,
    /// The storage was closed.
    Closed,
    /// The database failed.
    Broken(Arc<redb::Error>),
    /// What it holds cannot be read.
    Unreadable(&'static str),
}

impl<E: Into<redb::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Broken(Arc::new(error.into()))
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Full { records } => Error::new(
                ErrorKind::HostBusy,
                format!(
                    "note the job: {records} jobs are known, and that is the most; wait until the oldest expire, or raise \
                     `records` of the storage"
                ),
            ),
            Failure::NoRoom => {
                Error::new(ErrorKind::LimitExceeded, "keep the value: the provider has no room left for it")
            }
            Failure::Closed => Error::new(ErrorKind::Shutdown, "use the storage: it was closed"),
            Failure::Broken(error) => {
                Error::new(ErrorKind::Io, "use the storage: free some space on its disk, and start the host again")
                    .with_source(error)
            }
            Failure::Unreadable(what) => Error::new(
                ErrorKind::Io,
                format!("use the storage: {what} in it cannot be read; move the file away, and start the host again"),
            ),
        }
    }
}
