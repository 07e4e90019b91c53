//! Where a store keeps what it keeps.

use std::path::PathBuf;

/// Where a store keeps what it keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In memory: it is gone with the store.
    Memory,
    /// In this file, or in this folder where a store has many. Each store has a place of its own.
    Path(PathBuf),
}

impl From<Option<PathBuf>> for Place {
    fn from(path: Option<PathBuf>) -> Self {
        path.map_or(Self::Memory, Self::Path)
    }
}
