//! A provider that reaches upstreams by `wasi:http`, as guests in other languages do: with a library that knows nothing of
//! Palisade, or by the bare interface. The prompt says what for, `POST https://example.com/ body`, and the setting
//! `behaviour` how.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

mod bare;
mod library;

use palisade_guest::chat::{Request, Response};
use palisade_guest::{CallOptions, Chat, Description, Failure, Provider, Result, config};

/// The header by which the host is told which credential to attach.
const CREDENTIAL: &str = "palisade-credential";

/// The provider.
#[derive(Debug)]
pub struct Fetcher;

/// What the prompt asks for.
struct Wanted {
    method: String,
    url: String,
    body: String,
    /// Headers, from the setting `headers`: `name: value`, a line each.
    headers: Vec<(String, String)>,
}

impl Provider for Fetcher {
    fn describe() -> Description {
        Description::new("fetcher").model("fetcher").host("127.0.0.1").credential("key")
    }
}

impl Chat for Fetcher {
    fn reply(request: Request, _: &CallOptions) -> Result<Response> {
        let wanted = Wanted::read(&request.prompt());
        Ok(match config::get("behaviour").unwrap_or_default().as_str() {
            "fetches" => Response::text(library::fetch(wanted)),
            "fetches-two-at-a-time" => Response::text(library::fetch_two(wanted)),
            "hands-on-pieces" => bare::pieces(wanted),
            "hoards-headers" => bare::hoard_headers(),
            "hoards-body" => Response::text(bare::hoard_body(wanted)),
            "never-finishes" => Response::text(bare::never_finish(wanted)),
            "guesses" => Response::text(bare::guess(wanted)),
            "sends-later" => Response::text(bare::send_later(wanted)),
            other => return Err(Failure::internal(format!("there is no behaviour `{other}`"))),
        })
    }
}

impl Wanted {
    fn read(prompt: &str) -> Self {
        let mut words = prompt.splitn(3, ' ').map(str::to_owned);
        let mut word = || words.next().unwrap_or_default();
        let headers = config::get("headers").unwrap_or_default();
        let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut headers: Vec<_> = headers.lines().filter_map(header).collect();
        headers.extend(config::get("credential").map(|name| (CREDENTIAL.to_owned(), name)));
        Self { method: word(), url: word(), body: word(), headers }
    }
}

palisade_guest::export!(Fetcher: chat);
