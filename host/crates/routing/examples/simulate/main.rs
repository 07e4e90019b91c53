//! Simulates endpoints that fail, slow down and refuse, and compares our policy with those of others.
//!
//! `cargo xtask simulate` starts it: `simulate [--json] [--check]`. It prints tables, or JSON, and writes
//! `docs/simulation.md` with its pictures; with `--check` it says whether these are what it would write. The clock is a number,
//! and chance comes from seeds: each run gives the same, byte for byte.
//!
//! ```text
//! Scenario ─► Providers ◄─ run: a queue of events ─► Policy (ours, or a peer's)
//!                              └► Record ─► summary of 30 seeds ─► results ─► tables, charts, page
//! ```

#![allow(clippy::print_stdout, reason = "it is a program that prints")]

mod chart;
mod page;
mod policy;
mod providers;
mod random;
mod results;
mod run;
mod scenario;
mod summary;
mod tables;
#[cfg(test)]
mod targets;

use std::{env, fs, path::Path};

use anyhow::{Context as _, Result, bail};

use results::Results;

/// Runs of each scenario with each policy.
const SEEDS: u64 = 30;

/// The root of the workspace.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../..");

fn main() -> Result<()> {
    let (mut as_json, mut only_check) = (false, false);
    for argument in env::args().skip(1) {
        match argument.as_str() {
            "--json" => as_json = true,
            "--check" => only_check = true,
            other => bail!("`{other}` is not known: use `--json` or `--check`"),
        }
    }
    let results = Results::of(SEEDS)?;
    if as_json {
        println!("{}", serde_json::to_string_pretty(&results)?);
    } else {
        print!("{}", tables::for_terminal(&results));
    }
    let files = page::files(&results)?;
    if only_check { check(&files) } else { write(&files) }
}

fn write(files: &[(&str, String)]) -> Result<()> {
    for (path, text) in files {
        let path = Path::new(ROOT).join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn check(files: &[(&str, String)]) -> Result<()> {
    let differs =
        |path: &str, text: &String| fs::read_to_string(Path::new(ROOT).join(path)).ok().as_ref() != Some(text);
    let stale: Vec<_> = files.iter().filter(|(path, text)| differs(path, text)).map(|(path, _)| *path).collect();
    if !stale.is_empty() {
        bail!("not what the simulation gives now: {}; run `cargo xtask simulate`", stale.join(", "));
    }
    Ok(())
}
