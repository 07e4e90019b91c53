//! What the guide shows of a shell is what a shell shows: every transcript in `docs/transcripts.md` is typed again, in an empty folder.
//!
//! ```text
//! docs/transcripts.md ─► sections ─► commands ─► sh, one after the other ─► what they print ─► compared, or written into the page
//! ```

#![cfg(unix)]
#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test stops at what it does not expect, and says what it leaves out"
)]

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/transcripts.md");
const TARGET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../target");

/// What these print differs from version to version of tools that are not ours: of them it is only asked that they succeed.
const OF_OTHERS: [&str; 4] = ["npm ", "make ", "cargo ", "go "];

const BEGIN: &str = "```console\n";
const END: &str = "```\n";

/// A command, with what it printed.
struct Typed {
    command: String,
    printed: String,
}

/// The text of a page in pieces: what is between transcripts, and transcripts.
enum Piece {
    Text(String),
    Transcript(Vec<Typed>),
}

fn parse(page: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, part) in page.split(BEGIN).enumerate() {
        if index == 0 {
            pieces.push(Piece::Text(part.to_owned()));
            continue;
        }
        let (transcript, text) = part.split_once(END).unwrap();
        let mut typed: Vec<Typed> = Vec::new();
        for line in transcript.split_inclusive('\n') {
            match line.strip_prefix("$ ") {
                Some(command) => typed.push(Typed { command: command.trim_end().to_owned(), printed: String::new() }),
                None => typed.last_mut().unwrap().printed += line,
            }
        }
        pieces.push(Piece::Transcript(typed));
        pieces.push(Piece::Text(text.to_owned()));
    }
    pieces
}

fn written(pieces: &[Piece]) -> String {
    let mut page = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => page += text,
            Piece::Transcript(typed) => {
                page += BEGIN;
                for each in typed {
                    page += &format!("$ {}\n{}", each.command, each.printed);
                }
                page += END;
            }
        }
    }
    page
}

/// A text without what differs from machine to machine: numbers with their units, hashes, and the width of tables.
fn masked(text: &str) -> String {
    const UNITS: [&str; 12] = ["ns", "µs", "ms", "s", "B", "KiB", "MiB", "GiB", "k", "M", "G", "m"];
    let mut words = Vec::new();
    for line in text.lines() {
        for word in line.split_whitespace() {
            let bare = word.trim_matches(|edge: char| !edge.is_alphanumeric());
            let is_unit = UNITS.contains(&bare) && words.last().is_some_and(|last: &String| last.contains('#'));
            if !is_unit {
                words.push(masked_word(word));
            }
        }
        words.push("\n".to_owned());
    }
    words.join(" ")
}

fn masked_word(word: &str) -> String {
    if word.starts_with("sha256:") {
        return "sha256:#".to_owned();
    }
    let mut masked = String::new();
    for character in word.chars() {
        match character {
            '0'..='9' if masked.ends_with('#') => {}
            '.' | ',' if masked.ends_with('#') => {}
            '0'..='9' => masked.push('#'),
            '─' | '═' if masked.ends_with(character) => {}
            other => masked.push(other),
        }
    }
    // "500M" and "1s" are numbers with a unit as well.
    for unit in ["MiB", "GiB", "ms", "M", "G", "s"] {
        masked = masked.replace(&format!("\"#{unit}\""), "\"#\"");
    }
    masked
}

/// A shell in an empty folder, which finds the program and the tools that were fetched before.
struct Shell {
    empty: tempfile::TempDir,
    folder: PathBuf,
}

impl Shell {
    fn new() -> Self {
        let empty = tempfile::tempdir().unwrap();
        let folder = empty.path().to_owned();
        Self { empty, folder }
    }

