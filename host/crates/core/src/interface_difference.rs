//! Where a component is another than the interface that it says it has.

use std::fmt;

use serde::Serialize;

/// One difference between an interface of the WIT package and what a component has under its name. Serialises to JSON; what a guest says in it is
/// escaped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InterfaceDifference {
    /// The interface, with its version.
    pub interface: String,
    /// The function, and where in its types: `generate(request).prompt`.
    pub place: String,
    /// What the package has there.
    pub expected: String,
    /// What the component has.
    pub found: String,
}

impl fmt::Display for InterfaceDifference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { interface, place, expected, found } = self;
        write!(formatter, "{interface} {place}: expected {expected}, found {found}")
    }
}
