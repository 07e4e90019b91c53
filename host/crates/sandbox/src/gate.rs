//! What is checked of a component before any of its code runs.

mod capabilities;
mod census;
mod differences;
mod layout;
mod prescan;
mod validate;
mod versions;

pub use capabilities::{ImportStanding, Interfaces, exported_capabilities, interfaces};
pub use census::Census;
pub(crate) use differences::with_differences;
use prescan::prescan;
pub(crate) use validate::validate;
pub(crate) use versions::check_versions;
pub use versions::{SPOKEN_HERE, SpokenVersion, spoken};

use palisade_core::{Error, ErrorKind, Limits, Result, text::escape};
use palisade_world::{PACKAGE, WASI_HTTP};
use wasmtime::{Engine, component::Component};

/// The packages of WASI 0.2 that are linked, closed.
const WASI_PACKAGES: &[&str] =
    &["wasi:cli", "wasi:clocks", "wasi:filesystem", "wasi:io", "wasi:random", "wasi:sockets"];
/// The interfaces of `wasi:http` that are linked for who may reach something.
const WASI_HTTP_IMPORTS: &[&str] = &["outgoing-handler", "types"];
/// The interfaces of our package that a guest may import.
const IMPORTS: &[&str] = &[
    "blobs",
    "config",
    "credentials",
    "databases",
    "http",
    "key-value",
    "key-value-stores",
    "log",
    "object-stores",
    "progress",
    "queues",
    "stores",
    "types",
    "vector-stores",
];
/// Most imports that a refusal names.
const MAX_NAMED: usize = 5;
/// Most exports that are kept.
const MAX_EXPORTS: usize = 256;
/// Most characters that are kept of a guest's name.
const MAX_NAME: usize = 120;

/// Checks bytes as the first steps of loading them do, before anything is compiled, and tells what they are made of.
///
/// It takes time in proportion to their number at the most, and hardly any memory, whatever they are. A component that
/// passes may still be invalid.
///
/// # Errors
///
/// `too-large`; `not-a-component`; `malformed`, with the offset; `compile-limit` when it has more of something than is
/// taken; `resource-limit` when one instance of it has more core instances than it may; `unsupported-feature` when it
/// handles components as values.
pub fn check_component(bytes: &[u8], limits: &Limits) -> Result<Census> {
    check_size(bytes.len() as u64, limits.component_bytes)?;
    check_kind(bytes)?;
    prescan(bytes, limits)
}

/// Refuses what is larger than allowed.
pub(crate) fn check_size(bytes: u64, limit: u64) -> Result<()> {
    if bytes <= limit {
        return Ok(());
    }
    Err(Error::new(ErrorKind::TooLarge, format!("the component has {bytes} bytes, and at most {limit} are taken")))
}

/// Refuses what is no component, and says what it is instead.
pub(crate) fn check_kind(bytes: &[u8]) -> Result<()> {
    const COMPONENT: [u8; 8] = *b"\0asm\x0d\0\x01\0";
    let instead = match bytes {
        [] => "an empty file",
        _ if bytes.starts_with(&COMPONENT) => return Ok(()),
        _ if bytes.starts_with(b"\0asm\x01\0\0\0") => "a core WebAssembly module",
        _ if bytes.starts_with(b"\0asm") => "WebAssembly of an unknown version, or cut off in its header",
        _ if bytes.starts_with(b"\x7fELF") => "a native program or library, or compiled WebAssembly",
        _ if std::str::from_utf8(bytes.get(..512).unwrap_or(bytes)).is_ok() => "text",
        _ => "something else",
    };
    Err(Error::new(ErrorKind::NotAComponent, format!("this is no WebAssembly component but {instead}")))
}

