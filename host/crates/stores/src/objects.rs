//! Files under keys: their bytes in files of their own or in memory, through [`object_store`], and what is known of them in SQLite.
//!
//! ```text
//! FOLDER/index.db       key ─► media type, size, tag, and which file
//! FOLDER/files/3f/…     the bytes, in a file that is written once, under a name that nobody chose
//! ```
//!
//! A key never becomes the name of a file, so that `a` and `a/b`, and `A` and `a` on disks that know no difference, are objects
//! of their own. First the bytes are on the disk, then the index says so, then what it said before is removed: whoever reads
//! finds one or the other as a whole. What a process that was killed has left behind is removed when the store is opened, a day
//! later at the earliest.

mod files;

use std::sync::Arc;

use palisade_core::{
    Capability, Error, ErrorKind, Media, Request, Response, Result,
    object_store::{self as core, Answer, Condition, Description, Object, Operation, Range},
    store::Page,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Deserialize;

use self::files::Files;
use crate::{
    clock::Clock,
    database::{Database, Schema, blocking},
    failure,
    place::Place,
    spaces::{self, Answering, Quota},
    store::{Kind, Store, other_kind},
    units,
};

/// Keeps files under keys.
pub type ObjectStore = Store<Objects>;

/// What there is to decide about files under keys.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct ObjectOptions {
    /// Most bytes that a namespace may hold: those of the files, their keys and media types, and 64 for each. 10 GiB by default.
    #[serde(deserialize_with = "units::bytes::deserialize")]
    pub quota: u64,
    /// Most namespaces that hold something. 1000 by default.
    pub namespaces: u32,
}

impl Default for ObjectOptions {
    fn default() -> Self {
        Self { quota: 10 << 30, namespaces: 1000 }
    }
}

const ID: i32 = 0x504f_4201;
/// How many times an object is looked up whose file was replaced meanwhile.
const LOOKS: usize = 5;

/// Files, with an index.
pub struct Objects(Arc<Inner>);

struct Inner {
    index: Database,
    files: Files,
    quota: Quota,
    clock: Clock,
}

/// What the index has of an object.
struct Known {
    description: Description,
    file: String,
}

impl Kind for Objects {
    type Options = ObjectOptions;

    const CAPABILITY: Capability = Capability::ObjectStore;
    const MODEL: &'static str = "files";
    const SUMMARY: &'static str = "Keeps files under keys";
    const OPERATIONS: &'static [&'static str] = &["put", "get", "describe", "delete", "list"];

    fn open(place: &Place, options: &Self::Options, clock: &Clock) -> Result<Self> {
        let tables = format!(
            "create table objects (
                 id integer primary key, space integer not null, key text not null, file text not null unique,
                 bytes integer not null, media_type text not null, etag text not null, modified integer not null,
                 size integer not null
             ) strict;
             create unique index places on objects (space, key);
             {}",
            spaces::tables("objects")
        );
        let at = match place {
            Place::Memory => Place::Memory,
            Place::Path(folder) => Place::Path(folder.join("index.db")),
        };
        let index = Database::open(&at, &Schema { id: ID, version: 1, tables })?;
        let files = Files::open(place)?;
        files.sweep(|file| index.now(|connection| is_known(connection, file)))?;
        let quota = Quota { bytes: options.quota, namespaces: options.namespaces };
        Ok(Self(Arc::new(Inner { index, files, quota, clock: clock.clone() })))
    }

    async fn serve(&self, request: Arc<Request>) -> Result<Response> {
        let inner = Arc::clone(&self.0);
        // It goes on where nobody waits any more, so that no file stays behind that nobody knows.
        let served = tokio::spawn(async move { inner.serve(request).await }).await;
        let answer = served.unwrap_or_else(|error| {
            Err(Error::new(ErrorKind::Internal, "finish the work of the store: it panicked").with_source(error))
        });
        Ok(Response::ObjectStore(core::Response::new(answer?)))
    }

    async fn check(&self) -> Result<()> {
        self.0.index.check().await?;
        self.0.files.check().await
    }
}

