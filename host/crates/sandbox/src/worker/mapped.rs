//! How much address space this process takes.

use std::{
    fs::File,
    io::{Read as _, Seek as _},
};

/// Taken for it where the system does not tell: generous.
const GUESS: u64 = 512 << 20;

/// What tells it, also when no file can be opened any more.
pub(super) struct Mapped(Option<File>);

impl Mapped {
    pub(super) fn open() -> Self {
        Self(File::open("/proc/self/status").ok())
    }

    /// Bytes that are mapped at this moment.
    pub(super) fn bytes(&mut self) -> u64 {
        self.told_bytes().unwrap_or(GUESS)
    }

    /// The same, where the system tells.
    pub(super) fn told_bytes(&mut self) -> Option<u64> {
        let file = self.0.as_mut()?;
        let mut text = String::new();
        file.rewind().ok()?;
        file.read_to_string(&mut text).ok()?;
        let size = text.lines().find_map(|line| line.strip_prefix("VmSize:"))?;
        size.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_mapped_is_told_again_and_again() {
        let mut mapped = Mapped::open();
        let before = mapped.told_bytes().unwrap();
        // As much as this is never taken from what is mapped already.
        let large = vec![0_u8; 256 << 20];
        assert!(mapped.told_bytes().unwrap() >= before + (128 << 20));
        drop(large);
    }
}
