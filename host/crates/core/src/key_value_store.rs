//! Values under keys, for as long as they are wanted: sessions, caches, counters, locks.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    check::{self, bad_output},
    media::bytes,
    store::{self, Answered, Operate, Page, bytes_of},
};

/// What to do with values.
pub type Request = store::Request<Operation>;
/// What became of it.
pub type Response = store::Response<Answer>;

/// Something to do with values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Operation {
    /// Reads values.
    Get {
        /// Under which keys.
        keys: Vec<String>,
    },
    /// Writes values, all of them in one go.
    Set {
        /// What to write. Each key once.
        entries: Vec<Entry>,
    },
    /// Forgets values.
    Delete {
        /// Under which keys.
        keys: Vec<String>,
    },
    /// Lists keys in ascending order.
    List(Page),
    /// Adds to a number, which is 0 where there is none. It is kept as a decimal text, so that it can be read and written as others are.
    Increment {
        /// Under which key.
        key: String,
        /// How much; may be negative. 1 by default.
        #[serde(default = "one")]
        by: i64,
        /// Milliseconds until a number that is new is forgotten.
        #[serde(default)]
        ttl_ms: Option<u64>,
    },
}

/// A value to keep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Under which key.
    pub key: String,
    /// The value; in JSON as base64 with padding.
    #[serde(with = "bytes")]
    pub value: Vec<u8>,
    /// Milliseconds until it is forgotten; none keeps it.
    #[serde(default)]
    pub ttl_ms: Option<u64>,
    /// When it is not written but under this condition.
    #[serde(default)]
    pub only_if: Option<Condition>,
}

impl Entry {
    /// This value, kept until it is deleted or replaced.
    pub fn new(key: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        Self { key: key.into(), value: value.into(), ttl_ms: None, only_if: None }
    }
}

/// What must be so for a value to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// There is none.
    Absent,
    /// The one that is there is of this version.
    Version(u64),
}

/// A value that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// The value; in JSON as base64 with padding.
    #[serde(with = "bytes")]
    pub value: Vec<u8>,
    /// Another one with each change, never 0.
    pub version: u64,
    /// Milliseconds until it is forgotten; none when it is kept.
    pub expires_in_ms: Option<u64>,
}

/// What an operation gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Of `get`: for each key its value, none where there is none.
    Values(Vec<Option<Value>>),
    /// Of `set`: for each entry the version that was written, none where its condition did not hold.
    Written(Vec<Option<u64>>),
    /// Of `delete`: how many there were.
    Deleted(u64),
    /// Of `list`.
    Keys(Vec<String>),
    /// Of `increment`: the sum.
    Number(i64),
}

impl Request {
    /// Reads values.
    pub fn get<T: Into<String>>(keys: impl IntoIterator<Item = T>) -> Self {
        Self::new(Operation::Get { keys: keys.into_iter().map(Into::into).collect() })
    }

    /// Writes values.
    pub fn set(entries: impl IntoIterator<Item = Entry>) -> Self {
        Self::new(Operation::Set { entries: entries.into_iter().collect() })
    }

    /// Forgets values.
    pub fn delete<T: Into<String>>(keys: impl IntoIterator<Item = T>) -> Self {
        Self::new(Operation::Delete { keys: keys.into_iter().map(Into::into).collect() })
    }

    /// Lists the first thousand keys that begin so.
    pub fn list(prefix: impl Into<String>) -> Self {
        Self::new(Operation::List(Page::new(prefix)))
    }

    /// Adds to a number.
    pub fn increment(key: impl Into<String>, by: i64) -> Self {
        Self::new(Operation::Increment { key: key.into(), by, ttl_ms: None })
    }
}

impl Operate for Operation {
    type Answer = Answer;

