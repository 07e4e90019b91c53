//! Building the project in a folder, by the tools of its language.

use std::{
    fs,
    path::{Path, PathBuf},
};

use palisade_core::{Error, ErrorKind, Result};

use crate::{Language, c, go, javascript, job::Job, python, rust, zig};

/// How a project is built.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings<'a> {
    /// Where tools are installed that are not the project's own; in its folder `build/`, unless said.
    pub tools: Option<&'a Path>,
    /// Is told each step as it begins, in a few words.
    pub step: Option<fn(&str)>,
}

/// What was built.
#[derive(Debug)]
pub struct Built {
    /// The component.
    pub component: PathBuf,
    /// Its length.
    pub bytes: u64,
}

/// Builds the project in a folder as `build/<name>.wasm`, and installs what that takes of tools.
///
/// # Errors
/// `project` when there is none; `missing-tool` for what has to be installed first, with how; `build-failed` with what a tool says of the
/// project.
pub fn build(folder: &Path, settings: &Settings<'_>) -> Result<Built> {
    let language = Language::of(folder)?;
    let folder = std::path::absolute(folder).map_err(|error| Error::new(ErrorKind::Io, error.to_string()))?;
    let build = folder.join("build");
    let tools = settings.tools.map_or_else(|| build.join("tools"), Path::to_owned);
    let job = Job { folder: &folder, build, tools, step: settings.step };
    let component = match language {
        Language::Python => python::build(&job),
        Language::JavaScript => javascript::build(&job, "src/provider.js"),
        Language::TypeScript => javascript::build(&job, "src/provider.ts"),
        Language::Rust => rust::build(&job),
        Language::C => c::build(&job),
        Language::Zig => zig::build(&job),
        Language::Go => go::build(&job),
    }?;
    let bytes = fs::metadata(&component)
        .map_err(|error| Error::new(ErrorKind::BuildFailed, format!("no component: {error}")))?;
    Ok(Built { component, bytes: bytes.len() })
}
