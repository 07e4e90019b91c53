//! Calling the host too often, or with too much.

use std::hint::black_box;
use std::io::Write as _;

use palisade_guest::blobs::Writer;
use palisade_guest::{Media, Result, config, log, progress};

pub(crate) fn log() {
    for line in 0..5000 {
        log::info(format_args!("line {line} \u{1b}[2J"));
    }
}

/// Messages that are nothing but lines, as large as they may be.
pub(crate) fn newlines() -> ! {
    let message = "\n".repeat(16 << 20);
    loop {
        log::info(&message);
    }
}

/// A message of more than a host function takes.
pub(crate) fn huge_argument() {
    log::info("x".repeat(40 << 20));
}

pub(crate) fn host_calls() -> ! {
    loop {
        black_box(config::get("behaviour"));
    }
}

/// Has the host hash the same large blob again and again, which costs the guest next to nothing.
pub(crate) fn hashes() -> Result<()> {
    let chunk = vec![1_u8; 1 << 20];
    let mut writer = Writer::new("image/png");
    for _ in 0..64 {
        writer.write_all(&chunk)?;
    }
    if let Media::Stored(blob) = writer.finish()? {
        loop {
            black_box(blob.info());
        }
    }
    Ok(())
}

pub(crate) fn progress() {
    for step in 0..=4_u8 {
        progress::report(f32::from(step) / 2.0, "painting \u{1b}[2J");
    }
}
