//! What a guest keeps between its calls: in the store of its provider and its scope, where room was granted.

use std::sync::Arc;

use palisade_core::{Error, ErrorKind, KeyValueStore, text};
use wasmtime::Result;

use crate::{
    bindings::palisade::provider::key_value::{Host, KeyValueError},
    imports::{Imports, View},
};

/// What every request is told where there is no room.
const NO_ROOM: &str = "this provider was granted no room for values";

impl<T: Imports> Host for View<'_, T> {
    async fn get(&mut self, key: String) -> Result<Result<Option<Vec<u8>>, KeyValueError>> {
        Ok(match self.values() {
            Ok(values) => values.get(key).await.map_err(|error| refused(&error, &*values)),
            Err(denied) => Err(denied),
        })
    }

    async fn set(&mut self, key: String, value: Vec<u8>) -> Result<Result<(), KeyValueError>> {
        Ok(match self.values() {
            Ok(values) => values.set(key, value).await.map_err(|error| refused(&error, &*values)),
            Err(denied) => Err(denied),
        })
    }

    async fn delete(&mut self, key: String) -> Result<Result<(), KeyValueError>> {
        Ok(match self.values() {
            Ok(values) => values.delete(key).await.map_err(|error| refused(&error, &*values)),
            Err(denied) => Err(denied),
        })
    }

    async fn keys(&mut self, prefix: String, after: Option<String>) -> Result<Result<Vec<String>, KeyValueError>> {
        Ok(match self.values() {
            Ok(values) => values.keys(prefix, after).await.map_err(|error| refused(&error, &*values)),
            Err(denied) => Err(denied),
        })
    }
}

impl<T: Imports> View<'_, T> {
    fn values(&self) -> Result<Arc<dyn KeyValueStore>, KeyValueError> {
        self.0.key_value().store().ok_or_else(|| KeyValueError::Denied(NO_ROOM.to_owned()))
    }
}

/// The guest is told no more of the host's disk than that it failed.
fn refused(error: &Error, values: &dyn KeyValueStore) -> KeyValueError {
    match error.kind() {
        ErrorKind::LimitExceeded => KeyValueError::TooLarge(values.quota()),
        ErrorKind::InvalidInput => KeyValueError::Invalid(text::escape(error.message(), text::MAX_SENTENCE)),
        kind => KeyValueError::Io(format!("the host failed: {}", kind.code())),
    }
}
