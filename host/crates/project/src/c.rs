//! C: wit-bindgen makes a header of the interface, and Zig's C compiler a module of it, the SDK and the program.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use palisade_core::{Error, ErrorKind, Result};
use wit_bindgen_core::Files;
use wit_parser::Resolve;

use crate::{component, files, job::Job, manifest::Manifest, world, zig_tool::Zig};

/// Room for the variables of functions, as Rust has it. It is below all else in memory, so that what needs more is stopped and overwrites nothing.
const STACK: &str = "-Wl,-z,stack-size=1048576";

/// Those of the SDK that every component has: one for each capability comes with them.
const SDK: [&str; 8] = [
    "call.c",
    "answer.c",
    "http.c",
    "jobs.c",
    "component/convert.c",
    "component/catalog.c",
    "component/services.c",
    "component/stream.c",
];

pub(crate) fn build(job: &Job<'_>) -> Result<PathBuf> {
    let manifest = Manifest::read(job.folder)?;
    let zig = Zig::find(job)?;
    let mut sources = Vec::new();
    own_sources(&job.folder.join("src"), &mut sources)?;
    if sources.is_empty() {
        return Err(Error::new(ErrorKind::Project, "there is no file in src/ that ends in .c"));
    }
    let bindings = bindings(job, &manifest)?;
    job.step("compiling");
    let core = job.build.join("core.wasm");
    let mut compiler = zig.command();
    compiler.args(["cc", "-std=c11", "-Os", "-flto", "-s", "-Wall", "-Wextra", "-Wno-missing-field-initializers"]);
    compiler.args(&manifest.flags);
    compile(&mut compiler, job, &manifest, &bindings);
    compiler.args(sources).arg("-o").arg(&core);
    Zig::run(&mut compiler)?;

    job.step("making a component");
    let path = job.component(&manifest.name);
    component::write(&fs::read(&core).map_err(|error| Error::new(ErrorKind::Io, error.to_string()))?, &path)?;
    Ok(path)
}

/// What a compiler is told of the target, the SDK and the interface.
fn compile(compiler: &mut Command, job: &Job<'_>, manifest: &Manifest, bindings: &Path) {
    let sdk = job.vendored("palisade");
    let served: Vec<_> = manifest.capabilities.iter().map(|name| format!("{name:?}")).collect();
    compiler.args(["--target=wasm32-wasi", "-mexec-model=reactor", STACK]);
    compiler.arg("-I").arg(&sdk).arg("-I").arg(bindings).arg(format!("-DPALISADE_SERVED={}", served.join(",")));
    compiler.args(SDK.map(|file| sdk.join("src").join(file)));
    compiler.args(manifest.capabilities.iter().map(|name| sdk.join(format!("src/component/{name}.c"))));
    compiler.arg(bindings.join("project.c")).arg(bindings.join("project_component_type.o"));
}

/// Makes the functions of the interface, as C has them, and gives the folder that they are in.
pub(crate) fn bindings(job: &Job<'_>, manifest: &Manifest) -> Result<PathBuf> {
    for capability in &manifest.capabilities {
        if !job.vendored("palisade").join(format!("src/component/{capability}.c")).is_file() {
            return Err(Error::new(
                ErrorKind::Project,
                format!("provider.toml: the SDK for C does not have `{capability}`"),
            ));
        }
    }
    let (wit, folder) = (job.build.join("wit"), job.build.join("bindings"));
    world::write(&job.vendored("wit"), &wit, &manifest.capabilities)?;
    files::remove(&folder)?;
    generate(&wit, &folder).map_err(|error| Error::new(ErrorKind::BuildFailed, format!("{error:#}")))?;
    Ok(folder)
}

fn generate(wit: &Path, folder: &Path) -> anyhow::Result<()> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(wit)?;
    let world = resolve.select_world(&[package], Some(world::WORLD))?;
    let mut made = Files::default();
    wit_bindgen_c::Opts::default().build().generate(&mut resolve, world, &mut made)?;
    fs::create_dir_all(folder)?;
    for (name, content) in made.iter() {
        fs::write(folder.join(name), content)?;
    }
    Ok(())
}

/// The files of a folder that end in `.c`, in the order of their names.
fn own_sources(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            own_sources(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "c") {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_found_in_the_order_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.c", "a/z.c", "a.h", "c.c"] {
            files::write(&folder.path().join(name), "").unwrap();
        }
        let mut found = Vec::new();
        own_sources(folder.path(), &mut found).unwrap();
        assert_eq!(found, ["a/z.c", "b.c", "c.c"].map(|name| folder.path().join(name)));
    }

    #[test]
    fn bindings_have_what_a_project_serves() {
        let folder = tempfile::tempdir().unwrap();
        world::write(Path::new("../../../wit"), &folder.path().join("wit"), &["rerank".to_owned()]).unwrap();
        generate(&folder.path().join("wit"), &folder.path().join("c")).unwrap();
        let header = files::read(&folder.path().join("c/project.h")).unwrap();
        assert!(header.contains("bool exports_palisade_provider_rerank_rerank("));
        assert!(!header.contains("exports_palisade_provider_chat_reply"));
    }
}
