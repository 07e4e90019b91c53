//! What no vendor should do, as it is on the wire.

use std::io::Read as _;

use flate2::read::GzDecoder;
use palisade_vendors::{Behaviour, Misbehaving, raw::Server};
use serde_json::Value;

use crate::talk::Talk;

const REQUEST: &str =
    "POST /v1/chat HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer sk-canary-0123\r\nContent-Length: 4\r\n\r\nbody";

async fn asked(behaviour: Behaviour) -> (Server, Talk) {
    let server = Misbehaving::start(behaviour).await;
    let mut talk = Talk::to(server.address).await;
    talk.say(REQUEST).await;
    (server, talk)
}

/// All that it says until it closes the connection.
async fn all(behaviour: Behaviour) -> String {
    let (_server, mut talk) = asked(behaviour).await;
    talk.hear_to_the_end().await;
    talk.text()
}

/// What it says until this was said.
async fn until(behaviour: Behaviour, text: &str) -> (Server, Talk) {
    let (server, mut talk) = asked(behaviour).await;
    assert!(talk.hear_until(text).await, "{behaviour}: {}", talk.text());
    (server, talk)
}

/// The pieces of a body.
fn chunks(text: &str) -> Vec<u8> {
    let mut rest = text.split_once("\r\n\r\n").unwrap().1.as_bytes();
    let mut body = Vec::new();
    while let Some(line) = rest.windows(2).position(|end| end == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        if length == 0 {
            break;
        }
        body.extend(&rest[line + 2..line + 2 + length]);
        rest = &rest[line + 4 + length..];
    }
    body
}

/// The text that a stream of chat says.
fn streamed(body: &str) -> String {
    let events = body.split_terminator("\n\n").filter_map(|event| event.strip_prefix("data: "));
    let events = events.filter_map(|data| serde_json::from_str::<Value>(data).ok());
    events.filter_map(|event| Some(event["choices"][0]["delta"]["content"].as_str()?.to_owned())).collect()
}

#[tokio::test]
async fn some_say_nothing() {
    for (behaviour, requests) in [(Behaviour::Silent, 0), (Behaviour::Mute, 1)] {
        let (server, talk) = asked(behaviour).await;
        while server.requests().len() < requests || server.connections() < 1 {
            tokio::task::yield_now().await;
        }
        assert!(talk.is_quiet());
        assert_eq!(server.requests().len(), requests);
    }
    assert_eq!(all(Behaviour::HangUp).await, "");
}

#[tokio::test]
async fn some_never_end() {
    until(Behaviour::SlowHeaders, "x-slow: aaa").await;
    until(Behaviour::SlowBody, "1\r\n \r\n1\r\n \r\n").await;
    for behaviour in [Behaviour::EndlessHeaders, Behaviour::EndlessBody] {
        let (_server, mut talk) = asked(behaviour).await;
        assert!(talk.hear(|heard| heard.len() > 1 << 20).await);
        assert_eq!(talk.text().contains("\r\n\r\n"), behaviour == Behaviour::EndlessBody);
    }
    let (_server, flood) = until(Behaviour::HeaderFlood, "\r\n\r\n{}").await;
    assert_eq!(flood.text().matches(": a\r\n").count(), 10_000);
}

#[tokio::test]
async fn a_bomb_is_a_thousand_times_larger_than_it_seems() {
    let (_server, mut talk) = asked(Behaviour::GzipBomb).await;
    talk.hear_to_the_end().await;
    let body = talk.heard.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
    let packed = &talk.heard[body..];
    assert!(packed.len() < 2 << 20, "{}", packed.len());
    let mut reader = GzDecoder::new(packed);
    let mut piece = vec![0; 1 << 20];
    let mut unpacked = 0;
    loop {
        match reader.read(&mut piece).unwrap() {
            0 => break,
            read => unpacked += read,
        }
    }
    assert_eq!(unpacked, 1 << 30);
}