    fn name(&self) -> &'static str {
        match self {
            Self::Get { .. } => "get",
            Self::Set { .. } => "set",
            Self::Delete { .. } => "delete",
            Self::List(_) => "list",
            Self::Increment { .. } => "increment",
        }
    }

    fn changes(&self) -> bool {
        !matches!(self, Self::Get { .. } | Self::List(_))
    }

    fn typical() -> Self {
        Self::Get { keys: vec!["greeting".to_owned()] }
    }

    fn validate(&self) -> Result<()> {
        match self {
            Self::Get { keys } | Self::Delete { keys } => store::keys("keys", keys),
            Self::Set { entries } => {
                check::required_items("entries", entries.len(), "entry")?;
                let mut seen = BTreeSet::new();
                for (index, entry) in entries.iter().enumerate() {
                    let field = |name: &str| format!("entries[{index}].{name}");
                    store::key(&field("key"), &entry.key)?;
                    store::value(&field("value"), entry.value.len())?;
                    ttl(&field("ttl-ms"), entry.ttl_ms)?;
                    if !seen.insert(&entry.key) {
                        return Err(Error::invalid_input(field("key"), "it is there twice: write each key once"));
                    }
                }
                Ok(())
            }
            Self::List(page) => page.validate(),
            Self::Increment { key, by: _, ttl_ms } => {
                store::key("key", key)?;
                ttl("ttl-ms", *ttl_ms)
            }
        }
    }

    fn size_in_bytes(&self) -> u64 {
        match self {
            Self::Get { keys } | Self::Delete { keys } => bytes_of(keys),
            Self::Set { entries } => entries.iter().map(|entry| (entry.key.len() + entry.value.len()) as u64).sum(),
            Self::List(page) => page.size_in_bytes(),
            Self::Increment { key, .. } => bytes_of([key]),
        }
    }

    fn check(&self, answer: &Answer) -> Result<()> {
        let is_answer = match (self, answer) {
            (Self::Get { keys }, Answer::Values(values)) => values.len() == keys.len(),
            (Self::Set { entries }, Answer::Written(versions)) => versions.len() == entries.len(),
            (Self::Delete { keys }, Answer::Deleted(count)) => *count <= keys.len() as u64,
            (Self::List(page), Answer::Keys(keys)) => keys.len() <= page.limit as usize,
            (Self::Increment { .. }, Answer::Number(_)) => true,
            _ => false,
        };
        if is_answer { Ok(()) } else { Err(bad_output(format!("this is no answer to `{}`", self.name()))) }
    }
}

impl Answered for Answer {
    fn size_in_bytes(&self) -> u64 {
        match self {
            Self::Values(values) => values.iter().flatten().map(|value| value.value.len() as u64).sum(),
            Self::Written(versions) => size_of_val(versions.as_slice()) as u64,
            Self::Keys(keys) => bytes_of(keys),
            Self::Deleted(_) | Self::Number(_) => size_of::<u64>() as u64,
        }
    }
}

/// Until when something is kept, which cannot be no time at all.
fn ttl(field: &str, milliseconds: Option<u64>) -> Result<()> {
    match milliseconds {
        Some(0) => Err(Error::invalid_input(field, "it is 0: nothing would be kept; leave it out to keep it for good")),
        _ => Ok(()),
    }
}

fn one() -> i64 {
    1
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_no_store_can_do_is_refused() {
        let entry = |key: &str| Entry::new(key, "1");
        let refused = |request: Request| request.validate().unwrap_err().to_string();
        Request::set([entry("a"), entry("b")]).validate().unwrap();
        assert_eq!(refused(Request::set([])), "entries: it is empty: give at least one entry");
        assert_eq!(
            refused(Request::set([entry("a"), entry("a")])),
            "entries[1].key: it is there twice: write each key once"
        );
        assert_eq!(refused(Request::get(["a", ""])), "keys[1]: it is empty: a key has at least one character");
        let short = Entry { ttl_ms: Some(0), ..entry("a") };
        assert!(refused(Request::set([short])).starts_with("entries[0].ttl-ms: it is 0"));
        assert!(refused(Request::get(["k".repeat(1025)])).contains("1025 bytes"));
        assert!(refused(Request::get(["a"]).within("No Name")).starts_with("namespace: `No Name` is no name"));
    }

    #[test]
    fn it_is_written_in_json_as_people_would() {
        let request: Request = serde_json::from_value(json!({"operation": {"list": {"prefix": "user/"}}})).unwrap();
        assert_eq!(request, Request::list("user/"));
        let set = Request::set([Entry::new("a", "fox")]).within("cache");
        let json = serde_json::to_value(&set).unwrap();
        assert_eq!(json["operation"]["set"]["entries"][0]["value"], "Zm94");
        assert_eq!(serde_json::from_value::<Request>(json).unwrap(), set);
    }

    #[test]
    fn an_answer_is_one_to_what_was_asked() {
        let get = Request::get(["a", "b"]);
        Response::new(Answer::Values(vec![None, None])).validate(&get).unwrap();
        for answer in [Answer::Values(vec![None]), Answer::Number(1), Answer::Deleted(1)] {
            assert!(Response::new(answer.clone()).validate(&get).is_err(), "{answer:?}");
        }
        assert!(Response::new(Answer::Deleted(3)).validate(&Request::delete(["a", "b"])).is_err());
    }
}
