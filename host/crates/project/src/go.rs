//! Go: wit-bindgen makes functions of the interface, which Go's compiler is shown as if they were files of the SDK and of the program.
//!
//! ```text
//! main.go, imports palisade/chat ─► go list ─► chat ─► world ─► functions ─┐
//!                    └─────────────────────────────────────────────────────┴─► go build -overlay ─► module ─► component
//! ```

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use palisade_core::{Error, ErrorKind, Result};
use serde_json::json;
use wit_bindgen_core::Files;
use wit_bindgen_go::{Format, Opts};
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

use crate::{component, files, go_tool::Go, job::Job, world};

/// The interfaces that the SDK has a package for. Its name is theirs without hyphens.
const INTERFACES: [&str; 15] = [
    "chat",
    "custom",
    "embedding",
    "image-edit",
    "image-to-text",
    "image-to-video",
    "image-upscale",
    "jobs",
    "moderation",
    "rerank",
    "speech-to-text",
    "text-to-image",
    "text-to-image-job",
    "text-to-speech",
    "text-to-video",
];

/// Those whose work is jobs.
const AS_JOBS: [&str; 3] = ["image-to-video", "text-to-image-job", "text-to-video"];

/// Where the functions are, for Go.
const GENERATED: &str = "internal/component";

/// What is asked of each package that the program is made of: what it is called, where it is, the module that it is of where that is the
/// program's own, and what it imports.
const LISTED: &str =
    "{{.ImportPath}}\t{{.Dir}}\t{{with .Module}}{{if .Main}}{{.Path}}{{end}}{{end}}\t{{join .Imports \" \"}}";

/// What is read of a program before it is compiled.
#[derive(Debug, PartialEq, Eq)]
struct Program {
    /// The last word of its module's name.
    name: String,
    folder: PathBuf,
    sdk: PathBuf,
    /// The interfaces that it serves: those whose packages it imports.
    served: Vec<&'static str>,
    /// Whether it uses the package log/slog.
    logs: bool,
}

pub(crate) fn build(job: &Job<'_>) -> Result<PathBuf> {
    let go = Go::find(job)?;
    job.step("reading the program");
    let program = Program::parse(&Go::run(go.command().args(["list", "-deps", "-f", LISTED, "."]))?)?;
    let (wit, core) = (job.build.join("wit"), job.build.join("core.wasm"));
    let served: Vec<_> = program.served.iter().map(|name| (*name).to_owned()).collect();
    world::write(&program.sdk.with_file_name("wit"), &wit, &served)?;
    let failed = |error: anyhow::Error| Error::new(ErrorKind::BuildFailed, format!("{error:#}"));
    let (resolve, world, functions) = generate(&wit).map_err(failed)?;
    let overlay = write(job, &program, &functions)?;

    job.step("compiling, which takes some ten seconds the first time");
    let mut compile = go.command();
    // The runtime of the generated functions asks Go's for memory, by a name that Go's linker would refuse.
    compile.args(["build", "-buildmode=c-shared", "-ldflags=-checklinkname=0 -s -w", "-trimpath", "-buildvcs=false"]);
    Go::run(compile.arg("-overlay").arg(overlay).arg("-o").arg(&core).arg("."))?;

    job.step("making a component");
    let mut module = fs::read(&core).map_err(|error| Error::new(ErrorKind::Io, error.to_string()))?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).map_err(failed)?;
    let path = job.component(&program.name);
    component::write(&module, &path)?;
    Ok(path)
}

impl Program {
    fn parse(listed: &str) -> Result<Self> {
        let wrong = |what: &str| Error::new(ErrorKind::BuildFailed, what.to_owned());
        let (mut module, mut folder, mut sdk) = ("", "", "");
        let (mut served, mut logs) = (Vec::new(), false);
        for line in listed.lines() {
            let [package, place, main, imports] = line.split('\t').collect::<Vec<_>>()[..] else { continue };
            match package {
                "palisade" => sdk = place,
                "log/slog" => logs = true,
                _ => {}
            }
            if main.is_empty() {
                continue;
            }
            // What a package is made of comes before it, and the program last.
            (module, folder) = (main, place);
            let imports = imports.split(' ').filter_map(|path| path.strip_prefix("palisade/"));
            served.extend(imports.filter_map(interface));
        }
        served.sort_unstable();
        served.dedup();
        if sdk.is_empty() || served.iter().all(|name| *name == "jobs") {
            return Err(wrong(
                "the program serves no capability: import the package of one, for example palisade/chat",
            ));
        }
        if let Some(slow) = served.iter().find(|name| AS_JOBS.contains(name) && !served.contains(&"jobs")) {
            return Err(wrong(&format!("{slow} is served by jobs: import palisade/jobs too, and call jobs.Handle")));
        }
        Ok(Self { name: name(module).to_owned(), folder: folder.into(), sdk: sdk.into(), served, logs })
    }

