//! Rust: cargo compiles a module, and wit-component makes a component of it.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use palisade_core::{Error, ErrorKind, Result};
use toml::{Table, Value};

use crate::{component, files, job::Job, tool};

const TARGET: &str = "wasm32-unknown-unknown";

/// How to get Rust.
const GET: &str = "install Rust 1.95 or newer (https://rustup.rs)";

pub(crate) fn build(job: &Job<'_>) -> Result<PathBuf> {
    let (package, library) = names(job.folder)?;
    require_target()?;
    job.step("compiling");
    let target = job.build.join("cargo");
    let mut cargo = tool::program("CARGO", "cargo");
    cargo
        .current_dir(job.folder)
        .args(["build", "--release", "--lib", "--target", TARGET, "--target-dir"])
        .arg(&target);
    tool::run(&mut cargo, GET)?;

    job.step("making a component");
    let module = target.join(TARGET).join("release").join(format!("{library}.wasm"));
    let core = fs::read(&module).map_err(|error| {
        let text =
            format!("no {} ({error}): Cargo.toml has to say `crate-type = [\"cdylib\", \"rlib\"]`", module.display());
        Error::new(ErrorKind::BuildFailed, text)
    })?;
    let path = job.component(&package);
    component::write(&core, &path)?;
    Ok(path)
}

/// What the package is called, and its library.
fn names(folder: &Path) -> Result<(String, String)> {
    let wrong = |what: &str| Error::new(ErrorKind::Project, format!("Cargo.toml: {what}"));
    let table: Table = files::read(&folder.join("Cargo.toml"))?.parse().map_err(|error| wrong(&format!("{error}")))?;
    let name = |section: &str| table.get(section).and_then(|section| section.get("name")).and_then(Value::as_str);
    let package = name("package").ok_or_else(|| wrong("there is no name in [package]"))?;
    Ok((package.to_owned(), name("lib").unwrap_or(package).replace('-', "_")))
}

/// Fails unless the standard library is there for WebAssembly, or is built with the program.
fn require_target() -> Result<()> {
    if env::var_os("CARGO_UNSTABLE_BUILD_STD").is_some() {
        return Ok(());
    }
    let printed =
        tool::run(tool::program("RUSTC", "rustc").args(["--print", "target-libdir", "--target", TARGET]), GET)?;
    if Path::new(printed.trim()).is_dir() {
        return Ok(());
    }
    Err(tool::missing(format!("this Rust cannot compile to WebAssembly yet: run `rustup target add {TARGET}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_may_have_a_name_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let named = |manifest: &str| {
            files::write(&folder.path().join("Cargo.toml"), manifest).unwrap();
            names(folder.path()).map_err(|error| error.message().to_owned())
        };
        assert_eq!(named("[package]\nname = \"red-fox\""), Ok(("red-fox".into(), "red_fox".into())));
        assert_eq!(named("[package]\nname = \"a\"\n[lib]\nname = \"b\""), Ok(("a".into(), "b".into())));
        assert_eq!(named(""), Err("Cargo.toml: there is no name in [package]".into()));
    }
}
