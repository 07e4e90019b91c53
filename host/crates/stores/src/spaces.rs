//! The namespaces of a database: what each holds, and what it may hold.
//!
//! ```text
//! spaces(id, name, bytes, items) ◄─ triggers of the table whose rows are counted
//! counter(last)                  ─► numbers that were never given before
//! ```

use palisade_core::{
    Error, Result,
    store::{MAX_REQUEST_BYTES, Request},
};
use rusqlite::{Connection, OptionalExtension as _};

use crate::{failure, units::size};

/// Bytes that are counted for each item beside its own.
pub(crate) const OVERHEAD: u64 = 64;

/// What a namespace may hold, and how many there may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    pub(crate) bytes: u64,
    pub(crate) namespaces: u32,
}

/// The tables, with a trigger for each change of `table`, whose rows have a `space` and a `size`.
pub(crate) fn tables(table: &str) -> String {
    format!(
        "create table spaces (
             id integer primary key, name text not null unique, bytes integer not null default 0,
             items integer not null default 0
         ) strict;
         create index empty_spaces on spaces (id) where items = 0;
         create table counter (last integer not null) strict;
         insert into counter values (0);
         create trigger {table}_added after insert on {table} begin
             update spaces set bytes = bytes + new.size, items = items + 1 where id = new.space;
         end;
         create trigger {table}_removed after delete on {table} begin
             update spaces set bytes = bytes - old.size, items = items - 1 where id = old.space;
         end;
         create trigger {table}_changed after update of size on {table} when new.size <> old.size begin
             update spaces set bytes = bytes + new.size - old.size where id = new.space;
         end;"
    )
}

/// The namespace of this name; none where nothing was written to it.
pub(crate) fn find(connection: &Connection, name: &str) -> Result<Option<i64>> {
    let found = connection
        .prepare_cached("select id from spaces where name = ?1")
        .and_then(|mut statement| statement.query_one([name], |row| row.get(0)).optional());
    found.map_err(failure::database)
}

/// The namespace of this name, which is made where there is none.
pub(crate) fn find_or_make(connection: &Connection, name: &str, quota: Quota) -> Result<i64> {
    if let Some(space) = find(connection, name)? {
        return Ok(space);
    }
    let count: u32 =
        connection.query_one("select count(*) from spaces", [], |row| row.get(0)).map_err(failure::database)?;
    if count >= quota.namespaces {
        return Err(failure::too_much(format!("make the namespace `{name}`: there are {count}, and no more may be")));
    }
    connection.execute("insert into spaces (name) values (?1)", [name]).map_err(failure::database)?;
    Ok(connection.last_insert_rowid())
}

/// Forgets namespaces that hold nothing.
pub(crate) fn forget_empty(connection: &Connection) -> Result<()> {
    let forgotten =
        connection.prepare_cached("delete from spaces where items = 0").and_then(|mut statement| statement.execute([]));
    forgotten.map_err(failure::database).map(drop)
}

/// Bytes and items of a namespace.
pub(crate) fn held(connection: &Connection, space: i64) -> Result<(u64, u64)> {
    let held = connection.prepare_cached("select bytes, items from spaces where id = ?1").and_then(|mut statement| {
        statement.query_one([space], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
    });
    let (bytes, items) = held.map_err(failure::database)?;
    Ok((bytes.unsigned_abs(), items.unsigned_abs()))
}

/// Says that a namespace would hold more than it may.
pub(crate) fn over(name: &str, held: u64, quota: Quota) -> Error {
    let (held, most) = (size(held), size(quota.bytes));
    failure::too_much(format!("keep it: the namespace `{name}` would hold {held}, and it may hold {most}"))
}

/// A number that was never given before, and never 0.
pub(crate) fn next(connection: &Connection) -> Result<i64> {
    let next = connection
        .prepare_cached("update counter set last = last + 1 returning last")
        .and_then(|mut statement| statement.query_one([], |row| row.get(0)));
    next.map_err(failure::database)
}

/// Where a page of keys begins, in the order of their bytes, in which those that begin with the prefix stand together: with what
/// they are compared, and how.
pub(crate) fn page<'a>(prefix: &'a str, after: Option<&'a str>) -> (&'static str, &'a str) {
    match after {
        Some(after) if after >= prefix => (">", after),
        _ => (">=", prefix),
    }
}

/// The bytes of an answer, of which there may only be so many.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answering {
    most: u64,
    left: u64,
}

impl Default for Answering {
    fn default() -> Self {
        Self { most: MAX_REQUEST_BYTES, left: MAX_REQUEST_BYTES }
    }
}

impl Answering {
    /// To a request, none of whose answer is there yet.
    pub(crate) fn to<O>(request: &Request<O>) -> Self {
        let most = request.max_bytes.unwrap_or(u64::MAX).min(MAX_REQUEST_BYTES);
        Self { most, left: most }
    }

    /// How many more there may be, for SQL.
    pub(crate) fn left(&self) -> i64 {
        self.left.cast_signed()
    }

    /// Counts so many more, where they fit.
    pub(crate) fn fits(&mut self, bytes: u64) -> bool {
        let left = self.left.checked_sub(bytes);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }

    /// Counts so many more, before they are read.
    ///
    /// # Errors
    ///
    /// `limit-exceeded` where they are too many.
    pub(crate) fn add(&mut self, bytes: u64) -> Result<()> {
        if self.fits(bytes) { Ok(()) } else { Err(self.too_much()) }
    }

    fn too_much(&self) -> Error {
        failure::too_much(format!("answer in one go: it is more than {}; ask for it in parts", size(self.most)))
    }
}
