//! What a project takes along: the interface and the SDK of its language, in its folder `vendor/`, or `third_party/` in Go.

use std::path::Path;

use palisade_core::{Error, ErrorKind, Result};
use toml::{Table, Value};

use crate::{Language, files};

/// Writes the interface and the SDK into a project, in place of what is there: into its folder [`Language::vendor_folder`].
///
/// # Errors
/// `io` when it cannot be written.
pub fn vendor(folder: &Path, language: Language) -> Result<()> {
    let vendor = folder.join(language.vendor_folder());
    files::remove(&vendor)?;
    copy("wit", &vendor.join("wit"))?;
    match language {
        Language::Python => copy("guest-sdk/python/palisade_guest", &vendor.join("palisade_guest")),
        Language::JavaScript | Language::TypeScript => copy("guest-sdk/javascript", &vendor.join("palisade-guest")),
        Language::C => copy("guest-sdk/c", &vendor.join("palisade")),
        Language::Go => copy("guest-sdk/go", &vendor.join("palisade")),
        Language::Zig => {
            copy("guest-sdk/c", &vendor.join("palisade"))?;
            copy("guest-sdk/zig", &vendor.join("palisade"))
        }
        Language::Rust => {
            copy("guest-sdk/src", &vendor.join("palisade-guest/src"))?;
            files::write(&vendor.join("palisade-guest/Cargo.toml"), &manifest()?)
        }
    }
}

fn copy(from: &str, to: &Path) -> Result<()> {
    files::below(from).try_for_each(|(path, text)| files::write(&to.join(path), text))
}

/// The manifest of the crate, with what it has from its workspace written out.
fn manifest() -> Result<String> {
    let workspace = table(files::text("Cargo.toml"))?;
    let mut manifest = table(files::text("guest-sdk/Cargo.toml"))?;
    let inherited = workspace.get("workspace").and_then(Value::as_table);
    let of = |key: &str| inherited.and_then(|table| table.get(key)).and_then(Value::as_table);
    manifest.remove("lints");
    for (section, key) in [("package", "package"), ("dependencies", "dependencies")] {
        let (Some(own), Some(shared)) = (manifest.get_mut(section).and_then(Value::as_table_mut), of(key)) else {
            continue;
        };
        for (name, value) in own.iter_mut() {
            if let (Some(wanted), Some(shared)) = (value.as_table(), shared.get(name)) {
                *value = written_out(wanted, shared);
            }
        }
    }
    toml::to_string(&manifest).map_err(|error| broken(&error))
}

/// A value of the workspace, with what its user adds to it.
fn written_out(wanted: &Table, shared: &Value) -> Value {
    if wanted.get("workspace").is_none() {
        return Value::Table(wanted.clone());
    }
    let added: Table =
        wanted.iter().filter(|(key, _)| *key != "workspace").map(|(k, v)| (k.clone(), v.clone())).collect();
    if added.is_empty() {
        return shared.clone();
    }
    let mut whole = match shared {
        Value::Table(table) => table.clone(),
        version => Table::from_iter([("version".to_owned(), version.clone())]),
    };
    for (key, value) in added {
        match (whole.get_mut(&key), value) {
            (Some(Value::Array(present)), Value::Array(more)) => present.extend(more),
            (_, value) => drop(whole.insert(key, value)),
        }
    }
    Value::Table(whole)
}

fn table(text: &str) -> Result<Table> {
    text.parse().map_err(|error| broken(&error))
}

fn broken(error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Internal, format!("an embedded manifest is broken: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_stands_alone() {
        let text = manifest().unwrap();
        assert!(!text.contains("workspace"), "{text}");
        let table: Table = text.parse().unwrap();
        let image = &table["dependencies"]["image"];
        let features: Vec<_> = image["features"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert_eq!(features, ["png", "jpeg", "webp"]);
        assert_eq!(image["optional"].as_bool(), Some(true));
        assert_eq!(table["package"]["edition"].as_str(), Some("2024"));
    }
}
