//! Bytes that the host keeps for a guest during a call.

use sha2::{Digest as _, Sha256};

/// Most bytes that one `read` gives.
pub(crate) const MAX_READ: u32 = 1 << 20;

/// Finished bytes. They count against the memory limit of the call until the call ends or takes them away.
#[derive(Debug)]
pub struct Blob {
    pub(crate) media_type: String,
    pub(crate) data: Vec<u8>,
}

impl Blob {
    pub(crate) fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.data).into()
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
    pub(crate) media_type: String,
    pub(crate) data: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_cut_at_the_end_and_never_fail() {
        let blob = Blob { media_type: "text/plain".to_owned(), data: b"hello".to_vec() };
        let cases = [(0, 2, "he"), (3, 100, "lo"), (5, 1, ""), (6, 1, ""), (u64::MAX, u32::MAX, ""), (0, 0, "")];
        for (offset, max, expected) in cases {
            assert_eq!(blob.read(offset, max), expected.as_bytes(), "{offset} {max}");
        }
    }
}
