//! The values that providers keep between their calls.
//!
//! ```text
//! (provider, scope) ─► hash ─► rows of key and value, and the sum of their bytes
//! ```

use std::sync::Arc;

use bytes::Bytes;
use palisade_core::{BoxFuture, KeyValue, KeyValueStore, ProviderId, Result, Scope};

use crate::{
    request::Key,
    store::Store,
    tables::Change,
    value_tables::{self, ValueChange},
};

/// The values of one provider, for one scope of its callers.
#[derive(Debug, Clone)]
pub struct Values {
    store: Arc<Store>,
    owner: Key,
    quota: u64,
}

impl Values {
    pub(crate) fn new(store: Arc<Store>, provider: &ProviderId, scope: &Scope, quota: u64) -> Result<Self> {
        Ok(Self { store, owner: Key::of_values(provider, scope)?, quota })
    }

    async fn change(&self, key: String, value: Option<Bytes>) -> Result<()> {
        let (owner, quota) = (self.owner, self.quota);
        self.store.write(Some(Change::Value(ValueChange { owner, key, value, quota })), Vec::new()).await
    }
}

impl KeyValueStore for Values {
    fn get(&self, key: String) -> BoxFuture<'_, Result<Option<Vec<u8>>>> {
        let owner = self.owner;
        Box::pin(async move {
            KeyValue::check_key(&key)?;
            self.store.read(move |transaction| value_tables::value(transaction, owner, &key)).await
        })
    }

    fn set(&self, key: String, value: Vec<u8>) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            KeyValue::check_key(&key)?;
            KeyValue::check_value(&value)?;
            self.change(key, Some(value.into())).await
        })
    }

    fn delete(&self, key: String) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            KeyValue::check_key(&key)?;
            self.change(key, None).await
        })
    }

    fn keys(&self, prefix: String, after: Option<String>) -> BoxFuture<'_, Result<Vec<String>>> {
        let owner = self.owner;
        Box::pin(async move {
            self.store.read(move |transaction| value_tables::keys(transaction, owner, &prefix, after.as_deref())).await
        })
    }

    fn quota(&self) -> u64 {
        self.quota
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::ErrorKind;

    use super::*;
    use crate::{
        Options, Storage,
        test_support::{fal, in_memory},
    };

    fn values(storage: &Storage, scope: &Scope, quota: u64) -> Values {
        storage.values(&fal(), scope, quota).unwrap()
    }

    async fn set(values: &Values, key: &str, value: &[u8]) -> Result<(), ErrorKind> {
        values.set(key.to_owned(), value.to_vec()).await.map_err(|error| error.kind())
    }

    async fn get(values: &Values, key: &str) -> Option<Vec<u8>> {
        values.get(key.to_owned()).await.unwrap()
    }

    #[tokio::test]
    async fn each_provider_and_each_scope_has_values_of_its_own() {
        let (storage, _) = in_memory(Options::default());
        let [ours, theirs] = [Scope::new("a"), Scope::new("b")].map(|scope| values(&storage, &scope, 100));
        let other = storage.values(&"other".parse().unwrap(), &Scope::new("a"), 100).unwrap();
        assert_eq!(get(&ours, "k").await, None);
        set(&ours, "k", b"1").await.unwrap();
        set(&theirs, "k", b"2").await.unwrap();
        assert_eq!((get(&ours, "k").await, get(&theirs, "k").await), (Some(b"1".to_vec()), Some(b"2".to_vec())));
        assert_eq!((get(&other, "k").await, other.keys(String::new(), None).await.unwrap()), (None, vec![]));
        ours.delete("k".to_owned()).await.unwrap();
        ours.delete("k".to_owned()).await.unwrap();
        assert_eq!((get(&ours, "k").await, get(&theirs, "k").await), (None, Some(b"2".to_vec())));
    }

    #[tokio::test]
    async fn nobody_keeps_more_than_there_is_room_for() {
        let (storage, _) = in_memory(Options::default());
        let ours = values(&storage, &Scope::default(), 10);
        set(&ours, "a", b"1234").await.unwrap();
        set(&ours, "b", b"1234").await.unwrap();
        assert_eq!(set(&ours, "c", b"").await, Err(ErrorKind::LimitExceeded));
        assert_eq!(set(&ours, "a", b"12345").await, Err(ErrorKind::LimitExceeded));
        assert_eq!(get(&ours, "a").await, Some(b"1234".to_vec()), "nothing is lost");
        set(&ours, "a", b"123").await.unwrap();
        set(&ours, "c", b"").await.unwrap();
        ours.delete("b".to_owned()).await.unwrap();
        set(&ours, "d", b"1234").await.unwrap();
        // Where there is less room than before, it can still be made smaller.
        let less = values(&storage, &Scope::default(), 5);
        set(&less, "a", b"1").await.unwrap();
        assert_eq!(set(&less, "a", b"12").await, Err(ErrorKind::LimitExceeded));
    }

    #[tokio::test]
    async fn keys_and_values_are_bounded() {
        let (storage, _) = in_memory(Options::default());
        let ours = values(&storage, &Scope::default(), 10 << 20);
        for key in [String::new(), "k".repeat(257)] {
            assert_eq!(set(&ours, &key, b"1").await, Err(ErrorKind::InvalidInput));
            assert_eq!(ours.get(key).await.unwrap_err().kind(), ErrorKind::InvalidInput);
        }
        set(&ours, &"k".repeat(256), &vec![0; 1 << 20]).await.unwrap();
        assert_eq!(set(&ours, "k", &vec![0; (1 << 20) + 1]).await, Err(ErrorKind::InvalidInput));
    }

    #[tokio::test]
    async fn keys_are_listed_in_order_a_page_at_a_time() {
        let (storage, _) = in_memory(Options::default());
        let ours = values(&storage, &Scope::default(), 1 << 20);
        let after = values(&storage, &Scope::new("z"), 1 << 20);
        let all: Vec<_> = (0..1500).map(|number| format!("model/{number:04}")).collect();
        for key in all.iter().chain(&["a".to_owned(), "z".to_owned()]) {
            drop(ours.set(key.clone(), Vec::new()));
            set(&ours, key, b"").await.unwrap();
            set(&after, key, b"").await.unwrap();
        }
        let first = ours.keys("model/".to_owned(), None).await.unwrap();
        let second = ours.keys("model/".to_owned(), first.last().cloned()).await.unwrap();
        assert_eq!((first.len(), second.len()), (1000, 500));
        assert_eq!([first, second].concat(), all);
        assert_eq!(ours.keys("z".to_owned(), None).await.unwrap(), ["z"]);
        assert_eq!(ours.keys(String::new(), Some("model/1499".to_owned())).await.unwrap(), ["z"]);
    }
}
