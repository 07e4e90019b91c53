//! Opens the file, or makes it, and refuses one that is not ours or not whole.

use std::{fs::File, io, path::Path};

use palisade_core::{Error, ErrorKind, Result};
use redb::{
    Builder, Database, DatabaseError, StorageBackend, StorageError,
    backends::{FileBackend, InMemoryBackend},
};
use tempfile::{NamedTempFile, TempPath};

use crate::tables;

/// Memory for pages of the file. Nearly everything that is looked up is new, and not in it.
const CACHE_BYTES: usize = 16 << 20;

/// Opens the database in this file; makes one if there is no file. Takes the time that it takes to read all of it: every
/// page is checked.
pub(crate) fn open(path: &Path) -> Result<Database> {
    match existing(path) {
        Err(DatabaseError::Storage(StorageError::Io(error))) if error.kind() == io::ErrorKind::NotFound => create(path),
        opened => check(opened, path),
    }
}

/// A database that ends with the process.
pub(crate) fn in_memory() -> Result<Database> {
    on(InMemoryBackend::new())
}

/// The database on something else than a file.
pub(crate) fn on(backend: impl StorageBackend) -> Result<Database> {
    let failed = |error: redb::Error| Error::new(ErrorKind::Io, "make a database").with_source(error);
    let database = builder().create_with_backend(backend).map_err(|error| failed(error.into()))?;
    if tables::are_missing(&database).map_err(failed)? {
        initialise(&database).map_err(failed)?;
    }
    Ok(database)
}

fn builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true);
    builder
}

fn existing(path: &Path) -> Result<Database, DatabaseError> {
    builder().open(path)
}

/// Makes the database beside its place and moves it there when it is complete. So a process that is killed meanwhile leaves
/// no half of one, which would be refused from then on.
fn create(path: &Path) -> Result<Database> {
    let failed = |error: io::Error| {
        let message = format!("make the storage `{}`: check that its folder may be written", path.display());
        Error::new(ErrorKind::Io, message).with_source(error)
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let (file, place): (File, TempPath) = NamedTempFile::new_in(folder).map_err(failed)?.into_parts();
    let database = FileBackend::new(file).and_then(|backend| builder().create_with_backend(backend));
    let database = database.map_err(|error| failed(io::Error::other(error)))?;
    initialise(&database).map_err(|error| failed(io::Error::other(error)))?;
    match place.persist_noclobber(path) {
        Ok(()) => {
            // The name must outlive a loss of power, as the contents do.
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
            Ok(database)
        }
        // Somebody else was faster.
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => check(existing(path), path),
        Err(error) => Err(failed(error.error)),
    }
}

fn initialise(database: &Database) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    tables::create(&transaction)?;
    transaction.commit()?;
    Ok(())
}

fn check(opened: Result<Database, DatabaseError>, path: &Path) -> Result<Database> {
    let path = path.display();
    let refused = |message: String, error: redb::Error| Err(Error::new(ErrorKind::Io, message).with_source(error));
    let database = match opened {
        Ok(database) => database,
        Err(error @ DatabaseError::DatabaseAlreadyOpen) => {
            return refused(
                format!(
                    "open the storage `{path}`: another host has it open; end that one, or give this one a file of its own"
                ),
                error.into(),
            );
        }
        Err(DatabaseError::Storage(StorageError::Io(error))) if error.kind() != io::ErrorKind::InvalidData => {
            let message = format!("open the storage `{path}`: check that it is a file that may be read and written");
            return refused(message, redb::Error::Io(error));
        }
        Err(error) => return refused(damaged(&path.to_string()), error.into()),
    };
    match tables::are_ours(&database) {
        Ok(true) => Ok(database),
        Ok(false) => {
            let message = format!(
                "open the storage `{path}`: it is a database of another program or version; move it away, or name another file"
            );
            Err(Error::new(ErrorKind::Io, message))
        }
        Err(error) => refused(damaged(&path.to_string()), error),
    }
}

/// What is said of a file that cannot be relied upon. What it knew is lost with it, and the reader has to know that.
pub(crate) fn damaged(path: &str) -> String {
    format!(
        "open the storage `{path}`: it is damaged, or no storage; move it away to begin a new one, which knows nothing of the \
         jobs that were paid"
    )
}

#[cfg(test)]
#[path = "database_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "power_tests.rs"]
mod power_tests;
