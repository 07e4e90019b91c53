//! The generated code for a world that exports this capability.

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
        package palisade:guest-text-to-image;
        world text-to-image {
            export palisade:provider/text-to-image@0.1.0;
        }
    ",
    with: {
        "palisade:provider/blobs@0.1.0": crate::bindings::palisade::provider::blobs,
        "palisade:provider/types@0.1.0": crate::bindings::palisade::provider::types,
        "palisade:provider/text-to-image@0.1.0": generate,
    },
    additional_derives: [PartialEq],
    generate_unused_types: true,
    pub_export_macro: true,
});
