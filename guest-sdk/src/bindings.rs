//! The generated code for the world that every provider has: the host's services, the shared types, `catalog` and
//! `health`. Each capability has a module like this one beside its trait. Use the re-exports instead.

#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    clippy::all,
    clippy::allow_attributes_without_reason,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    reason = "generated"
)]

wit_bindgen::generate!({
    path: "../wit",
    inline: "
        package palisade:guest;
        world base {
            include palisade:provider/provider@0.1.0;
        }
    ",
    additional_derives: [PartialEq],
    generate_all,
    generate_unused_types: true,
    pub_export_macro: true,
});