    /// The file that is shown to Go as one more of the program's. It comes last among them, so that all others are there when `main` runs:
    /// within a component, nobody else calls it.
    fn start(&self) -> String {
        let logging = if self.logs { "\nimport _ \"palisade/component/logging\"\n" } else { "" };
        let served = self.served.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
        format!(
            "package main\n\nimport \"palisade/component\"\n{logging}\nfunc init() {{\n\tmain()\n\tcomponent.Start({served})\n}}\n"
        )
    }
}

/// The interface that a package of the SDK is for.
fn interface(package: &str) -> Option<&'static str> {
    INTERFACES.into_iter().find(|name| name.replace('-', "") == package)
}

/// The name of a component, by that of its module: `example.com/red-fox/v2` is `red-fox`.
fn name(module: &str) -> &str {
    let is_version = |word: &str| word.strip_prefix('v').is_some_and(|digits| digits.parse::<u32>().is_ok());
    let mut words = module.rsplit('/');
    let last = words.next().unwrap_or(module);
    if is_version(last) { words.next().unwrap_or(last) } else { last }
}

/// The functions of the interface, by the names of their files.
fn generate(wit: &Path) -> anyhow::Result<(Resolve, WorldId, BTreeMap<String, String>)> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(wit)?;
    let world = resolve.select_world(&[package], Some(world::WORLD))?;
    let mut made = Files::default();
    let options = Opts { format: Format::False, pkg_name: Some(format!("palisade/{GENERATED}")), ..Opts::default() };
    let mut generated = resolve.clone();
    options.build().generate(&mut generated, world, &mut made)?;
    let mut functions = BTreeMap::new();
    for (name, content) in made.iter() {
        // Go takes functions without a body from a host as they are; that an assembler might bring some is of no use.
        if name.ends_with(".go") {
            functions.insert(name.to_owned(), adapted(std::str::from_utf8(content)?));
        }
    }
    Ok((resolve, world, functions))
}

/// Has a generated file use the runtime of the SDK, and copy what the host has written: that memory is used again. What the host calls when it
/// has read an answer does nothing, since the host answers nothing then, as Go's runtime expects.
fn adapted(text: &str) -> String {
    let mut adapted = String::new();
    let (has_runtime, mut after) = (text.contains("witRuntime \""), false);
    for line in text.lines() {
        let pinned = line.trim();
        if line.starts_with("//go:wasmexport ") {
            after = line.starts_with("//go:wasmexport cabi_post_");
            adapted += if after { "//go:nosplit\n" } else { "" };
        }
        match pinned {
            "syncExportPinner.Unpin()" if after => continue,
            "pinner := &syncExportPinner" => adapted += "\tsyncExportPinner.Unpin()\n",
            "defer pinner.Unpin()" if has_runtime => {
                adapted += "\twitRuntime.Enter()\n\tdefer witRuntime.Leave(pinner)\n";
                continue;
            }
            _ => {}
        }
        adapted += line;
        adapted.push('\n');
    }
    adapted
        .replace("go.bytecodealliance.org/pkg/wit/", "palisade/internal/wit/")
        .replace("unsafe.String(", "witRuntime.String(")
        .replace("unsafe.Slice(", "witRuntime.Slice(")
}

