//! Embeds the interface, the SDKs and the templates: nothing is published that a project could fetch them from.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

/// What is embedded, from the root of the workspace.
const EMBEDDED: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "guest-sdk/Cargo.toml",
    "guest-sdk/c",
    "guest-sdk/go",
    "guest-sdk/javascript",
    "guest-sdk/python/palisade_guest",
    "guest-sdk/src",
    "guest-sdk/zig",
    "host/crates/project/templates",
    "wit",
];

/// Folders that tools leave behind.
const LEFT_BEHIND: &[&str] = &["__pycache__", "node_modules", "build", "target"];

fn main() -> io::Result<()> {
    let root = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default().join("../../..");
    let mut files = Vec::new();
    for path in EMBEDDED {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
        collect(&root, Path::new(path), &mut files)?;
    }
    files.sort();
    let mut table = String::from("static ALL: &[(&str, &str)] = &[\n");
    for file in files {
        let place = fs::canonicalize(root.join(&file))?;
        table += &format!("    ({:?}, include_str!({:?})),\n", file.display().to_string(), place.display().to_string());
    }
    table += "];\n";
    let out = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    fs::write(out.join("files.rs"), table)
}

fn collect(root: &Path, path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if root.join(path).is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(root.join(path))? {
        let name = entry?.file_name();
        if LEFT_BEHIND.iter().all(|left| name != *left) {
            collect(root, &path.join(name), files)?;
        }
    }
    Ok(())
}
