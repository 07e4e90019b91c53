//! Tables, asked and changed in SQL.

use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    check::{self, bad_output},
    media::bytes,
    store::{self, Answered, Operate, bytes_of},
};

/// What to do with tables.
pub type Request = store::Request<Operation>;
/// What became of it.
pub type Response = store::Response<Answer>;

/// Most parameters of a statement.
const MAX_PARAMETERS: usize = 32_766;

/// Something to do with tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Operation {
    /// Asks. Nothing is changed: a statement that would change something is refused.
    Query {
        /// What.
        statement: Statement,
        /// How many rows at the most; 1000 by default.
        #[serde(default = "store::page")]
        limit: u32,
    },
    /// Changes, all or nothing: where a statement fails, those before it did not happen.
    Execute {
        /// One after the other.
        statements: Vec<Statement>,
    },
}

/// A statement of SQL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// One statement, with `?1`, `?2` and so on where its parameters go.
    pub sql: String,
    /// The values of its parameters.
    #[serde(default)]
    pub parameters: Vec<Value>,
}

impl Statement {
    /// A statement with its parameters.
    pub fn new<V: Into<Value>>(sql: impl Into<String>, parameters: impl IntoIterator<Item = V>) -> Self {
        Self { sql: sql.into(), parameters: parameters.into_iter().map(Into::into).collect() }
    }

    fn size_in_bytes(&self) -> u64 {
        (self.sql.len() as u64).saturating_add(self.parameters.iter().map(Value::size_in_bytes).sum())
    }

    fn validate(&self, field: &str) -> Result<()> {
        let sql = format!("{field}.sql");
        check::required_text(&sql, &self.sql, "write a statement")?;
        let parameters = format!("{field}.parameters");
        check::within(&parameters, self.parameters.len(), MAX_PARAMETERS, "values")?;
        for (index, value) in self.parameters.iter().enumerate() {
            let bytes = usize::try_from(value.size_in_bytes()).unwrap_or(usize::MAX);
            store::value(&format!("{parameters}[{index}]"), bytes)?;
            if matches!(value, Value::Real(number) if !number.is_finite()) {
                return Err(Error::invalid_input(format!("{parameters}[{index}]"), "it is no number"));
            }
        }
        Ok(())
    }
}

/// A value of a row or a parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Nothing; `null` in JSON.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes; in JSON `{ "blob": "…" }` in base64 with padding.
    Blob {
        /// The bytes.
        #[serde(with = "bytes")]
        blob: Vec<u8>,
    },
}

impl Value {
    fn size_in_bytes(&self) -> u64 {
        match self {
            Self::Null => 1,
            Self::Integer(_) | Self::Real(_) => 8,
            Self::Text(text) => text.len() as u64,
            Self::Blob { blob } => blob.len() as u64,
        }
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

/// What an operation gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Of `query`.
    Rows(Rows),
    /// Of `execute`: for each statement how many rows it has changed.
    Changed(Vec<u64>),
}

/// Rows that were found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// What the columns are called.
    pub columns: Vec<String>,
    /// Each with a value for each column.
    pub rows: Vec<Vec<Value>>,
    /// Whether there are more than were asked for.
    pub has_more: bool,
}

impl Request {
    /// Asks for the first thousand rows.
    pub fn query(sql: impl Into<String>) -> Self {
        Self::new(Operation::Query { statement: Statement::new::<Value>(sql, []), limit: store::PAGE })
    }

    /// Changes, all or nothing.
    pub fn execute(statements: impl IntoIterator<Item = Statement>) -> Self {
        Self::new(Operation::Execute { statements: statements.into_iter().collect() })
    }
}

impl Operate for Operation {
    type Answer = Answer;

    fn name(&self) -> &'static str {
        match self {
            Self::Query { .. } => "query",
            Self::Execute { .. } => "execute",
        }
    }

    fn changes(&self) -> bool {
        !matches!(self, Self::Query { .. })
    }

    fn typical() -> Self {
        Self::Query { statement: Statement::new::<Value>("select 1", []), limit: store::PAGE }
    }

    fn validate(&self) -> Result<()> {
        match self {
            Self::Query { statement, limit } => {
                statement.validate("statement")?;
                store::limit("limit", *limit)
            }
            Self::Execute { statements } => {
                check::required_items("statements", statements.len(), "statement")?;
                statements
                    .iter()
                    .enumerate()
                    .try_for_each(|(index, statement)| statement.validate(&format!("statements[{index}]")))
            }
        }
    }

    fn size_in_bytes(&self) -> u64 {
        match self {
            Self::Query { statement, .. } => statement.size_in_bytes(),
            Self::Execute { statements } => statements.iter().map(Statement::size_in_bytes).sum(),
        }
    }

    fn check(&self, answer: &Answer) -> Result<()> {
        let is_answer = match (self, answer) {
            (Self::Query { limit, .. }, Answer::Rows(found)) => {
                found.rows.len() <= *limit as usize && found.rows.iter().all(|row| row.len() == found.columns.len())
            }
            (Self::Execute { statements }, Answer::Changed(changed)) => changed.len() == statements.len(),
            _ => false,
        };
        if is_answer { Ok(()) } else { Err(bad_output(format!("this is no answer to `{}`", self.name()))) }
    }
}

impl Answered for Answer {
    fn size_in_bytes(&self) -> u64 {
        match self {
            Self::Rows(Rows { columns, rows, .. }) => {
                bytes_of(columns) + rows.iter().flatten().map(Value::size_in_bytes).sum::<u64>()
            }
            Self::Changed(changed) => size_of_val(changed.as_slice()) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_written_in_json_as_they_are() {
        let values = json!([null, 1, 1.5, "fox", {"blob": "Zm94"}]);
        let read: Vec<Value> = serde_json::from_value(values.clone()).unwrap();
        let expected = [Value::Null, 1.into(), 1.5.into(), "fox".into(), Value::Blob { blob: b"fox".to_vec() }];
        assert_eq!(read, expected);
        assert_eq!(serde_json::to_value(read).unwrap(), values);
    }

    #[test]
    fn what_no_database_can_do_is_refused() {
        let refused = |request: Request| request.validate().unwrap_err().to_string();
        Request::query("select 1").validate().unwrap();
        assert_eq!(refused(Request::query(" ")), "statement.sql: it is empty: write a statement");
        assert_eq!(refused(Request::execute([])), "statements: it is empty: give at least one statement");
        let nan = Request::execute([Statement::new("insert into t values (?1)", [f64::NAN])]);
        assert_eq!(refused(nan), "statements[0].parameters[0]: it is no number");
    }

    #[test]
    fn rows_are_as_wide_as_their_columns() {
        let request = Request::query("select 1");
        let found = |rows| Response::new(Answer::Rows(Rows { columns: vec!["a".to_owned()], rows, has_more: false }));
        found(vec![vec![Value::Null]]).validate(&request).unwrap();
        assert!(found(vec![vec![]]).validate(&request).is_err());
    }
}