#[tokio::test]
async fn a_redirect_leads_to_where_secrets_are() {
    let (_server, talk) = until(Behaviour::Redirect, "\r\n\r\n").await;
    assert!(talk.text().starts_with("HTTP/1.1 307 ") && talk.text().contains("\r\nlocation: http://169.254.169.254/"));
}

#[tokio::test]
async fn an_echo_repeats_the_credential_in_headers_and_in_pieces() {
    let (_server, talk) = until(Behaviour::Echo, "\r\n0\r\n\r\n").await;
    let text = talk.text();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("\r\nx-echo-Authorization: Bearer sk-canary-0123"), "{head}");
    assert!(!body.contains("sk-canary"), "it is cut: {body}");
    assert_eq!(chunks(&text), REQUEST.as_bytes());
}

#[tokio::test]
async fn some_break_off() {
    let cut = all(Behaviour::CutBody).await;
    assert!(cut.contains("content-length: 500\r\n") && cut.ends_with("{\"id\": "), "{cut}");
    let cut = all(Behaviour::CutStream).await;
    assert!(!cut.contains("[DONE]") && !cut.ends_with("0\r\n\r\n"));
    assert_eq!(streamed(&String::from_utf8(chunks(&cut)).unwrap()), Behaviour::streamed());
    let (_server, mut talk) = asked(Behaviour::StalledStream).await;
    assert!(talk.hear(|heard| heard.windows(4).filter(|window| window == b"\n\n\r\n").count() == 2).await);
    assert!(talk.is_quiet());
}

#[tokio::test]
async fn a_stream_cuts_letters_in_half() {
    let (_server, talk) = until(Behaviour::HalfCharacters, "\r\n0\r\n\r\n").await;
    let halves = b"1\r\n\xc3\r\n1\r\n\xa9\r\n";
    assert!(talk.heard.windows(halves.len()).any(|window| window == halves));
    let body = String::from_utf8(chunks_of(&talk.heard)).unwrap();
    assert!(body.ends_with("data: [DONE]\n\n"));
    assert_eq!(streamed(&body), Behaviour::streamed());
}

/// The same of bytes that are no text before they are put together: each piece is one byte.
fn chunks_of(heard: &[u8]) -> Vec<u8> {
    let start = heard.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
    let pieces = heard[start..].chunks_exact(6).take_while(|piece| piece.starts_with(b"1\r\n"));
    pieces.map(|piece| piece[3]).collect()
}

#[tokio::test]
async fn an_error_hides_in_an_answer() {
    let (_server, talk) = until(Behaviour::ErrorInside, "}}").await;
    let text = talk.text();
    assert!(text.starts_with("HTTP/1.1 200 "));
    let body: Value = serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body["error"]["type"], "server_error");
    let (_server, talk) = until(Behaviour::ErrorInStream, "\r\n0\r\n\r\n").await;
    let body = String::from_utf8(chunks(&talk.text())).unwrap();
    assert_eq!(streamed(&body), Behaviour::streamed());
    assert!(body.trim_end().lines().last().unwrap().contains(r#""error""#));
}

#[tokio::test]
async fn too_many_requests_come_with_a_hint_or_without() {
    for (behaviour, hint) in [(Behaviour::TooMany, false), (Behaviour::TooManyWithHint, true)] {
        let (_server, talk) = until(behaviour, "\r\n\r\n").await;
        assert!(talk.text().starts_with("HTTP/1.1 429 "));
        assert_eq!(talk.text().contains("retry-after: 1\r\n"), hint);
    }
}

#[tokio::test]
async fn some_speak_no_proper_http() {
    assert_eq!(all(Behaviour::ConflictingLengths).await.matches("content-length: ").count(), 2);
    assert!(!all(Behaviour::NotHttp).await.contains("HTTP"));
}

#[test]
fn each_behaviour_has_a_name() {
    for (name, behaviour) in Behaviour::ALL {
        assert_eq!((name.parse(), behaviour.to_string()), (Ok(behaviour), name.to_owned()));
    }
    let unknown = "polite".parse::<Behaviour>().unwrap_err();
    assert!(unknown.contains("`polite`") && unknown.contains("gzip-bomb"));
}
