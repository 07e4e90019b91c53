//! Turning a core module into a component, once for each content.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use wit_component::ComponentEncoder;

use crate::files::write_atomically;

/// Changes when the same core module would become another component.
const ENCODER: &str = "1 wit-component 0.254";

/// A component on disk.
#[derive(Debug)]
pub(crate) struct Component {
    pub(crate) path: PathBuf,
    pub(crate) bytes: usize,
    /// False if the component of an earlier run is still the right one.
    pub(crate) rebuilt: bool,
}

/// Writes the component of a core module to `path`, unless it is there already as the stamp says.
pub(crate) fn update(module: &Path, path: &Path, stamp: &Path) -> Result<Component> {
    let core = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    if let (Ok(present), Ok(written)) = (fs::read(path), fs::read_to_string(stamp))
        && written == stamp_text(&core, &present)
    {
        return Ok(Component { path: path.to_owned(), bytes: present.len(), rebuilt: false });
    }
    let component = encode(&core).with_context(|| format!("cannot turn {} into a component", module.display()))?;
    write_atomically(path, &component)?;
    write_atomically(stamp, stamp_text(&core, &component).as_bytes())?;
    Ok(Component { path: path.to_owned(), bytes: component.len(), rebuilt: true })
}

fn encode(core: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default().validate(true).module(core)?.encode()
}

fn stamp_text(core: &[u8], component: &[u8]) -> String {
    format!("{ENCODER}\n{}\n{}\n", sha256(core), sha256(component))
}

/// Returns the SHA-256 of some bytes in hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest core module: its magic number and version. It imports and exports nothing, as its component does.
    const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new(core: &[u8]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("core.wasm"), core).unwrap();
            Self(folder)
        }

        fn update(&self) -> Result<Component> {
            let at = |name| self.0.path().join(name);
            update(&at("core.wasm"), &at("out/guest.wasm"), &at("stamps/guest"))
        }
    }

    #[test]
    fn an_unchanged_module_is_encoded_once() {
        let folder = Folder::new(&with_component_type());
        let first = folder.update().unwrap();
        assert!(first.rebuilt);
        assert_eq!(fs::read(&first.path).unwrap().len(), first.bytes);
        assert!(!folder.update().unwrap().rebuilt);
    }

    #[test]
    fn a_component_that_someone_changed_is_written_again() {
        let folder = Folder::new(&with_component_type());
        let first = folder.update().unwrap();
        fs::write(&first.path, "changed").unwrap();
        assert!(folder.update().unwrap().rebuilt);
        fs::remove_file(&first.path).unwrap();
        assert!(folder.update().unwrap().rebuilt);
    }

    #[test]
    fn a_broken_module_leaves_nothing_behind() {
        let folder = Folder::new(b"not wasm");
        let error = format!("{:#}", folder.update().unwrap_err());
        assert!(error.contains("core.wasm into a component"), "{error}");
        assert!(!folder.0.path().join("out").exists());
    }

    #[test]
    fn a_hash_is_in_hexadecimal_digits() {
        assert_eq!(sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    fn with_component_type() -> Vec<u8> {
        let mut resolve = wit_parser::Resolve::default();
        let package = resolve.push_str("empty.wit", "package a:b; world empty {}").unwrap();
        let world = resolve.select_world(&[package], Some("empty")).unwrap();
        let mut module = EMPTY.to_vec();
        wit_component::embed_component_metadata(&mut module, &resolve, world, wit_component::StringEncoding::UTF8)
            .unwrap();
        module
    }
}
