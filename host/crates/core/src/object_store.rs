//! Files under keys: pictures, sounds and documents that are kept.

use serde::{Deserialize, Serialize};

use crate::{
    Error, Media, Result,
    check::{self, bad_output},
    store::{self, Answered, Operate, Page, bytes_of},
};

/// What to do with objects.
pub type Request = store::Request<Operation>;
/// What became of it.
pub type Response = store::Response<Answer>;

/// Something to do with objects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Operation {
    /// Writes an object, in the place of the one before.
    Put {
        /// Under which key.
        key: String,
        /// The file. It may be empty.
        content: Media,
        /// When it is not written but under this condition.
        #[serde(default)]
        only_if: Option<Condition>,
    },
    /// Reads an object, or a part of it.
    Get {
        /// Under which key.
        key: String,
        /// Which bytes; all of them by default.
        #[serde(default)]
        range: Option<Range>,
    },
    /// Tells of objects, without their bytes.
    Describe {
        /// Under which keys.
        keys: Vec<String>,
    },
    /// Forgets objects.
    Delete {
        /// Under which keys.
        keys: Vec<String>,
    },
    /// Lists objects by their keys, in ascending order.
    List(Page),
}

/// What must be so for an object to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// There is none.
    Absent,
    /// The one that is there has this tag.
    Etag(String),
}

/// Some of the bytes of an object; what is beyond its end is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The first, from 0.
    pub offset: u64,
    /// How many, at least 1.
    pub length: u64,
}

/// What is known of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Under which key.
    pub key: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Its media type.
    pub media_type: String,
    /// Another one with each content.
    pub etag: String,
    /// When it was written, in milliseconds since 1970.
    pub modified_ms: u64,
}

/// What an operation gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Of `put`: what was written, none where the condition did not hold.
    Put(Option<Description>),
    /// Of `get`: none where there is none.
    Object(Option<Object>),
    /// Of `describe`: for each key, none where there is none.
    Descriptions(Vec<Option<Description>>),
    /// Of `delete`: how many there were.
    Deleted(u64),
    /// Of `list`.
    Listed(Vec<Description>),
}

/// An object that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// The bytes that were asked for.
    pub content: Media,
    /// What is known of the whole.
    pub description: Description,
}

impl Request {
    /// Writes an object.
    pub fn put(key: impl Into<String>, content: Media) -> Self {
        Self::new(Operation::Put { key: key.into(), content, only_if: None })
    }

    /// Reads an object.
    pub fn get(key: impl Into<String>) -> Self {
        Self::new(Operation::Get { key: key.into(), range: None })
    }

    /// Tells of objects.
    pub fn describe<T: Into<String>>(keys: impl IntoIterator<Item = T>) -> Self {
        Self::new(Operation::Describe { keys: keys.into_iter().map(Into::into).collect() })
    }

    /// Forgets objects.
    pub fn delete<T: Into<String>>(keys: impl IntoIterator<Item = T>) -> Self {
        Self::new(Operation::Delete { keys: keys.into_iter().map(Into::into).collect() })
    }

    /// Lists the first thousand objects whose keys begin so.
    pub fn list(prefix: impl Into<String>) -> Self {
        Self::new(Operation::List(Page::new(prefix)))
    }
}

impl Operate for Operation {
    type Answer = Answer;

