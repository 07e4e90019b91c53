//! Asks for what is elsewhere. The prompt says what: `POST https://example.com/ body`.

use std::fmt::Write as _;

use palisade_guest::chat::{Event, FinishReason, Request, Response};
use palisade_guest::{Failure, Result, blobs, config, credentials, http, key_value, log};

use crate::searching;

pub(crate) fn reply(behaviour: &str, request: &Request) -> Result<Response> {
    let prompt = request.prompt();
    Ok(match behaviour {
        "reaches" | "reaches-more" => Response::text(tell(&prompt)),
        "reaches-and-searches" => Response::text(search(&prompt)),
        "reaches-and-tells" => return Err(Failure::internal(tell(&prompt))),
        "reaches-in-pieces" => in_pieces(send(&prompt).map_err(failed)?),
        // It says that nothing has left, whatever has.
        "reaches-and-fails" => {
            let answer = send(&prompt).map(|response| response.status());
            return Err(Failure::internal(format!("it answered {answer:?}")));
        }
        "reaches-and-hoards" => {
            let answers: Vec<_> = (0..100).map(|_| send(&prompt)).collect();
            let refused = answers.iter().find_map(|answer| answer.as_ref().err());
            Response::text(format!("{:?} and {refused:?}", answers.iter().filter(|answer| answer.is_ok()).count()))
        }
        _ => Response::text(match blobs::import_url(&prompt, 1 << 20) {
            Ok(media) => format!("{} of {:?} bytes", media.media_type(), media.read_all().map(|bytes| bytes.len())),
            Err(error) => format!("{error:?}"),
        }),
    })
}

fn send(prompt: &str) -> Result<http::Response, http::HttpError> {
    let mut words = prompt.splitn(3, ' ');
    let method = if words.next() == Some("POST") { http::Method::Post } else { http::Method::Get };
    let url = words.next().unwrap_or_default().to_owned();
    let body = words.next().map_or(http::Body::Empty, |body| http::Body::Bytes(body.as_bytes().to_vec()));
    let credential = config::get("credential");
    http::send(http::Request { method, url, headers: Vec::new(), body, credential, first_byte_ms: None })
}

/// All there is to say of an answer.
fn tell(prompt: &str) -> String {
    let has = config::get("credential").map(|name| credentials::has(&name).map_err(|failure| failure.message));
    let response = match send(prompt) {
        Ok(response) => response,
        Err(error) => return format!("{error:?} {has:?}"),
    };
    let headers = response.headers().iter().map(|header| format!("{}: {}\n", header.name, header.value));
    let mut told = format!("{}\n{}", response.status(), headers.collect::<String>());
    loop {
        match response.read(1 << 20) {
            Ok(piece) if piece.is_empty() => return told,
            Ok(piece) => told.push_str(&String::from_utf8_lossy(&piece)),
            Err(error) => return format!("{told}{error:?}"),
        }
    }
}

/// Tells all it can get, wherever it can, and says how much of its memory is what it was told to look for.
fn search(prompt: &str) -> String {
    let mut told = tell(prompt);
    log::warn(&told);
    let kept = key_value::set("answer", told.as_bytes());
    let _unkept = write!(told, "\nkept: {kept:?}\n");
    for reversed in config::get("reversed").iter().flat_map(|list| list.split(' ')) {
        let _infallible = write!(told, " {}", searching::pieces(reversed));
    }
    told
}

/// Each piece as it comes.
fn in_pieces(response: http::Response) -> Response {
    let mut response = Some(response);
    Response::stream(std::iter::from_fn(move || {
        Some(match response.as_ref()?.read(1 << 20) {
            Ok(piece) if piece.is_empty() => {
                response = None;
                Ok(Event::finish(FinishReason::Stop))
            }
            Ok(piece) => Ok(Event::text(String::from_utf8_lossy(&piece))),
            Err(error) => {
                response = None;
                Err(failed(error))
            }
        })
    }))
}

fn failed(error: http::HttpError) -> Failure {
    Failure::internal(format!("{error:?}"))
}
