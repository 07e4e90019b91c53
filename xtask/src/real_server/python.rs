//! A Python of its own, with the packages that the server needs: installed once for each list of them.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{
    files::remove_folder,
    process::{Environment, capture},
    real_server::Outcome,
};

/// What is installed.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// How the native part is built where the registry has no wheel of it: for any processor, and without what it takes to
/// look at pictures.
const BUILD_OPTIONS: &str = "-DGGML_NATIVE=OFF -DGGML_AVX=OFF -DGGML_AVX2=OFF -DGGML_FMA=OFF -DGGML_F16C=OFF \
                             -DGGML_BMI2=OFF -DGGML_OPENMP=OFF -DLLAVA_BUILD=OFF";

/// How many files are compiled at one time.
const BUILD_JOBS: &str = "2";

/// How many lines of a log are shown when something failed.
const LINES_SHOWN: usize = 15;

/// The interpreter that has the packages.
#[derive(Debug)]
pub(super) struct Python {
    path: PathBuf,
    installed_now: bool,
}

impl std::ops::Deref for Python {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

impl Outcome for Python {
    fn outcome(&self) -> String {
        if self.installed_now { "installed" } else { "installed before" }.to_owned()
    }
}

/// Makes sure that the packages are installed below `folder`, and returns the interpreter that has them.
pub(super) fn prepare(folder: &Path) -> Result<Python> {
    let system = Environment::default();
    let version = capture(system.tool("PYTHON", "python3").arg("--version"))
        .context("Python is missing: install python3 (Debian: apt-get install python3 python3-venv)")?;
    let environment = folder.join("venv");
    let path = environment.join("bin/python");
    let (stamp_file, stamp) = (folder.join("installed"), stamp(&version));
    if fs::read_to_string(&stamp_file).is_ok_and(|written| written == stamp) && path.is_file() {
        return Ok(Python { path, installed_now: false });
    }
    remove_folder(&environment)?;
    capture(system.tool("PYTHON", "python3").args(["-m", "venv"]).arg(&environment))
        .context("Python cannot make an environment: install its module venv (Debian: apt-get install python3-venv)")?;
    install(&path, folder)?;
    fs::write(&stamp_file, stamp)?;
    Ok(Python { path, installed_now: true })
}

/// What the environment was made from: another list, other options or another Python make another one.
fn stamp(version: &str) -> String {
    format!("{version}\n{BUILD_OPTIONS}\n{REQUIREMENTS}")
}

fn install(python: &Path, folder: &Path) -> Result<()> {
    let requirements = folder.join("requirements.txt");
    fs::write(&requirements, REQUIREMENTS)?;
    let log = folder.join("install.log");
    eprintln!(
        "installing llama-cpp-python, which takes ten minutes where it has to be compiled; see {}",
        log.display()
    );
    let mut environment = Environment::default();
    environment.set("CMAKE_ARGS", BUILD_OPTIONS);
    environment.set("CMAKE_BUILD_PARALLEL_LEVEL", BUILD_JOBS);
    let mut pip = environment.command(python);
    pip.args(["-m", "pip", "install", "--verbose", "--disable-pip-version-check", "--prefer-binary"]);
    let status = logged(pip.arg("--requirement").arg(requirements), &log)?.status().context("cannot start pip")?;
    if !status.success() {
        bail!(
            "pip failed; it needs the Python registry, and a compiler for C++ (Debian: apt-get install build-essential); \
             {} ends in\n{}",
            log.display(),
            last_lines(&log)
        );
    }
    Ok(())
}

/// Has a command write all its output to a file, and read nothing.
pub(super) fn logged<'a>(command: &'a mut Command, log: &Path) -> Result<&'a mut Command> {
    let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    Ok(command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file))
}

/// How a log ends.
pub(super) fn last_lines(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<_> = text.lines().collect();
    let first = lines.len().saturating_sub(LINES_SHOWN);
    lines.iter().skip(first).map(|line| format!("  {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_python_is_another_environment() {
        assert_eq!(stamp("Python 3.11.7"), stamp("Python 3.11.7"));
        assert_ne!(stamp("Python 3.11.7"), stamp("Python 3.12.0"));
    }

    #[test]
    fn every_package_has_one_version() {
        for line in REQUIREMENTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (name, version) = line.split_once("==").unwrap();
            assert!(!name.is_empty() && version.starts_with(|first: char| first.is_ascii_digit()), "{line}");
        }
    }

    #[test]
    fn of_a_log_the_end_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        assert_eq!(last_lines(&log), "");
        fs::write(&log, (1..=100).map(|number| format!("line {number}\n")).collect::<String>()).unwrap();
        let shown = last_lines(&log);
        assert!(shown.starts_with("  line 86\n") && shown.ends_with("  line 100\n"), "{shown}");
    }
}
