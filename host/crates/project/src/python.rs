//! Python: componentize-py puts CPython and the program into one component.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use palisade_core::{Error, ErrorKind, Result};
use toml::Table;

use crate::{files, job::Job, tool, world};

/// What is installed, with the hashes of what the registry has of it.
const TOOLS: &str = include_str!("python-tools.txt");

/// How to get Python.
const GET: &str = "install Python 3.10 or newer (https://www.python.org, or Debian: apt-get install python3 python3-venv), or name it in \
                   the variable PYTHON";

/// The module that is built: the program, and between it and the host the SDK.
const ENTRY: &str = "palisade_entry";

pub(crate) fn build(job: &Job<'_>) -> Result<PathBuf> {
    let name = project_name(job.folder)?;
    let module = name.replace('-', "_");
    let python = tools(job)?;
    let packages = packages(job, &python)?;

    job.step(&format!("reading {module}"));
    let paths = [job.folder.join("src"), job.folder.join("vendor"), packages];
    let search = env::join_paths(&paths).map_err(|error| Error::new(ErrorKind::Project, error.to_string()))?;
    let mut reading = quiet(&python);
    let printed = tool::run(reading.env("PYTHONPATH", search).args(["-m", "palisade_guest", &module]), GET)?;
    let capabilities = world::capabilities(&printed)?;
    world::write(&job.vendored("wit"), &job.build.join("wit"), &capabilities)?;
    let entry = job.build.join("entry");
    files::write(&entry.join(format!("{ENTRY}.py")), &entry_module(&module, &capabilities))?;

    job.step("building the component, which takes some 15 seconds");
    let component = job.component(&name);
    let mut componentize = quiet(&python.with_file_name("componentize-py"));
    componentize.current_dir(&entry).arg("-d").arg(job.build.join("wit")).args(["-w", world::WORLD, "componentize"]);
    for path in paths.iter().chain([&entry]) {
        componentize.arg("-p").arg(path);
    }
    tool::run(componentize.arg(ENTRY).arg("-o").arg(&component), GET)?;
    Ok(component)
}

/// A command that leaves no compiled modules in the project.
fn quiet(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

fn project_name(folder: &Path) -> Result<String> {
    let wrong = |what: &str| Error::new(ErrorKind::Project, format!("pyproject.toml: {what}"));
    let table: Table =
        files::read(&folder.join("pyproject.toml"))?.parse().map_err(|error| wrong(&format!("{error}")))?;
    let name = table.get("project").and_then(|project| project.get("name")?.as_str());
    name.map(str::to_owned).ok_or_else(|| wrong("there is no name in [project]"))
}

/// A Python with componentize-py in it, installed once for each version of either.
fn tools(job: &Job<'_>) -> Result<PathBuf> {
    environment(job, "python", "componentize-py", TOOLS, GET)
}

/// A Python environment of this name with what a list has, installed once for each version of Python and each list. `what` says in a
/// word what is installed, and `get` how to get what that takes.
pub(crate) fn environment(job: &Job<'_>, name: &str, what: &str, list: &str, get: &str) -> Result<PathBuf> {
    let check = "import sys; print(sys.version); sys.exit(sys.version_info < (3, 10))";
    let version = tool::run(tool::program("PYTHON", "python3").args(["-c", check]), get).map_err(|error| {
        if error.kind() == ErrorKind::BuildFailed {
            tool::missing(format!("this Python is too old: {get}"))
        } else {
            error
        }
    })?;
    let environment = job.tools.join(name);
    let python = environment.join("bin/python");
    let (stamp, wanted) = (job.tools.join(format!("{name}.installed")), format!("{version}{list}"));
    if fs::read_to_string(&stamp).is_ok_and(|written| written == wanted) && python.is_file() {
        return Ok(python);
    }
    job.step(&format!("installing {what}"));
    files::remove(&environment)?;
    tool::run(tool::program("PYTHON", "python3").args(["-m", "venv"]).arg(&environment), get).map_err(|error| {
        tool::missing(format!(
            "Python cannot make an environment (Debian: apt-get install python3-venv): {}",
            error.message()
        ))
    })?;
    let listed = job.tools.join(format!("{name}-tools.txt"));
    files::write(&listed, list)?;
    let mut pip = quiet(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--only-binary=:all:",
    ]);
    tool::run(pip.arg("--requirement").arg(&listed), get).map_err(|error| {
        tool::missing(format!("{what} cannot be installed from the Python registry: {}", error.message()))
    })?;
    files::write(&stamp, &wanted)?;
    Ok(python)
}

/// The packages of `requirements.txt`, which have to be pure Python: installed once for each list.
fn packages(job: &Job<'_>, python: &Path) -> Result<PathBuf> {
    let folder = job.build.join("packages");
    let list = job.folder.join("requirements.txt");
    let wanted = fs::read_to_string(&list).unwrap_or_default();
    let stamp = job.build.join("packages.installed");
    if fs::read_to_string(&stamp).is_ok_and(|written| written == wanted) && folder.is_dir() {
        return Ok(folder);
    }
    files::remove(&folder)?;
    fs::create_dir_all(&folder).map_err(|error| Error::new(ErrorKind::Io, error.to_string()))?;
    if wanted.lines().any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
        job.step("installing the packages of requirements.txt");
        let mut pip = quiet(python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]);
        // Nothing that is compiled for this machine is of use in a component.
        pip.args(["--only-binary=:all:", "--implementation=py", "--abi=none", "--platform=any"]);
        tool::run(pip.arg("--target").arg(&folder).arg("--requirement").arg(&list), GET)?;
    }
    files::write(&stamp, &wanted)?;
    Ok(folder)
}

/// The module that componentize-py is given: it exports a class for each interface.
fn entry_module(module: &str, capabilities: &[String]) -> String {
    let mut text = format!("import {module}\nfrom palisade_guest._component.catalog import Catalog, Health\n");
    for capability in capabilities {
        let (file, class) = (world::cased(capability, "_", false, false), world::cased(capability, "", true, true));
        text += &format!("from palisade_guest._component.{file} import {class}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entry_imports_the_program_first() {
        let text = entry_module("red_fox", &["text-to-image".to_owned()]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "import red_fox");
        assert_eq!(lines[2], "from palisade_guest._component.text_to_image import TextToImage");
    }

    #[test]
    fn a_project_without_a_name_is_told() {
        let folder = tempfile::tempdir().unwrap();
        files::write(&folder.path().join("pyproject.toml"), "[project]\n").unwrap();
        let error = project_name(folder.path()).unwrap_err();
        assert_eq!(error.message(), "pyproject.toml: there is no name in [project]");
    }
}
