//! Bytes that come piece by piece.

/// Bytes being put together. What is charged is what is reserved, which the buffer therefore decides itself.
#[derive(Debug, Default)]
pub(crate) struct Buffer(Vec<u8>);

impl Buffer {
    /// How many bytes there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The bytes that it holds in memory.
    pub(crate) fn reserved(&self) -> u64 {
        self.0.capacity() as u64
    }

    /// How many bytes more it has to reserve for `length` more: twice what it has, so that many small writes are not
    /// as many copies; or just enough.
    pub(crate) fn growth(&self, length: usize) -> [u64; 2] {
        let needed = self.0.len().saturating_add(length);
        let more = |capacity: usize| capacity.saturating_sub(self.0.capacity()) as u64;
        if needed <= self.0.capacity() {
            return [0, 0];
        }
        [more(needed.max(self.0.capacity().saturating_mul(2))), more(needed)]
    }

    /// Appends, after reserving `growth` bytes more.
    pub(crate) fn append(&mut self, chunk: &[u8], growth: u64) {
        let capacity = self.0.capacity().saturating_add(usize::try_from(growth).unwrap_or(usize::MAX));
        self.0.reserve_exact(capacity - self.0.len());
        self.0.extend_from_slice(chunk);
    }

    /// The bytes. Nothing more is reserved than they take.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.0.shrink_to_fit();
        self.0
    }
}
