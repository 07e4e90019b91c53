//! The command line as a person meets it: what it prints is in `tests/cli/*.trycmd`, what it writes is tested here.
//!
//! Needs the example providers: `cargo xtask guests`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it does not expect")]

#[path = "cli/discovery.rs"]
mod discovery;
#[path = "cli/pipelines.rs"]
mod pipelines;
#[path = "cli/stores.rs"]
mod stores;

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
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

/// Runs it with this on stdin.
fn piped(folder: &Path, arguments: &[&str], stdin: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_palisade"));
    command.args(arguments).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin).unwrap();
    child.wait_with_output().unwrap()
}

/// Runs it with decisions of its own, checks the exit code, and gives stdout and stderr.
fn operate(folder: &Path, state: &Path, arguments: &[&str], code: i32) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_palisade"));
    let output = command.args(arguments).current_dir(folder).env("PALISADE_STATE", state).output().unwrap();
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    (stdout, stderr)
}

/// The example providers.
fn providers() -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_palisade")).ancestors().nth(2).unwrap().join("providers")
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
    assert_eq!(report["response"]["images"][0]["content"]["path"], "text-to-image.png");
    assert_eq!(report["decision"]["considered"][0]["provider"], report["provider"]);
    assert!(report["resources"]["fuel"].as_u64().unwrap() > 0);
    assert!(report["resources"]["peak_memory_bytes"].as_u64().unwrap() > 0);

    let error: Value = serde_json::from_str(&check(folder.path(), &["inspect", "nobody", "--json"], 2)).unwrap();
    assert_eq!(error["error"]["code"], "unknown-provider");
    let providers: Value = serde_json::from_str(&check(folder.path(), &["providers", "--json"], 0)).unwrap();
    assert_eq!(providers.as_array().unwrap().len(), 15);
}

#[test]
fn a_decision_that_was_kept_is_explained_where_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let explain = ["explain", "text-to-image", "--size", "512x512", "--save", "kept"];
    let here = [check(folder.path(), &explain, 0), check(folder.path(), &[&explain[..], &["--json"]].concat(), 0)];
    let elsewhere = tempfile::tempdir().unwrap();
    fs::rename(folder.path().join("kept"), elsewhere.path().join("kept")).unwrap();
    let nobody = ["--config", "nowhere.toml", "replay", "kept"];
    let there = [check(elsewhere.path(), &nobody, 0), check(elsewhere.path(), &[&nobody[..], &["--json"]].concat(), 0)];
    assert_eq!(here, there);
    assert!(here[0].contains("not-serving(disabled)"), "{}", here[0]);

    // Why nobody serves a request is kept as well.
    let nobody_fits = ["explain", "text-to-image", "--model", "nobody", "--save", "kept"];
    let told = palisade(elsewhere.path(), &nobody_fits);
    let again = palisade(elsewhere.path(), &nobody);
    assert_eq!((told.status.code(), &told.stderr), (again.status.code(), &again.stderr));
    fs::write(elsewhere.path().join("kept"), "something else").unwrap();
    let stderr = palisade(elsewhere.path(), &nobody).stderr;
    assert!(String::from_utf8(stderr).unwrap().contains("it is no decision that was kept"));
}

