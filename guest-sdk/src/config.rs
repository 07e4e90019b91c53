//! Settings that the operator gave to this provider. Secrets are never among them.

use std::fmt::Display;
use std::str::FromStr;

use crate::{Failure, Result};

/// The value of `key`; none when the operator did not set it. A value that is not a string comes as JSON.
#[must_use]
pub fn get(key: &str) -> Option<String> {
    source::get(key)
}

/// All keys that are set, in ascending order.
#[must_use]
pub fn keys() -> Vec<String> {
    source::keys()
}

/// The value of `key` as a number, a bool or anything else that is read from a string.
///
/// # Errors
/// `internal` when the value cannot be read, since the request is not to blame.
pub fn parse<T: FromStr<Err: Display>>(key: &str) -> Result<Option<T>> {
    get(key)
        .map(|value| value.parse().map_err(|error| Failure::internal(format!("setting {key:?} is {value:?}: {error}"))))
        .transpose()
}

/// Sets a value for the tests of this thread.
#[cfg(not(target_arch = "wasm32"))]
pub fn set_in_test(key: impl Into<String>, value: impl Into<String>) {
    source::set(key.into(), value.into());
}

#[cfg(target_arch = "wasm32")]
use crate::bindings::palisade::provider::config as source;

#[cfg(not(target_arch = "wasm32"))]
mod source {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    thread_local! {
        static VALUES: RefCell<BTreeMap<String, String>> = const { RefCell::new(BTreeMap::new()) };
    }

    pub(super) fn get(key: &str) -> Option<String> {
        VALUES.with_borrow(|values| values.get(key).cloned())
    }

    pub(super) fn keys() -> Vec<String> {
        VALUES.with_borrow(|values| values.keys().cloned().collect())
    }

    pub(super) fn set(key: String, value: String) {
        VALUES.with_borrow_mut(|values| values.insert(key, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_typed() {
        set_in_test("retries", "3");
        set_in_test("name", "x");
        assert_eq!(parse::<u32>("retries").unwrap(), Some(3));
        assert_eq!(parse::<u32>("absent").unwrap(), None);
        assert_eq!(
            parse::<u32>("name").unwrap_err().message,
            "setting \"name\" is \"x\": invalid digit found in string"
        );
        assert_eq!(keys(), ["name", "retries"]);
    }
}