impl Inner {
    async fn serve(&self, request: Arc<Request>) -> Result<Answer> {
        let Request::ObjectStore(asked) = &*request else { return Err(other_kind(&request)) };
        let namespace = asked.namespace.clone();
        match &asked.operation {
            Operation::Put { key, only_if, .. } => {
                self.put(namespace, key.clone(), only_if.clone(), Arc::clone(&request)).await.map(Answer::Put)
            }
            Operation::Get { key, range } => {
                self.get(namespace, key.clone(), *range, asked.max_bytes).await.map(Answer::Object)
            }
            Operation::Describe { keys } => {
                let (keys, mut answering) = (keys.clone(), Answering::to(asked));
                let described = self.index.read(move |connection| {
                    let Some(space) = spaces::find(connection, &namespace)? else { return Ok(vec![None; keys.len()]) };
                    let describe = |key: &String| {
                        let description = known(connection, space, key)?.map(|known| known.description);
                        answering.add(description.as_ref().map_or(0, Description::size_in_bytes))?;
                        Ok(description)
                    };
                    keys.iter().map(describe).collect()
                });
                described.await.map(Answer::Descriptions)
            }
            Operation::Delete { keys } => self.delete(namespace, keys.clone()).await.map(Answer::Deleted),
            Operation::List(page) => {
                let (page, answering) = (page.clone(), Answering::to(asked));
                let listed = self.index.read(move |connection| match spaces::find(connection, &namespace)? {
                    Some(space) => list(connection, space, &page, answering),
                    None => Ok(Vec::new()),
                });
                listed.await.map(Answer::Listed)
            }
        }
    }

    async fn put(
        &self,
        namespace: String,
        key: String,
        only_if: Option<Condition>,
        request: Arc<Request>,
    ) -> Result<Option<Description>> {
        let (content, media_type) = files::content(&request)?;
        let quota = self.quota;
        if content.len() as u64 > quota.bytes {
            return Err(spaces::over(&namespace, content.len() as u64, quota));
        }
        let hashed = content.clone();
        let etag = blocking(move || Ok(files::tag(&hashed))).await?;
        let description = Description {
            key,
            bytes: content.len() as u64,
            media_type,
            etag,
            modified_ms: self.clock.now().unsigned_abs(),
        };
        let file = self.files.write(content).await?;
        let written = Known { description: description.clone(), file: file.clone() };
        let noted = self.index.write(move |connection| note(connection, &namespace, only_if.as_ref(), &written, quota));
        match noted.await {
            Ok(Noted::Written { before }) => {
                self.files.remove(before.into_iter().collect()).await;
                Ok(Some(description))
            }
            Ok(Noted::Refused) => {
                self.files.remove(vec![file]).await;
                Ok(None)
            }
            Err(error) => {
                self.files.remove(vec![file]).await;
                Err(error)
            }
        }
    }

    async fn get(
        &self,
        namespace: String,
        key: String,
        range: Option<Range>,
        max_bytes: Option<u64>,
    ) -> Result<Option<Object>> {
        for _ in 0..LOOKS {
            let (namespace, key) = (namespace.clone(), key.clone());
            let found = self.index.read(move |connection| match spaces::find(connection, &namespace)? {
                Some(space) => known(connection, space, &key),
                None => Ok(None),
            });
            let Some(Known { description, file }) = found.await? else { return Ok(None) };
            let end = description.bytes;
            let wanted =
                range.map_or(0..end, |range| range.offset.min(end)..range.offset.saturating_add(range.length).min(end));
            let bytes = wanted.end - wanted.start;
            let told = bytes.saturating_add(description.size_in_bytes());
            if let Some(most) = max_bytes.filter(|most| told > *most) {
                let message = format!(
                    "read the object: it would be {bytes} bytes, and there is room for {most}; read it in parts"
                );
                return Err(failure::too_much(message));
            }
            if let Some(data) = self.files.read(&file, wanted).await? {
                let content = Media { media_type: description.media_type.clone(), data };
                return Ok(Some(Object { content, description }));
            }
            // It was replaced or deleted between the two looks.
        }
        Err(Error::new(ErrorKind::Io, "read the object: its file is missing"))
    }

