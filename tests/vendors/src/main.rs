//! Runs one vendor until it is ended: `palisade-vendors openai --port 8081`.

use std::{
    future::pending,
    io::{self, Write as _, stderr, stdout},
    net::SocketAddr,
    process::ExitCode,
};

use palisade_vendors::{Anthropic, Behaviour, Fal, Listen, Misbehaving, OpenAi, Pace, Stability, Vendor};

const USAGE: &str = "usage: palisade-vendors openai|anthropic|stability [--port PORT] [--key KEY]
       palisade-vendors fal [--port PORT] [--key KEY] [--polls POLLS]
       palisade-vendors misbehaving BEHAVIOUR [--port PORT]

POLLS is how often a job is asked for while it is worked at.";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Nobody can be told where this fails.
            let _ = writeln!(stderr(), "error: {message}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

async fn run(words: &[&str]) -> Result<(), String> {
    let (names, options) = words.split_at(words.iter().position(|word| word.starts_with("--")).unwrap_or(words.len()));
    let mut listen = Listen::default();
    let mut pace = Pace::default();
    for option in options.chunks(2) {
        match option {
            ["--port", port] => listen.port = port.parse().map_err(|_| format!("`{port}` is no port"))?,
            ["--key", key] => listen.key = Some((*key).to_owned()),
            ["--polls", polls] if names == ["fal"] => {
                let work = polls.parse().map_err(|_| format!("`{polls}` is no number of polls"))?;
                pace = Pace::Polls { queue: 2, work };
            }
            _ => return Err(format!("`{}` is no option with a value", option.join(" "))),
        }
    }
    match names {
        ["openai"] => serve(OpenAi, listen).await,
        ["anthropic"] => serve(Anthropic, listen).await,
        ["fal"] => serve(Fal::at(pace), listen).await,
        ["stability"] => serve(Stability, listen).await,
        ["misbehaving", behaviour] => {
            let behaviour: Behaviour = behaviour.parse()?;
            let server = Misbehaving::start_on(listen.port, behaviour).await;
            let server = server.map_err(|error| taken(listen.port, &error))?;
            say(server.address, None);
            pending().await
        }
        _ => Err(format!("`{}` is no vendor", names.join(" "))),
    }
}

/// Serves until the process is ended.
async fn serve<V: Vendor>(vendor: V, listen: Listen) -> Result<(), String> {
    let key = listen.key.clone().unwrap_or_else(|| V::KEY.to_owned());
    let port = listen.port;
    let running = vendor.listen(listen).await.map_err(|error| taken(port, &error))?;
    say(running.address, Some(&key));
    pending().await
}

fn taken(port: u16, error: &io::Error) -> String {
    format!("port {port} cannot be listened to: {error}")
}

/// Whoever reads this may have gone away, which is no reason not to serve.
fn say(address: SocketAddr, key: Option<&str>) {
    let _ = writeln!(stdout(), "http://{address}");
    if let Some(key) = key {
        let _ = writeln!(stdout(), "the credential is {key}");
    }
}
