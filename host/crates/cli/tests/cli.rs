//! The command line as a person meets it: what it prints is in `tests/cli/*.trycmd`, what it writes is tested here.
//!
//! Needs the example providers: `cargo xtask guests`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it does not expect")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

fn palisade(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_palisade")).args(arguments).current_dir(folder).output().unwrap()
}

/// Runs it, checks the exit code, and gives stdout.
fn check(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = palisade(folder, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

fn files(folder: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(name).collect();
    names.sort();
    names
}

#[test]
fn what_is_printed_is_what_the_snapshots_say() {
    trycmd::TestCases::new().case("../../../tests/cli/*.trycmd");
}

#[test]
fn the_last_line_is_the_path_of_the_picture() {
    let folder = tempfile::tempdir().unwrap();
    let stdout = check(folder.path(), &["run", "text-to-image", "a red fox", "--size", "64x64", "-o", "fox.png"], 0);
    assert_eq!(stdout.lines().last(), Some("fox.png"));
    assert!(fs::read(folder.path().join("fox.png")).unwrap().starts_with(PNG));
    assert_eq!(files(folder.path()), ["fox.png"]);
}

#[test]
fn without_a_name_the_picture_is_called_after_the_capability() {
    let folder = tempfile::tempdir().unwrap();
    let stdout = check(folder.path(), &["run", "text-to-image", "a red fox", "--size", "64x64", "-n", "2"], 0);
    assert_eq!(stdout.lines().last(), Some("text-to-image-2.png"));
    assert_eq!(files(folder.path()), ["text-to-image-1.png", "text-to-image-2.png"]);
}

#[test]
fn a_dash_sends_the_picture_to_stdout_and_the_report_to_stderr() {
    let folder = tempfile::tempdir().unwrap();
    let output = palisade(folder.path(), &["run", "text-to-image", "a red fox", "--size", "64x64", "-o", "-"]);
    assert!(output.stdout.starts_with(PNG));
    assert!(String::from_utf8(output.stderr).unwrap().contains("provider"));
    assert!(files(folder.path()).is_empty());
}

#[test]
fn json_tells_what_the_table_tells() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["run", "text-to-image", "a red fox", "--size", "64x64", "--seed", "7", "--json"];
    let report: Value = serde_json::from_str(&check(folder.path(), &arguments, 0)).unwrap();
    assert_eq!(report["cost_usd"], "0");
    assert_eq!(report["outputs"][0]["path"], "text-to-image.png");
    assert_eq!(report["outputs"][0]["width"], 64);
    assert_eq!(report["outputs"][0]["seed"], 7);
    assert_eq!(report["decision"]["considered"][0]["provider"], report["provider"]);
    assert!(report["resources"]["fuel"].as_u64().unwrap() > 0);
    assert!(report["resources"]["peak_memory_bytes"].as_u64().unwrap() > 0);

    let error: Value = serde_json::from_str(&check(folder.path(), &["inspect", "nobody", "--json"], 2)).unwrap();
    assert_eq!(error["error"]["code"], "unknown-provider");
    let providers: Value = serde_json::from_str(&check(folder.path(), &["providers", "--json"], 0)).unwrap();
    assert_eq!(providers.as_array().unwrap().len(), 3);
}

#[test]
fn the_prompt_may_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("prompt.txt"), "https://example.org\n").unwrap();
    let arguments = ["run", "text-to-image", "--input", "prompt.txt", "--model", "qr", "-o", "qr.png"];
    check(folder.path(), &arguments, 0);
    assert!(fs::read(folder.path().join("qr.png")).unwrap().starts_with(PNG));
}

#[test]
fn a_request_that_fails_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("big.txt"), vec![b'a'; 10_000_000]).unwrap();
    fs::write(folder.path().join("binary"), [0xff, 0xfe, 0x00]).unwrap();
    fs::create_dir(folder.path().join("folder.png")).unwrap();
    let before = files(folder.path());
    let cases: &[(&[&str], i32)] = &[
        (&["run", "text-to-image", "--input", "big.txt"], 2),
        (&["run", "text-to-image", "--input", "binary"], 2),
        (&["run", "text-to-image", "--input", "missing"], 1),
        (&["run", "text-to-image", " "], 2),
        (&["run", "text-to-image", "fox", "-o", "folder.png"], 1),
        (&["run", "text-to-image", "fox", "-o", "missing/fox.png"], 1),
        (&["run", "text-to-image", "fox", "--require", "wings"], 3),
        (&["--config", "missing.toml", "providers"], 1),
        (&["inspect", "big.txt"], 4),
    ];
    for (arguments, code) in cases {
        check(folder.path(), arguments, *code);
        assert_eq!(files(folder.path()), before, "{arguments:?}");
    }
}

#[test]
fn a_configuration_in_the_folder_comes_first_and_one_broken_provider_keeps_nobody_from_serving() {
    let folder = tempfile::tempdir().unwrap();
    let providers = Path::new(env!("CARGO_BIN_EXE_palisade")).ancestors().nth(2).unwrap().join("providers");
    let config = format!(
        "[providers.good]\ncomponent = {:?}\n[providers.broken]\ncomponent = \"broken.wasm\"\n",
        providers.join("sketch.wasm")
    );
    fs::write(folder.path().join("palisade.toml"), config).unwrap();
    fs::write(folder.path().join("broken.wasm"), b"\0asm\x0d\0\x01\0 and then nonsense").unwrap();

    let listed = check(folder.path(), &["providers"], 0);
    assert!(listed.contains("broken: malformed: "), "{listed}");
    let output = palisade(folder.path(), &["run", "text-to-image", "fox", "--size", "64x64", "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["provider"], "good");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("warning: provider `broken` was refused"), "{stderr}");
}
