//! `wasi:http` 0.2, for guests whose language speaks it: the words of another interface for what `palisade:provider/http`
//! does, by the same way out.
//!
//! `sending` and `receiving` are the interface as a guest calls it, `serving` its other half, which nobody gets. What it calls
//! is in `fields`, `request`, `upload`, `response` and `download`, which know nothing of the interface. All that they keep is
//! charged to the memory of the call. A body leaves when it is whole, and comes as it is read.

#![expect(
    unreachable_pub,
    reason = "the generated code makes the types of resources its own, for which they have to be public"
)]

mod bindings;
mod download;
mod error;
mod fields;
mod receiving;
mod request;
mod response;
mod sending;
mod serving;
mod upload;

use wasmtime::{
    Result,
    component::{Linker, ResourceTable},
};

use crate::imports::{Imports, State, view};
use bindings::wasi::http::{outgoing_handler, types};
use response::FutureResponse;

/// The package, without its version. It is none of WASI that is linked closed.
pub const PACKAGE: &str = "wasi:http";

/// Links what sends requests, beside [`crate::add_to_linker`] and WASI's `io`.
///
/// # Errors
///
/// Fails when it is linked already.
pub fn add_to_linker<T: Imports>(linker: &mut Linker<T>) -> Result<()> {
    types::add_to_linker::<T, State<T>>(linker, view)?;
    outgoing_handler::add_to_linker::<T, State<T>>(linker, view)
}

/// Gives up what is under way of a call that has ended, where its instance is kept: what has not left by then never does.
pub fn end_requests(resources: &mut ResourceTable) {
    for response in resources.iter_mut().filter_map(|entry| entry.downcast_mut::<FutureResponse>()) {
        response.give_up();
    }
}
