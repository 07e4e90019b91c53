//! Go, for machines that have none: for the tests of this project alone, from the Python registry. It is somebody else's copy of what go.dev
//! publishes, checked by its hash; who writes providers is told to get it from there.

use std::{fs, path::Path};

use anyhow::Result;

use crate::{
    files::{remove_folder, write_atomically},
    process::{Environment, run},
};

/// What is fetched, with the hashes of what the registry has of it.
const TOOLS: &str = include_str!("go-tools.txt");

/// Puts it where `palisade build` looks among its tools.
pub(crate) fn fetch(tools: &Path) -> Result<()> {
    println!("fetching Go, which is not here");
    let (environment, fetched, list) = (tools.join("go-python"), tools.join("go-fetched"), tools.join("go-tools.txt"));
    for folder in [&environment, &fetched, &tools.join("go")] {
        remove_folder(folder)?;
    }
    write_atomically(&list, TOOLS.as_bytes())?;
    run(Environment::default().tool("PYTHON", "python3").args(["-m", "venv"]).arg(&environment))?;
    let mut pip = Environment::default().command(environment.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]);
    pip.args(["--only-binary=:all:", "--no-deps", "--no-compile", "--target"]).arg(&fetched);
    run(pip.arg("--requirement").arg(&list))?;
    fs::rename(fetched.join("go"), tools.join("go"))?;
    remove_folder(&environment)?;
    remove_folder(&fetched)
}
