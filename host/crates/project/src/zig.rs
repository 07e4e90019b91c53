//! Zig: `zig build` makes a module of the program and the SDK, on the functions that wit-bindgen makes of the interface for C.

use std::{fs, path::PathBuf};

use palisade_core::{Error, ErrorKind, Result};

use crate::{c, component, job::Job, manifest::Manifest, zig_tool::Zig};

pub(crate) fn build(job: &Job<'_>) -> Result<PathBuf> {
    let manifest = Manifest::read(job.folder)?;
    let zig = Zig::find(job)?;
    c::bindings(job, &manifest)?;

    job.step("compiling, which takes a minute the first time");
    let prefix = job.build.join("zig");
    let mut build = zig.command();
    // Zig takes paths from the folder of the project.
    build.args(["build", "--release=small", "-Dbindings=build/bindings", "--prefix"]).arg(&prefix);
    build.args(manifest.capabilities.iter().map(|name| format!("-Dserve={name}")));
    build.args(&manifest.flags);
    Zig::run(&mut build)?;

    job.step("making a component");
    let core = prefix.join("bin/core.wasm");
    let core = fs::read(&core).map_err(|error| {
        let text = format!("no {} ({error}): build.zig has to call `palisade.provider`", core.display());
        Error::new(ErrorKind::BuildFailed, text)
    })?;
    let path = job.component(&manifest.name);
    component::write(&core, &path)?;
    Ok(path)
}
