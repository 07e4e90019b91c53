//! Go, whose own compiler makes WebAssembly.

use std::{path::PathBuf, process::Command};

use palisade_core::{ErrorKind, Result};

use crate::{job::Job, tool};

/// The first version that the SDK works with, whose first number is 1.
const OLDEST: u32 = 25;

/// How to get it.
const GET: &str = "install Go 1.25 or newer (https://go.dev/dl), or name it in the variable GO";

/// The `go` that is named in the variable GO, that is on the path in a version that fits, or that somebody has put where tools are.
///
/// None is fetched: who writes Go has it, and its makers publish it nowhere but on their own site.
pub(crate) struct Go<'a> {
    job: &'a Job<'a>,
    program: PathBuf,
}

impl<'a> Go<'a> {
    pub(crate) fn find(job: &'a Job<'a>) -> Result<Self> {
        let go = |program: PathBuf| Self { job, program };
        if let Some(named) = std::env::var_os("GO") {
            let named = go(named.into());
            return named.require_version().map(|()| named);
        }
        let usual = go("go".into());
        let Err(error) = usual.require_version() else { return Ok(usual) };
        let put = go(job.tools.join("go/bin/go"));
        if put.program.is_file() {
            return put.require_version().map(|()| put);
        }
        Err(error)
    }

    fn require_version(&self) -> Result<()> {
        let version = tool::run(self.command().args(["env", "GOVERSION"]), GET).map_err(|error| {
            // The version that go.mod asks for may be one that it cannot fetch.
            if error.kind() == ErrorKind::BuildFailed {
                tool::missing(format!("{}\n{GET}", error.message()))
            } else {
                error
            }
        })?;
        if is_new_enough(version.trim()) {
            return Ok(());
        }
        Err(tool::missing(format!("this Go is too old ({}): {GET}", version.trim())))
    }

    /// A run of it in the project's folder, for WebAssembly.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(self.job.folder);
        command.envs([("GOOS", "wasip1"), ("GOARCH", "wasm"), ("CGO_ENABLED", "0")]);
        command
    }

    pub(crate) fn run(command: &mut Command) -> Result<String> {
        tool::run(command, GET)
    }
}

/// Whether a version such as `go1.27.3` is one that the SDK works with. One that says something else is of somebody who builds his own.
fn is_new_enough(version: &str) -> bool {
    let Some(numbers) = version.strip_prefix("go1.") else { return !version.starts_with("go") };
    let digits: String = numbers.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().is_ok_and(|minor: u32| minor >= OLDEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_versions_are_told_from_new_ones() {
        for version in ["go1.25", "go1.25.1", "go1.27.3", "go1.26rc1", "devel go1.28-abc"] {
            assert!(is_new_enough(version), "{version}");
        }
        for version in ["go1.19.8", "go1.24.11", "go1.9", "go1"] {
            assert!(!is_new_enough(version), "{version}");
        }
    }
}
