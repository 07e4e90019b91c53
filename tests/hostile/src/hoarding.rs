//! Keeping memory, in the sandbox and in the host.

use std::hint::black_box;
use std::io::Write as _;

use palisade_guest::Result;
use palisade_guest::blobs::Writer;

const MIB: usize = 1 << 20;

/// Takes memory until it is refused, which ends a Rust program.
pub(crate) fn memory() -> ! {
    let mut kept = Vec::new();
    loop {
        kept.push(vec![1_u8; MIB]);
        black_box(&kept);
    }
}

/// Takes memory until it is refused, and lives with it.
pub(crate) fn memory_politely() {
    let mut kept = Vec::new();
    loop {
        let mut piece = Vec::new();
        if piece.try_reserve_exact(MIB).is_err() {
            break;
        }
        piece.resize(MIB, 1_u8);
        kept.push(piece);
        black_box(&kept);
    }
}

/// Has the host keep bytes until it refuses, then gives up.
#[expect(clippy::panic, reason = "giving up is a panic")]
pub(crate) fn blobs() {
    blobs_politely();
    panic!("the host keeps no more");
}

/// Has the host keep bytes until it refuses, and lives with it.
pub(crate) fn blobs_politely() {
    let chunk = vec![1_u8; MIB];
    let mut kept = Vec::new();
    loop {
        let mut writer = Writer::new("image/png");
        if writer.write_all(&chunk).is_err() {
            return;
        }
        kept.push(writer);
    }
}

/// Has the host keep far more than the limit, but never at one time.
pub(crate) fn blob_churn() -> Result<()> {
    let chunk = vec![1_u8; MIB];
    for round in 0..64 {
        let mut writer = Writer::new("image/png");
        writer.write_all(&chunk)?;
        if round % 2 == 0 {
            drop(writer.finish()?);
        }
    }
    Ok(())
}

/// Holds on to ever more handles, with nothing behind them.
pub(crate) fn handles() -> ! {
    let mut kept = Vec::new();
    loop {
        kept.push(Writer::new("image/png"));
    }
}