#[test]
fn inspect_tells_who_decided_each_limit() {
    let folder = tempfile::tempdir().unwrap();
    let inspect = |arguments: &[&str]| -> Value {
        let stdout = check(folder.path(), &[&["inspect", "--json"], arguments].concat(), 0);
        let status: Value = serde_json::from_str(&stdout).unwrap();
        status["component"].clone()
    };
    let qr = inspect(&["qr"]);
    assert!(qr["census"]["functions"].as_u64().unwrap() > 0, "{qr}");
    assert_eq!((&qr["limits"]["timeout"], &qr["limit_sources"]["timeout"]), (&5.0.into(), &"configuration".into()));
    assert_eq!((&qr["limits"]["handles"], &qr["limit_sources"]["handles"]), (&4096.into(), &"preset default".into()));

    let file = providers().join("qr.wasm");
    let tight = inspect(&[file.to_str().unwrap(), "--limits", "tight"]);
    assert_eq!(
        (&tight["limits"]["handles"], &tight["limit_sources"]["handles"]),
        (&256.into(), &"preset tight".into())
    );
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
    fs::write(folder.path().join("empty"), "").unwrap();
    fs::write(folder.path().join("words.txt"), "words").unwrap();
    fs::create_dir(folder.path().join("folder.png")).unwrap();
    let before = files(folder.path());
    let cases: &[(&[&str], i32)] = &[
        (&["run", "text-to-image", "--input", "big.txt"], 2),
        (&["run", "text-to-image", "--input", "binary"], 2),
        (&["run", "text-to-image", "--input", "missing"], 1),
        (&["run", "text-to-image", " "], 2),
        (&["run", "text-to-image", "--input", "empty"], 2),
        (&["run", "text-to-image", "fox", "--input", "words.txt"], 2),
        (&["run", "image-edit", "gray", "--input", "words.txt"], 2),
        (&["run", "speech-to-text", "--input", "words.txt"], 2),
        (&["run", "rerank", "fox", "--input", "binary"], 2),
        (&["run", "custom", "outline", "no json"], 2),
        (&["run", "chat", "--request", "words.txt"], 2),
        (&["run", "chat", "hello", "-o", "missing/answer"], 1),
        (&["run", "text-to-image", "fox", "-o", "folder.png"], 1),
        (&["run", "text-to-image", "fox", "-o", "missing/fox.png"], 1),
        (&["run", "text-to-image", "fox", "-o", "fox/"], 1),
        (&["run", "text-to-image", "fox", "-o", "fox.webp"], 3),
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
    let config = format!(
        "[providers.good]\ncomponent = {:?}\n[providers.broken]\ncomponent = \"broken.wasm\"\n",
        providers().join("sketch.wasm")
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

#[test]
fn stdout_is_the_text_and_stderr_tells_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let output = palisade(folder.path(), &["run", "chat", "hello"]);
    let answer = String::from_utf8(output.stdout).unwrap();
    assert!(answer.ends_with('\n') && answer.lines().count() == 1, "{answer}");
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("eliza/eliza · free · "));

    assert_eq!(check(folder.path(), &["run", "chat", "hello", "-o", "-"], 0), answer, "streamed or not");
    let report: Value = serde_json::from_str(&check(folder.path(), &["run", "chat", "hello", "--json"], 0)).unwrap();
    assert_eq!(report["response"]["text"], answer.trim_end());
    assert_eq!(report["outputs"], Value::Array(vec![]));
    assert_eq!(check(folder.path(), &["run", "chat", "hello", "-o", "answer"], 0), "answer.txt\n");
    assert_eq!(fs::read_to_string(folder.path().join("answer.txt")).unwrap(), answer);
}

#[test]
fn a_sound_is_the_same_in_a_file_and_as_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let speak = ["run", "text-to-speech", "SOS", "--model", "morse", "-o"];
    check(folder.path(), &[&speak[..], &["sos"]].concat(), 0);
    let file = fs::read(folder.path().join("sos.wav")).unwrap();
    assert_eq!(palisade(folder.path(), &[&speak[..], &["-"]].concat()).stdout, file);
    let heard = check(folder.path(), &["run", "speech-to-text", "--input", "sos.wav", "--model", "morse"], 0);
    assert_eq!(heard, "SOS\n");
}

#[test]
fn stdin_is_a_prompt_an_input_or_a_whole_request_and_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let answer = check(folder.path(), &["run", "chat", "hello"], 0);
    let request = br#"{"messages": [{"role": "user", "parts": [{"text": "hello"}]}]}"#;
    let cases: [(&[&str], &[u8]); 3] =
        [(&["-"], b"hello\n"), (&["--input", "-"], b"hello"), (&["--request", "-"], request)];
    for (arguments, stdin) in cases {
        let output = piped(folder.path(), &[&["run", "chat"], arguments].concat(), stdin);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), answer, "{arguments:?}");
    }
    assert_eq!(piped(folder.path(), &["run", "chat", "-", "--input", "-"], b"hello").status.code(), Some(2));
    let unknown =
        piped(folder.path(), &["run", "chat", "--request", "-", "--json"], br#"{"messages": [{"role": "wizard"}]}"#);
    let error: Value = serde_json::from_slice(&unknown.stdout).unwrap();
    assert_eq!(error["error"]["field"], "request");
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.contains("wizard") && message.contains("assistant"), "{message}");
}

