//! The server: a process that ends with this one.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::json;

use super::python::{last_lines, logged};
use crate::process::Environment;

/// The file of the model, in the folder of the server.
pub(super) const MODEL: &str = "tiny.gguf";

/// What the model is called where it chats, and where it embeds: the server loads it for the one or the other.
pub(super) const CHAT: &str = "tiny-chat";
pub(super) const EMBEDDING: &str = "tiny-embedding";

/// What the server wants to hear from who asks. It is the operator's to know: the provider never sees it.
pub(super) const KEY: &str = "known-to-the-operator-alone";

/// How long it may take to start.
const START_LIMIT: Duration = Duration::from_secs(60);

/// What stands before its address in the log.
const RUNNING: &str = "Uvicorn running on http://";

/// A server that is ready.
#[derive(Debug)]
pub(super) struct Server {
    process: Process,
    pub(super) address: SocketAddr,
}

/// A process that ends when this is dropped.
#[derive(Debug)]
struct Process(Child);

impl Server {
    /// Starts it on loopback, on a port that the system chooses, and waits until it is ready.
    pub(super) fn start(python: &Path, folder: &Path) -> Result<Self> {
        let path = folder.join("server.json");
        fs::write(&path, settings(folder))?;
        let log = folder.join("server.log");
        let mut environment = Environment::default();
        // These would go before the settings.
        for name in ["HOST", "PORT", "CONFIG_FILE"] {
            environment.unset(name);
        }
        let mut command = environment.command(python);
        command.args(["-m", "llama_cpp.server", "--config_file"]).arg(path);
        let mut process = Process(logged(&mut command, &log)?.spawn().context("cannot start it")?);
        let address = process.ready(&log)?;
        Ok(Self { process, address })
    }

    /// Waits until somebody ends it.
    pub(super) fn wait(&mut self) -> Result<()> {
        let status = self.process.0.wait()?;
        println!("the server has ended ({status})");
        Ok(())
    }
}

impl Process {
    /// Waits for the address in the log.
    fn ready(&mut self, log: &Path) -> Result<SocketAddr> {
        let started = Instant::now();
        loop {
            if let Some(address) = address(&fs::read_to_string(log)?) {
                return Ok(address);
            }
            if let Some(status) = self.0.try_wait()? {
                bail!("it ended ({status}); {} ends in\n{}", log.display(), last_lines(log));
            }
            if started.elapsed() > START_LIMIT {
                bail!("it took more than {} s; see {}", START_LIMIT.as_secs(), log.display());
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _ended_already = self.0.wait();
    }
}

/// What the server is told: one thread, since the model is tiny.
fn settings(folder: &Path) -> String {
    let model = |alias: &str, embedding: bool| {
        let path = folder.join(MODEL);
        json!({ "model": path, "model_alias": alias, "embedding": embedding, "n_ctx": 512, "n_threads": 1, "verbose": false })
    };
    let models = [model(CHAT, false), model(EMBEDDING, true)];
    json!({ "host": "127.0.0.1", "port": 0, "api_key": KEY, "models": models }).to_string()
}

/// Where the server listens, as its log says. A line that has not ended yet may be short of a digit.
fn address(log: &str) -> Option<SocketAddr> {
    let (_, rest) = log.split_once(RUNNING)?;
    let (address, _) = rest.split_once(' ')?;
    address.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_when_it_is_whole() {
        let log = "INFO:     Started server process [7]\nINFO:     Uvicorn running on http://127.0.0.1:36149";
        assert_eq!(address(log), None);
        let log = format!("{log} (Press CTRL+C to quit)\n");
        assert_eq!(address(&log), Some(([127, 0, 0, 1], 36149).into()));
        assert_eq!(address(""), None);
    }

    #[test]
    fn a_process_that_ends_early_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut command = Environment::default().command("sh");
        command.args(["-c", "echo no model"]);
        let mut process = Process(logged(&mut command, &log).unwrap().spawn().unwrap());
        let error = process.ready(&log).unwrap_err().to_string();
        assert!(error.contains("it ended") && error.ends_with("  no model\n"), "{error}");
    }
}
