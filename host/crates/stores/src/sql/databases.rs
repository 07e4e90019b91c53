//! The databases of the namespaces: a file each in one folder, or in memory.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use palisade_core::{Error, ErrorKind, Result};
use rusqlite::Connection;
use tokio::sync::Mutex;

use super::{SqlOptions, guard};
use crate::{
    database::{Lane, blocking, connect, lane, prepare},
    failure,
    place::Place,
};

/// Most databases of files that are open at one time.
const OPEN: usize = 64;
/// What the files are called.
const EXTENSION: &str = "sqlite";

/// The databases of a store.
pub(super) struct Databases {
    place: Place,
    options: Arc<SqlOptions>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    databases: HashMap<String, (u64, Lanes)>,
    /// Counts what was asked for, to tell what was asked for last.
    turn: u64,
}

/// A database, with a connection for those who change it and one for those who ask. In memory both are one.
#[derive(Clone)]
pub(super) struct Lanes {
    pub(super) writer: Lane,
    pub(super) reader: Lane,
}

impl Databases {
    pub(super) fn new(place: &Place, options: Arc<SqlOptions>) -> Result<Self> {
        if let Place::Path(folder) = place {
            std::fs::create_dir_all(folder).map_err(|error| unusable(folder, error))?;
        }
        Ok(Self { place: place.clone(), options, open: Mutex::default() })
    }

    /// The database of a namespace. One that is not there is made `for_writing`, and else is an empty one that nobody keeps.
    pub(super) async fn of(&self, namespace: &str, for_writing: bool) -> Result<Lanes> {
        let mut open = self.open.lock().await;
        open.turn += 1;
        let turn = open.turn;
        if let Some((last, lanes)) = open.databases.get_mut(namespace) {
            *last = turn;
            return Ok(lanes.clone());
        }
        let options = Arc::clone(&self.options);
        let lanes = match &self.place {
            Place::Memory => {
                if for_writing {
                    self.one_more(open.databases.len(), namespace)?;
                }
                in_memory(&options)?
            }
            Place::Path(folder) => {
                let path = folder.join(format!("{namespace}.{EXTENSION}"));
                if !path.exists() {
                    if !for_writing {
                        return in_memory(&options);
                    }
                    self.one_more(count(folder)?, namespace)?;
                }
                open.close_idle();
                blocking(move || in_file(&path, &options)).await?
            }
        };
        if for_writing || self.place != Place::Memory {
            open.databases.insert(namespace.to_owned(), (turn, lanes.clone()));
        }
        Ok(lanes)
    }

    fn one_more(&self, count: usize, namespace: &str) -> Result<()> {
        if count < self.options.namespaces as usize {
            return Ok(());
        }
        Err(failure::too_much(format!("make the namespace `{namespace}`: there are {count}, and no more may be")))
    }

    /// Writes and reads, in a file that is gone afterwards.
    pub(super) async fn check(&self) -> Result<()> {
        let folder = match &self.place {
            Place::Memory => None,
            Place::Path(folder) => Some(folder.clone()),
        };
        blocking(move || {
            // Not by a name that a namespace could have.
            let file = folder.map(|folder| folder.join(format!(".check-{}.{EXTENSION}", std::process::id())));
            let connection = match &file {
                Some(path) => connect(path),
                None => Connection::open_in_memory(),
            };
            let checked = connection.and_then(|connection| {
                connection.execute_batch("create table if not exists checked (times integer)")?;
                connection.execute("insert into checked values (1)", [])?;
                connection.query_one("select max(times) from checked", [], |row| row.get::<_, i64>(0))
            });
            if let Some(path) = file {
                for ending in ["", "-wal", "-shm"] {
                    let mut name = path.clone().into_os_string();
                    name.push(ending);
                    // The last two are gone when the connection was closed.
                    let _gone = std::fs::remove_file(PathBuf::from(name));
                }
            }
            checked.map(drop).map_err(failure::database)
        })
        .await
    }
}

impl Open {
    /// Closes those that nobody uses and that were asked for longest ago, so that there is room for one more.
    fn close_idle(&mut self) {
        while self.databases.len() >= OPEN {
            let is_idle =
                |lanes: &Lanes| Arc::strong_count(&lanes.writer) == 1 && Arc::strong_count(&lanes.reader) == 1;
            let idle = self.databases.iter().filter(|(_, (_, lanes))| is_idle(lanes));
            let Some(oldest) = idle.min_by_key(|(_, (last, _))| *last).map(|(name, _)| name.clone()) else { return };
            self.databases.remove(&oldest);
        }
    }
}

fn in_memory(options: &SqlOptions) -> Result<Lanes> {
    let connection = Connection::open_in_memory().map_err(failure::database)?;
    let ready = prepare(&connection).and_then(|()| guard::limit(&connection, options));
    ready.map_err(failure::database)?;
    let writer = lane(connection);
    Ok(Lanes { reader: Arc::clone(&writer), writer })
}

fn in_file(path: &Path, options: &SqlOptions) -> Result<Lanes> {
    let open = || {
        let connection = connect(path)?;
        guard::limit(&connection, options)?;
        Ok(lane(connection))
    };
    let lanes = open().and_then(|writer| Ok(Lanes { writer, reader: open()? }));
    lanes.map_err(|error: rusqlite::Error| {
        let message = format!("open the database `{}`: {}", path.display(), failure::message(&error));
        Error::new(ErrorKind::Io, message).with_source(error)
    })
}

/// Databases in a folder.
fn count(folder: &Path) -> Result<usize> {
    let files = std::fs::read_dir(folder).map_err(|error| unusable(folder, error))?;
    let is_database =
        |file: &std::fs::DirEntry| file.path().extension().is_some_and(|extension| extension == EXTENSION);
    Ok(files.flatten().filter(is_database).count())
}

fn unusable(folder: &Path, error: std::io::Error) -> Error {
    let message = format!("use the folder `{}`: check that it may be read and written", folder.display());
    Error::new(ErrorKind::Io, message).with_source(error)
}
