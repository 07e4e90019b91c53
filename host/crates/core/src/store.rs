//! What all kinds of stores have in common: a request is an operation in a namespace, and its response is an answer.
//!
//! ```text
//! Request<Operation> = namespace + operation ─► provider ─► Response<Answer> = answer + usage + warnings
//! ```
//!
//! A store keeps something, which nobody else has: what fails here is not tried elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Error, Quantity, Result, Unit, Usage, Warning, Workload,
    check::{self, MAX_ITEMS},
    clean,
    id::is_id,
};

/// Longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 1024;
/// Largest value, message, vector with its payload, or row, in bytes.
pub const MAX_VALUE_BYTES: usize = 16 << 20;
/// Most bytes that one request writes.
pub const MAX_REQUEST_BYTES: u64 = 256 << 20;
/// Keys, rows or messages that are told at a time, where nothing else is asked for.
pub const PAGE: u32 = 1000;
/// The namespace that is meant where none is named.
pub const DEFAULT_NAMESPACE: &str = "default";

/// What to do in a store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request<O> {
    /// Whose data: a collection of vectors, a bucket, a queue, a database. An id, `[a-z0-9][a-z0-9._-]{0,63}`; it is there once something is
    /// written to it. `default` by default.
    #[serde(default = "default_namespace")]
    pub namespace: String,
    /// Most bytes of what is read, as [`Answered::size_in_bytes`] counts them; [`MAX_REQUEST_BYTES`] by default, or what else the store
    /// tells at a time. What is more is refused with `limit-exceeded` before it is read; of messages, as many are taken as fit, and none
    /// where the first one does not. What a change tells does not count: it would be made all the same.
    #[serde(default)]
    pub max_bytes: Option<u64>,
    /// What to do.
    pub operation: O,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response<A> {
    /// What the operation gives.
    pub answer: A,
    /// What it used.
    pub usage: Usage,
    /// What the caller should know.
    pub warnings: Vec<Warning>,
}

/// What can be done in a store of a kind.
pub trait Operate {
    /// What an operation gives.
    type Answer: Answered;

    /// What it is called, for example `get`. A store that does not know it leaves it out of the values of the parameter
    /// `operation` in its catalogue.
    fn name(&self) -> &'static str;

    /// Whether it changes what is kept.
    fn changes(&self) -> bool;

    /// One of ordinary size.
    fn typical() -> Self;

    /// Checks what no store can do.
    ///
    /// # Errors
    ///
    /// `invalid-input` with the field that is wrong.
    fn validate(&self) -> Result<()>;

    /// Bytes of what it reads or writes by name and value.
    fn size_in_bytes(&self) -> u64;

    /// Checks that this is an answer to it.
    ///
    /// # Errors
    ///
    /// `bad-output`.
    fn check(&self, answer: &Self::Answer) -> Result<()>;
}

/// What an operation gives.
pub trait Answered {
    /// Bytes of what was read.
    fn size_in_bytes(&self) -> u64;
}

impl<O> Request<O> {
    /// This operation in the namespace `default`.
    #[must_use]
    pub fn new(operation: O) -> Self {
        Self { namespace: default_namespace(), max_bytes: None, operation }
    }

    /// The same in another namespace.
    #[must_use]
    pub fn within(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// The same, of which no more bytes are told than these.
    #[must_use]
    pub fn telling_at_most(mut self, bytes: u64) -> Self {
        self.max_bytes = Some(bytes);
        self
    }
}

impl<O: Operate> Request<O> {
    pub(crate) fn typical() -> Self {
        Self::new(O::typical())
    }

