use palisade_core::key_value_store::{Answer, Condition, Entry, Operation, Value};
use wasmtime::Result;

use super::page;
use crate::{
    bindings::palisade::provider::{key_value_stores as wit, stores::StoreError},
    imports::{Imports, View},
};

impl<T: Imports> wit::Host for View<'_, T> {
    async fn get(&mut self, store: String, keys: Vec<String>) -> Result<Result<Vec<Option<wit::Kept>>, StoreError>> {
        let wanted = |answer| match answer {
            Answer::Values(values) => Some(values.into_iter().map(|value| value.map(kept)).collect()),
            _ => None,
        };
        Ok(self.ask(store, Operation::Get { keys }, wanted).await)
    }

    async fn set(&mut self, store: String, entries: Vec<wit::Entry>) -> Result<Result<Vec<Option<u64>>, StoreError>> {
        let entries = entries.into_iter().map(entry).collect();
        let wanted = |answer| if let Answer::Written(versions) = answer { Some(versions) } else { None };
        Ok(self.ask(store, Operation::Set { entries }, wanted).await)
    }

    async fn delete(&mut self, store: String, keys: Vec<String>) -> Result<Result<u64, StoreError>> {
        let wanted = |answer| if let Answer::Deleted(count) = answer { Some(count) } else { None };
        Ok(self.ask(store, Operation::Delete { keys }, wanted).await)
    }

    async fn keys(
        &mut self,
        store: String,
        prefix: String,
        after: Option<String>,
        limit: Option<u32>,
    ) -> Result<Result<Vec<String>, StoreError>> {
        let wanted = |answer| if let Answer::Keys(keys) = answer { Some(keys) } else { None };
        Ok(self.ask(store, Operation::List(page(prefix, after, limit)), wanted).await)
    }

    async fn increment(
        &mut self,
        store: String,
        key: String,
        by: i64,
        ttl_ms: Option<u64>,
    ) -> Result<Result<i64, StoreError>> {
        let wanted = |answer| if let Answer::Number(sum) = answer { Some(sum) } else { None };
        Ok(self.ask(store, Operation::Increment { key, by, ttl_ms }, wanted).await)
    }
}

fn entry(entry: wit::Entry) -> Entry {
    let wit::Entry { key, value, ttl_ms, only_if } = entry;
    let condition = |condition| match condition {
        wit::Condition::Absent => Condition::Absent,
        wit::Condition::Version(version) => Condition::Version(version),
    };
    Entry { key, value, ttl_ms, only_if: only_if.map(condition) }
}

fn kept(Value { value, version, expires_in_ms }: Value) -> wit::Kept {
    wit::Kept { value, version, expires_in_ms }
}
