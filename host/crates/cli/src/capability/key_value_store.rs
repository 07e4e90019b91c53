//! `palisade run key-value-store`

use std::time::Duration;

use clap::{Args, ValueEnum};
use palisade::{
    Error, Result,
    key_value_store::{Answer, Entry, Operation, Request, Response, Value},
    store::Page,
};

use super::{
    Capability, Present,
    stored::{self, Typed, Words},
};
use crate::{format, inputs::Inputs};

/// Characters of a key that are shown.
const SHOWN: usize = 200;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    typed: Typed<Verb>,
    /// How long a value is kept, for example `5m`. [default: for good]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    ttl: Option<Duration>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Verb {
    /// `KEY...`: reads values.
    Get,
    /// `KEY VALUE [KEY VALUE]...`: writes values; of the last key, --input may name the file with its value.
    Set,
    /// `KEY...`: forgets values.
    Delete,
    /// `[PREFIX [AFTER]]`: lists keys.
    List,
    /// `KEY [BY]`: adds to a number.
    Increment,
}

impl Capability for Arguments {
    type Operation = Request;

    const INPUT: &'static str = "A file with the value";
    const GROUPS: &'static [&'static str] = &["Arguments", "Typed"];

    fn request(self, inputs: &mut Inputs) -> Result<Request> {
        let ttl_ms = self.ttl.map(|ttl| u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        self.typed.request(inputs, |verb, mut words, inputs| {
            let operation = match verb {
                Verb::Get => Operation::Get { keys: words.rest() },
                Verb::Delete => Operation::Delete { keys: words.rest() },
                Verb::Set => Operation::Set { entries: entries(&mut words, inputs, ttl_ms)? },
                Verb::List => {
                    let prefix = words.next().unwrap_or_default();
                    Operation::List(Page { after: words.next(), ..Page::new(prefix) })
                }
                Verb::Increment => {
                    let key = words.required("key")?;
                    Operation::Increment { key, by: words.number("by")?.unwrap_or(1), ttl_ms }
                }
            };
            words.end()?;
            Ok(operation)
        })
    }
}

/// Pairs of keys and values; the value of the last key may be in a file.
fn entries(words: &mut Words, inputs: &mut Inputs, ttl_ms: Option<u64>) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    while let Some(key) = words.next() {
        let value = match words.next() {
            Some(value) => inputs.argument(value)?.into_bytes(),
            None => inputs.file()?.map(|file| file.data).ok_or_else(|| {
                Error::invalid_input("value", "there is none: write it behind its key, or name a file with --input")
            })?,
        };
        entries.push(Entry { ttl_ms, ..Entry::new(key, value) });
    }
    Ok(entries)
}

impl Present<Request> for Response {
    fn text(&self, request: &Request) -> Option<String> {
        Some(match (&self.answer, &request.operation) {
            (Answer::Values(values), Operation::Get { keys }) => match &values[..] {
                [Some(one)] => stored::text(&one.value),
                _ => table(keys, values),
            },
            (Answer::Written(versions), _) => {
                let written = versions.iter().flatten().count();
                format!("{written} written\n")
            }
            (Answer::Deleted(count), _) => format!("{count} deleted\n"),
            (Answer::Keys(keys), _) => format::lines(keys.iter().map(|key| palisade::text::escape(key, SHOWN))),
            (Answer::Number(number), _) => format!("{number}\n"),
            (Answer::Values(_), _) => return None,
        })
    }
}

fn table(keys: &[String], values: &[Option<Value>]) -> String {
    let mut table = format::table(&["key", "value", "expires in"]);
    for (key, value) in keys.iter().zip(values) {
        let shown = value.as_ref().map_or_else(|| "-".to_owned(), |value| stored::short(&value.value));
        let expires = value.as_ref().and_then(|value| value.expires_in_ms).map(Duration::from_millis);
        table.add_row([palisade::text::escape(key, SHOWN), shown, expires.map_or_else(String::new, format::time)]);
    }
    format::rows(table)
}
