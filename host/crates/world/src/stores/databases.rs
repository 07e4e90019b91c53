use palisade_core::{
    sql::{Answer, Operation, Rows, Statement, Value},
    store::PAGE,
};
use wasmtime::Result;

use crate::{
    bindings::palisade::provider::{databases as wit, stores::StoreError},
    imports::{Imports, View},
};

impl<T: Imports> wit::Host for View<'_, T> {
    async fn query(
        &mut self,
        store: String,
        statement: wit::Statement,
        limit: Option<u32>,
    ) -> Result<Result<wit::Rows, StoreError>> {
        let operation = Operation::Query { statement: self::statement(statement), limit: limit.unwrap_or(PAGE) };
        let wanted = |answer| if let Answer::Rows(found) = answer { Some(rows(found)) } else { None };
        Ok(self.ask(store, operation, wanted).await)
    }

    async fn execute(
        &mut self,
        store: String,
        statements: Vec<wit::Statement>,
    ) -> Result<Result<Vec<u64>, StoreError>> {
        let statements = statements.into_iter().map(statement).collect();
        let wanted = |answer| if let Answer::Changed(changed) = answer { Some(changed) } else { None };
        Ok(self.ask(store, Operation::Execute { statements }, wanted).await)
    }
}

fn statement(wit::Statement { sql, parameters }: wit::Statement) -> Statement {
    let value = |value| match value {
        wit::Value::Null => Value::Null,
        wit::Value::Integer(number) => Value::Integer(number),
        wit::Value::Real(number) => Value::Real(number),
        wit::Value::Text(text) => Value::Text(text),
        wit::Value::Blob(blob) => Value::Blob { blob },
    };
    Statement { sql, parameters: parameters.into_iter().map(value).collect() }
}

fn rows(Rows { columns, rows, has_more }: Rows) -> wit::Rows {
    let value = |value| match value {
        Value::Null => wit::Value::Null,
        Value::Integer(number) => wit::Value::Integer(number),
        Value::Real(number) => wit::Value::Real(number),
        Value::Text(text) => wit::Value::Text(text),
        Value::Blob { blob } => wit::Value::Blob(blob),
    };
    let row = |row: Vec<_>| row.into_iter().map(value).collect();
    wit::Rows { columns, rows: rows.into_iter().map(row).collect(), has_more }
}
