//! What the stores have in common: an operation, what it is done with, and whose data it is about.

use clap::{Args, ValueEnum};
use palisade::{Error, Operation, Result, store};

use crate::{format, inputs::Inputs};

/// What is typed behind a store.
#[derive(Debug, Args)]
pub(crate) struct Typed<O: ValueEnum + Clone + Send + Sync + 'static> {
    /// What to do.
    #[arg(value_enum)]
    pub(crate) operation: Option<O>,
    /// What to do it with.
    #[arg(value_name = "ARGUMENT", allow_negative_numbers = true)]
    pub(crate) arguments: Vec<String>,
    /// Whose data it is about. [default: default]
    #[arg(long, value_name = "NAME")]
    pub(crate) namespace: Option<String>,
}

impl<O: ValueEnum + Clone + Send + Sync> Typed<O> {
    /// The request whose operation `read` makes of what was typed.
    pub(crate) fn request<T>(
        self,
        inputs: &mut Inputs,
        read: impl FnOnce(O, Words, &mut Inputs) -> Result<T>,
    ) -> Result<store::Request<T>>
    where
        store::Request<T>: Operation,
    {
        let operation = match self.operation {
            Some(operation) => {
                let name = operation.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
                Some(read(operation, Words { operation: name, words: self.arguments.into() }, inputs)?)
            }
            None => None,
        };
        let ordinary = |ordinary: store::Request<T>| ordinary.operation;
        let operation =
            inputs.needed(operation, ordinary, "operation", "write it behind the capability; `--help` lists them")?;
        let request = store::Request::new(operation);
        Ok(match self.namespace {
            Some(namespace) => request.within(namespace),
            None => request,
        })
    }
}

/// What is typed behind an operation.
pub(crate) struct Words {
    operation: String,
    words: std::collections::VecDeque<String>,
}

impl Words {
    /// The next one.
    pub(crate) fn next(&mut self) -> Option<String> {
        self.words.pop_front()
    }

    /// The next one, which must be there.
    pub(crate) fn required(&mut self, what: &str) -> Result<String> {
        let operation = &self.operation;
        self.words
            .pop_front()
            .ok_or_else(|| Error::invalid_input(what, format!("there is none: write it behind `{operation}`")))
    }

    /// The next one as a number.
    pub(crate) fn number<T: std::str::FromStr>(&mut self, what: &str) -> Result<Option<T>> {
        let word = self.words.pop_front();
        let number = |word: String| {
            let shown = palisade::text::escape(&word, 40);
            word.parse().map_err(|_| Error::invalid_input(what, format!("`{shown}` is no such number")))
        };
        word.map(number).transpose()
    }

    /// All that are left.
    pub(crate) fn rest(&mut self) -> Vec<String> {
        std::mem::take(&mut self.words).into()
    }

    /// Refuses what nobody took.
    pub(crate) fn end(mut self) -> Result<()> {
        let Some(word) = self.next() else { return Ok(()) };
        let (word, operation) = (palisade::text::escape(&word, 40), self.operation);
        Err(Error::invalid_input("arguments", format!("`{word}` is one too many for `{operation}`")))
    }
}

/// Bytes as people read them: as a text where they are one, else how many there are.
pub(crate) fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => format!("{} that are no text; `--json` shows them\n", format::bytes(bytes.len() as u64)),
    }
}

/// The same in a cell of a table.
pub(crate) fn short(bytes: &[u8]) -> String {
    /// Characters of a value that are shown.
    const SHOWN: usize = 60;
    palisade::text::escape(text(bytes).trim_end(), SHOWN)
}

/// JSON that was typed.
pub(crate) fn json<T: serde::de::DeserializeOwned>(field: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| {
        let reason = palisade::text::escape(&error.to_string(), 500);
        Error::invalid_input(field, format!("it is not the JSON that is expected: {reason}"))
    })
}
