//! Looks through all of its own memory for what should not be there.

/// So many bytes in a row count as a piece.
const PIECE: usize = 8;

/// How many pieces of a text its memory holds. The text comes from its end to its beginning, so that it is not found itself.
pub(crate) fn pieces(reversed: &str) -> usize {
    let needle: Vec<u8> = reversed.bytes().collect();
    // Each byte is read alone: a copy would be found as well.
    let is_at = |end: usize, piece: &[u8]| piece.iter().enumerate().all(|(back, wanted)| byte(end - back) == *wanted);
    let is_there = |end: usize| needle.windows(PIECE).any(|piece| is_at(end, piece));
    (PIECE..size()).filter(|end| is_there(*end)).count()
}

#[cfg(target_arch = "wasm32")]
fn size() -> usize {
    core::arch::wasm32::memory_size::<0>() * (64 << 10)
}

#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "only so is memory read that nobody has handed out")]
fn byte(at: usize) -> u8 {
    // SAFETY: the address is within the memory; what is there may be anything.
    unsafe { std::ptr::read_volatile(at as *const u8) }
}

#[cfg(not(target_arch = "wasm32"))]
fn size() -> usize {
    unreachable!("only a guest has such a memory")
}

#[cfg(not(target_arch = "wasm32"))]
fn byte(_: usize) -> u8 {
    unreachable!("only a guest has such a memory")
}