#[test]
fn explain_runs_nothing_and_needs_no_prompt() {
    let folder = tempfile::tempdir().unwrap();
    // A question, a file that is not there yet, and a task that nobody named.
    for capability in ["chat", "image-upscale", "custom"] {
        let stdout = check(folder.path(), &["explain", capability, "--json"], 0);
        let decision: Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(decision["capability"], capability);
    }
    check(folder.path(), &["explain", "text-to-image", "--size", "100000x100000"], 3);
    assert!(files(folder.path()).is_empty());
}

#[test]
fn completions_and_pages_need_no_configuration() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(check(folder.path(), &["completions", shell], 0).contains("text-to-image"), "{shell}");
    }
    assert!(check(folder.path(), &["man"], 0).contains("palisade"));
    check(folder.path(), &["man", "--output", "pages"], 0);
    assert!(folder.path().join("pages/palisade-run-chat.1").is_file());
}

#[test]
fn a_device_is_written_as_it_is_and_a_wrong_name_is_told() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(check(folder.path(), &["run", "chat", "hello", "-o", "/dev/null"], 0), "/dev/null\n");
    fs::write(folder.path().join("fox.json"), r#"{"prompt": "a fox", "size": "64x64"}"#).unwrap();
    let output = palisade(folder.path(), &["run", "text-to-image", "--request", "fox.json", "-o", "fox.jpg"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("warning: `fox.jpg` is image/png"), "{stderr}");
}

#[test]
fn doctor_tells_what_the_machine_gives_whatever_that_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("palisade.toml"), "cache = { folder = \"code\" }").unwrap();
    let found: Value = serde_json::from_str(&check(folder.path(), &["doctor", "--json"], 0)).unwrap();
    assert!(found["sandboxes"]["calls"].as_u64().unwrap() > 0, "{found}");
    assert_eq!(found["cache"]["folder"], "code");
    assert!(found["compiler"]["seconds"].as_f64().unwrap() > 0.0, "{found}");
    let pieces = found["worker"].as_array().unwrap();
    for piece in pieces {
        assert_ne!(piece["holds"].as_bool().unwrap(), piece["reason"].is_string(), "{piece}");
    }
    let lacks = |piece: &&Value| piece["required"] == true && piece["holds"] == false;
    let missing = found["isolation_process"]["missing"].as_array().unwrap();
    assert_eq!(missing.len(), pieces.iter().filter(lacks).count());
    assert_eq!(found["isolation_process"]["can_be_claimed"], missing.is_empty());

    let table = check(folder.path(), &["doctor"], 0);
    let verdict = if missing.is_empty() { "can be claimed" } else { "cannot be claimed: " };
    assert!(table.lines().last().unwrap().starts_with(&format!("isolation = \"process\" {verdict}")), "{table}");
    for piece in pieces {
        assert!(table.contains(&format!("worker: {}", piece["piece"].as_str().unwrap())), "{table}");
    }
}

#[test]
fn doctor_finds_a_cache_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "no folder").unwrap();
    fs::write(folder.path().join("palisade.toml"), "cache = { folder = \"file\" }").unwrap();
    let found: Value = serde_json::from_str(&check(folder.path(), &["doctor", "--json"], 0)).unwrap();
    assert!(found["cache"]["error"].as_str().unwrap().contains("file"), "{found}");
    fs::write(folder.path().join("palisade.toml"), "cache = { enabled = false }").unwrap();
    let found: Value = serde_json::from_str(&check(folder.path(), &["doctor", "--json"], 0)).unwrap();
    assert_eq!(found["cache"]["folder"], Value::Null);
}