    async fn delete(&self, namespace: String, keys: Vec<String>) -> Result<u64> {
        let deleted = self.index.write(move |connection| {
            let Some(space) = spaces::find(connection, &namespace)? else { return Ok(Vec::new()) };
            let mut files = Vec::new();
            for key in &keys {
                let sql = "delete from objects where space = ?1 and key = ?2 returning file";
                let file: Option<String> = connection
                    .prepare_cached(sql)
                    .and_then(|mut statement| statement.query_one(params![space, key], |row| row.get(0)).optional())
                    .map_err(failure::database)?;
                files.extend(file);
            }
            spaces::forget_empty(connection)?;
            Ok(files)
        });
        let files = deleted.await?;
        let count = files.len() as u64;
        self.files.remove(files).await;
        Ok(count)
    }
}

enum Noted {
    /// It is in the index, in the place of the one in the file before.
    Written { before: Option<String> },
    /// Its condition does not hold.
    Refused,
}

fn note(
    connection: &Connection,
    namespace: &str,
    only_if: Option<&Condition>,
    written: &Known,
    quota: Quota,
) -> Result<Noted> {
    let space = spaces::find_or_make(connection, namespace, quota)?;
    let Known { description, file } = written;
    let before = known(connection, space, &description.key)?;
    let holds = match (only_if, &before) {
        (None, _) | (Some(Condition::Absent), None) => true,
        (Some(Condition::Etag(wanted)), Some(before)) => before.description.etag == *wanted,
        (Some(Condition::Absent), Some(_)) | (Some(Condition::Etag(_)), None) => false,
    };
    if !holds {
        spaces::forget_empty(connection)?;
        return Ok(Noted::Refused);
    }
    let size = description.bytes + (description.key.len() + description.media_type.len()) as u64 + spaces::OVERHEAD;
    let sql = "insert into objects (space, key, file, bytes, media_type, etag, modified, size)
               values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
               on conflict (space, key) do update
               set file = excluded.file, bytes = excluded.bytes, media_type = excluded.media_type,
                   etag = excluded.etag, modified = excluded.modified, size = excluded.size";
    let (bytes, modified) = (description.bytes.cast_signed(), description.modified_ms.cast_signed());
    let (key, media_type, etag) = (&description.key, &description.media_type, &description.etag);
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| {
            statement.execute(params![space, key, file, bytes, media_type, etag, modified, size.cast_signed()])
        })
        .map_err(failure::database)?;
    let (held, _) = spaces::held(connection, space)?;
    if held > quota.bytes {
        return Err(spaces::over(namespace, held, quota));
    }
    Ok(Noted::Written { before: before.map(|before| before.file) })
}

const COLUMNS: &str = "key, bytes, media_type, etag, modified, file";

fn read(row: &Row<'_>) -> rusqlite::Result<Known> {
    let (bytes, modified): (i64, i64) = (row.get(1)?, row.get(4)?);
    let description = Description {
        key: row.get(0)?,
        bytes: bytes.unsigned_abs(),
        media_type: row.get(2)?,
        etag: row.get(3)?,
        modified_ms: modified.unsigned_abs(),
    };
    Ok(Known { description, file: row.get(5)? })
}

fn known(connection: &Connection, space: i64, key: &str) -> Result<Option<Known>> {
    let sql = format!("select {COLUMNS} from objects where space = ?1 and key = ?2");
    let found = connection
        .prepare_cached(&sql)
        .and_then(|mut statement| statement.query_one(params![space, key], read).optional());
    found.map_err(failure::database)
}

/// Whether the index names a file.
fn is_known(connection: &Connection, file: &str) -> Result<bool> {
    let found = connection
        .prepare_cached("select exists (select 1 from objects where file = ?1)")
        .and_then(|mut statement| statement.query_one([file], |row| row.get(0)));
    found.map_err(failure::database)
}

fn list(connection: &Connection, space: i64, page: &Page, mut answering: Answering) -> Result<Vec<Description>> {
    let Page { prefix, after, limit } = page;
    let (than, from) = spaces::page(prefix, after.as_deref());
    let sql = format!("select {COLUMNS} from objects where space = ?1 and key {than} ?2 order by key");
    let mut statement = connection.prepare_cached(&sql).map_err(failure::database)?;
    let mut rows = statement.query(params![space, from]).map_err(failure::database)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next().map_err(failure::database)? {
        let description = read(row).map_err(failure::database)?.description;
        if all.len() >= *limit as usize || !description.key.starts_with(prefix.as_str()) {
            break;
        }
        answering.add(description.size_in_bytes())?;
        all.push(description);
    }
    Ok(all)
}

#[cfg(test)]
#[path = "objects_tests.rs"]
mod tests;
