//! What is known at start, since `#[derive(Resource)]` has said so.

use std::fmt;

use palisade_core::Result;

use crate::{registry::Resources, resource::Resource};

/// A type that is known at start, and perhaps a value of it. Made by `#[derive(Resource)]`.
pub struct Static {
    name: &'static str,
    register: fn(&Resources) -> Result<()>,
    value: Option<fn(&Resources) -> Result<()>>,
}

inventory::collect!(Static);

/// How a value is made that is registered at start. A parameter of a function cannot be kept in a constant otherwise.
pub trait Make<T> {
    /// Makes it.
    fn make() -> T;
}

impl Static {
    /// A type.
    #[must_use]
    pub const fn of<T: Resource>() -> Self {
        Self { name: T::TYPE, register: |resources| resources.register_type::<T>(), value: None }
    }

    /// A type, and a value of it.
    #[must_use]
    pub const fn with_value<T: Resource, M: Make<T>>() -> Self {
        let value = Some::<fn(&Resources) -> Result<()>>(|resources| resources.register(&M::make()));
        Self { value, ..Self::of::<T>() }
    }
}

impl fmt::Debug for Static {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Static({})", self.name)
    }
}

impl Resources {
    /// Registers what `#[derive(Resource)]` has made known at start, and tells how each went: types first, so that values may refer to
    /// whatever there is.
    #[must_use]
    pub fn register_static(&self) -> Vec<(&'static str, Result<()>)> {
        let all = || inventory::iter::<Static>.into_iter();
        let types: Vec<_> = all().map(|known| (known.name, (known.register)(self))).collect();
        let values = all().filter_map(|known| Some((known.name, (known.value?)(self))));
        types.into_iter().chain(values).collect()
    }
}
