//! Generated from `wasi-http.wit`, the half of WASI's http that sends requests.

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
    path: "wit",
    world: "requests",
    require_store_data_send: true,
    imports: { default: trappable },
    with: {
        "wasi:io": wasmtime_wasi_io::bindings::wasi::io,
        "wasi:http/types.fields": crate::wasi_http::fields::Fields,
        "wasi:http/types.outgoing-request": crate::wasi_http::request::OutgoingRequest,
        "wasi:http/types.request-options": crate::wasi_http::request::RequestOptions,
        "wasi:http/types.outgoing-body": crate::wasi_http::upload::OutgoingBody,
        "wasi:http/types.future-incoming-response": crate::wasi_http::response::FutureResponse,
        "wasi:http/types.incoming-response": crate::wasi_http::response::IncomingResponse,
        "wasi:http/types.incoming-body": crate::wasi_http::download::IncomingBody,
        "wasi:http/types.future-trailers": crate::wasi_http::download::FutureTrailers,
    },
});
