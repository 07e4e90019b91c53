//! The points as the database has them.

use palisade_core::{
    Error, ErrorKind, Result,
    vector_store::{Condition, Point},
};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::{Map, Value};

use super::{
    VectorOptions,
    shelf::{Shelf, Slot},
};
use crate::{
    failure,
    spaces::{self, Answering, Quota},
};

/// What is there to be known of a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) space: i64,
    pub(super) dimensions: usize,
    /// Another one with each change, and a higher one.
    pub(super) revision: i64,
}

/// A change that was made.
#[derive(Debug)]
pub(super) struct Change {
    /// What the namespace was before; none where it was not there.
    pub(super) before: Option<Shape>,
    pub(super) space: i64,
    pub(super) revision: i64,
    /// The rows that were written, in the order of the points, or deleted.
    pub(super) rows: Vec<i64>,
}

pub(super) fn tables() -> String {
    format!(
        "create table points (
             id integer primary key autoincrement, space integer not null, name text not null, vector blob not null,
             payload text not null, size integer not null
         ) strict;
         create unique index places on points (space, name);
         create table shapes (
             space integer primary key, dimensions integer not null, revision integer not null
         ) strict;
         {}",
        spaces::tables("points")
    )
}

pub(super) fn shape(connection: &Connection, namespace: &str) -> Result<Option<Shape>> {
    let sql = "select space, dimensions, revision from shapes where space = (select id from spaces where name = ?1)";
    let found = connection.prepare_cached(sql).and_then(|mut statement| {
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Shape { space: row.get(0)?, dimensions: row.get::<_, u32>(1)? as usize, revision: row.get(2)? })
        };
        statement.query_one([namespace], read).optional()
    });
    found.map_err(failure::database)
}

pub(super) fn upsert(connection: &Connection, namespace: &str, points: &[Point], quota: Quota) -> Result<Change> {
    let before = shape(connection, namespace)?;
    let space = spaces::find_or_make(connection, namespace, quota)?;
    let dimensions = points.first().map_or(0, |point| point.vector.len());
    if let Some(before) = before.filter(|before| before.dimensions != dimensions) {
        let reason = format!("it has {dimensions} dimensions, and those that are there have {}", before.dimensions);
        return Err(Error::invalid_input("points[0].vector", reason));
    }
    let revision = spaces::next(connection)?;
    let sql = "insert into shapes (space, dimensions, revision) values (?1, ?2, ?3)
               on conflict (space) do update set revision = excluded.revision";
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute(params![space, dimensions as u32, revision]))
        .map_err(failure::database)?;
    let rows = points.iter().map(|point| put(connection, space, point)).collect::<rusqlite::Result<_>>();
    let rows = rows.map_err(failure::database)?;
    let (held, _) = spaces::held(connection, space)?;
    if held > quota.bytes {
        return Err(spaces::over(namespace, held, quota));
    }
    Ok(Change { before, space, revision, rows })
}

fn put(connection: &Connection, space: i64, point: &Point) -> rusqlite::Result<i64> {
    let vector: Vec<u8> = point.vector.iter().flat_map(|number| number.to_le_bytes()).collect();
    let payload = Value::Object(point.payload.clone()).to_string();
    // What it takes when it is searched: its payload is read then.
    let size = point.size_in_bytes() + spaces::OVERHEAD;
    let sql = "insert into points (space, name, vector, payload, size) values (?1, ?2, ?3, ?4, ?5)
               on conflict (space, name) do update
               set vector = excluded.vector, payload = excluded.payload, size = excluded.size
               returning id";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_one(params![space, point.id, vector, payload, size.cast_signed()], |row| row.get(0))
}

pub(super) fn delete(connection: &Connection, namespace: &str, ids: &[String]) -> Result<Option<Change>> {
    let Some(before) = shape(connection, namespace)? else { return Ok(None) };
    let mut rows = Vec::new();
    for id in ids {
        let row: Option<i64> = connection
            .prepare_cached("delete from points where space = ?1 and name = ?2 returning id")
            .and_then(|mut statement| statement.query_one(params![before.space, id], |row| row.get(0)).optional())
            .map_err(failure::database)?;
        rows.extend(row);
    }
    deleted(connection, before, rows).map(Some)
}

