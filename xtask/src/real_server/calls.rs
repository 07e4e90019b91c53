//! What is asked of the server, by the program `palisade`, and what has to come back.

use std::{
    fs,
    io::Read as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::server::{CHAT, EMBEDDING, KEY};
use crate::process::capture;

/// The file of the key, beside the settings.
const KEY_FILE: &str = "key";

const QUESTION: &str = "Where do foxes live?";

/// Most tokens of an answer. The model never ends by itself, so that it gives as many.
const TOKENS: &str = "64";

/// The program, set up for the server alone.
#[derive(Debug)]
pub(super) struct Palisade {
    program: PathBuf,
    settings: PathBuf,
}

impl Palisade {
    /// Writes a `palisade.toml` whose one provider may reach this address and nothing else.
    pub(super) fn new(program: PathBuf, folder: &Path, component: &Path, address: SocketAddr) -> Result<Self> {
        fs::write(folder.join(KEY_FILE), KEY)?;
        let settings = folder.join("palisade.toml");
        fs::write(&settings, self::settings(component, address))?;
        Ok(Self { program, settings })
    }

    /// How the program is called, for a person to continue.
    pub(super) fn command(&self) -> String {
        format!("{} --config {}", self.program.display(), self.settings.display())
    }

    /// Asks the server whether it is there, and takes the key.
    pub(super) fn check_health(&self) -> Result<String> {
        capture(&mut self.command_of(&["health"]))?;
        Ok("it answers, and takes the key".to_owned())
    }

    /// Has it answer a question, and takes the answer as a whole.
    pub(super) fn chat(&self) -> Result<String> {
        check_chat(&self.json(&["run", "chat", QUESTION, "--max-tokens", TOKENS, "--json"])?)
    }

    /// Has it answer a question, and takes the answer as it comes.
    pub(super) fn stream(&self) -> Result<String> {
        let started = Instant::now();
        let mut command = self.command_of(&["run", "chat", QUESTION, "--max-tokens", TOKENS]);
        let mut process = command.stdout(Stdio::piped()).spawn().context("cannot start palisade")?;
        let mut answer = process.stdout.take().context("there is no output to read")?;
        let (mut pieces, mut bytes, mut first) = (0, 0, None);
        let mut buffer = [0; 4096];
        loop {
            let read = answer.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            first.get_or_insert_with(|| started.elapsed());
            (pieces, bytes) = (pieces + 1, bytes + read);
        }
        let status = process.wait()?;
        ensure!(status.success(), "palisade failed ({status})");
        ensure!(pieces > 1, "the answer came in {pieces} piece(s), and not as the model made it");
        let first = first.unwrap_or_default().as_secs_f64();
        Ok(format!("{bytes} bytes in {pieces} pieces, the first after {first:.2} s"))
    }

    /// Has it embed two texts as vectors of `width` numbers.
    pub(super) fn embed(&self, width: usize) -> Result<String> {
        check_embedding(&self.json(&["run", "embedding", "a red fox", "a grey wolf", "--json"])?, width)
    }

    fn json(&self, arguments: &[&str]) -> Result<Value> {
        let printed = capture(&mut self.command_of(arguments))?;
        ensure!(!printed.contains(KEY), "the key of the server is among what came back");
        serde_json::from_str(&printed).context("palisade printed no JSON")
    }

    fn command_of(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(&self.settings).args(arguments);
        command
    }
}

/// What `palisade.toml` says of a provider that may reach one server of the operator's own.
fn settings(component: &Path, address: SocketAddr) -> String {
    format!(
        r#"[providers.tiny]
component = '{}'
config = {{ base_url = "http://{address}/v1", models = {{ chat = ["{CHAT}"], embedding = ["{EMBEDDING}"] }} }}

[[providers.tiny.allow]]
url = "http://{address}/v1/*"
allow-private = ["{address}"]
credential = {{ secret = "file:{KEY_FILE}", header = "authorization", format = "Bearer {{}}" }}
"#,
        component.display()
    )
}

/// Checks a chat as `palisade run --json` prints it. This server says of no stream how many tokens it took.
fn check_chat(printed: &Value) -> Result<String> {
    let text = printed.pointer("/response/text").and_then(Value::as_str).context("there is no answer")?;
    let words = text.split_whitespace().count();
    ensure!(words > 1, "the answer is {text:?}");
    let finish = printed.pointer("/response/finish_reason").and_then(Value::as_str);
    ensure!(finish == Some("length"), "the answer ended with {finish:?}, and not where it was cut off");
    Ok(format!("{words} words"))
}

/// Checks two embeddings as `palisade run --json` prints them.
fn check_embedding(printed: &Value, width: usize) -> Result<String> {
    let vectors = printed.pointer("/response/vectors").and_then(Value::as_array).context("there are no vectors")?;
    ensure!(vectors.len() == 2, "there are {} vectors for two texts", vectors.len());
    for vector in vectors {
        let numbers: Vec<_> = vector.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        ensure!(numbers.len() == width, "a vector has {} numbers, and the model gives {width}", numbers.len());
        ensure!(numbers.iter().any(|number| *number != 0.0), "a vector is zero");
    }
    ensure!(vectors.first() != vectors.last(), "two texts have one vector");
    let items = printed.pointer("/usage/items").and_then(Value::as_array).into_iter().flatten();
    let mut read = items.filter(|item| item.get("unit").is_some_and(|unit| unit == "input-token"));
    let tokens = read.next().and_then(|item| item.get("quantity")).and_then(Value::as_f64).unwrap_or_default();
    ensure!(tokens > 0.0, "no token was counted");
    Ok(format!("2 vectors of {width} numbers, {tokens} tokens read"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_settings_grant_one_address() {
        let text = settings(Path::new("/a b/provider.wasm"), ([127, 0, 0, 1], 8080).into());
        let settings: toml::Value = toml::from_str(&text).unwrap();
        let provider = &settings["providers"]["tiny"];
        assert_eq!(provider["component"].as_str(), Some("/a b/provider.wasm"));
        let allow = provider["allow"].as_array().unwrap();
        assert_eq!(allow.len(), 1);
        assert_eq!(allow[0]["allow-private"][0].as_str(), Some("127.0.0.1:8080"));
        assert!(!text.contains(KEY), "a secret is never in the file");
    }

    #[test]
    fn an_answer_has_words_and_was_cut_off() {
        let chat = |text: &str, reason: &str| json!({ "response": { "text": text, "finish_reason": reason } });
        assert_eq!(check_chat(&chat(" up up of snow", "length")).unwrap(), "4 words");
        for wrong in [chat("", "length"), chat(" up", "length"), chat(" up of", "stop"), json!({ "error": {} })] {
            assert!(check_chat(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn vectors_are_as_wide_as_the_model_and_differ() {
        let printed = |vectors: Value, tokens: f64| {
            let usage = json!({ "items": [{ "unit": "input-token", "quantity": tokens }] });
            json!({ "response": { "vectors": vectors }, "usage": usage })
        };
        let right = json!([[0.5, 0.0], [0.0, -0.5]]);
        assert_eq!(check_embedding(&printed(right.clone(), 7.0), 2).unwrap(), "2 vectors of 2 numbers, 7 tokens read");
        for (vectors, tokens, width) in [
            (right.clone(), 0.0, 2),
            (right, 7.0, 3),
            (json!([[0.5, 0.0]]), 7.0, 2),
            (json!([[0.5, 0.0], [0.0, 0.0]]), 7.0, 2),
            (json!([[0.5, 0.0], [0.5, 0.0]]), 7.0, 2),
            (json!("none"), 7.0, 2),
        ] {
            let wrong = printed(vectors, tokens);
            assert!(check_embedding(&wrong, width).is_err(), "{wrong}");
        }
    }
}
