//! A database of SQLite: in one file or in memory, with a lane for those who write and one for those who read.
//!
//! A file is in WAL mode and written through to the disk: what was answered is there after a process was killed and after the
//! power was lost, and what was not answered is there as a whole or not at all.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use palisade_core::{Error, ErrorKind, Result};
use rusqlite::{Connection, OpenFlags, TransactionBehavior, config::DbConfig};
use tokio::{sync::Mutex, task::spawn_blocking};

use crate::{failure, place::Place};

/// How long to wait for another process that writes to the same file.
const BUSY: Duration = Duration::from_secs(5);
/// Steps of a statement between two looks at whether anybody still waits for it.
const STEPS: i32 = 2000;
/// Statements that are kept ready.
const STATEMENTS: usize = 64;

/// What is in a database: which kind, and how it is made.
pub(crate) struct Schema {
    /// Stands in the head of the file: databases of one kind are not opened as another.
    pub(crate) id: i32,
    /// Of the tables. Another one is not read.
    pub(crate) version: i32,
    /// Makes the tables.
    pub(crate) tables: String,
}

/// The database. In memory both lanes are one.
pub(crate) struct Database {
    writer: Lane,
    reader: Lane,
}

/// A connection, which one call has at a time, in the order in which they came.
pub(crate) type Lane = Arc<Mutex<Connection>>;

impl Database {
    /// Opens the database, or makes it.
    pub(crate) fn open(place: &Place, schema: &Schema) -> Result<Self> {
        let path = match place {
            Place::Memory => {
                let mut connection = Connection::open_in_memory().map_err(failure::database)?;
                prepare(&connection).map_err(failure::database)?;
                make(&mut connection, schema)?;
                let writer = lane(connection);
                return Ok(Self { reader: Arc::clone(&writer), writer });
            }
            Place::Path(path) => path,
        };
        let failed = |error: rusqlite::Error| {
            let message = format!("open the store `{}`: {}", path.display(), failure::message(&error));
            Error::new(ErrorKind::Io, message).with_source(error)
        };
        make_folder_of(path)?;
        let mut writer = connect(path).map_err(failed)?;
        make(&mut writer, schema).map_err(|error| {
            let message = format!("open the store `{}`: {}", path.display(), error.message());
            Error::new(error.kind(), message).with_source(error)
        })?;
        let reader = connect(path).map_err(failed)?;
        Ok(Self { writer: lane(writer), reader: lane(reader) })
    }

    /// Reads, what belongs together at one moment.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        run(&self.reader, STEPS, None, move |connection, _| {
            let moment = connection.transaction_with_behavior(TransactionBehavior::Deferred);
            let moment = moment.map_err(failure::database)?;
            work(&moment)
        })
        .await
    }

    /// Reads before anybody else does, on the thread that opens it.
    pub(crate) fn now<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        work(&self.reader.blocking_lock())
    }

    /// Writes, all of it or nothing.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_and(work, |done| done).await
    }

    /// Writes, all of it or nothing, and then does something else before anybody else writes.
    pub(crate) async fn write_and<T, U: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
        then: impl FnOnce(T) -> U + Send + 'static,
    ) -> Result<U> {
        run(&self.writer, STEPS, None, move |connection, waiting| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate);
            let transaction = transaction.map_err(failure::database)?;
            let done = work(&transaction)?;
            if waiting.is_given_up() {
                return Err(Error::new(ErrorKind::Cancelled, "finish: the call was given up"));
            }
            transaction.commit().map_err(failure::database)?;
            Ok(then(done))
        })
        .await
    }

    /// Whether it can be written to, and what was written be read.
    pub(crate) async fn check(&self) -> Result<()> {
        let number = |sql| {
            move |connection: &Connection| {
                connection.query_one(sql, [], |row| row.get::<_, i64>(0)).map_err(failure::database)
            }
        };
        let written = self.write(number("update checked set times = times + 1 returning times")).await?;
        let read = self.read(number("select times from checked")).await?;
        if read < written {
            return Err(Error::new(ErrorKind::Io, "read from the database what was just written to it"));
        }
        Ok(())
    }
}

/// How long work is waited for.
#[derive(Clone, Default)]
pub(crate) struct Waiting {
    given_up: Arc<AtomicBool>,
    until: Option<Instant>,
}

impl Waiting {
    /// Of work that nobody waits for.
    #[cfg(test)]
    pub(crate) fn given_up() -> Self {
        Self { given_up: Arc::new(AtomicBool::new(true)), until: None }
    }

