//! Runs statements on a connection, under guard.

use palisade_core::{
    Error, ErrorKind, Result,
    sql::{Rows, Statement, Value},
};
use rusqlite::{Connection, ErrorCode, types::ValueRef};

use super::{
    SqlOptions,
    guard::{self, Denied, Mode},
};
use crate::{
    database::Waiting,
    failure::{self, message, too_much},
    units::size,
};

/// Work on one database.
pub(super) struct Work<'a> {
    pub(super) options: &'a SqlOptions,
    pub(super) waiting: &'a Waiting,
    /// Most bytes of rows.
    pub(super) max_bytes: u64,
}

impl Work<'_> {
    /// Asks.
    pub(super) fn query(&self, connection: &mut Connection, statement: &Statement, limit: u32) -> Result<Rows> {
        let denied = guard::watch(connection, Mode::Query).map_err(failure::database)?;
        let rows = self.rows(connection, statement, limit);
        guard::unwatch(connection).map_err(failure::database)?;
        rows.map_err(|failed| failed.tell(self, "statement", &denied))
    }

    /// Changes, all or nothing.
    pub(super) fn execute(&self, connection: &mut Connection, statements: &[Statement]) -> Result<Vec<u64>> {
        connection.execute_batch("begin immediate").map_err(failure::database)?;
        let changed = self.execute_all(connection, statements);
        // Some failures have rolled back by themselves.
        if !connection.is_autocommit() {
            connection.execute_batch("rollback").map_err(failure::database)?;
        }
        changed
    }

    fn execute_all(&self, connection: &mut Connection, statements: &[Statement]) -> Result<Vec<u64>> {
        let denied = guard::watch(connection, Mode::Execute).map_err(failure::database)?;
        let each = statements.iter().enumerate();
        let changed: Result<Vec<u64>> = each
            .map(|(index, statement)| {
                let changed = self.changed(connection, statement);
                changed.map_err(|failed| failed.tell(self, &format!("statements[{index}]"), &denied))
            })
            .collect();
        guard::unwatch(connection).map_err(failure::database)?;
        let changed = changed?;
        if self.waiting.is_given_up() || self.waiting.is_late() {
            return Err(self.ended());
        }
        // What a constraint puts off until now is refused now.
        let committed = connection.execute_batch("commit");
        committed.map_err(|error| Failed::Sqlite(error).tell(self, "statements", &denied))?;
        Ok(changed)
    }

    fn rows(&self, connection: &Connection, statement: &Statement, limit: u32) -> Result<Rows, Failed> {
        let mut prepared = connection.prepare(&statement.sql)?;
        if !prepared.readonly() {
            return Err(Failed::Refused("it would change something: use `execute`".to_owned()));
        }
        if prepared.column_count() == 0 {
            return Err(Failed::Refused("it asks for no rows: what changes something is for `execute`".to_owned()));
        }
        bind(&mut prepared, statement)?;
        let mut bytes = 0;
        let mut count = |more: u64| {
            bytes += more;
            if bytes > self.max_bytes { Err(Failed::TooMuch) } else { Ok(()) }
        };
        count(prepared.column_names().map(|name| name.len() as u64).sum())?;
        let columns: Vec<String> = prepared.column_names().map(str::to_owned).collect();
        let mut found = Rows { columns, rows: Vec::new(), has_more: false };
        let mut rows = prepared.raw_query();
        while let Some(row) = rows.next()? {
            if found.rows.len() >= limit as usize {
                found.has_more = true;
                break;
            }
            let mut values = Vec::with_capacity(found.columns.len());
            for index in 0..found.columns.len() {
                let value = row.get_ref(index)?;
                count(size_of::<Value>() as u64 + length(value))?;
                values.push(read(value));
            }
            found.rows.push(values);
        }
        Ok(found)
    }

    fn changed(&self, connection: &Connection, statement: &Statement) -> Result<u64, Failed> {
        let mut prepared = connection.prepare(&statement.sql)?;
        bind(&mut prepared, statement)?;
        let before = connection.total_changes();
        let mut rows = prepared.raw_query();
        // What it returns is not asked for.
        while rows.next()?.is_some() {}
        // A statement that changes no rows leaves the count of the one before.
        Ok(if connection.total_changes() == before { 0 } else { connection.changes() })
    }

    /// Says why a statement was ended.
    fn ended(&self) -> Error {
        if self.waiting.is_given_up() {
            return Error::new(ErrorKind::Cancelled, "finish: the call was given up");
        }
        let time = self.options.timeout;
        Error::new(ErrorKind::Deadline, format!("finish: the statements took longer than {time:?}"))
    }
}

/// Why a statement failed.
enum Failed {
    Sqlite(rusqlite::Error),
    Refused(String),
    TooMuch,
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Failed {
    fn tell(self, work: &Work<'_>, field: &str, denied: &Denied) -> Error {
        let options = work.options;
        let error = match self {
            Self::Sqlite(error) => error,
            Self::Refused(reason) => return Error::invalid_input(format!("{field}.sql"), reason),
            Self::TooMuch => {
                return too_much(format!("answer: the rows have more than {}; ask for fewer", size(work.max_bytes)));
            }
        };
        if let Some(reason) = denied.take() {
            return Error::invalid_input(format!("{field}.sql"), reason);
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => work.ended(),
            Some(ErrorCode::TooBig) => too_much(format!("{field}.sql: {}", message(&error))),
            Some(ErrorCode::OutOfMemory) => too_much(format!("{field}.sql: it needs more memory than there is")),
            Some(ErrorCode::DiskFull) => {
                let quota = size(options.quota);
                too_much(format!("{field}: the database is full: it may have {quota}, or the disk has no more"))
            }
            Some(
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied,
            ) => failure::database(error),
            _ => match error {
                rusqlite::Error::MultipleStatement => {
                    Error::invalid_input(format!("{field}.sql"), "it is more than one statement: write each by itself")
                }
                error => Error::invalid_input(format!("{field}.sql"), message(&error)),
            },
        }
    }
}

fn bind(prepared: &mut rusqlite::Statement<'_>, statement: &Statement) -> Result<(), Failed> {
    let (wanted, given) = (prepared.parameter_count(), statement.parameters.len());
    if wanted != given {
        return Err(Failed::Refused(format!("it has {wanted} parameters, and {given} values are given")));
    }
    for (index, value) in statement.parameters.iter().enumerate() {
        let place = index + 1;
        match value {
            Value::Null => prepared.raw_bind_parameter(place, rusqlite::types::Null)?,
            Value::Integer(number) => prepared.raw_bind_parameter(place, number)?,
            Value::Real(number) => prepared.raw_bind_parameter(place, number)?,
            Value::Text(text) => prepared.raw_bind_parameter(place, text)?,
            Value::Blob { blob } => prepared.raw_bind_parameter(place, blob)?,
        }
    }
    Ok(())
}

fn length(value: ValueRef<'_>) -> u64 {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len() as u64,
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => 0,
    }
}

fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        // A text of a database may be anything: what is no UTF-8 in it is replaced.
        ValueRef::Text(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob { blob: bytes.to_vec() },
    }
}