#[test]
fn an_operator_takes_a_provider_out_and_back_and_reads_what_has_happened() {
    let folder = tempfile::tempdir().unwrap();
    let card = providers().join("card.wasm");
    let config = format!("events = {{ file = \"events.jsonl\" }}\n[providers.card]\ncomponent = {card:?}\n");
    fs::write(folder.path().join("palisade.toml"), config).unwrap();
    let state = tempfile::tempdir().unwrap();
    let palisade = |arguments: &[&str], code: i32| operate(folder.path(), state.path(), arguments, code);
    let draw = ["run", "text-to-image", "a fox", "--size", "64x64", "-o", "fox.png"];
    palisade(&draw, 0);
    palisade(&["quarantine", "card", "--reason", "it draws dogs"], 0);
    let (_, stderr) = palisade(&draw, 3);
    assert!(stderr.contains("card: not-serving(quarantined): it draws dogs"), "{stderr}");
    let (stdout, stderr) = palisade(&["health"], 1);
    assert!(stdout.contains("it draws dogs") && stderr.contains("error[not-serving]: 1 of 1"), "{stdout}{stderr}");
    assert!(palisade(&["release", "card"], 0).0.starts_with("card serves again"));
    assert!(palisade(&["release", "card"], 0).0.starts_with("card was not quarantined"));
    palisade(&draw, 0);
    let health: Value = serde_json::from_str(&palisade(&["health", "card", "--json"], 0).0).unwrap();
    assert_eq!((&health[0]["state"]["is"], &health[0]["check"]["is_well"]), (&"live".into(), &true.into()));
    palisade(&["quarantine", "nobody"], 2);

    let (stdout, _) = palisade(&["events", "--json"], 0);
    let events: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<_> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert!(names.contains(&"plugin.quarantined") && names.contains(&"provider.registered"), "{names:?}");
    let (stdout, _) = palisade(&["events"], 0);
    assert!(stdout.contains("plugin.quarantined   digest=sha256:"), "{stdout}");
    fs::write(folder.path().join("palisade.toml"), format!("[providers.card]\ncomponent = {card:?}\n")).unwrap();
    let (_, stderr) = palisade(&["events"], 1);
    assert!(stderr.contains("add `[events]`"), "{stderr}");
}

#[test]
fn what_is_decided_in_one_context_is_not_decided_in_another() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let card = providers().join("card.wasm");
    let config =
        format!("[providers.card]\ncomponent = {card:?}\n[contexts.acme.providers.card]\ncomponent = {card:?}\n");
    fs::write(folder.path().join("palisade.toml"), config).unwrap();
    let palisade = |arguments: &[&str], code: i32| operate(folder.path(), state.path(), arguments, code);
    let draw = ["run", "text-to-image", "a fox", "-o", "fox.png"];
    let draw_in_acme = [&draw[..], &["--context", "acme"]].concat();
    let (stdout, _) = palisade(&["quarantine", "card", "--context", "acme"], 0);
    assert!(stdout.contains("`palisade release card --context acme`"), "{stdout}");
    let (_, stderr) = palisade(&draw_in_acme, 3);
    assert!(stderr.contains("card: not-serving(quarantined)"), "{stderr}");
    palisade(&draw, 0);
    palisade(&["release", "card", "--context", "acme"], 0);
    palisade(&draw_in_acme, 0);
    let (_, stderr) = palisade(&["providers", "--context", "acne"], 2);
    assert!(stderr.contains("error[unknown-context]") && stderr.contains("known: acme, default"), "{stderr}");
}

