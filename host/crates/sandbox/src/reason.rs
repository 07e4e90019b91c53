//! What others said, in a form that can stand in an error.

use palisade_core::text::escape;

/// Most characters that are kept: the engine's words may name functions of the guest, and a worker may say anything.
const MAX_REASON: usize = 300;

/// Their words, cut and escaped.
pub(crate) fn reason(said: impl AsRef<str>) -> String {
    escape(said.as_ref().trim(), MAX_REASON)
}

/// What a program wrote.
pub(crate) fn last_words(said: &[u8]) -> String {
    reason(String::from_utf8_lossy(said))
}
