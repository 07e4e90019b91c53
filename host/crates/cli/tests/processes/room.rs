//! Little address space: no room for the pool, which takes terabytes of it.

use std::process::Output;

use crate::{PROGRAM, command, folder, printed};

/// Asks a provider in a process that may have four gigabytes of address space.
fn ask(sandbox: &str) -> Output {
    let folder = folder(&["eliza"], sandbox);
    let script = r#"ulimit -v 4000000 && exec "$0" "$@""#;
    command("sh", &folder).args(["-c", script, PROGRAM, "run", "chat", "hello"]).output().unwrap()
}

#[test]
fn a_call_is_served_without_the_pool_where_it_has_no_room() {
    assert!(!printed(&ask("")).trim().is_empty());
    assert!(!printed(&ask("[sandbox]\nallocation = \"on-demand\"\n")).trim().is_empty());
}

#[test]
fn who_wants_the_pool_where_it_has_no_room_is_told() {
    let refused = ask("[sandbox]\nallocation = \"pooled\"\n");
    let stderr = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success(), "{stderr}");
    assert!(stderr.contains("the WebAssembly engine does not start"), "{stderr}");
}

#[test]
fn a_call_is_served_without_the_pool_where_it_has_room() {
    let folder = folder(&["eliza"], "[sandbox]\nallocation = \"on-demand\"\n");
    let output = command(PROGRAM, &folder).args(["run", "chat", "hello"]).output().unwrap();
    assert!(!printed(&output).trim().is_empty());
}
