//! What the tests of several kinds share.

use std::time::{Duration, UNIX_EPOCH};

use palisade_core::{Error, ErrorKind, Operation};
use tempfile::TempDir;

use crate::{Clock, Kind, Place, Store};

/// A clock that stands still until a test moves it.
pub(crate) fn clock() -> Clock {
    Clock::manual(UNIX_EPOCH + Duration::from_secs(1_800_000_000))
}

pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A place in a folder of the test's own, and one in memory.
pub(crate) fn places(folder: &TempDir) -> [Place; 2] {
    [Place::Memory, Place::Path(folder.path().join("deep").join("store"))]
}

/// What the store answers to this.
pub(crate) async fn ask<K: Kind, O: Operation>(store: &Store<K>, request: O) -> O::Response {
    O::response(store.ask(request).await.unwrap()).unwrap()
}

/// Why the store refuses this.
pub(crate) async fn refused<K: Kind, O: Operation>(store: &Store<K>, request: O) -> (ErrorKind, String) {
    let asked = format!("{:?}", Into::<palisade_core::Request>::into(request.clone()));
    let error: Error = store.ask(request).await.expect_err(&asked);
    (error.kind(), error.message().to_owned())
}
