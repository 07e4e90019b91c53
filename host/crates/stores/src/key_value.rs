//! Values under keys, in SQLite.
//!
//! A value that has expired is nowhere to be seen from that moment on; what it took is given back by later writes. A version is
//! a number that the whole database gives but once.

use std::sync::Arc;

use palisade_core::{
    Capability, Error, Request, Response, Result,
    key_value_store::{self as core, Answer, Condition, Entry, Operation, Value},
    store::Page,
};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Deserialize;

use crate::{
    clock::{Clock, later},
    database::{Database, Schema},
    failure,
    place::Place,
    spaces::{self, Answering, Quota},
    store::{Kind, Store, other_kind},
    units,
};

/// Keeps values under keys.
pub type KeyValueStore = Store<KeyValue>;

/// What there is to decide about values under keys.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct KeyValueOptions {
    /// Most bytes that a namespace may hold: those of the keys and the values, and 64 for each. 1 GiB by default.
    #[serde(deserialize_with = "units::bytes::deserialize")]
    pub quota: u64,
    /// Most namespaces that hold something. 1000 by default.
    pub namespaces: u32,
}

impl Default for KeyValueOptions {
    fn default() -> Self {
        Self { quota: 1 << 30, namespaces: 1000 }
    }
}

const ID: i32 = 0x504b_5601;
/// Expired values that a write takes out of the way, whosever they are.
const SWEPT: u32 = 100;

/// A database of values.
pub struct KeyValue {
    database: Database,
    quota: Quota,
    clock: Clock,
}

impl Kind for KeyValue {
    type Options = KeyValueOptions;

    const CAPABILITY: Capability = Capability::KeyValueStore;
    const MODEL: &'static str = "sqlite";
    const SUMMARY: &'static str = "Keeps values under keys, for as long as they are wanted";
    const OPERATIONS: &'static [&'static str] = &["get", "set", "delete", "list", "increment"];

    fn open(place: &Place, options: &Self::Options, clock: &Clock) -> Result<Self> {
        let tables = format!(
            "create table entries (
                 id integer primary key, space integer not null, key text not null, value blob not null,
                 version integer not null, expires integer, size integer not null
             ) strict;
             create unique index places on entries (space, key);
             create index expiring on entries (expires) where expires is not null;
             {}",
            spaces::tables("entries")
        );
        let database = Database::open(place, &Schema { id: ID, version: 1, tables })?;
        let quota = Quota { bytes: options.quota, namespaces: options.namespaces };
        Ok(Self { database, quota, clock: clock.clone() })
    }

    async fn serve(&self, request: Arc<Request>) -> Result<Response> {
        let (now, quota) = (self.clock.now(), self.quota);
        let Request::KeyValueStore(asked) = &*request else { return Err(other_kind(&request)) };
        let answer = match asked.operation {
            Operation::Get { .. } | Operation::List(_) => {
                self.database.read(move |connection| read(connection, &request, now)).await
            }
            _ => self.database.write(move |connection| write(connection, &request, now, quota)).await,
        };
        Ok(Response::KeyValueStore(core::Response::new(answer?)))
    }

    async fn check(&self) -> Result<()> {
        self.database.check().await
    }
}

fn read(connection: &Connection, request: &Request, now: i64) -> Result<Answer> {
    let Request::KeyValueStore(asked) = request else { return Err(other_kind(request)) };
    let space = spaces::find(connection, &asked.namespace)?;
    match (&asked.operation, space) {
        (Operation::Get { keys }, None) => Ok(Answer::Values(vec![None; keys.len()])),
        (Operation::Get { keys }, Some(space)) => {
            let mut answering = Answering::to(asked);
            let read = |key: &String| value(connection, space, key, now, &mut answering);
            Ok(Answer::Values(keys.iter().map(read).collect::<Result<_>>()?))
        }
        (Operation::List(page), Some(space)) => {
            list(connection, space, page, now, Answering::to(asked)).map(Answer::Keys)
        }
        (Operation::List(_), None) => Ok(Answer::Keys(Vec::new())),
        _ => Err(other_kind(request)),
    }
}

fn write(connection: &Connection, request: &Request, now: i64, quota: Quota) -> Result<Answer> {
    let Request::KeyValueStore(asked) = request else { return Err(other_kind(request)) };
    let namespace = &asked.namespace;
    sweep(connection, now)?;
    let answer = match &asked.operation {
        Operation::Set { entries } => {
            let space = spaces::find_or_make(connection, namespace, quota)?;
            let set = |entry: &Entry| set(connection, space, entry, now);
            let written = entries.iter().map(set).collect::<Result<_>>()?;
            within(connection, namespace, space, now, quota)?;
            Answer::Written(written)
        }
        Operation::Increment { key, by, ttl_ms } => {
            let space = spaces::find_or_make(connection, namespace, quota)?;
            let sum = increment(connection, space, key, *by, *ttl_ms, now)?;
            within(connection, namespace, space, now, quota)?;
            Answer::Number(sum)
        }
        Operation::Delete { keys } => match spaces::find(connection, namespace)? {
            Some(space) => Answer::Deleted(delete(connection, space, keys, now)?),
            None => Answer::Deleted(0),
        },
        _ => return Err(other_kind(request)),
    };
    spaces::forget_empty(connection)?;
    Ok(answer)
}

