//! Text that is none.

/// A string that is none.
#[expect(unsafe_code, reason = "safe Rust makes no such string")]
pub(crate) fn invalid_text() -> String {
    // SAFETY: not at all: the bytes are no UTF-8. Nothing here reads them, and the host has to cope with them.
    unsafe { String::from_utf8_unchecked(vec![b'a', 0xff, 0xfe, b'z']) }
}
