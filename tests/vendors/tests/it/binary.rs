//! The program that runs one vendor.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Output, Stdio},
};

use palisade_vendors::{Anthropic, Fal};
use serde_json::json;

use crate::{
    client::{Answer, Keyed, send},
    talk::Talk,
};

/// A vendor in a process of its own. Ends with the test.
struct Process {
    child: Child,
    address: std::net::SocketAddr,
    said: String,
}

impl Process {
    /// Starts it, and reads the lines that say where it is, and what it demands.
    fn start(arguments: &[&str], lines: usize) -> Self {
        let mut child = command(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines().take(lines);
        let said: Vec<String> = said.map(Result::unwrap).collect();
        let address = said[0].strip_prefix("http://").unwrap().parse().unwrap();
        Self { child, address, said: said.join("\n") }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_palisade-vendors"));
    command.args(arguments);
    command
}

#[tokio::test]
async fn a_vendor_runs_in_a_process_of_its_own() {
    let process = Process::start(&["anthropic", "--key", "other"], 2);
    assert!(process.said.ends_with("\nthe credential is other"), "{}", process.said);
    let ask = async |key: &str| send(process.address, "GET", "/v1/models", &[("x-api-key", key)], "").await.status;
    assert_eq!((ask("other").await, ask(<Anthropic as palisade_vendors::Vendor>::KEY).await), (200, 401));
}

#[tokio::test]
async fn jobs_take_as_long_as_they_are_told() {
    let process = Process::start(&["fal", "--polls", "3"], 2);
    let headers = Fal::headers();
    let headers = headers.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>();
    let ask = async |method: &str, path: &str| -> Answer {
        send(process.address, method, path, &headers, json!({ "prompt": "a fox" }).to_string()).await
    };
    let job = ask("POST", "/fal-ai/flux").await.json();
    let path = format!("/fal-ai/flux/requests/{}/status", job["request_id"].as_str().unwrap());
    let mut states = Vec::new();
    for _ in 0..6 {
        states.push(ask("GET", &path).await.json()["status"].as_str().unwrap().to_owned());
    }
    assert_eq!(states, ["IN_QUEUE", "IN_QUEUE", "IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "COMPLETED"]);
}

#[tokio::test]
async fn a_vendor_misbehaves_in_a_process_of_its_own() {
    let process = Process::start(&["misbehaving", "not-http"], 1);
    let mut talk = Talk::to(process.address).await;
    talk.say("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(talk.hear_until("SSH-2.0").await);
}

#[test]
fn what_is_not_understood_is_said() {
    for (arguments, word) in [
        (&[][..], "is no vendor"),
        (&["openia"], "`openia` is no vendor"),
        (&["openai", "--port", "many"], "`many` is no port"),
        (&["openai", "--port"], "`--port` is no option"),
        (&["openai", "--polls", "3"], "`--polls 3` is no option"),
        (&["misbehaving", "polite"], "`polite`"),
    ] {
        let Output { status, stderr, .. } = command(arguments).output().unwrap();
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(2), "{arguments:?}");
        assert!(said.contains(word) && said.contains("usage: "), "{arguments:?}: {said}");
    }
}