/// The names of what a component imports and of the first of what it exports, escaped, and in order: the order in the component is its
/// toolchain's.
pub(crate) fn names(component: &Component, engine: &Engine) -> (Vec<String>, Vec<String>) {
    let component = component.component_type();
    let mut imports: Vec<_> = component.imports(engine).map(|(name, _)| escape(name, MAX_NAME)).collect();
    let exports = component.exports(engine).take(MAX_EXPORTS);
    let mut exports: Vec<_> = exports.map(|(name, _)| escape(name, MAX_NAME)).collect();
    imports.sort();
    exports.sort();
    (imports, exports)
}

/// Refuses imports that nothing is linked for. What sends requests is linked for who may reach something.
pub(crate) fn check_imports(imports: &[String], reaches_out: bool) -> Result<()> {
    let refused: Vec<_> = imports.iter().filter(|name| !is_linked(name, reaches_out)).collect();
    if refused.is_empty() {
        return Ok(());
    }
    let speaks_http = refused.iter().all(|name| is_linked(name, true));
    let refused: Vec<_> = refused.into_iter().map(|name| format!("`{name}`")).collect();
    let more = refused.len().saturating_sub(MAX_NAMED);
    let named = refused.into_iter().take(MAX_NAMED).collect::<Vec<_>>().join(", ");
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let message = format!("the component imports {named}{more}, which was not granted");
    let hint =
        if speaks_http { ": it speaks `wasi:http`, and is loaded with an address that it may reach" } else { "" };
    Err(Error::new(ErrorKind::UngrantedImport, message + hint))
}

fn is_linked(name: &str, reaches_out: bool) -> bool {
    let Some((package, interface)) = name.split_once('/') else {
        return false;
    };
    let (interface, version) = interface.split_once('@').unwrap_or((interface, ""));
    if package == PACKAGE {
        return IMPORTS.contains(&interface) && versions::is_spoken_here(version);
    }
    let is_http = reaches_out && package == WASI_HTTP && WASI_HTTP_IMPORTS.contains(&interface);
    (is_http || WASI_PACKAGES.contains(&package)) && version.starts_with("0.2.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_imports_and_wasi_0_2_are_linked() {
        for linked in ["palisade:provider/log@0.1.0", "wasi:io/streams@0.2.6", "wasi:sockets/tcp@0.2.12"] {
            assert!(is_linked(linked, false) && is_linked(linked, true), "{linked}");
        }
        let others = [
            "wasi:http/incoming-handler@0.2.0",
            "wasi:http/outgoing-handler@0.3.0",
            "wasi:httpx/types@0.2.0",
            "wasi:io/streams@0.3.0",
            "palisade:provider/rerank@0.1.0",
            "palisade:provider/log@0.2.0",
            "palisade:provider-evil/log@0.1.0",
            "log",
            "",
        ];
        for other in others {
            assert!(!is_linked(other, false) && !is_linked(other, true), "{other}");
        }
    }

    #[test]
    fn what_sends_requests_is_linked_for_who_may_reach_something() {
        let imports = ["wasi:http/types@0.2.0", "wasi:http/outgoing-handler@0.2.12"].map(str::to_owned);
        check_imports(&imports, true).unwrap();
        let error = check_imports(&imports, false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UngrantedImport);
        assert!(error.message().ends_with("an address that it may reach"), "{error}");
        let others = ["wasi:http/types@0.2.0", "log"].map(str::to_owned);
        assert!(check_imports(&others, false).unwrap_err().message().ends_with("which was not granted"));
    }

    #[test]
    fn what_is_no_component_is_named() {
        let cases: [(&[u8], &str); 5] = [
            (b"", "empty"),
            (b"\0asm\x01\0\0\0", "core WebAssembly module"),
            (b"\0asm", "cut off"),
            (b"(component)", "text"),
            (b"\x7fELF\x02", "native"),
        ];
        for (bytes, expected) in cases {
            let error = check_kind(bytes).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotAComponent);
            assert!(error.message().contains(expected), "{expected:?} is not in {:?}", error.message());
        }
    }
}
