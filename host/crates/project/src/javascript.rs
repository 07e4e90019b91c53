//! JavaScript and TypeScript: esbuild makes one module of the program, and componentize-qjs puts QuickJS and it into one component.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use palisade_core::{Error, ErrorKind, Result};
use serde_json::Value;

use crate::{files, job::Job, tool, world};

/// How to get Node.
const GET: &str = "install Node.js 18 or newer with npm (https://nodejs.org, or Debian: apt-get install nodejs npm)";

/// How to get what a project asks for in its `package.json`.
const INSTALL: &str = "it is one of the project's own packages: list it in devDependencies, and run `npm install`";

pub(crate) fn build(job: &Job<'_>, source: &str) -> Result<PathBuf> {
    let name = package_name(job.folder)?;
    install(job)?;
    if source.ends_with(".ts") {
        job.step("checking types");
        tool::run(own(job, "tsc").arg("--noEmit"), INSTALL)?;
    }

    job.step(&format!("reading {source}"));
    let alone = job.build.join("provider.mjs");
    bundle(job, &job.folder.join(source), &alone)?;
    let read = "import(process.argv[1]).then(({ default: provider }) => {\
                if (!provider?.interfaces) throw new Error('export default defineProvider({ ... }) is missing');\
                console.log(provider.interfaces.join('\\n')); })";
    let url = format!("file://{}", alone.display());
    let printed = tool::run(Command::new("node").current_dir(job.folder).args(["--eval", read, &url]), GET)?;
    let capabilities = world::capabilities(&printed)?;
    world::write(&job.vendored("wit"), &job.build.join("wit"), &capabilities)?;

    job.step("building the component");
    let (entry, whole) = (job.build.join("entry.js"), job.build.join("bundle.js"));
    files::write(&entry, &entry_module(&job.vendored("wit"), source, &capabilities)?)?;
    bundle(job, &entry, &whole)?;
    let component = job.component(&name);
    let mut componentize = own(job, "componentize-qjs");
    // Without `sync`, it would need functions that are asynchronous for the host as well.
    componentize.args(["--sync", "--opt-size", "--world", world::WORLD, "--wit"]).arg(job.build.join("wit"));
    tool::run(componentize.arg("--js").arg(&whole).arg("--output").arg(&component), INSTALL)?;
    Ok(component)
}

fn package_name(folder: &Path) -> Result<String> {
    let wrong = |what: String| Error::new(ErrorKind::Project, format!("package.json: {what}"));
    let package: Value =
        serde_json::from_str(&files::read(&folder.join("package.json"))?).map_err(|error| wrong(error.to_string()))?;
    let name = package.get("name").and_then(Value::as_str).and_then(|name| name.rsplit('/').next());
    name.map(str::to_owned).ok_or_else(|| wrong("there is no name".to_owned()))
}

/// Installs the packages of the project, once for each lock file.
fn install(job: &Job<'_>) -> Result<()> {
    let check = "process.exit(Number(process.versions.node.split('.')[0]) < 18 ? 1 : 0)";
    tool::run(Command::new("node").args(["--eval", check]), GET).map_err(|error| {
        if error.kind() == ErrorKind::BuildFailed {
            tool::missing(format!("this Node.js is too old: {GET}"))
        } else {
            error
        }
    })?;
    let lock = fs::read_to_string(job.folder.join("package-lock.json")).unwrap_or_default();
    let wanted = lock + &files::read(&job.folder.join("package.json"))?;
    let stamp = job.build.join("packages.installed");
    if fs::read_to_string(&stamp).is_ok_and(|written| written == wanted) && job.folder.join("node_modules").is_dir() {
        return Ok(());
    }
    job.step("installing the packages of package.json");
    let mut npm = tool::program("NPM", "npm");
    // Not `ci`: componentize-qjs names packages for machines that it was never published for, and `ci` misses them.
    npm.current_dir(job.folder).args(["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"]);
    // Where a package comes from is the business of each machine's own settings.
    npm.arg("--omit-lockfile-registry-resolved");
    tool::run(&mut npm, GET)?;
    files::write(&stamp, &wanted)
}

/// A tool that is a package of the project.
fn own(job: &Job<'_>, name: &str) -> Command {
    let mut command = Command::new(job.folder.join("node_modules/.bin").join(name));
    command.current_dir(job.folder);
    command
}

/// Makes one module of a source file and what it imports.
fn bundle(job: &Job<'_>, source: &Path, to: &Path) -> Result<()> {
    let mut esbuild = own(job, "esbuild");
    esbuild.arg(source).args(["--bundle", "--format=esm", "--platform=neutral", "--main-fields=module,main"]);
    // QuickJS knows ES2023; the SDK is linked into the project.
    esbuild.args(["--target=es2023", "--preserve-symlinks", "--external:palisade:*", "--log-level=warning"]);
    tool::run(esbuild.arg(format!("--outfile={}", to.display())), INSTALL).map(drop)
}

/// The module that becomes the component: it hands the host to the SDK, and exports an object for each interface.
fn entry_module(vendored: &Path, source: &str, capabilities: &[String]) -> Result<String> {
    let (package, services) = (world::package(vendored)?, world::services(vendored));
    let (name, version) = package.split_once('@').unwrap_or((&package, ""));
    let camel = |name: &str| world::cased(name, "", false, true);
    // First, since the program may ask for what it sets while it is loaded.
    let mut text =
        "import \"@palisade/guest/globals\";\nimport { component } from \"@palisade/guest/component\";\n".to_owned();
    for service in &services {
        text += &format!("import * as {} from \"{name}/{service}@{version}\";\n", camel(service));
    }
    let services: Vec<_> = services.into_iter().map(camel).collect();
    let exports: Vec<_> = capabilities.iter().map(|name| camel(name)).collect();
    text += &format!("import provider from \"../{source}\";\n\n");
    Ok(text
        + &format!(
            "export const {{ catalog, health, {} }} = component(provider, {{ {} }});\n",
            exports.join(", "),
            services.join(", ")
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_exports_what_is_served() {
        let capabilities = ["chat".to_owned(), "text-to-image".to_owned()];
        let text = entry_module(Path::new("../../../wit"), "src/provider.js", &capabilities).unwrap();
        assert!(text.starts_with("import \"@palisade/guest/globals\";"));
        assert!(text.contains("import * as keyValue from \"palisade:provider/key-value@0.1."), "{text}");
        assert!(text.contains("export const { catalog, health, chat, textToImage } = component("), "{text}");
    }

    #[test]
    fn a_package_of_a_scope_is_called_by_its_own_name() {
        let folder = tempfile::tempdir().unwrap();
        files::write(&folder.path().join("package.json"), r#"{"name": "@foxes/red"}"#).unwrap();
        assert_eq!(package_name(folder.path()).unwrap(), "red");
    }
}
