//! Names of providers, models, contexts and places.

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// Longest id, in bytes.
pub(crate) const MAX_ID_BYTES: usize = 64;

/// A text that is no id: ids are `[a-z0-9][a-z0-9._-]{0,63}`, which makes them safe in a path, a URL and a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidId(String);

impl fmt::Display for InvalidId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "`{}` is not an id: use 1 to {MAX_ID_BYTES} of a-z, 0-9, `.`, `_`, `-`, starting with a letter or digit",
            crate::text::escape(&self.0, MAX_ID_BYTES)
        )
    }
}

impl std::error::Error for InvalidId {}

/// Whether a text is one.
pub(crate) fn is_id(text: &str) -> bool {
    let lower_or_digit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= MAX_ID_BYTES
        && text.bytes().next().is_some_and(lower_or_digit)
        && text.bytes().all(|byte| lower_or_digit(byte) || matches!(byte, b'.' | b'_' | b'-'))
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// `[a-z0-9][a-z0-9._-]{0,63}`; cheap to clone.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                if is_id(text) { Ok(Self(text.into())) } else { Err(InvalidId(text.to_owned())) }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.as_ref().to_owned()
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, formatter)
            }
        }
    };
}

id! {
    /// The name under which the host knows a provider. What a guest calls itself is a claim and names nothing.
    ProviderId
}

id! {
    /// The name of a model within its provider.
    ModelId
}

id! {
    /// The name of a context: of a tenant, an environment, a pipeline, whose providers nobody else has. The one that a host has by itself is
    /// called [`default`](ContextName::DEFAULT).
    ContextName
}

id! {
    /// The name by which a provider asks a store that it was lent.
    StoreName
}

id! {
    /// A place in a store: a collection, a bucket, a queue, a database.
    Namespace
}

impl ContextName {
    /// What the context is called that every host has.
    pub const DEFAULT: &str = "default";

    /// Whether it is the one that every host has.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.as_str() == Self::DEFAULT
    }
}

impl Default for ContextName {
    fn default() -> Self {
        Self(Self::DEFAULT.into())
    }
}

id! {
    /// The name of a resource within its kind: of a model's description, a prompt, a configuration.
    ResourceName
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_that_could_be_a_path_or_an_option_are_refused() {
        for bad in ["", "../x", "a/b", ".hidden", "-flag", "UPPER", "ünï", "a b", "a\0", &"a".repeat(65)] {
            assert!(bad.parse::<ProviderId>().is_err(), "{bad:?} was taken");
        }
        for good in ["a", "card", "gpt-5.2_mini", "0", &"a".repeat(64)] {
            assert_eq!(good.parse::<ProviderId>().unwrap().as_str(), good);
        }
    }

    proptest! {
        #[test]
        fn any_accepted_id_is_made_of_safe_characters(text in ".{0,80}") {
            if let Ok(id) = text.parse::<ModelId>() {
                prop_assert!(id.as_str().bytes().all(|byte| byte.is_ascii_graphic() && !b"/\\\"'`$".contains(&byte)));
            }
        }
    }
}
