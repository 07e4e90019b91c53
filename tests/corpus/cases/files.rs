//! Files that are no component, or are broken ones.

use std::time::Duration;

use palisade::ErrorKind::{NotAComponent, TooLarge};

use crate::{
    bytes::{id, section, stripped},
    case::{Case, Work},
    guest::Guest,
};

pub(super) fn cases() -> Vec<Case> {
    let no_component =
        |name, bytes: &'static [u8], says| Case::new(name, || bytes.to_vec()).is_refused(NotAComponent, says);
    let whole = smallest();
    let (cut, flipped) = (whole.clone(), whole.clone());
    vec![
        no_component("empty-file", b"", "an empty file"),
        no_component("webassembly-text", b"(component)", "text"),
        no_component("web-page", b"<!doctype html>", "text"),
        no_component("picture", b"\x89PNG\r\n\x1a\n", "something else"),
        no_component("native-program", b"\x7fELF\x02\x01\x01", "a native program"),
        // Compiled code is never taken from elsewhere, whoever made it.
        no_component(
            "compiled-component",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x01\0\xc8\0",
            "compiled WebAssembly",
        ),
        no_component("version-to-come", b"\0asm\x0e\0\x01\0", "an unknown version"),
        Case::new("core-module", || wat::parse_str("(module)").unwrap())
            .is_refused(NotAComponent, "a core WebAssembly module"),
        Case::new("command-of-wasi-0.1", || wat::parse_str(WASI_0_1).unwrap())
            .is_refused(NotAComponent, "a core WebAssembly module"),
        Case::new("one-byte-too-large", || padded(64 << 20)).is_refused(TooLarge, "67108865 bytes"),
        Case::new("custom-section-of-60-megabytes", || padded(60_000_000)).is_served(),
        Case::each("every-truncation", whole.len(), move |length| cut[..length].to_vec())
            .is_refused_somehow()
            .bound(Duration::from_secs(30)),
        Case::each("ten-thousand-flipped-bits", 10_000, move |round| flip(&flipped, round))
            .work(Work::Rank(1))
            .ends_anyhow()
            .bound(Duration::from_secs(120)),
    ]
}

const WASI_0_1: &str = r#"(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_start") (call $exit (i32.const 0))))"#;

/// The ranker, with nothing in it that means nothing.
fn smallest() -> Vec<u8> {
    stripped(&Guest::ranker().component())
}

/// A component that a custom section brings to one byte more than this.
fn padded(size: usize) -> Vec<u8> {
    let component = Guest::ranker().component();
    // An id, a length of four digits, and what is in it.
    let content = vec![0; size - component.len() - 4];
    let padded = [component, section(id::CUSTOM, &content)].concat();
    assert_eq!(padded.len(), size + 1);
    padded
}

/// A component with a bit that is another, somewhere, in the same place each time.
fn flip(whole: &[u8], round: usize) -> Vec<u8> {
    let chance = (round as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut bytes = whole.to_vec();
    let place = (chance >> 16) as usize % bytes.len();
    bytes[place] ^= 1 << (chance >> 61);
    bytes
}
