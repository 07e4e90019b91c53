//! A command that is killed while its provider works for it: the next one goes on with the job.

use std::{fs, path::Path, process::Stdio};

use palisade_vendors::{Fal, Listen, Pace, Running, Vendor as _};
use serde_json::Value;
use tempfile::TempDir;

use crate::{PROGRAM, command, printed};

/// The configuration of the provider `fal`, let through to this server, with a storage.
fn folder(vendor: &Running<Fal>) -> TempDir {
    let component = Path::new(PROGRAM).ancestors().nth(2).unwrap().join("providers/fal.wasm");
    let (url, address) = (vendor.url(""), vendor.address);
    let config = format!(
        r#"
[storage]
file = "palisade.redb"

[providers.fal]
component = {component:?}
config = {{ base_url = "{url}" }}
polling = {{ first-pause = "10ms", longest-pause = "10ms" }}
limits = {{ fuel = "20G", memory = "1GiB" }}

[[providers.fal.allow]]
url = "{url}/*"
allow-private = ["{address}"]
credential = {{ secret = "env:FAKE_FAL_KEY", header = "authorization", format = "Key {{}}" }}
"#
    );
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("palisade.toml"), config).unwrap();
    folder
}

#[test]
fn a_picture_whose_command_was_killed_is_had_by_the_next_and_paid_once() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let vendor = runtime.block_on(Fal::at(Pace::ByHand).listen(Listen::default())).unwrap();
    let folder = folder(&vendor);
    let palisade = |arguments: &[&str]| {
        let mut palisade = command(PROGRAM, &folder);
        palisade.env("FAKE_FAL_KEY", Fal::KEY).args(arguments);
        palisade
    };
    let draw = ["run", "text-to-image", "a red fox", "--model", "fal/flux-dev", "-o", "fox.png"];
    let mut first = palisade(&draw).stderr(Stdio::null()).spawn().unwrap();
    while vendor.counts().polls < 2 {
        assert_eq!(first.try_wait().unwrap(), None, "it waits for its picture");
        std::thread::yield_now();
    }
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(!folder.path().join("fox.png").exists());

    let listed: Value = serde_json::from_str(&printed(&palisade(&["jobs", "--json"]).output().unwrap())).unwrap();
    let [job] = listed.as_array().unwrap().as_slice() else { panic!("there is one job: {listed}") };
    let id = job["id"].as_str().unwrap();
    assert_eq!((&job["state"], &job["capability"]), (&"submitted".into(), &"text-to-image".into()));
    let shown = printed(&palisade(&["jobs", "show", &id[..6]]).output().unwrap());
    assert!(shown.contains("queued"), "{shown}");

    assert!(vendor.complete(&vendor.jobs()[0]));
    let told = printed(&palisade(&["jobs", "wait", id, "-o", "fox.png"]).output().unwrap());
    assert_eq!(told.trim(), "fox.png");
    assert!(fs::read(folder.path().join("fox.png")).unwrap().starts_with(b"\x89PNG"));
    assert_eq!(vendor.jobs().len(), 1, "it was submitted once");
    let told = printed(&palisade(&["jobs", "wait", id, "-o", "again.png"]).output().unwrap());
    assert_eq!((told.trim(), vendor.counts().results), ("again.png", 1), "what is kept is not asked for again");
}

#[test]
fn a_job_that_nobody_waits_for_is_cancelled() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let vendor = runtime.block_on(Fal::at(Pace::ByHand).listen(Listen::default())).unwrap();
    let folder = folder(&vendor);
    let palisade =
        |arguments: &[&str]| command(PROGRAM, &folder).env("FAKE_FAL_KEY", Fal::KEY).args(arguments).output().unwrap();
    let id = printed(&palisade(&["run", "text-to-image", "a red fox", "--model", "fal/flux-dev", "--detach"]));
    let id = id.trim();
    assert_eq!(printed(&palisade(&["jobs", "cancel", id])).trim(), format!("{id} is cancelled"));
    let waited = palisade(&["jobs", "wait", id]);
    let said = String::from_utf8_lossy(&waited.stderr);
    assert!(waited.status.code() == Some(6) && said.contains("error[cancelled]"), "{said}");
    let unknown = palisade(&["jobs", "wait", "0123abcd"]);
    let said = String::from_utf8_lossy(&unknown.stderr);
    assert!(unknown.status.code() == Some(2) && said.contains("error[unknown-job]"), "{said}");
}
