//! Who must never meet whom in one instance of a provider.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// For whom a call is made: a tenant, a user, a credential. Calls of different scopes are never served by the same
/// instance of a component, even where instances are kept between calls. All calls are of one scope by default.
///
/// ```
/// use palisade_core::Scope;
///
/// assert_ne!(Scope::new("tenant-a"), Scope::new("tenant-b"));
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Scope(Option<Arc<str>>);

impl Scope {
    /// The scope of this name. Names are compared as they are.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(Some(name.into()))
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_deref().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Option::<String>::deserialize(deserializer)?.map(Arc::from)))
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(name) => write!(formatter, "Scope({name:?})"),
            None => formatter.write_str("Scope"),
        }
    }
}
