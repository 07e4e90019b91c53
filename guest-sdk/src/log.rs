//! Messages for the operator. The host cuts long ones and drops what is beyond the limit of a call.

use std::fmt::Display;

pub use crate::bindings::palisade::provider::log::Level;

/// Logs what only matters to the author of the provider.
pub fn debug(message: impl Display) {
    write(Level::Debug, &message);
}

/// Logs what an operator may want to know when all is well.
pub fn info(message: impl Display) {
    write(Level::Info, &message);
}

/// Logs something to look at.
pub fn warn(message: impl Display) {
    write(Level::Warn, &message);
}

/// Logs something that failed.
pub fn error(message: impl Display) {
    write(Level::Error, &message);
}

#[cfg(target_arch = "wasm32")]
fn write(level: Level, message: &dyn Display) {
    crate::bindings::palisade::provider::log::log(level, &message.to_string());
}

#[cfg(not(target_arch = "wasm32"))]
fn write(level: Level, message: &dyn Display) {
    use std::io::Write as _;
    // A test that has closed standard error loses nothing that it wanted.
    let _ = writeln!(std::io::stderr(), "{level:?}: {message}");
}
