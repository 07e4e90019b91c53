//! A credential goes into the request that it is for, and nowhere else.

use palisade_core::http::{Error, Header, Method, Request};
use palisade_egress::{Credential, Grant, Place, Settings};

use crate::{
    server::{Server, ok},
    setup::{Call, SECRET, egress, get, grant, granted, grants, read, settings},
};

#[tokio::test]
async fn an_upstream_that_repeats_the_credential_tells_the_guest_nothing() {
    // Cut at every place: each byte of the body is a chunk of its own.
    let echo = |body: String| {
        let chunks: String = body.chars().map(|character| format!("1\r\n{character}\r\n")).collect();
        format!(
            "HTTP/1.1 200 OK\r\nx-echo: Bearer {SECRET}\r\nx-plain: a\r\ntransfer-encoding: chunked\r\n\r\n{chunks}0\r\n\r\n"
        )
    };
    let hexadecimal: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    for form in
        [SECRET.to_owned(), SECRET.replace('/', "\\/"), SECRET.replace('/', "%2F").replace('+', "%2B"), hexadecimal]
    {
        let server = Server::saying(echo(format!("{{\"authorization\": \"Bearer {form}\", \"a\": 1}}"))).await;
        let (response, body) = Call::to(server.address).get(server.address, "/").await.unwrap();
        assert_eq!(response.headers, [Header::new("x-plain", "a")]);
        let masked = format!("{{\"authorization\": \"Bearer {}\", \"a\": 1}}", "*".repeat(form.len()));
        assert_eq!(String::from_utf8(body).unwrap(), masked);
    }
}

#[tokio::test]
async fn an_upstream_that_repeats_it_later_tells_the_guest_nothing_either() {
    let server = Server::saying(ok(&format!("the last key was {SECRET}"))).await;
    let mut response =
        Call::to(server.address).send(Request { credential: None, ..get(server.address, "/") }).await.unwrap();
    assert!(!String::from_utf8(read(&mut response).await.unwrap()).unwrap().contains("canary"));
    assert!(!server.requests()[0].contains(SECRET), "it was not named");
}

#[tokio::test]
async fn what_is_held_back_does_not_tell_how_a_secret_begins() {
    // An upstream that a guest has write what it likes, such as a store of files.
    let mut seen = Vec::new();
    for guess in [&SECRET[..4], "sk-x", "zzzz"] {
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let server = Server::saying(format!("{chunked}a\r\nit is {guess}\r\n0\r\n\r\n")).await;
        let request = Request { credential: None, ..get(server.address, "/") };
        let mut response = Call::to(server.address).send(request).await.unwrap();
        let first = response.body.read(100).await.unwrap().len();
        seen.push([first, response.body.read(100).await.unwrap().len()]);
    }
    assert_eq!(seen, [[6, 4]; 3]);
}

#[tokio::test]
async fn a_credential_in_the_query_is_sent_and_not_shown() {
    let server = Server::start(|mut peer| async move {
        let request = peer.request().await.unwrap();
        let path = request.split(' ').nth(1).unwrap();
        let location =
            format!("HTTP/1.1 302 Found\r\nlocation: {path}\r\ncontent-length: {}\r\n\r\n{path}", path.len());
        peer.write(location).await;
    })
    .await;
    let credential = Credential::new("main", Place::Query("key".into()), "{}", Some(SECRET.into())).unwrap();
    let grants = granted([Grant { credential: Some(credential), ..grant(server.address) }]);
    let call = Call::new(&egress(settings()), &grants, "a");
    let (response, body) = call.get(server.address, "/v1?a=b").await.unwrap();
    assert!(server.requests()[0].starts_with("GET /v1?a=b&key=sk-canary%2F0123456789%2Babcdef HTTP/1.1"));
    assert!(response.headers.iter().all(|header| header.name != "location"));
    assert!(String::from_utf8(body).unwrap().starts_with("/v1?a=b&key=***"));
    for query in ["?key=x", "?a=b&KEY=x", "?%6bey=x", "?a=b;key=x", ";key=x", "?api_key=x"] {
        let twice = call.send(get(server.address, query)).await;
        assert!(matches!(twice, Err(Error::InvalidRequest(_) | Error::Denied(_))), "{query}: {twice:?}");
    }
}

#[tokio::test]
async fn a_secret_does_not_leave_by_another_way() {
    let server = Server::keeping(ok("hello")).await;
    let (egress, grants) = (egress(settings()), grants(server.address));
    let to = |path: String| Request { credential: None, method: Method::Post, ..get(server.address, &path) };
    let plain = || to("/".into());
    let backwards: String = SECRET.chars().rev().collect();
    for request in [
        to(format!("/{SECRET}")),
        to(format!("/?a={}", SECRET.replace('+', "%2B"))),
        to(format!("/?a={}", SECRET.to_uppercase())),
        Request { headers: vec![Header::new("x-a", SECRET)], ..plain() },
        Request { body: format!("{{\"prompt\": \"{SECRET}\"}}").into(), ..plain() },
        Request { body: backwards.into(), ..plain() },
    ] {
        let call = Call::new(&egress, &grants, "a");
        assert_eq!(call.failure(request.clone()).await, Error::Leak, "{request:?}");
        // Who tries to send one learns nothing more in this call.
        assert_eq!(call.failure(plain()).await, Error::Leak);
        assert_eq!((call.traffic.requests(), call.traffic.refusals()), (0, 2));
    }
    assert_eq!(server.connections(), 0);
    let guesses = Call::new(&egress, &grants, "a");
    for length in 8..16 {
        let guess = Request { body: SECRET[..length].to_owned().into(), ..plain() };
        assert!(guesses.send(guess).await.is_ok(), "a part that can be guessed tells nothing");
    }
}

#[tokio::test]
async fn a_call_has_so_many_bytes_looked_through() {
    let server = Server::keeping(ok(&"a".repeat(3000))).await;
    let limits = Settings { bytes_per_call: 10_000, ..settings() };
    let egress = egress(limits);
    let long = |length| Request { method: Method::Post, body: vec![b'a'; length].into(), ..get(server.address, "/") };
    let call = || Call::new(&egress, &grants(server.address), "a");
    assert!(matches!(call().failure(long(10_000)).await, Error::InvalidRequest(why) if why.contains("10000 bytes")));
    let call = call();
    for _ in 0..3 {
        call.get(server.address, "/").await.unwrap();
    }
    assert_eq!(call.get(server.address, "/").await.unwrap_err(), Error::ResponseTooLarge(10_000));
    assert!(matches!(call.failure(long(0)).await, Error::InvalidRequest(_)));
}

#[tokio::test]
async fn nothing_that_can_be_shown_shows_a_secret() {
    let server = Server::keeping(ok("hello")).await;
    let (egress, grants) = (egress(settings()), grants(server.address));
    let response = Call::new(&egress, &grants, "a").send(get(server.address, "/")).await.unwrap();
    let shown = format!("{egress:?} {:?} {response:?}", grant(server.address));
    assert!(!shown.contains("canary"), "{shown}");
}
