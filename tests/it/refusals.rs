//! What is refused when it is loaded. In each case the host goes on: a neighbour in it still answers.

mod catalogue;
mod files;
mod worlds;

pub(crate) use worlds::lookalike;

use palisade::{Error, ErrorKind, Registration};

use crate::support::{assert_harmless, assert_the_neighbour_answers, shared};

/// Fails unless the host refuses this with this kind of error, which says so, and goes on.
async fn check(name: &str, registration: Registration, kind: ErrorKind, says: &str) -> Error {
    let Err(error) = shared().register(name, registration).await else { panic!("{name} was taken") };
    assert_eq!(error.kind(), kind, "{name}: {error}");
    assert!(error.message().contains(says), "{name}: {says:?} is not in {:?}", error.message());
    assert_harmless(error.message());
    assert_eq!(error.provider().map(|id| id.as_str()), Some(name));
    assert!(!shared().has(name), "{name} was refused and is there");
    assert_the_neighbour_answers().await;
    error
}