#[test]
fn an_operator_approves_what_a_provider_asks_for_more() {
    let (folder, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let palisade = |arguments: &[&str]| operate(folder.path(), state.path(), arguments, 0).0;
    // It asks for the host that its configuration names.
    let component = providers().join("openai-compatible.wasm");
    let configure = |host: &str| {
        let text = format!(
            "[providers.writer]\ncomponent = {component:?}\nconfig = {{ base_url = \"https://{host}/v1\", models = {{ chat = [\"m\"] }} }}\n\
             [[providers.writer.allow]]\nurl = \"https://a.example/v1/*\"\n\
             [[providers.writer.allow]]\nurl = \"https://b.example/v1/*\"\n"
        );
        fs::write(folder.path().join("palisade.toml"), text).unwrap();
    };
    configure("a.example");
    let inspected = palisade(&["inspect", "writer"]);
    assert!(inspected.contains(" live") && !inspected.contains("waits for"), "at first it is approved: {inspected}");
    configure("b.example");
    let inspected = palisade(&["inspect", "writer"]);
    for line in [
        " may reach     https://a.example/v1/*: not asked for, and not in force",
        "               https://b.example/v1/*: not approved, and not in force",
        " waits for     b.example",
        "               `palisade approve writer` lets it have that",
    ] {
        assert!(inspected.lines().any(|other| other.trim_end() == line), "{line:?} is not in {inspected}");
    }
    let json: Value = serde_json::from_str(&palisade(&["inspect", "writer", "--json"])).unwrap();
    assert_eq!(json["awaits_approval"]["hosts"][0], "b.example");
    assert_eq!(
        palisade(&["approve", "writer"]),
        "writer asks for more, and is approved to have it:\n  b.example\nhosts that run know within a second\n"
    );
    assert_eq!(palisade(&["approve", "writer"]), "writer asks for nothing that was not approved\n");
    assert!(!palisade(&["inspect", "writer"]).contains("waits for"));
    operate(folder.path(), state.path(), &["approve", "nobody"], 2);
}

#[test]
fn prices_are_told_with_who_says_so_and_where_that_differs() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let component =
        |name: &str| format!("[providers.{name}]\ncomponent = {:?}\n", providers().join(format!("{name}.wasm")));
    let config = format!("{}{}price = {{}}\n[prices]\nfile = \"prices.toml\"\n", component("card"), component("qr"));
    write("palisade.toml", &config);
    write(
        "prices.toml",
        "source = \"a list\"\ndate = 2026-11-01\n[models.\"card/card\"]\nprice = { image = \"0.04\" }\n",
    );
    let lines = |arguments: &[&str]| {
        let table = check(folder.path(), arguments, 0);
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_row = |line: &String| line.starts_with("card") || line.starts_with("qr");
        table.lines().map(words).filter(is_row).collect::<Vec<_>>()
    };
    assert_eq!(lines(&["prices"]), ["card card $0.04/image feed: a list (2026-11-01)", "qr qr free operator"]);
    assert_eq!(lines(&["prices", "--diff"]), ["card card free $0.04/image -"]);
    let json: Value = serde_json::from_str(&check(folder.path(), &["prices", "--json"], 0)).unwrap();
    assert_eq!(json[0]["prices"]["source"], "feed");
    assert_eq!(json[0]["price_layers"]["feed"]["date"], "2026-11-01");

    write("prices.toml", "[models.\"card/card\"]\nprise = {}\n");
    let output = palisade(folder.path(), &["prices"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("line 2"), "{output:?}");
}

#[cfg(unix)]
#[test]
fn who_has_no_go_or_an_old_one_is_told_where_it_is() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    check(folder.path(), &["new", "go", "red-fox"], 0);
    let old = folder.path().join("go");
    fs::write(&old, "#!/bin/sh\necho go1.19.8\n").unwrap();
    fs::set_permissions(&old, fs::Permissions::from_mode(0o755)).unwrap();
    let project = folder.path().join("red-fox");
    for (path, told) in [(project.as_path(), "`go` is not there"), (folder.path(), "this Go is too old (go1.19.8)")] {
        let mut build = Command::new(env!("CARGO_BIN_EXE_palisade"));
        build.arg("build").current_dir(&project).env("PATH", path).env_remove("GO").env_remove("PALISADE_TOOLS");
        let output = build.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains("error[missing-tool]"), "{said}");
        assert!(said.contains(told) && said.contains("https://go.dev/dl"), "{said}");
    }
}
