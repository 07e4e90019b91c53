//! Files under keys.

use super::{StoreError, ask, texts};
use crate::Media;
pub use crate::bindings::palisade::provider::object_stores::{Condition, Description, Object, Range};

/// A store of files that is lent.
#[derive(Debug, Clone, Copy)]
pub struct ObjectStore<'a> {
    pub(super) name: &'a str,
}

impl ObjectStore<'_> {
    /// Writes an object, in the place of the one before. Gives what was written, none where the condition did not hold.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn put(
        &self,
        key: &str,
        content: Media,
        only_if: Option<Condition>,
    ) -> Result<Option<Description>, StoreError> {
        ask!(object_stores::put(self.name, key, content, only_if.as_ref()))
    }

    /// Reads an object, or a part of it; none where there is none.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn get(&self, key: &str, range: Option<Range>) -> Result<Option<Object>, StoreError> {
        ask!(object_stores::get(self.name, key, range))
    }

    /// Tells of objects, without their bytes: of each key, none where there is none.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn describe<K: Into<String>>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<Vec<Option<Description>>, StoreError> {
        ask!(object_stores::describe(self.name, &texts(keys)))
    }

    /// Forgets objects. Gives how many there were.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn delete<K: Into<String>>(&self, keys: impl IntoIterator<Item = K>) -> Result<u64, StoreError> {
        ask!(object_stores::delete(self.name, &texts(keys)))
    }

    /// The objects whose keys begin with `prefix`, in ascending order of their keys, at most `limit`, 1000 by default; after `after`, the
    /// last key of the page before.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn objects(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: Option<u32>,
    ) -> Result<Vec<Description>, StoreError> {
        ask!(object_stores::objects(self.name, prefix, after, limit))
    }
}
