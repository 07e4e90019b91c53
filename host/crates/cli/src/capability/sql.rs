//! `palisade run sql`

use clap::{Args, ValueEnum};
use palisade::{
    Result,
    sql::{Answer, Operation, Request, Response, Statement, Value},
    store,
};

use super::{
    Capability, Present,
    stored::{self, Typed, Words},
};
use crate::{format, inputs::Inputs};

/// Characters of a value that are shown.
const SHOWN: usize = 100;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    typed: Typed<Verb>,
    /// Rows at the most.
    #[arg(long, value_name = "COUNT", default_value_t = store::PAGE)]
    limit: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Verb {
    /// `SQL [PARAMETER]...`: asks; `-` reads the statement from stdin.
    Query,
    /// `SQL [PARAMETER]...`: changes.
    Execute,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = "A file with the statement";
    const GROUPS: &'static [&'static str] = &["Arguments", "Typed"];

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        let limit = self.limit;
        self.typed.request(inputs, |verb, mut words, inputs| {
            let statement = statement(&mut words, inputs)?;
            Ok(match verb {
                Verb::Query => Operation::Query { statement, limit },
                Verb::Execute => Operation::Execute { statements: vec![statement] },
            })
        })
    }
}

/// A statement with its parameters, each of which is JSON where it is a number, `null` or a blob, else a text.
fn statement(words: &mut Words, inputs: &mut Inputs) -> Result<Statement> {
    let sql = match inputs.prompt(None)? {
        Some(sql) => sql,
        None => inputs.argument(words.required("statement")?)?,
    };
    let value = |word: String| serde_json::from_str(&word).unwrap_or(Value::Text(word));
    Ok(Statement::new(sql, words.rest().into_iter().map(value)))
}

impl Present<Request> for Response {
    fn text(&self, _request: &Request) -> Option<String> {
        Some(match &self.answer {
            Answer::Rows(found) => {
                let header: Vec<String> =
                    found.columns.iter().map(|name| palisade::text::escape(name, SHOWN)).collect();
                let mut table = format::table(&header.iter().map(String::as_str).collect::<Vec<_>>());
                for row in &found.rows {
                    table.add_row(row.iter().map(shown));
                }
                let more = if found.has_more { "there are more: ask for them with --limit\n" } else { "" };
                format!("{}{more}", format::rows(table))
            }
            Answer::Changed(changed) => format!("{} rows changed\n", changed.iter().sum::<u64>()),
        })
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => palisade::text::escape(text, SHOWN),
        Value::Blob { blob } => stored::short(blob),
    }
}
