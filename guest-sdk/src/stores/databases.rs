//! Tables, asked and changed in SQL.

use super::{StoreError, ask};
pub use crate::bindings::palisade::provider::databases::{Rows, Statement, Value};

/// A database that is lent.
#[derive(Debug, Clone, Copy)]
pub struct Database<'a> {
    pub(super) name: &'a str,
}

impl Statement {
    /// A statement without parameters.
    pub fn new(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), parameters: Vec::new() }
    }

    /// With the value of its next parameter: of `?1`, then of `?2`.
    #[must_use]
    pub fn with(mut self, value: impl Into<Value>) -> Self {
        self.parameters.push(value.into());
        self
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl Database<'_> {
    /// Asks for at most `limit` rows, 1000 by default. Nothing is changed: a statement that would change something is refused.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn query(&self, statement: Statement, limit: Option<u32>) -> Result<Rows, StoreError> {
        ask!(databases::query(self.name, &statement, limit))
    }

    /// Changes, all or nothing: where a statement fails, those before it did not happen. Gives for each how many rows it has changed.
    ///
    /// # Errors
    /// Any case of [`StoreError`].
    pub fn execute(&self, statements: impl IntoIterator<Item = Statement>) -> Result<Vec<u64>, StoreError> {
        ask!(databases::execute(self.name, &statements.into_iter().collect::<Vec<_>>()))
    }
}
