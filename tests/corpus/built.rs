//! What `cargo xtask guests` has built, for programs.

use std::{env, fs, io, path::PathBuf};

/// The folder of all that cargo builds, as a program in `examples` of it finds it.
///
/// # Errors
///
/// When the program is somewhere else.
pub fn target() -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    let elsewhere = || io::Error::new(io::ErrorKind::NotFound, "this program is not where cargo puts examples");
    Ok(program.ancestors().nth(3).ok_or_else(elsewhere)?.to_owned())
}

/// A component in that folder.
///
/// # Errors
///
/// When it is not there.
pub fn built(component: &str) -> io::Result<Vec<u8>> {
    let path = target()?.join(component);
    let missing = |error: io::Error| {
        io::Error::new(error.kind(), format!("{}: {error}: run `cargo xtask guests` first", path.display()))
    };
    fs::read(&path).map_err(missing)
}

/// The component with a custom section at its end that says this number: it does the same, and is like no other.
#[must_use]
pub fn numbered(mut component: Vec<u8>, number: u64) -> Vec<u8> {
    // A custom section: its number, its size, the size of its name, its name, and what nobody reads.
    component.extend([0, 15, 6]);
    component.extend(b"number");
    component.extend(number.to_le_bytes());
    component
}
