//! Tables, in SQLite: a database for each namespace.
//!
//! Statements may come from strangers. Each namespace is a file of its own, and nothing leads out of it:
//!
//! | what a statement could try | what stops it |
//! |---|---|
//! | to reach another file or database | an authorizer that allows what reads and writes tables, and denies the rest; nothing can be attached |
//! | to load code | extensions are off, and the function is denied |
//! | to damage the file | defensive mode; the schema is not trusted; pragmas are denied but those that tell of tables |
//! | to change something in a `query` | the same authorizer, and the statement must be read-only |
//! | to end the transaction of a request | what begins or ends one is denied; a second statement in a text is refused |
//! | to run for ever | a look at the deadline every hundred steps |
//! | to run for ever in one step | functions that take the product of their inputs are replaced or denied, and patterns are short |
//! | to fill memory | no value or row above 1 MiB, 200 columns, so many bytes of rows, and a cache beyond which sorting goes to files |
//! | to fill the disk | so many pages of the database; files for sorting last as long as the statement |

mod databases;
mod functions;
mod guard;
mod work;

use std::{sync::Arc, time::Duration};

use palisade_core::{
    Capability, Request, Response, Result,
    sql::{self as core, Answer, Operation},
    store::MAX_VALUE_BYTES,
};
use serde::Deserialize;

use self::{databases::Databases, work::Work};
use crate::{
    clock::Clock,
    database::run,
    place::Place,
    store::{Kind, Store, other_kind},
    units,
};

/// Keeps tables, asked and changed in SQL.
pub type Sql = Store<Tables>;

/// What there is to decide about tables.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct SqlOptions {
    /// How long the statements of one request may run. 5 seconds by default.
    #[serde(deserialize_with = "units::time::deserialize")]
    pub timeout: Duration,
    /// Most memory for the rows of an answer; a quarter of it for pages and for sorting, which goes to files beyond that. 64 MiB
    /// by default.
    #[serde(deserialize_with = "units::bytes::deserialize")]
    pub memory: u64,
    /// Most bytes of a value and of a row, 16 MiB at the most. 1 MiB by default: a statement may have some hundred values at hand at
    /// one time, which no other limit counts. Larger ones are for an [object store](crate::ObjectStore).
    #[serde(deserialize_with = "units::bytes::deserialize")]
    pub value: u64,
    /// Most bytes of the database of a namespace. 1 GiB by default.
    #[serde(deserialize_with = "units::bytes::deserialize")]
    pub quota: u64,
    /// Most namespaces. 1000 by default.
    pub namespaces: u32,
}

impl Default for SqlOptions {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(5), memory: 64 << 20, value: 1 << 20, quota: 1 << 30, namespaces: 1000 }
    }
}

impl SqlOptions {
    fn value_bytes(&self) -> usize {
        usize::try_from(self.value).unwrap_or(usize::MAX).min(MAX_VALUE_BYTES)
    }
}

/// Steps of a statement between two looks at the clock: a step may move a whole value.
const STEPS: i32 = 100;

/// Databases in a folder, or in memory.
pub struct Tables {
    databases: Databases,
    options: Arc<SqlOptions>,
}

impl Kind for Tables {
    type Options = SqlOptions;

    const CAPABILITY: Capability = Capability::Sql;
    const MODEL: &'static str = "sqlite";
    const SUMMARY: &'static str = "Keeps tables, asked and changed in the SQL of SQLite";
    const OPERATIONS: &'static [&'static str] = &["query", "execute"];

    fn open(place: &Place, options: &Self::Options, _: &Clock) -> Result<Self> {
        let options = Arc::new(options.clone());
        Ok(Self { databases: Databases::new(place, Arc::clone(&options))?, options })
    }

    async fn serve(&self, request: Arc<Request>) -> Result<Response> {
        let Request::Sql(asked) = &*request else { return Err(other_kind(&request)) };
        let is_change = matches!(asked.operation, Operation::Execute { .. });
        let lanes = self.databases.of(&asked.namespace, is_change).await?;
        let lane = if is_change { &lanes.writer } else { &lanes.reader };
        let options = Arc::clone(&self.options);
        let answer = run(lane, STEPS, Some(options.timeout), move |connection, waiting| {
            let Request::Sql(asked) = &*request else { return Err(other_kind(&request)) };
            let max_bytes = asked.max_bytes.unwrap_or(u64::MAX).min(options.memory);
            let work = Work { options: &options, waiting, max_bytes };
            match &asked.operation {
                Operation::Query { statement, limit } => work.query(connection, statement, *limit).map(Answer::Rows),
                Operation::Execute { statements } => work.execute(connection, statements).map(Answer::Changed),
            }
        });
        Ok(Response::Sql(core::Response::new(answer.await?)))
    }

    async fn check(&self) -> Result<()> {
        self.databases.check().await
    }
}

#[cfg(test)]
#[path = "sql_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "sql_hostile_tests.rs"]
mod hostile_tests;
