//! Files that are too large, or cannot be read. Those that are no component, or broken ones, are in the corpus.

use palisade::{ErrorKind, Limits, Registration};

use super::check;
use crate::support::{builder, hostile_bytes, hostile_path};

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
