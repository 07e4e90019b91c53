//! The WIT package: its name, how an interface of it is found, and what a call of it gives.

use palisade_core::{Error, ErrorKind, text};
use wasmtime::component::Component;

/// The package whose exports the host reads.
pub const PACKAGE: &str = "palisade:provider";
/// The version of the package that the bindings are made from.
pub const VERSION: &str = "0.1.0";

/// What a call of a guest gives: the engine's error when the guest did not return; else what it returned, checked.
pub type Answer<T> = wasmtime::Result<Result<T, Error>>;

/// The indices of an interface, none when the component does not export it.
pub(crate) fn find<I>(
    component: &Component,
    name: &'static str,
    indices: impl FnOnce() -> wasmtime::Result<I>,
) -> Result<Option<I>, Error> {
    if component.get_export_index(None, format!("{PACKAGE}/{name}@{VERSION}")).is_none() {
        return Ok(None);
    }
    indices().map(Some).map_err(|error| wrong_interface(name, &error))
}

pub(crate) fn wrong_interface(name: &str, error: &wasmtime::Error) -> Error {
    // The text names the guest's functions and types.
    let reason = text::escape(&format!("{error:#}"), 500);
    Error::new(ErrorKind::WrongInterface, format!("{PACKAGE}/{name}@{VERSION} has other types: {reason}"))
}
