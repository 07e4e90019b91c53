//! Generated from `wit/`.

#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    unused_qualifications,
    clippy::all,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]

wasmtime::component::bindgen!({
    path: "../../../wit",
    world: "everything",
    imports: {
        "palisade:provider/blobs.import-url": async | trappable,
        "palisade:provider/key-value.get": async | trappable,
        "palisade:provider/key-value.set": async | trappable,
        "palisade:provider/key-value.delete": async | trappable,
        "palisade:provider/key-value.keys": async | trappable,
        "palisade:provider/http.send": async | trappable,
        "palisade:provider/http.[method]response.read": async | trappable,
        "palisade:provider/http.[static]response.store": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    with: {
        "palisade:provider/blobs.blob": crate::Blob,
        "palisade:provider/blobs.blob-writer": crate::BlobWriter,
        "palisade:provider/http.response": crate::HttpResponse,
    },
});
