//! The tables of the values that providers keep, and what is done to them within one transaction.

use bytes::Bytes;
use palisade_core::KeyValue;
use redb::{ReadTransaction, ReadableTable as _, Table, TableDefinition, WriteTransaction};

use crate::{failure::Failure, request::Key};

/// From whose it is and its key to the value.
const VALUES: TableDefinition<'_, (&[u8; 32], &str), &[u8]> = TableDefinition::new("values");
/// Bytes of the keys and values of each.
const SIZES: TableDefinition<'_, &[u8; 32], u64> = TableDefinition::new("value-sizes");

/// What is done to a value.
#[derive(Debug)]
pub(crate) struct ValueChange {
    pub(crate) owner: Key,
    pub(crate) key: String,
    /// None when it is forgotten.
    pub(crate) value: Option<Bytes>,
    /// Most bytes of all.
    pub(crate) quota: u64,
}

/// The tables, open for writing.
pub(crate) struct ValueTables<'t> {
    values: Table<'t, (&'static [u8; 32], &'static str), &'static [u8]>,
    sizes: Table<'t, &'static [u8; 32], u64>,
}

impl<'t> ValueTables<'t> {
    pub(crate) fn open(transaction: &'t WriteTransaction) -> Result<Self, redb::Error> {
        Ok(Self { values: transaction.open_table(VALUES)?, sizes: transaction.open_table(SIZES)? })
    }

    /// Keeps a value or forgets it. Says whether there was room.
    pub(crate) fn change(&mut self, change: &ValueChange) -> Result<bool, redb::Error> {
        let ValueChange { owner, key, value, quota } = change;
        let (owner, place) = (owner.as_bytes(), (owner.as_bytes(), key.as_str()));
        let before = self.values.get(place)?.map_or(0, |value| size(key, value.value()));
        let after = value.as_ref().map_or(0, |value| size(key, value));
        let all = self.sizes.get(owner)?.map_or(0, |size| size.value());
        let all = all.saturating_sub(before).saturating_add(after);
        // What is larger than it may be by now can still be made smaller.
        if all > *quota && after > before {
            return Ok(false);
        }
        match value {
            Some(value) => drop(self.values.insert(place, value.as_ref())?),
            None => drop(self.values.remove(place)?),
        }
        if all == 0 {
            self.sizes.remove(owner)?;
        } else {
            self.sizes.insert(owner, all)?;
        }
        Ok(true)
    }
}

fn size(key: &str, value: &[u8]) -> u64 {
    (key.len() + value.len()) as u64
}

/// The value of a key.
pub(crate) fn value(transaction: &ReadTransaction, owner: Key, key: &str) -> Result<Option<Vec<u8>>, Failure> {
    let Some(values) = table(transaction)? else { return Ok(None) };
    Ok(values.get((owner.as_bytes(), key))?.map(|value| value.value().to_vec()))
}

/// The keys that begin with `prefix`, after `after`, at most a page.
pub(crate) fn keys(
    transaction: &ReadTransaction,
    owner: Key,
    prefix: &str,
    after: Option<&str>,
) -> Result<Vec<String>, Failure> {
    let Some(values) = table(transaction)? else { return Ok(Vec::new()) };
    let mut keys = Vec::new();
    let first = after.filter(|after| *after > prefix).unwrap_or(prefix);
    for entry in values.range((owner.as_bytes(), first)..)? {
        let (place, _) = entry?;
        let (whose, key) = place.value();
        if whose != owner.as_bytes() || !key.starts_with(prefix) || keys.len() == KeyValue::PAGE {
            break;
        }
        if after.is_none_or(|after| key > after) {
            keys.push(key.to_owned());
        }
    }
    Ok(keys)
}

type Found = redb::ReadOnlyTable<(&'static [u8; 32], &'static str), &'static [u8]>;

/// None where nobody has ever kept a value.
fn table(transaction: &ReadTransaction) -> Result<Option<Found>, Failure> {
    match transaction.open_table(VALUES) {
        Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
        opened => Ok(Some(opened?)),
    }
}
