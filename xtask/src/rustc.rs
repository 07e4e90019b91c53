//! What the compiler says about itself.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::process::{Environment, capture, on_path};

/// What guests are compiled for. Its std needs no WASI, so that a guest imports only what its world says.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Says whether the active toolchain can compile guests as it is.
pub(crate) fn has_target(environment: &Environment) -> Result<bool> {
    let folder = ask(environment, &["--print", "target-libdir", "--target", TARGET])?;
    Ok(has_core(Path::new(&folder)))
}

/// Returns the name and the version, such as `rustc 1.95.0`.
pub(crate) fn version(environment: &Environment) -> Result<String> {
    Ok(short_version(&ask(environment, &["--version"])?))
}

/// Returns the folder of the toolchain.
pub(crate) fn sysroot(environment: &Environment) -> Result<PathBuf> {
    Ok(ask(environment, &["--print", "sysroot"])?.into())
}

/// Finds the linker for WebAssembly that comes with the active toolchain, or another one on the search path.
pub(crate) fn linker(environment: &Environment) -> Result<PathBuf> {
    let verbose = ask(environment, &["-vV"])?;
    let host = host_triple(&verbose).context("rustc -vV names no host")?;
    let bundled = sysroot(environment)?.join("lib/rustlib").join(host).join("bin/rust-lld");
    if bundled.is_file() {
        return Ok(bundled);
    }
    if on_path("wasm-ld") {
        return Ok("wasm-ld".into());
    }
    bail!("there is no rust-lld beside rustc and no wasm-ld on the search path (on Debian: apt install lld)")
}

fn ask(environment: &Environment, arguments: &[&str]) -> Result<String> {
    capture(environment.tool("RUSTC", "rustc").args(arguments))
}

/// Says whether a folder of compiled libraries holds the one that all others need.
fn has_core(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libcore-") && name.ends_with(".rlib")
    })
}

/// Shortens `rustc 1.95.0 (59807616e 2026-04-14)` to what a reader needs.
fn short_version(line: &str) -> String {
    line.split(" (").next().unwrap_or(line).to_owned()
}

fn host_triple(verbose: &str) -> Option<&str> {
    verbose.lines().find_map(|line| line.strip_prefix("host: "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_installed_when_core_is_there() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_core(folder.path()));
        assert!(!has_core(&folder.path().join("missing")));
        fs::write(folder.path().join("libcore-0123.rlib"), "").unwrap();
        assert!(has_core(folder.path()));
    }

    #[test]
    fn versions_are_shortened() {
        assert_eq!(short_version("rustc 1.95.0 (59807616e 2026-04-14)"), "rustc 1.95.0");
        assert_eq!(short_version("rustc 1.95.0"), "rustc 1.95.0");
        assert_eq!(host_triple("rustc 1\nhost: x86_64-unknown-linux-gnu\n"), Some("x86_64-unknown-linux-gnu"));
    }
}
