//! What the statements of strangers may do: read and write the tables of their own database, and nothing else.

use std::sync::{Arc, Mutex, PoisonError};

use palisade_core::{MAX_TEXT_BYTES, text::escape};
use rusqlite::{
    Connection,
    config::DbConfig,
    hooks::{AuthAction, AuthContext, Authorization},
    limits::Limit,
};

use super::{SqlOptions, functions};

/// Whether statements may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Query,
    Execute,
}

/// Pragmas that tell of tables. All others are denied.
const PRAGMAS: &[&str] =
    &["foreign_key_list", "index_info", "index_list", "index_xinfo", "table_info", "table_list", "table_xinfo"];

/// Virtual tables that keep what they have in the database itself.
const MODULES: &[&str] = &["fts5", "rtree"];

/// What loads code, hands out pointers, or takes the square of its input as its time.
const FUNCTIONS: &[&str] = &["fts3_tokenizer", "json_patch", "jsonb_patch", "load_extension"];

/// Said of tables that would be there for whoever has the connection next.
const TEMPORARY: &str = "tables that end with a connection are not to be had here";

/// Bytes of a page of the file.
const PAGE: u64 = 4096;

/// Holds a connection to the limits, whatever is said on it later.
pub(super) fn limit(connection: &Connection, options: &SqlOptions) -> rusqlite::Result<()> {
    let value = options.value_bytes();
    let limits = [
        (Limit::SQLITE_LIMIT_LENGTH, i32::try_from(value).unwrap_or(i32::MAX)),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, i32::try_from(MAX_TEXT_BYTES).unwrap_or(i32::MAX)),
        (Limit::SQLITE_LIMIT_COLUMN, 200),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 200),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 100),
        (Limit::SQLITE_LIMIT_VDBE_OP, 1_000_000),
        (Limit::SQLITE_LIMIT_FUNCTION_ARG, 100),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        // Its time is the product of the pattern and the text.
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 32),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ];
    for (limit, most) in limits {
        connection.set_limit(limit, most)?;
    }
    // Names in double quotes are names: a column that is misspelt is no text.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    let pages = i64::try_from((options.quota / PAGE).max(1)).unwrap_or(i64::MAX);
    connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    // Pages and what is being sorted; more of it goes to files. A negative number counts KiB.
    let kibibytes = i64::try_from(options.memory / 4 / 1024).unwrap_or(i64::MAX).max(1);
    connection.pragma_update(None, "cache_size", -kibibytes)?;
    functions::replace(connection, value)
}

/// What was denied first, to be told.
#[derive(Clone, Default)]
pub(super) struct Denied(Arc<Mutex<Option<String>>>);

impl Denied {
    /// Tells it, once.
    pub(super) fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn note(&self, what: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(what);
    }
}

/// Watches the statements that are prepared on a connection from now on.
pub(super) fn watch(connection: &mut Connection, mode: Mode) -> rusqlite::Result<Denied> {
    let denied = Denied::default();
    let told = denied.clone();
    let decide = move |context: AuthContext<'_>| match judge(mode, &context) {
        Ok(()) => Authorization::Allow,
        Err(reason) => {
            told.note(reason);
            Authorization::Deny
        }
    };
    connection.authorizer(Some(decide))?;
    Ok(denied)
}

/// Lets go of a connection.
pub(super) fn unwatch(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)
}

fn judge(mode: Mode, context: &AuthContext<'_>) -> Result<(), String> {
    let reason = match &context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => return Ok(()),
        AuthAction::Function { function_name } => {
            if !FUNCTIONS.iter().any(|denied| denied.eq_ignore_ascii_case(function_name)) {
                return Ok(());
            }
            format!("the function `{}` is not to be had here", escape(function_name, 64))
        }
        AuthAction::Pragma { pragma_name, .. } => {
            if PRAGMAS.iter().any(|allowed| allowed.eq_ignore_ascii_case(pragma_name)) {
                return Ok(());
            }
            format!("the pragma `{}` is not to be had here", escape(pragma_name, 64))
        }
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => "other databases are out of reach".to_owned(),
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => {
            "all statements of a request are one transaction, which neither begins nor ends in them".to_owned()
        }
        _ if mode == Mode::Query => "it would change something: use `execute`".to_owned(),
        // `create table temp.t` is told as a table that is made in `temp`, `create temp table t` as a change of its schema too.
        _ if context.database_name == Some("temp") => TEMPORARY.to_owned(),
        AuthAction::CreateTempIndex { .. }
        | AuthAction::CreateTempTable { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::CreateTempView { .. }
        | AuthAction::DropTempIndex { .. }
        | AuthAction::DropTempTable { .. }
        | AuthAction::DropTempTrigger { .. }
        | AuthAction::DropTempView { .. } => TEMPORARY.to_owned(),
        AuthAction::CreateVtable { module_name, .. } => {
            if MODULES.iter().any(|allowed| allowed.eq_ignore_ascii_case(module_name)) {
                return Ok(());
            }
            format!("the module `{}` is not to be had here", escape(module_name, 64))
        }
        AuthAction::CreateIndex { .. }
        | AuthAction::CreateTable { .. }
        | AuthAction::CreateTrigger { .. }
        | AuthAction::CreateView { .. }
        | AuthAction::Delete { .. }
        | AuthAction::DropIndex { .. }
        | AuthAction::DropTable { .. }
        | AuthAction::DropTrigger { .. }
        | AuthAction::DropView { .. }
        | AuthAction::DropVtable { .. }
        | AuthAction::Insert { .. }
        | AuthAction::Update { .. }
        | AuthAction::AlterTable { .. }
        | AuthAction::Reindex { .. }
        | AuthAction::Analyze { .. } => return Ok(()),
        _ => "it is not to be had here".to_owned(),
    };
    Err(reason)
}
