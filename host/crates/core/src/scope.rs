//! Who must never meet whom in one instance of a provider.

use std::{fmt, sync::Arc};

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

impl fmt::Debug for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(name) => write!(formatter, "Scope({name:?})"),
            None => formatter.write_str("Scope"),
        }
    }
}