    /// Types a command, and gives what it printed, or that it failed.
    fn type_in(&mut self, command: &str) -> Result<String, String> {
        if let Some(folder) = command.strip_prefix("cd ") {
            self.folder.push(folder);
            self.keep_what_cargo_compiles();
            return Ok(String::new());
        }
        let program = Path::new(env!("CARGO_BIN_EXE_palisade")).parent().unwrap();
        let tools = fs::canonicalize(TARGET).unwrap().join("guest/tools");
        let usual = env::var_os("PATH").unwrap_or_default();
        // The Go of this machine, or else the one that was fetched for the tests.
        let last = tools.join("go/bin");
        let path = env::join_paths(std::iter::once(program.to_owned()).chain(env::split_paths(&usual)).chain([last]));
        let output = Command::new("sh")
            .args(["-c", &format!("{command} 2>&1")])
            .current_dir(&self.folder)
            .env("PATH", path.unwrap())
            .env("PALISADE_TOOLS", &tools)
            .env("XDG_CACHE_HOME", self.empty.path().join("cache"))
            .env("GOCACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("transcripts/go"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("NO_COLOR", "1")
            .env_remove("RUST_BACKTRACE")
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() { Ok(printed) } else { Err(printed) }
    }

    /// A project in Rust would compile the SDK anew each time: it does so where an earlier run of this test left it.
    fn keep_what_cargo_compiles(&self) {
        if !self.folder.join("Cargo.toml").is_file() {
            return;
        }
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("transcripts");
        fs::create_dir_all(self.folder.join("build")).unwrap();
        for (link, folder) in [("target", "tests"), ("build/cargo", "component")] {
            fs::create_dir_all(kept.join(folder)).unwrap();
            symlink(kept.join(folder), self.folder.join(link)).unwrap();
        }
    }
}

/// Types a transcript, and gives it as it came out.
fn typed_again(transcript: &[Typed]) -> Option<Vec<Typed>> {
    let mut shell = Shell::new();
    let mut typed = Vec::new();
    for Typed { command, .. } in transcript {
        let printed = match shell.type_in(command) {
            Ok(printed) if OF_OTHERS.iter().any(|tool| command.starts_with(tool)) => {
                if printed.is_empty() {
                    printed
                } else {
                    "...\n".to_owned()
                }
            }
            Ok(printed) => printed,
            // `cargo xtask guests` has other ways to compile where Rust cannot.
            Err(printed) if printed.contains("rustup target add") => {
                println!("left out, since Rust cannot compile to WebAssembly here");
                return None;
            }
            Err(printed) => panic!("`{command}` failed:\n{printed}"),
        };
        typed.push(Typed { command: command.clone(), printed });
    }
    Some(typed)
}

#[test]
fn the_guide_shows_what_a_shell_shows() {
    let page = fs::read_to_string(PAGE).unwrap();
    let overwrites = env::var("TRANSCRIPTS").is_ok_and(|value| value == "overwrite");
    let mut pieces = parse(&page);
    assert_eq!(written(&pieces), page, "the page could not be read");
    let mut compared = 0;
    for piece in &mut pieces {
        let Piece::Transcript(transcript) = piece else { continue };
        let Some(typed) = typed_again(transcript) else { continue };
        for (shown, came) in transcript.iter().zip(&typed) {
            if !overwrites {
                assert_eq!(masked(&came.printed), masked(&shown.printed), "`{}`", shown.command);
                compared += 1;
            }
        }
        *transcript = typed;
    }
    if overwrites {
        fs::write(PAGE, written(&pieces)).unwrap();
    } else {
        assert!(compared >= 20, "{compared} commands were compared");
    }
}

#[test]
fn what_differs_from_machine_to_machine_is_masked() {
    assert_eq!(masked("took 586.7 µs · 24.1 k fuel · 1.3 MiB"), masked("took 1.2 ms · 9 M fuel · 12 KiB"));
    assert_eq!(masked("─────\n a   12  b"), masked("────────\n a 1234  b"));
    assert_eq!(masked("fuel = \"500M\", timeout = \"1s\""), masked("fuel = \"2G\", timeout = \"250ms\""));
    assert_ne!(masked("passes: 0 errors"), masked("fails: 1 error"));
}
