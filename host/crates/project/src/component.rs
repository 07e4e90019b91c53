//! A component of a module of WebAssembly that knows its interface.

use std::{fs, path::Path};

use palisade_core::{Error, ErrorKind, Result};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::ComponentEncoder;

/// Makes a component of the module `core` and writes it.
pub(crate) fn write(core: &[u8], path: &Path) -> Result<()> {
    let component = encode(core).map_err(|error| Error::new(ErrorKind::BuildFailed, error))?;
    fs::write(path, component).map_err(|error| Error::new(ErrorKind::Io, error.to_string()))
}

fn encode(core: &[u8]) -> Result<Vec<u8>, String> {
    let failed = |error| format!("no component can be made of it: {error:#}");
    let mut encoder = ComponentEncoder::default().validate(true).module(core).map_err(failed)?;
    // Who uses the C library for more than computing asks for WASI 0.1: this says it in terms of WASI 0.2.
    let named = WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME.as_bytes();
    if core.windows(named.len()).any(|window| window == named) {
        encoder = encoder
            .adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)
            .map_err(failed)?;
    }
    encoder.encode().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_module_is_no_component() {
        assert!(encode(b"not wasm").unwrap_err().starts_with("no component"));
    }
}
