//! The sets of limits that have a name.

use std::fmt;

/// A set of limits to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Preset {
    /// For a provider that does little, from somebody whom nobody knows: a second or two of computing, 32 MiB.
    Tight,
    /// For most providers: interpreters compiled to WebAssembly have room in it.
    #[default]
    Default,
    /// For a provider that works on large media, from somebody who is known: minutes of computing, 2 GiB.
    Large,
}

impl Preset {
    /// All of them, from small to large.
    pub const ALL: [Self; 3] = [Self::Tight, Self::Default, Self::Large];

    /// The name by which a configuration knows it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tight => "tight",
            Self::Default => "default",
            Self::Large => "large",
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}
