//! How strict a registry is.

/// What becomes of what nobody has foreseen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Strictness {
    /// Fields that a type does not have are ignored, kinds that nobody has declared hold data of any form, and a value that is registered under
    /// a name that is taken replaces what was there.
    #[default]
    Lenient,
    /// All that is refused.
    Strict,
}
