//! The cache of compiled code: many processes use it at one time, and any of them may be killed at any moment.

use std::{
    fs,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{PROGRAM, command, folder, printed};

const PROVIDERS: [&str; 2] = ["card", "wordlist"];
/// Longer than any start takes.
const PATIENCE: Duration = Duration::from_secs(300);

fn start(folder: &TempDir) -> Child {
    let mut command = command(PROGRAM, folder);
    command.args(["providers", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Fails unless the process ends well and serves everybody.
fn check_serves(process: Child) {
    let listed: Value = serde_json::from_str(&printed(&process.wait_with_output().unwrap())).unwrap();
    let states: Vec<_> = listed.as_array().unwrap().iter().map(|provider| &provider["state"]["is"]).collect();
    assert_eq!(states, ["live"; 2]);
}

/// Fails unless all that is in the cache is whole. Gives how many entries that are.
fn check_sound(folder: &TempDir) -> usize {
    let cache = |arguments: &[&str]| printed(&command(PROGRAM, folder).arg("cache").args(arguments).output().unwrap());
    let entries: Value = serde_json::from_str(&cache(&["ls", "--json"])).unwrap();
    let entries = entries.as_array().unwrap();
    assert!(entries.iter().all(|entry| entry["refused"] == false), "{entries:?}");
    assert_eq!(cache(&["verify"]), format!("{} entries checked, 0 removed\n", entries.len()));
    entries.len()
}

/// The names of the files in the cache.
fn files(folder: &TempDir) -> Vec<String> {
    let files = fs::read_dir(folder.path().join("cache")).into_iter().flatten();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn processes_that_begin_at_one_time_with_an_empty_cache_all_serve_and_leave_it_sound() {
    let folder = folder(&PROVIDERS, "");
    let processes = [start(&folder), start(&folder), start(&folder), start(&folder)];
    processes.into_iter().for_each(check_serves);
    assert_eq!(check_sound(&folder), 2);
    assert!(!files(&folder).iter().any(|name| is_being_written(name)), "{:?}", files(&folder));
}

/// Kills a process as soon as there is a file in the cache whose name is like this, and fails unless the cache is sound
/// and the next start goes well.
fn check_killed_when(moment: impl Fn(&str) -> bool) {
    let folder = folder(&PROVIDERS, "");
    let mut process = start(&folder);
    let begun = Instant::now();
    while !files(&folder).iter().any(|name| moment(name)) {
        assert!(process.try_wait().unwrap().is_none(), "it ended, and its cache had only {:?}", files(&folder));
        assert!(begun.elapsed() < PATIENCE, "after {PATIENCE:?} its cache has only {:?}", files(&folder));
        thread::yield_now();
    }
    // SIGKILL, which no program can do anything about.
    process.kill().unwrap();
    let status = process.wait().unwrap();
    assert!(!status.success(), "it was quicker than its end");

    let entries = check_sound(&folder);
    assert!(entries < 2, "it had come to its end");
    check_serves(start(&folder));
    assert_eq!(check_sound(&folder), 2);
}

fn is_being_written(name: &str) -> bool {
    name.starts_with(".writing-")
}

#[test]
fn a_process_that_is_killed_while_it_makes_the_key_leaves_a_sound_cache() {
    check_killed_when(is_being_written);
}

#[test]
fn a_process_that_is_killed_while_it_compiles_leaves_a_sound_cache() {
    check_killed_when(|name| name == "key");
}

#[test]
fn a_process_that_is_killed_while_it_writes_code_leaves_a_sound_cache() {
    // What is being written, or has been written just now.
    let key_is_there = std::cell::Cell::new(false);
    check_killed_when(|name| {
        key_is_there.set(key_is_there.get() || name == "key");
        key_is_there.get() && (is_being_written(name) || name.ends_with(".code"))
    });
}

#[test]
fn a_process_that_is_killed_between_two_entries_leaves_a_sound_cache() {
    check_killed_when(|name| name.ends_with(".code"));
}
