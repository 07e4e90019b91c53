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
        "palisade:provider/key-value": async | trappable,
        "palisade:provider/vector-stores": async | trappable,
        "palisade:provider/key-value-stores": async | trappable,
        "palisade:provider/object-stores": async | trappable,
        "palisade:provider/queues": async | trappable,
        "palisade:provider/databases": async | trappable,
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
