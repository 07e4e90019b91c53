//! What SQLite says went wrong, as an error of ours.

use palisade_core::{Error, ErrorKind, text::escape};
use rusqlite::ErrorCode;

/// Longest message of SQLite that is passed on, in characters.
const MAX_MESSAGE: usize = 300;

/// What failed in a database of our own: its file, the disk, or a caller that has gone.
pub(crate) fn database(error: rusqlite::Error) -> Error {
    let (kind, message) = match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => (ErrorKind::Cancelled, "finish: the call was given up".to_owned()),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            (ErrorKind::Overloaded, "write to the database: another process keeps it busy".to_owned())
        }
        Some(ErrorCode::TooBig) => (ErrorKind::LimitExceeded, "keep what is larger than a database takes".to_owned()),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            (ErrorKind::Io, "read the database: it is damaged, or none; restore it, or name another file".to_owned())
        }
        Some(ErrorCode::DiskFull) => (ErrorKind::Io, "write to the database: the disk is full".to_owned()),
        _ => (ErrorKind::Io, format!("use the database: {}", message(&error))),
    };
    Error::new(kind, message).with_source(error)
}

/// What SQLite says, in one line.
pub(crate) fn message(error: &rusqlite::Error) -> String {
    let text = match error {
        // Without the statement, which may be long, and which the caller has.
        rusqlite::Error::SqliteFailure(_, Some(text)) => text.clone(),
        rusqlite::Error::SqlInputError { msg, offset, .. } if *offset >= 0 => format!("{msg} (at byte {offset})"),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    };
    escape(&text, MAX_MESSAGE)
}

/// More than may be kept or asked for.
pub(crate) fn too_much(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::LimitExceeded, message)
}
