//! Bytes that the host keeps for a guest during a call.

use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

use crate::buffer::Buffer;

/// Most bytes that one `read` gives.
pub(crate) const MAX_READ: u32 = 1 << 20;

/// Finished bytes. They count against the memory limit of the call until the call ends or takes them away.
#[derive(Debug)]
pub struct Blob {
    pub(crate) media_type: String,
    pub(crate) data: Vec<u8>,
    sha256: OnceLock<[u8; 32]>,
}

impl Blob {
    pub(crate) fn new(media_type: String, data: Vec<u8>) -> Self {
        Self { media_type, data, sha256: OnceLock::new() }
    }

    /// The hash of the bytes. What comes with a request is hashed when somebody asks, and few do.
    pub(crate) fn sha256(&self) -> &[u8; 32] {
        self.sha256.get_or_init(|| Sha256::digest(&self.data).into())
    }

    /// The bytes from `offset`, at most `max` and at most [`MAX_READ`] of them; none beyond the end.
    pub(crate) fn read(&self, offset: u64, max: u32) -> &[u8] {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.data.get(offset..)).unwrap_or_default();
        rest.get(..max.min(MAX_READ) as usize).unwrap_or(rest)
    }
}

/// Bytes being written.
#[derive(Debug)]
pub struct BlobWriter {
    media_type: String,
    data: Buffer,
    /// Hashed as it comes, so that no hash takes longer than a chunk.
    hash: Sha256,
}

impl BlobWriter {
    pub(crate) fn new(media_type: String) -> Self {
        Self { media_type, data: Buffer::default(), hash: Sha256::new() }
    }

    /// The bytes that it holds in memory.
    pub(crate) fn reserved(&self) -> u64 {
        self.data.reserved()
    }

    /// How many bytes more it has to reserve for `length` more, as [`Buffer::growth`] says.
    pub(crate) fn growth(&self, length: usize) -> [u64; 2] {
        self.data.growth(length)
    }

    /// Appends, after reserving `growth` bytes more.
    pub(crate) fn append(&mut self, chunk: &[u8], growth: u64) {
        self.data.append(chunk, growth);
        self.hash.update(chunk);
    }

    /// Ends the writing.
    pub(crate) fn finish(self) -> Blob {
        let sha256: [u8; 32] = self.hash.finalize().into();
        Blob { media_type: self.media_type, data: self.data.finish(), sha256: OnceLock::from(sha256) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_cut_at_the_end_and_never_fail() {
        let blob = Blob::new("text/plain".to_owned(), b"hello".to_vec());
        let cases = [(0, 2, "he"), (3, 100, "lo"), (5, 1, ""), (6, 1, ""), (u64::MAX, u32::MAX, ""), (0, 0, "")];
        for (offset, max, expected) in cases {
            assert_eq!(blob.read(offset, max), expected.as_bytes(), "{offset} {max}");
        }
    }

    #[test]
    fn a_writer_reserves_what_it_says() {
        let mut writer = BlobWriter::new("text/plain".to_owned());
        let mut charged = 0;
        for length in [0, 1, 100, 3, 1000, 50_000] {
            let [doubled, exact] = writer.growth(length);
            assert!(exact <= doubled);
            writer.append(&vec![b'x'; length], doubled);
            charged += doubled;
            assert_eq!(writer.reserved(), charged, "after {length}");
        }
        assert_eq!(writer.finish().data.len(), 51_104);
    }
}