    pub(crate) fn validate(&self) -> Result<()> {
        if !is_id(&self.namespace) {
            let shown = crate::text::escape(&self.namespace, 64);
            let reason =
                format!("`{shown}` is no name of one: use 1 to 64 of a-z, 0-9, `.`, `_`, `-`, a letter or digit first");
            return Err(Error::invalid_input("namespace", reason));
        }
        let bytes = self.operation.size_in_bytes();
        if bytes > MAX_REQUEST_BYTES {
            let reason = format!("it has {bytes} bytes, and at most {MAX_REQUEST_BYTES} are taken: write it in parts");
            return Err(Error::invalid_input("operation", reason));
        }
        self.operation.validate()
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        self.operation.size_in_bytes().saturating_add(self.namespace.len() as u64)
    }

    pub(crate) fn parameters(&self) -> BTreeMap<&'static str, Value> {
        check::parameters([(OPERATION, Some(self.operation.name().into()))])
    }

    pub(crate) fn workload(&self) -> Workload {
        check::workload([Quantity::exactly(Unit::Other("byte".to_owned()), self.operation.size_in_bytes() as f64)])
    }
}

/// The parameter that names the operation: who lists its values in a catalogue is not asked for others.
pub const OPERATION: &str = "operation";

impl<A> Response<A> {
    /// This answer, of which nothing is billed.
    #[must_use]
    pub fn new(answer: A) -> Self {
        Self { answer, usage: Usage::default(), warnings: Vec::new() }
    }

    pub(crate) fn validate<O: Operate<Answer = A>>(&self, request: &Request<O>) -> Result<()> {
        request.operation.check(&self.answer)
    }

    pub(crate) fn clean(&mut self) -> Result<()> {
        clean::remarks(&mut self.usage, &mut self.warnings)
    }
}

impl<A: Answered> Response<A> {
    pub(crate) fn size_in_bytes(&self) -> u64 {
        self.answer.size_in_bytes()
    }
}

/// A key of a value or an object.
pub(crate) fn key(field: &str, key: &str) -> Result<()> {
    if key.is_empty() {
        return Err(Error::invalid_input(field, "it is empty: a key has at least one character"));
    }
    check::within(field, key.len(), MAX_KEY_BYTES, "bytes")
}

/// A list of keys.
pub(crate) fn keys(field: &str, keys: &[String]) -> Result<()> {
    check::required_items(field, keys.len(), "key")?;
    keys.iter().enumerate().try_for_each(|(index, own)| key(&format!("{field}[{index}]"), own))
}

/// What is kept under a key.
pub(crate) fn value(field: &str, bytes: usize) -> Result<()> {
    check::within(field, bytes, MAX_VALUE_BYTES, "bytes")
}

/// How many are wanted at the most.
pub(crate) fn limit(field: &str, limit: u32) -> Result<()> {
    if limit == 0 {
        return Err(Error::invalid_input(field, "0 of them are none: ask for 1 or more"));
    }
    check::within(field, limit as usize, MAX_ITEMS, "entries")
}

/// A part of the keys of a namespace, in ascending order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Page {
    /// What they begin with; empty for all.
    pub prefix: String,
    /// The last key of the page before.
    pub after: Option<String>,
    /// How many at the most; [`PAGE`] by default.
    pub limit: u32,
}

impl Default for Page {
    fn default() -> Self {
        Self { prefix: String::new(), after: None, limit: PAGE }
    }
}

impl Page {
    /// The first keys that begin so.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..Self::default() }
    }

    pub(crate) fn validate(&self) -> Result<()> {
        check::within("prefix", self.prefix.len(), MAX_KEY_BYTES, "bytes")?;
        self.after.iter().try_for_each(|after| key("after", after))?;
        limit("limit", self.limit)
    }

    pub(crate) fn size_in_bytes(&self) -> u64 {
        bytes_of([&self.prefix].into_iter().chain(&self.after))
    }
}

/// Bytes of texts.
pub(crate) fn bytes_of<'a>(texts: impl IntoIterator<Item = &'a String>) -> u64 {
    texts.into_iter().map(|text| text.len() as u64).sum()
}

pub(crate) fn page() -> u32 {
    PAGE
}

fn default_namespace() -> String {
    DEFAULT_NAMESPACE.to_owned()
}
