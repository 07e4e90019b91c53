//! Names of pipelines, steps, inputs and outputs.

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

use palisade::text::escape;
use serde::{Deserialize, Serialize};

/// Longest name, in bytes.
const MAX_BYTES: usize = 64;

/// The name of a pipeline, a step, an input or an output: `[a-z0-9][a-z0-9_-]{0,63}`, which is safe in a path, in a graph and between the dots
/// of a reference. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(Arc<str>);

/// A text that is no [`Name`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidName(String);

impl fmt::Display for InvalidName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = escape(&self.0, MAX_BYTES);
        write!(
            formatter,
            "`{name}` is no name: use 1 to {MAX_BYTES} of a-z, 0-9, `_`, `-`, starting with a letter or digit"
        )
    }
}

impl std::error::Error for InvalidName {}

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let lower_or_digit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_name = text.len() <= MAX_BYTES
            && text.bytes().next().is_some_and(lower_or_digit)
            && text.bytes().all(|byte| lower_or_digit(byte) || matches!(byte, b'_' | b'-'));
        if is_name { Ok(Self(text.into())) } else { Err(InvalidName(text.to_owned())) }
    }
}

impl TryFrom<String> for Name {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0.as_ref().to_owned()
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, formatter)
    }
}