    fn name(&self) -> &'static str {
        match self {
            Self::Put { .. } => "put",
            Self::Get { .. } => "get",
            Self::Describe { .. } => "describe",
            Self::Delete { .. } => "delete",
            Self::List(_) => "list",
        }
    }

    fn changes(&self) -> bool {
        !matches!(self, Self::Get { .. } | Self::Describe { .. } | Self::List(_))
    }

    fn typical() -> Self {
        Self::Get { key: "fox.png".to_owned(), range: None }
    }

    fn validate(&self) -> Result<()> {
        match self {
            Self::Put { key, content, only_if: _ } => {
                path("key", key)?;
                check::media_type("content", &content.media_type)
            }
            Self::Get { key, range, .. } => {
                path("key", key)?;
                match range {
                    Some(Range { length: 0, .. }) => {
                        Err(Error::invalid_input("range.length", "0 bytes are none: ask for 1 or more"))
                    }
                    _ => Ok(()),
                }
            }
            Self::Describe { keys } | Self::Delete { keys } => {
                check::required_items("keys", keys.len(), "key")?;
                keys.iter().enumerate().try_for_each(|(index, key)| path(&format!("keys[{index}]"), key))
            }
            Self::List(page) => page.validate(),
        }
    }

    fn size_in_bytes(&self) -> u64 {
        match self {
            Self::Put { key, content, .. } => (key.len() + content.data.len()) as u64,
            Self::Get { key, .. } => bytes_of([key]),
            Self::Describe { keys } | Self::Delete { keys } => bytes_of(keys),
            Self::List(page) => page.size_in_bytes(),
        }
    }

    fn check(&self, answer: &Answer) -> Result<()> {
        let is_answer = match (self, answer) {
            (Self::Put { only_if, .. }, Answer::Put(written)) => written.is_some() || only_if.is_some(),
            (Self::Get { range, .. }, Answer::Object(object)) => {
                let read = object.as_ref().map_or(0, |object| object.content.data.len() as u64);
                range.is_none_or(|range| read <= range.length)
            }
            (Self::Describe { keys }, Answer::Descriptions(all)) => all.len() == keys.len(),
            (Self::Delete { keys }, Answer::Deleted(count)) => *count <= keys.len() as u64,
            (Self::List(page), Answer::Listed(all)) => all.len() <= page.limit as usize,
            _ => false,
        };
        if is_answer { Ok(()) } else { Err(bad_output(format!("this is no answer to `{}`", self.name()))) }
    }
}

impl Answered for Answer {
    fn size_in_bytes(&self) -> u64 {
        let of = |all: &mut dyn Iterator<Item = &Description>| all.map(Description::size_in_bytes).sum();
        match self {
            Self::Put(written) => of(&mut written.iter()),
            Self::Object(object) => object.as_ref().map_or(0, |object| {
                (object.content.data.len() as u64).saturating_add(object.description.size_in_bytes())
            }),
            Self::Descriptions(all) => of(&mut all.iter().flatten()),
            Self::Listed(all) => of(&mut all.iter()),
            Self::Deleted(_) => size_of::<u64>() as u64,
        }
    }
}

impl Description {
    /// Bytes of what it tells.
    #[must_use]
    pub fn size_in_bytes(&self) -> u64 {
        (self.key.len() + self.media_type.len() + self.etag.len() + 2 * size_of::<u64>()) as u64
    }
}

/// A key is a path of names, so that objects can be files.
fn path(field: &str, key: &str) -> Result<()> {
    store::key(field, key)?;
    let is_bad = |part: &str| part.is_empty() || part == "." || part == ".." || part.chars().any(char::is_control);
    if key.split('/').any(is_bad) || key.contains('\\') {
        let reason = "it is no path of names: write it as `folder/name.png`, without `..`, empty names and backslashes";
        return Err(Error::invalid_input(field, reason));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Media {
        Media { media_type: "image/png".to_owned(), data: vec![1, 2, 3] }
    }

    #[test]
    fn keys_are_paths_that_lead_nowhere_else() {
        for good in ["fox.png", "a/b/c", "Über/grün.png", "..a", "a b"] {
            Request::put(good, picture()).validate().unwrap();
        }
        for bad in ["", "/a", "a/", "a//b", "../a", "a/..", "./a", "a\\b", "a\nb", "a/\0"] {
            assert!(Request::put(bad, picture()).validate().is_err(), "{bad:?}");
            assert!(Request::delete([bad]).validate().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_answer_is_one_to_what_was_asked() {
        let put = Request::put("a", picture());
        assert!(Response::new(Answer::Put(None)).validate(&put).is_err(), "nothing stood in its way");
        let get = Request::new(Operation::Get { key: "a".to_owned(), range: Some(Range { offset: 0, length: 2 }) });
        Response::new(Answer::Object(None)).validate(&get).unwrap();
        let description = Description {
            key: "a".to_owned(),
            bytes: 3,
            media_type: "image/png".to_owned(),
            etag: "1".to_owned(),
            modified_ms: 0,
        };
        let more = Answer::Object(Some(Object { content: picture(), description }));
        assert!(Response::new(more).validate(&get).is_err(), "more than was asked for");
    }
}
