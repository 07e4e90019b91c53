//! Values under keys.

use super::{StoreError, ask, texts};
pub use crate::bindings::palisade::provider::key_value_stores::{Condition, Entry, Kept};

/// A store of values that is lent.
#[derive(Debug, Clone, Copy)]
pub struct KeyValueStore<'a> {
    pub(super) name: &'a str,
}

impl Entry {
    /// This value, kept until it is deleted or replaced.
    pub fn new(key: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        Self { key: key.into(), value: value.into(), ttl_ms: None, only_if: None }
    }

    /// Forgotten after so many milliseconds.
    #[must_use]
    pub fn for_ms(mut self, milliseconds: u64) -> Self {
        self.ttl_ms = Some(milliseconds);
        self
    }

    /// Written only where this is so.
    #[must_use]
    pub fn only_if(mut self, condition: Condition) -> Self {
        self.only_if = Some(condition);
        self
    }
}

impl KeyValueStore<'_> {
    /// Reads values: for each key its own, none where there is none.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn get<K: Into<String>>(&self, keys: impl IntoIterator<Item = K>) -> Result<Vec<Option<Kept>>, StoreError> {
        ask!(key_value_stores::get(self.name, &texts(keys)))
    }

    /// Writes values, all of them in one go. Gives for each the version that was written, none where its condition did not hold.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn set(&self, entries: impl IntoIterator<Item = Entry>) -> Result<Vec<Option<u64>>, StoreError> {
        ask!(key_value_stores::set(self.name, &entries.into_iter().collect::<Vec<_>>()))
    }

    /// Forgets values. Gives how many there were.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn delete<K: Into<String>>(&self, keys: impl IntoIterator<Item = K>) -> Result<u64, StoreError> {
        ask!(key_value_stores::delete(self.name, &texts(keys)))
    }

    /// The keys that begin with `prefix`, in ascending order, at most `limit`, 1000 by default; after `after`, the last of the page before.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn keys(&self, prefix: &str, after: Option<&str>, limit: Option<u32>) -> Result<Vec<String>, StoreError> {
        ask!(key_value_stores::keys(self.name, prefix, after, limit))
    }

    /// Adds to a number, which is 0 where there is none, and gives the sum. Where it is new, it is forgotten after `ttl_ms`.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn increment(&self, key: &str, by: i64, ttl_ms: Option<u64>) -> Result<i64, StoreError> {
        ask!(key_value_stores::increment(self.name, key, by, ttl_ms))
    }
}
