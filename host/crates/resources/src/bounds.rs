//! How much there may be of what is read and put together.

/// Bounds of what is read from files and addresses, and of what references put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Most bytes of a file or of what an address gives. 1 MiB.
    pub file_bytes: usize,
    /// Most files and addresses that one value leads to. 256.
    pub files: usize,
    /// How deep values are nested, references included. 64.
    pub depth: usize,
    /// Most references that are followed for one value. 4096.
    pub references: usize,
    /// How many references lead to each other. 32.
    pub chain: usize,
    /// Most values, of which each counts that is in a list or an object, when everything is put together. 200 000.
    pub nodes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { file_bytes: 1 << 20, files: 256, depth: 64, references: 4096, chain: 32, nodes: 200_000 }
    }
}
