//! Small values that the provider keeps between its calls, where the operator has granted room for them.
//!
//! What is kept in a call for one scope of callers is never seen in a call for another.
//!
//! ```
//! use palisade_guest::{Result, key_value};
//!
//! fn greet(name: &str) -> Result<String> {
//!     let times = key_value::get(name)?.map_or(0, |value| value.first().copied().unwrap_or(0));
//!     key_value::set(name, &[times.saturating_add(1)])?;
//!     Ok(format!("Hello for the {}. time", times + 1))
//! }
//! # key_value::set_in_test(100);
//! # assert_eq!(greet("Ada").unwrap(), "Hello for the 1. time");
//! # assert_eq!(greet("Ada").unwrap(), "Hello for the 2. time");
//! ```

#[cfg(target_arch = "wasm32")]
use crate::bindings::palisade::provider::key_value as host;
pub use crate::bindings::palisade::provider::key_value::KeyValueError;
use crate::{Failure, Result};

/// The value of a key; none when there is none.
///
/// # Errors
/// `internal` when no room was granted, when a key is empty or too long, or when the host cannot read it.
pub fn get(key: &str) -> Result<Option<Vec<u8>>> {
    host::get(key).map_err(failure)
}

/// Keeps a value, in the place of the one before.
///
/// # Errors
/// As [`get`]; `limit-exceeded` when there is no room left.
pub fn set(key: &str, value: &[u8]) -> Result<()> {
    host::set(key, value).map_err(failure)
}

/// Forgets a value; nothing where there is none.
///
/// # Errors
/// As [`get`].
pub fn delete(key: &str) -> Result<()> {
    host::delete(key).map_err(failure)
}

/// The keys that begin with `prefix`, in ascending order, at most 1000; after `after`, the last of the page before.
///
/// # Errors
/// As [`get`].
pub fn keys(prefix: &str, after: Option<&str>) -> Result<Vec<String>> {
    host::keys(prefix, after).map_err(failure)
}

/// What a refusal is to the caller of the provider.
fn failure(error: KeyValueError) -> Failure {
    match error {
        KeyValueError::TooLarge(bytes) => {
            let message = format!("the provider keeps at most {bytes} bytes, and there is no room left");
            Failure::limit_exceeded("key-value", message)
        }
        KeyValueError::Denied(what) | KeyValueError::Invalid(what) | KeyValueError::Io(what) => Failure::internal(what),
    }
}

/// Grants room for so many bytes for the tests of this thread, with nothing kept yet.
#[cfg(not(target_arch = "wasm32"))]
pub fn set_in_test(bytes: usize) {
    host::grant(bytes);
}

/// What the host does, for tests.
#[cfg(not(target_arch = "wasm32"))]
mod host {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use super::KeyValueError;

    struct Kept {
        room: usize,
        values: BTreeMap<String, Vec<u8>>,
    }

    thread_local! {
        static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
    }

    pub(super) fn grant(room: usize) {
        KEPT.set(Some(Kept { room, values: BTreeMap::new() }));
    }

    fn with<T>(work: impl FnOnce(&mut Kept) -> Result<T, KeyValueError>) -> Result<T, KeyValueError> {
        KEPT.with_borrow_mut(|kept| match kept {
            Some(kept) => work(kept),
            None => Err(KeyValueError::Denied("no room was granted: call `key_value::set_in_test`".to_owned())),
        })
    }

    pub(super) fn get(key: &str) -> Result<Option<Vec<u8>>, KeyValueError> {
        with(|kept| Ok(kept.values.get(key).cloned()))
    }

    pub(super) fn set(key: &str, value: &[u8]) -> Result<(), KeyValueError> {
        with(|kept| {
            let others = kept.values.iter().filter(|(other, _)| *other != key);
            let taken: usize = others.map(|(key, value)| key.len() + value.len()).sum();
            if taken + key.len() + value.len() > kept.room {
                return Err(KeyValueError::TooLarge(kept.room as u64));
            }
            kept.values.insert(key.to_owned(), value.to_vec());
            Ok(())
        })
    }

    pub(super) fn delete(key: &str) -> Result<(), KeyValueError> {
        with(|kept| {
            kept.values.remove(key);
            Ok(())
        })
    }

    pub(super) fn keys(prefix: &str, after: Option<&str>) -> Result<Vec<String>, KeyValueError> {
        with(|kept| {
            let keys = kept.values.keys().filter(|key| key.starts_with(prefix));
            Ok(keys.filter(|key| after.is_none_or(|after| key.as_str() > after)).take(1000).cloned().collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FailureKind;

    #[test]
    fn nothing_is_kept_without_room() {
        assert!(matches!(get("a").unwrap_err().kind, FailureKind::Internal(_)));
        set_in_test(4);
        set("a", b"1").unwrap();
        set("b", b"1").unwrap();
        assert!(matches!(set("c", b"").unwrap_err().kind, FailureKind::LimitExceeded(_)));
        assert_eq!(keys("", Some("a")).unwrap(), ["b"]);
        delete("a").unwrap();
        assert_eq!((get("a").unwrap(), get("b").unwrap()), (None, Some(b"1".to_vec())));
    }
}
