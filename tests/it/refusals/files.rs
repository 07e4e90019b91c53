//! Files that are no component, or broken ones.

use std::{fs, time::Duration};

use palisade::{ErrorClass, ErrorKind, Limits, Registration};

use super::check;
use crate::support::{
    assert_the_neighbour_answers, builder, components, hostile_bytes, hostile_path, providers, shared, within,
};

#[tokio::test]
async fn what_is_no_component_is_refused_by_what_it_is() {
    let module = wat::parse_str("(module)").unwrap();
    let cases: [(&str, &[u8], &str); 7] = [
        ("empty", b"", "an empty file"),
        ("text", b"(component)", "text"),
        ("html", b"<!doctype html>", "text"),
        ("elf", b"\x7fELF\x02\x01\x01", "a native program"),
        ("png", b"\x89PNG\r\n\x1a\n", "something else"),
        ("core-module", &module, "a core WebAssembly module"),
        ("future", b"\0asm\x0e\0\x01\0", "an unknown version"),
    ];
    for (name, bytes, says) in cases {
        check(name, Registration::bytes(bytes), ErrorKind::NotAComponent, says).await;
    }
}

#[tokio::test]
async fn a_file_that_ends_early_is_refused_wherever_it_ends() {
    let whole = hostile_bytes();
    for length in [4, 7] {
        check("cut", Registration::bytes(&whole[..length]), ErrorKind::NotAComponent, "cut off").await;
    }
    // Eight bytes are a whole component, with nothing in it.
    check("cut", Registration::bytes(&whole[..8]), ErrorKind::WrongWorld, "does not export").await;
    for length in [9, 100, 1000, whole.len() / 2, whole.len() - 1000, whole.len() - 1] {
        check("cut", Registration::bytes(&whole[..length]), ErrorKind::Malformed, "is broken at byte").await;
    }
}

#[tokio::test]
async fn a_flipped_bit_never_breaks_the_host() {
    let mut whole: Vec<Vec<u8>> = components(hostile_path().parent().unwrap())
        .into_iter()
        .chain(components(&providers()))
        .map(|path| fs::read(path).unwrap())
        .collect();
    whole.sort_by_key(Vec::len);
    let smallest = &whole[0];
    let limits = Limits { timeout: Duration::from_secs(2), fuel: 100_000_000, ..Limits::default() };
    for round in 0..60_u64 {
        // Any spread will do, as long as it is the same each time.
        let chance = round.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut bytes = smallest.clone();
        let place = (chance >> 16) as usize % bytes.len();
        bytes[place] ^= 1 << (chance >> 61);
        let load = shared().register("flipped", Registration::bytes(bytes).limits(limits.clone()));
        match within(Duration::from_secs(6), load).await {
            Ok(()) => shared().unregister("flipped").await.unwrap(),
            // A provider that is garbled within the rules may answer that it failed.
            Err(error) => assert!(
                matches!(error.kind().class(), ErrorClass::Component | ErrorClass::Sandbox | ErrorClass::Provider),
                "byte {place}: {error:?}"
            ),
        }
    }
    assert_the_neighbour_answers().await;
}

#[tokio::test]
async fn a_component_over_its_limit_is_refused_before_it_is_read() {
    let size = hostile_bytes().len() as u64;
    let limits = |bytes| Limits { component_bytes: bytes, ..Limits::default() };
    let says = format!("the component has {size} bytes, and at most {} are taken", size - 1);
    let small = limits(size - 1);
    check("large", Registration::bytes(hostile_bytes()).limits(small.clone()), ErrorKind::TooLarge, &says).await;
    check("large", Registration::path(hostile_path()).limits(small), ErrorKind::TooLarge, &says).await;

    let host = builder().build().await.unwrap();
    host.register("fits", Registration::path(hostile_path()).limits(limits(size))).await.unwrap();
}

#[tokio::test]
async fn a_sparse_file_of_a_terabyte_costs_nothing_to_refuse() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(1 << 40).unwrap();
    check("sparse", Registration::path(file.path()), ErrorKind::TooLarge, "1099511627776 bytes").await;
}

#[tokio::test]
async fn a_path_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("absent.wasm");
    check("absent", Registration::path(&absent), ErrorKind::Io, "absent.wasm").await;
    check("folder", Registration::path(folder.path()), ErrorKind::Io, "cannot read").await;
}
