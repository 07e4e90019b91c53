//! Does paid jobs in a host that is killed again and again, and counts how often each was submitted.
//!
//! `cargo run -p palisade-storage --example paid_jobs -- [JOBS] [SEED]`; 10 000 jobs if nothing is said.

#![allow(clippy::print_stdout, reason = "a program that prints what it has measured")]

#[path = "../tests/paid_jobs/mod.rs"]
mod paid_jobs;

use std::{env, process::Command};

use anyhow::{Result, ensure};
use paid_jobs::Start;

fn main() -> Result<()> {
    if paid_jobs::was_child()? {
        return Ok(());
    }
    let argument = |position| env::args().nth(position);
    let jobs = argument(1).as_deref().unwrap_or("10000").parse()?;
    let seed = argument(2).as_deref().unwrap_or("1").parse()?;
    let folder = tempfile::tempdir()?;
    let child = || Ok(Command::new(env::current_exe()?));
    let report = Start { jobs, seed, lines: 600, child }.run(folder.path())?;
    println!("{report}");
    ensure!(report.doubles == 0, "{} jobs were submitted twice", report.doubles);
    Ok(())
}
