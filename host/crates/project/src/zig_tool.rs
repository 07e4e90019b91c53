//! Zig, which compiles its own language and C to WebAssembly, with a C library for it.

use std::{path::Path, process::Command};

use palisade_core::Result;

use crate::{job::Job, python, tool};

/// The versions that the SDK is known to work with.
const VERSIONS: &str = "0.17.";

/// What is installed where there is none, with the hashes of what the registry has of it.
const TOOLS: &str = include_str!("zig-tools.txt");

/// How to get it.
const GET: &str = "install Zig 0.17 (https://ziglang.org/download) or name it in the variable ZIG; or install Python 3.10 or newer with venv \
                   (https://www.python.org, or Debian: apt-get install python3 python3-venv), from whose registry it is fetched then";

/// The `zig` that is named in the variable ZIG, that is on the path in a version that fits, or that is installed for this.
pub(crate) struct Zig<'a> {
    job: &'a Job<'a>,
    program: std::path::PathBuf,
}

impl<'a> Zig<'a> {
    pub(crate) fn find(job: &'a Job<'a>) -> Result<Self> {
        if let Some(program) = std::env::var_os("ZIG") {
            return Ok(Self { job, program: program.into() });
        }
        let fits = |version: &String| version.starts_with(VERSIONS);
        if tool::run(Command::new("zig").arg("version"), GET).is_ok_and(|version| fits(&version)) {
            return Ok(Self { job, program: "zig".into() });
        }
        let python = python::environment(job, "zig", "Zig", TOOLS, GET)?;
        let place = "import os, ziglang; print(os.path.dirname(ziglang.__file__))";
        let folder = tool::run(Command::new(python).args(["-c", place]), GET)?;
        Ok(Self { job, program: Path::new(folder.trim()).join("zig") })
    }

    /// A run of it in the project's folder. What it keeps stays below the folders of the build and of the tools.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(self.job.folder);
        command.env("ZIG_GLOBAL_CACHE_DIR", self.job.tools.join("zig-cache"));
        command.env("ZIG_LOCAL_CACHE_DIR", self.job.build.join("zig-cache"));
        command
    }

    pub(crate) fn run(command: &mut Command) -> Result<String> {
        tool::run(command, GET)
    }
}
