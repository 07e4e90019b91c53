//! What kind of thing a resource is, and what it is called.

use std::{borrow::Cow, fmt, str::FromStr};

use palisade_core::{Error, ErrorKind, ResourceName, Result, text::escape};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Words that stand before the colon of a reference and name no kind.
const RESERVED: [&str; 5] = ["file", "http", "https", "custom", "env"];

/// What kind of thing a resource is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    /// What is known of a model.
    Model,
    /// What is said to a model.
    Prompt,
    /// Settings.
    Config,
    /// How embeddings are made, or embeddings that were made.
    Embedding,
    /// A kind of the application's own, by its name: `[a-z0-9][a-z0-9._-]{0,63}`, and none of `file`, `http`, `https`, `custom` and `env`.
    Custom(Cow<'static, str>),
}

impl ResourceKind {
    /// Those that need not be declared.
    pub const BUILT_IN: [Self; 4] = [Self::Model, Self::Prompt, Self::Config, Self::Embedding];

    /// Its name: what stands before the colon of a reference.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Model => "model",
            Self::Prompt => "prompt",
            Self::Config => "config",
            Self::Embedding => "embedding",
            Self::Custom(name) => name,
        }
    }

    /// Whether it may be called so: a kind of the application's own is made without being asked.
    pub(crate) fn check(&self) -> Result<()> {
        let Self::Custom(name) = self else { return Ok(()) };
        match name.parse::<Self>()? {
            Self::Custom(_) => Ok(()),
            known => {
                let message = format!("`{known}` is no kind of your own: it is one of the kinds that there are");
                Err(Error::new(ErrorKind::InvalidId, message))
            }
        }
    }
}

impl FromStr for ResourceKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Some(known) = Self::BUILT_IN.into_iter().find(|kind| kind.as_str() == text) {
            return Ok(known);
        }
        if RESERVED.contains(&text) {
            let message = format!("`{text}` is no kind of resources: the word means something else in a reference");
            return Err(Error::new(ErrorKind::InvalidId, message));
        }
        let name: ResourceName = text.parse().map_err(invalid)?;
        Ok(Self::Custom(Cow::Owned(name.into())))
    }
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl Serialize for ResourceKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ResourceKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error: Error| de::Error::custom(error.message()))
    }
}

/// A resource by its kind and its name: `model:fast`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId {
    /// What kind it is.
    pub kind: ResourceKind,
    /// Its name within that.
    pub name: ResourceName,
}

impl ResourceId {
    /// A resource by its kind and its name.
    ///
    /// # Errors
    ///
    /// `invalid-id`.
    pub fn new(kind: ResourceKind, name: &str) -> Result<Self> {
        kind.check()?;
        Ok(Self { kind, name: name.parse().map_err(invalid)? })
    }
}

impl FromStr for ResourceId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let Some((kind, name)) = text.split_once(':') else {
            let message =
                format!("`{}` names no resource: write its kind and its name, as `model:fast`", escape(text, 80));
            return Err(Error::new(ErrorKind::InvalidId, message));
        };
        Self::new(kind.parse()?, name)
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.kind, self.name)
    }
}

impl Serialize for ResourceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn invalid(error: palisade_core::InvalidId) -> Error {
    Error::new(ErrorKind::InvalidId, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_named_by_its_kind_and_its_name() {
        let id: ResourceId = "voice:alice".parse().unwrap();
        assert_eq!((id.kind.as_str(), id.name.as_str(), id.to_string().as_str()), ("voice", "alice", "voice:alice"));
        assert_eq!("model:fast".parse::<ResourceId>().unwrap().kind, ResourceKind::Model);
        for bad in ["fast", "model:", "model:a b", ":a", "file:a", "env:A", "custom:a", "Model:a", "a/b:c"] {
            assert_eq!(bad.parse::<ResourceId>().unwrap_err().kind(), ErrorKind::InvalidId, "{bad}");
        }
        for bad in ["model", "http", "A"] {
            assert!(ResourceId::new(ResourceKind::Custom(bad.into()), "a").is_err(), "{bad}");
        }
    }
}
