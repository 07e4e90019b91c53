//! The program as the operating system meets it: several at one time, killed, and with little room.
//!
//! Needs the example providers: `cargo xtask guests`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it does not expect"
)]

mod cache;
mod killed;
mod room;

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_palisade");

/// A folder with a configuration of these example providers, and these lines of its own.
fn folder(providers: &[&str], lines: &str) -> TempDir {
    let components = Path::new(PROGRAM).ancestors().nth(2).unwrap().join("providers");
    let mut config = lines.to_owned();
    for id in providers {
        let component = components.join(format!("{id}.wasm"));
        config += &format!("\n[providers.{id}]\ncomponent = {component:?}\n");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("palisade.toml"), config).unwrap();
    folder
}

/// A command in such a folder, with a cache in it that no other test has.
fn command(program: &str, folder: &TempDir) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder.path()).env("PALISADE_CACHE", folder.path().join("cache"));
    command
}

/// What a program that succeeded has printed.
fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}
