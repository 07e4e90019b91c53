//! Providers that are found: each command takes them as if they stood in the configuration.

use std::{ffi::OsStr, fs, path::Path, process::Command};

use serde_json::Value;

use super::{PNG, providers};

/// Runs it with these variables, checks the exit code, and gives stdout.
fn palisade(folder: &Path, variables: &[(&str, &OsStr)], arguments: &[&str], code: i32) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_palisade"));
    let output = command.args(arguments).current_dir(folder).envs(variables.iter().copied()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

fn ids(providers: &str) -> Vec<String> {
    let providers: Value = serde_json::from_str(providers).unwrap();
    providers.as_array().unwrap().iter().map(|provider| provider["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_the_environment_names_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let card = providers().join("card.wasm");
    let variables = [("PALISADE_PROVIDER_MY_CARD", card.as_os_str())];
    let palisade = |arguments: &[&str], code| palisade(folder.path(), &variables, arguments, code);
    assert_eq!(ids(&palisade(&["providers", "--json"], 0)), ["my-card"]);
    palisade(&["run", "text-to-image", "a fox", "--size", "64x64", "-o", "fox.png"], 0);
    assert!(fs::read(folder.path().join("fox.png")).unwrap().starts_with(PNG));
    palisade(&["inspect", "my-card"], 0);
    palisade(&["inspect", "card"], 2);
    // A configuration that does not ask for it has its way.
    fs::write(folder.path().join("palisade.toml"), "").unwrap();
    assert!(ids(&palisade(&["providers", "--json"], 0)).is_empty());
}

#[test]
fn plugins_of_a_folder_serve_beside_those_of_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let plugins = folder.path().join("plugins");
    fs::create_dir(&plugins).unwrap();
    fs::copy(providers().join("qr.wasm"), plugins.join("code.wasm")).unwrap();
    fs::write(plugins.join("code.toml"), "quality = 0.3\n").unwrap();
    let card = providers().join("card.wasm");
    let config = format!("[discovery]\nfolders = [\"plugins\"]\n[providers.card]\ncomponent = {card:?}\n");
    fs::write(folder.path().join("palisade.toml"), config).unwrap();
    let palisade = |arguments: &[&str], code| palisade(folder.path(), &[], arguments, code);
    assert_eq!(ids(&palisade(&["providers", "--json"], 0)), ["card", "code"]);
    let code: Value = serde_json::from_str(&palisade(&["inspect", "code", "--json"], 0)).unwrap();
    assert_eq!(code["models"][0]["quality"]["value"], 0.3);
    let health: Value = serde_json::from_str(&palisade(&["health", "code", "--json"], 0)).unwrap();
    assert_eq!(health[0]["state"]["is"], "live");
    let found: Value = serde_json::from_str(&palisade(&["discover", "--load", "--json"], 0)).unwrap();
    let states: Vec<_> = found["found"].as_array().unwrap().iter().map(|item| &item["state"]["is"]).collect();
    assert_eq!(states, ["unchanged", "unchanged"]);
}