/// Writes what Go is shown beside what there is, and gives the list of it.
fn write(job: &Job<'_>, program: &Program, functions: &BTreeMap<String, String>) -> Result<PathBuf> {
    // Go takes no notice of a folder whose name begins so.
    let folder = job.build.join("_generated");
    files::remove(&folder)?;
    let mut shown = serde_json::Map::new();
    let mut show = |place: PathBuf, file: PathBuf, text: &str| -> Result<()> {
        files::write(&file, text)?;
        shown.insert(place.display().to_string(), json!(file.display().to_string()));
        Ok(())
    };
    for (name, text) in functions {
        show(program.sdk.join(GENERATED).join(name), folder.join(name), text)?;
    }
    show(program.folder.join("zz_palisade.go"), folder.join("zz_palisade.go"), &program.start())?;
    let overlay = folder.join("overlay.json");
    files::write(&overlay, &json!({ "Replace": shown }).to_string())?;
    Ok(overlay)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SDK: &str = "palisade\t/p/third_party/palisade\t\tfmt\n";

    fn parsed(imports: &str) -> Result<Program> {
        Program::parse(&format!("fmt\t/go/fmt\t\tos\n{SDK}red-fox\t/p\texample.com/red-fox/v2\t{imports}\n"))
    }

    #[test]
    fn a_program_serves_what_it_imports() {
        let program = parsed("fmt palisade palisade/texttoimage palisade/chat palisade/keyvalue").unwrap();
        assert_eq!((program.name.as_str(), &program.served), ("red-fox", &vec!["chat", "text-to-image"]));
        assert_eq!((program.folder.as_path(), program.logs), (Path::new("/p"), false));
        assert!(program.start().contains("component.Start(\"chat\", \"text-to-image\")"), "{}", program.start());
        let listed =
            format!("log/slog\t/go/log/slog\t\t\n{SDK}a/b\t/p/b\ta\tpalisade/rerank\na\t/p\ta\ta/b palisade\n");
        let program = Program::parse(&listed).unwrap();
        assert_eq!((program.served.as_slice(), program.logs), (["rerank"].as_slice(), true));
        assert!(program.start().contains("palisade/component/logging"));
    }

    #[test]
    fn a_program_that_serves_nothing_or_half_of_it_is_told() {
        for (imports, told) in [
            ("fmt", "import the package of one"),
            ("palisade palisade/jobs", "import the package of one"),
            ("palisade palisade/texttovideo", "text-to-video is served by jobs"),
        ] {
            let error = parsed(imports).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BuildFailed);
            assert!(error.message().contains(told), "{error}");
        }
    }

    #[test]
    fn every_interface_has_a_package_of_the_sdk_and_every_function_what_it_calls() {
        for interface in INTERFACES {
            let package = interface.replace('-', "");
            assert!(
                files::below("guest-sdk/go").any(|(path, _)| path == format!("{package}/{package}.go")),
                "{package}"
            );
            let exported = format!("{GENERATED}/export_palisade_provider_{}/", interface.replace('-', "_"));
            assert!(files::below("guest-sdk/go").any(|(path, _)| path.starts_with(&exported)), "{exported}");
        }
    }

    #[test]
    fn what_is_generated_copies_what_the_host_has_written() {
        let folder = tempfile::tempdir().unwrap();
        let all: Vec<_> = INTERFACES.iter().map(|name| (*name).to_owned()).collect();
        world::write(Path::new("../../../wit"), folder.path(), &all).unwrap();
        let (_, _, functions) = generate(folder.path()).unwrap();
        let text = &functions["wit_exports/wit_exports.go"];
        assert!(text.contains("//go:wasmexport palisade:provider/rerank@0.1.1#rerank"));
        for (before, after) in text.match_indices("//go:wasmexport cabi_post_").map(|(at, _)| text.split_at(at)) {
            assert!(before.ends_with("//go:nosplit\n"));
            assert_eq!(after.lines().nth(2).map(str::trim), Some("}"), "{}", &after[..200]);
        }
        assert!(text.matches("cabi_post_").count() > 20 && text.contains("witRuntime.Unpin()"));
        for (name, text) in &functions {
            assert!(!text.contains("unsafe.String(") && !text.contains("unsafe.Slice("), "{name}");
            assert!(!text.contains("bytecodealliance"), "{name}");
            assert!(
                !text.contains("witRuntime.") || text.contains("witRuntime \"palisade/internal/wit/runtime\""),
                "{name}"
            );
        }
        let http = &functions["palisade_provider_http/wit_bindings.go"];
        assert_eq!(http.matches("witRuntime.Enter()").count(), http.matches("pinner := &runtime.Pinner{}").count());
        assert!(http.matches("witRuntime.Enter()").count() >= 4);
    }

    #[test]
    fn only_what_is_served_is_exported() {
        let folder = tempfile::tempdir().unwrap();
        world::write(Path::new("../../../wit"), folder.path(), &["rerank".to_owned()]).unwrap();
        let (_, _, functions) = generate(folder.path()).unwrap();
        assert!(!functions["wit_exports/wit_exports.go"].contains("palisade:provider/chat"));
    }

    #[test]
    fn a_component_is_called_as_its_module_is() {
        for (module, expected) in
            [("fox", "fox"), ("example.com/fox", "fox"), ("example.com/fox/v2", "fox"), ("v2", "v2")]
        {
            assert_eq!(name(module), expected);
        }
    }
}