    /// Whether nobody waits any more.
    pub(crate) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    /// Whether it took longer than it may.
    pub(crate) fn is_late(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }
}

/// Gives up when it is dropped.
struct Waiter(Waiting);

impl Drop for Waiter {
    fn drop(&mut self) {
        self.0.given_up.store(true, Ordering::Relaxed);
    }
}

/// Does the work on a thread for what blocks, once it is its turn. Where nobody waits for it any more, or it takes longer than
/// `time`, the statement that runs ends, and what was not committed did not happen.
///
/// What ends a statement is a look at this one call every so many `steps`, and not an interrupt of the connection: that could
/// come late, and end the statement of whoever is next.
pub(crate) async fn run<T: Send + 'static>(
    lane: &Lane,
    steps: i32,
    time: Option<Duration>,
    work: impl FnOnce(&mut Connection, &Waiting) -> Result<T> + Send + 'static,
) -> Result<T> {
    let mut connection = Arc::clone(lane).lock_owned().await;
    let waiter =
        Waiter(Waiting { until: time.and_then(|time| Instant::now().checked_add(time)), ..Waiting::default() });
    let waiting = waiter.0.clone();
    let done = blocking(move || {
        let still = waiting.clone();
        let is_over = move || still.is_given_up() || still.is_late();
        connection.progress_handler(steps, Some(is_over)).map_err(failure::database)?;
        let done = work(&mut connection, &waiting);
        connection.progress_handler(0, None::<fn() -> bool>).map_err(failure::database)?;
        done
    });
    let done = done.await;
    drop(waiter);
    done
}

/// Does what blocks on a thread for it, which may look whether anybody still waits for it.
pub(crate) async fn while_waited_for<T: Send + 'static>(
    work: impl FnOnce(&Waiting) -> Result<T> + Send + 'static,
) -> Result<T> {
    let waiter = Waiter(Waiting::default());
    let waiting = waiter.0.clone();
    let done = blocking(move || work(&waiting)).await;
    drop(waiter);
    done
}

/// Does what blocks on a thread for it.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Error::new(ErrorKind::Internal, "finish the work of the store: it panicked").with_source(error))
    })
}

pub(crate) fn lane(connection: Connection) -> Lane {
    Arc::new(Mutex::new(connection))
}

pub(crate) fn make_folder_of(path: &Path) -> Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|error| {
        Error::new(ErrorKind::Io, format!("make the folder `{}` of the store", folder.display())).with_source(error)
    })
}

/// Opens the file, which is made where there is none. Its name is a path, never a URL with options.
pub(crate) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection)?;
    // Several at a time may make the same file.
    connection.pragma_update(None, "journal_mode", "wal")?;
    Ok(connection)
}

pub(crate) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

/// Makes the tables, or sees that they are those of this kind and version.
fn make(connection: &mut Connection, schema: &Schema) -> Result<()> {
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failure::database)?;
    let number = |sql: &str| transaction.query_one(sql, [], |row| row.get::<_, i32>(0)).map_err(failure::database);
    let (id, version) = (number("pragma application_id")?, number("pragma user_version")?);
    if (id, version) == (schema.id, schema.version) {
        return Ok(());
    }
    if number("select count(*) from sqlite_schema")? > 0 {
        let message = if id == schema.id {
            format!("its tables are of version {version}, and this host reads version {}", schema.version)
        } else {
            "it is a database of another program or of another kind of store; name another file".to_owned()
        };
        return Err(Error::new(ErrorKind::Io, message));
    }
    let made = transaction
        .execute_batch(&schema.tables)
        .and_then(|()| {
            transaction
                .execute_batch("create table checked (times integer not null) strict; insert into checked values (0)")
        })
        .and_then(|()| transaction.pragma_update(None, "application_id", schema.id))
        .and_then(|()| transaction.pragma_update(None, "user_version", schema.version));
    made.and_then(|()| transaction.commit()).map_err(failure::database)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_works_for_nobody_any_more_can_know_it() {
        let (begun, ended) = (tokio::sync::oneshot::channel(), tokio::sync::oneshot::channel());
        let ((begins, begun), (ends, ended)) = (begun, ended);
        let work = tokio::spawn(while_waited_for(move |waiting| {
            let _heard = begins.send(());
            while !waiting.is_given_up() {
                std::thread::yield_now();
            }
            let _heard = ends.send(());
            Ok(())
        }));
        begun.await.unwrap();
        work.abort();
        ended.await.unwrap();
    }
}
