//! Small values that a provider keeps between its calls.

use std::{fmt, sync::Arc};

use crate::{BoxFuture, Error, Result};

/// The values of one provider, for one scope of its callers.
pub trait KeyValueStore: Send + Sync {
    /// The value of a key.
    ///
    /// # Errors
    ///
    /// `invalid-input` for a key that cannot be one; `io`, `shutdown`.
    fn get(&self, key: String) -> BoxFuture<'_, Result<Option<Vec<u8>>>>;

    /// Keeps a value, in the place of the one before.
    ///
    /// # Errors
    ///
    /// `invalid-input` for a key or a value that cannot be one; `limit-exceeded` when there is no room; `io`, `shutdown`.
    fn set(&self, key: String, value: Vec<u8>) -> BoxFuture<'_, Result<()>>;

    /// Forgets a value.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    fn delete(&self, key: String) -> BoxFuture<'_, Result<()>>;

    /// The keys that begin with `prefix` and come after `after`, in ascending order, at most [`KeyValue::PAGE`].
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    fn keys(&self, prefix: String, after: Option<String>) -> BoxFuture<'_, Result<Vec<String>>>;

    /// Most bytes of keys and values.
    fn quota(&self) -> u64;
}

/// The values of the provider of a call, or none where no room was granted.
#[derive(Clone, Default)]
pub struct KeyValue(Option<Arc<dyn KeyValueStore>>);

impl KeyValue {
    /// Most bytes of a key.
    pub const MAX_KEY_BYTES: usize = 256;
    /// Most bytes of a value.
    pub const MAX_VALUE_BYTES: usize = 1 << 20;
    /// Most keys that are listed at a time.
    pub const PAGE: usize = 1000;

    /// These values.
    pub fn new(store: impl KeyValueStore + 'static) -> Self {
        Self(Some(Arc::new(store)))
    }

    /// What keeps them; none where no room was granted.
    #[must_use]
    pub fn store(&self) -> Option<Arc<dyn KeyValueStore>> {
        self.0.clone()
    }

    /// Checks a key.
    ///
    /// # Errors
    ///
    /// `invalid-input` when it is empty or too long.
    pub fn check_key(key: &str) -> Result<()> {
        let (length, most) = (key.len(), Self::MAX_KEY_BYTES);
        if (1..=most).contains(&length) {
            return Ok(());
        }
        Err(Error::invalid_input("key", format!("it has {length} bytes, and 1 to {most} are taken")))
    }

    /// Checks a value.
    ///
    /// # Errors
    ///
    /// `invalid-input` when it is too long.
    pub fn check_value(value: &[u8]) -> Result<()> {
        let (length, most) = (value.len(), Self::MAX_VALUE_BYTES);
        if length <= most {
            return Ok(());
        }
        Err(Error::invalid_input("value", format!("it has {length} bytes, and at most {most} are taken")))
    }
}

impl fmt::Debug for KeyValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "KeyValue(granted)" } else { "KeyValue(none)" })
    }
}