fn value(connection: &Connection, space: i64, key: &str, now: i64, answering: &mut Answering) -> Result<Option<Value>> {
    // What is longer than there may be is not read.
    let sql =
        "select length(value), case when length(value) <= ?4 then value else x'' end, version, expires from entries
               where space = ?1 and key = ?2 and (expires is null or expires > ?3)";
    let found = connection.prepare_cached(sql).and_then(|mut statement| {
        let read = |row: &rusqlite::Row<'_>| {
            let (bytes, version, expires): (i64, i64, Option<i64>) = (row.get(0)?, row.get(2)?, row.get(3)?);
            let expires_in_ms = expires.map(|expires| expires.saturating_sub(now).unsigned_abs());
            let value = Value { value: row.get(1)?, version: version.unsigned_abs(), expires_in_ms };
            Ok((bytes.unsigned_abs(), value))
        };
        statement.query_one(params![space, key, now, answering.left()], read).optional()
    });
    let Some((bytes, value)) = found.map_err(failure::database)? else { return Ok(None) };
    answering.add(bytes)?;
    Ok(Some(value))
}

/// The version that is there, with the time at which it expires.
fn version(connection: &Connection, space: i64, key: &str, now: i64) -> Result<Option<i64>> {
    let sql = "select version from entries where space = ?1 and key = ?2 and (expires is null or expires > ?3)";
    let found = connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_one(params![space, key, now], |row| row.get(0)).optional());
    found.map_err(failure::database)
}

fn set(connection: &Connection, space: i64, entry: &Entry, now: i64) -> Result<Option<u64>> {
    let holds = match entry.only_if {
        None => true,
        Some(Condition::Absent) => version(connection, space, &entry.key, now)?.is_none(),
        Some(Condition::Version(wanted)) => {
            version(connection, space, &entry.key, now)?.is_some_and(|found| found.unsigned_abs() == wanted)
        }
    };
    if !holds {
        return Ok(None);
    }
    let expires = entry.ttl_ms.map(|ttl| later(now, ttl));
    put(connection, space, &entry.key, &entry.value, expires).map(Some)
}

fn put(connection: &Connection, space: i64, key: &str, value: &[u8], expires: Option<i64>) -> Result<u64> {
    let version = spaces::next(connection)?;
    let size = (key.len() + value.len()) as u64 + spaces::OVERHEAD;
    let sql = "insert into entries (space, key, value, version, expires, size) values (?1, ?2, ?3, ?4, ?5, ?6)
               on conflict (space, key) do update
               set value = excluded.value, version = excluded.version, expires = excluded.expires, size = excluded.size";
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute(params![space, key, value, version, expires, size.cast_signed()]))
        .map_err(failure::database)?;
    Ok(version.unsigned_abs())
}

fn increment(connection: &Connection, space: i64, key: &str, by: i64, ttl_ms: Option<u64>, now: i64) -> Result<i64> {
    let found = value(connection, space, key, now, &mut Answering::default())?;
    let (number, expires) = match &found {
        None => (0, ttl_ms.map(|ttl| later(now, ttl))),
        Some(found) => {
            let text = str::from_utf8(&found.value).ok();
            let number: Option<i64> = text.and_then(|text| text.parse().ok());
            let number =
                number.ok_or_else(|| Error::invalid_input("key", "what is kept under it is no whole number"))?;
            (number, found.expires_in_ms.map(|left| later(now, left)))
        }
    };
    let sum = number
        .checked_add(by)
        .ok_or_else(|| Error::invalid_input("by", format!("the sum of it and {number} is beyond 64 bits")))?;
    put(connection, space, key, sum.to_string().as_bytes(), expires)?;
    Ok(sum)
}

fn delete(connection: &Connection, space: i64, keys: &[String], now: i64) -> Result<u64> {
    let mut deleted = 0;
    for key in keys {
        let is_there = version(connection, space, key, now)?.is_some();
        connection
            .prepare_cached("delete from entries where space = ?1 and key = ?2")
            .and_then(|mut statement| statement.execute(params![space, key]))
            .map_err(failure::database)?;
        deleted += u64::from(is_there);
    }
    Ok(deleted)
}

fn list(connection: &Connection, space: i64, page: &Page, now: i64, mut answering: Answering) -> Result<Vec<String>> {
    let Page { prefix, after, limit } = page;
    let (than, from) = spaces::page(prefix, after.as_deref());
    let sql = format!(
        "select key from entries where space = ?1 and key {than} ?2 and (expires is null or expires > ?3) order by key"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(failure::database)?;
    let mut rows = statement.query(params![space, from, now]).map_err(failure::database)?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next().map_err(failure::database)? {
        let key: String = row.get(0).map_err(failure::database)?;
        if keys.len() >= *limit as usize || !key.starts_with(prefix.as_str()) {
            break;
        }
        answering.add(key.len() as u64)?;
        keys.push(key);
    }
    Ok(keys)
}

/// Takes some of what has expired out of the way.
fn sweep(connection: &Connection, now: i64) -> Result<()> {
    let sql = "delete from entries where id in (select id from entries where expires <= ?1 limit ?2)";
    let swept = connection.prepare_cached(sql).and_then(|mut statement| statement.execute(params![now, SWEPT]));
    swept.map_err(failure::database).map(drop)
}

/// Sees that a namespace holds no more than it may, not counting what has expired.
fn within(connection: &Connection, name: &str, space: i64, now: i64, quota: Quota) -> Result<()> {
    if spaces::held(connection, space)?.0 <= quota.bytes {
        return Ok(());
    }
    connection
        .execute("delete from entries where space = ?1 and expires <= ?2", params![space, now])
        .map_err(failure::database)?;
    let (held, _) = spaces::held(connection, space)?;
    if held <= quota.bytes { Ok(()) } else { Err(spaces::over(name, held, quota)) }
}

#[cfg(test)]
#[path = "key_value_tests.rs"]
mod tests;
