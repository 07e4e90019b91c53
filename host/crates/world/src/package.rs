//! The WIT package: its name, how an interface of it is found, and what a call of it gives.

use palisade_core::{Error, ErrorKind, text};
use wasmtime::component::Component;

/// The package whose exports the host reads.
pub const PACKAGE: &str = "palisade:provider";
/// The version of the package that the bindings are made from.
pub const VERSION: &str = "0.1.1";

/// What a call of a guest gives: the engine's error when the guest did not return; else what it returned, checked.
pub type Answer<T> = wasmtime::Result<Result<T, Error>>;

/// Whether a component that speaks this version of the package is linked here: as in semantic versioning, which is how the engine
/// compares them.
#[must_use]
pub fn fits(version: &str) -> bool {
    let track = |version: &str| match numbers(version)? {
        (0, 0, _) => None,
        (0, minor, _) => Some((0, minor)),
        (major, ..) => Some((major, 0)),
    };
    version == VERSION || track(VERSION).is_some_and(|own| track(version) == Some(own))
}

/// Its three numbers; none for what is no version, or not a released one.
#[must_use]
pub fn numbers(version: &str) -> Option<(u64, u64, u64)> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    let numbers = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(numbers)
}

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