pub(super) fn delete_matching(
    connection: &Connection,
    namespace: &str,
    filter: &[Condition],
) -> Result<Option<Change>> {
    let Some(before) = shape(connection, namespace)? else { return Ok(None) };
    let mut matching = Vec::new();
    let mut statement =
        connection.prepare_cached("select id, payload from points where space = ?1").map_err(failure::database)?;
    let mut rows = statement.query([before.space]).map_err(failure::database)?;
    while let Some(row) = rows.next().map_err(failure::database)? {
        let (id, text) = (row.get(0), row.get::<_, String>(1));
        let payload = payload(&text.map_err(failure::database)?)?;
        if filter.iter().all(|condition| condition.holds(&payload)) {
            matching.push(id.map_err(failure::database)?);
        }
    }
    for row in &matching {
        connection
            .prepare_cached("delete from points where id = ?1")
            .and_then(|mut statement| statement.execute([row]))
            .map_err(failure::database)?;
    }
    deleted(connection, before, matching).map(Some)
}

fn deleted(connection: &Connection, before: Shape, rows: Vec<i64>) -> Result<Change> {
    let space = before.space;
    let revision = spaces::next(connection)?;
    // Of a namespace without points nothing is known, not how many dimensions they had either.
    let sql = if spaces::held(connection, space)?.1 == 0 {
        "delete from shapes where space = ?1 and ?2 > 0"
    } else {
        "update shapes set revision = ?2 where space = ?1"
    };
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute(params![space, revision]))
        .map_err(failure::database)?;
    spaces::forget_empty(connection)?;
    Ok(Change { before: Some(before), space, revision, rows })
}

pub(super) fn get(
    connection: &Connection,
    namespace: &str,
    ids: &[String],
    mut answering: Answering,
) -> Result<Vec<Option<Point>>> {
    let Some(space) = spaces::find(connection, namespace)? else { return Ok(vec![None; ids.len()]) };
    // What takes more than there may be is not read.
    let sql =
        "select bytes, case when bytes <= ?3 then vector else x'' end, case when bytes <= ?3 then payload else '' end
               from (select size - ?4 as bytes, vector, payload from points where space = ?1 and name = ?2)";
    let read = |id: &String| {
        let found: Option<(i64, Vec<u8>, String)> = connection
            .prepare_cached(sql)
            .and_then(|mut statement| {
                let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
                let left = answering.left();
                statement.query_one(params![space, id, left, spaces::OVERHEAD.cast_signed()], read).optional()
            })
            .map_err(failure::database)?;
        let Some((bytes, vector, text)) = found else { return Ok(None) };
        answering.add(bytes.unsigned_abs())?;
        Ok(Some(Point { id: id.clone(), vector: numbers(&vector), payload: payload(&text)? }))
    };
    ids.iter().map(read).collect()
}

/// The vectors of rows as they were written; none of one that is gone.
pub(super) fn vectors(connection: &Connection, rows: &[i64]) -> Result<Vec<Option<Vec<f32>>>> {
    let read = |row: &i64| {
        let found: Option<Vec<u8>> = connection
            .prepare_cached("select vector from points where id = ?1")
            .and_then(|mut statement| statement.query_one([row], |row| row.get(0)).optional())
            .map_err(failure::database)?;
        Ok(found.map(|bytes| numbers(&bytes)))
    };
    rows.iter().map(read).collect()
}

/// All points of a namespace, to be searched in memory.
pub(super) fn load(connection: &Connection, namespace: &str, options: &VectorOptions) -> Result<Option<(i64, Shelf)>> {
    let Some(Shape { space, dimensions, revision }) = shape(connection, namespace)? else { return Ok(None) };
    let mut shelf = Shelf::new(options, revision, dimensions);
    let mut statement = connection
        .prepare_cached("select id, name, vector, payload from points where space = ?1 order by id")
        .map_err(failure::database)?;
    let mut rows = statement.query([space]).map_err(failure::database)?;
    while let Some(row) = rows.next().map_err(failure::database)? {
        let read = || Ok((row.get(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?, row.get::<_, String>(3)?));
        let (row, id, vector, text) = read().map_err(failure::database)?;
        shelf.put(Slot { row, id, payload: payload(&text)? }, &numbers(&vector));
    }
    Ok(Some((space, shelf)))
}

fn numbers(bytes: &[u8]) -> Vec<f32> {
    let (numbers, _) = bytes.as_chunks::<4>();
    numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

fn payload(text: &str) -> Result<Map<String, Value>> {
    serde_json::from_str(text)
        .map_err(|error| Error::new(ErrorKind::Io, "read what is known of a point: it is no JSON").with_source(error))
}
