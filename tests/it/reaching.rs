//! Providers that reach what the operator lets them reach, and nothing else.

use std::{num::NonZero, time::Duration};

use futures_util::StreamExt as _;
use palisade::{
    Allow, ErrorKind, Host, Lend, Limits, Place, Registration, RequestRate, Result, Secret, Submitted, chat::Event,
};

use palisade_vendors::raw::{Server, ok};

use super::PLACE;
use crate::support::{behaving, builder, within};

const SECRET: &str = "sk-canary-0123456789";

/// Everything of this server, with the credential `key`.
fn allow(server: &Server) -> Allow {
    let place = Place::Header("authorization".to_owned());
    let lend = Lend { name: None, secret: Secret::Value(SECRET.into()), place, format: "Bearer {}".to_owned() };
    let url = format!("http://{}/*", server.address);
    Allow { credential: Some(lend), allow_private: vec![server.address], ..Allow::new(url) }
}

fn reaching(behaviour: &str, server: &Server) -> Registration {
    behaving(behaviour).config("credential", "key").allow(allow(server))
}

async fn host_of(registration: Registration) -> Host {
    let host = builder().build().await.unwrap();
    host.register("p", registration.isolation(PLACE)).await.unwrap();
    host
}

async fn ask(host: &Host, prompt: String) -> Result<String> {
    host.get("p").unwrap().chat(prompt).await.map(|completion| completion.response.text)
}

#[tokio::test]
async fn a_request_goes_where_it_was_granted_with_a_credential_that_its_provider_never_sees() {
    // The upstream says back what it was told.
    let echo = Server::start(|mut peer| async move {
        while let Some(request) = peer.request().await {
            peer.write(ok(&request)).await;
        }
    })
    .await;
    let host = host_of(reaching("reaches", &echo)).await;
    let told = ask(&host, format!("POST http://{}/v1?a=b hello", echo.address)).await.unwrap();
    assert!(told.starts_with("200\n") && told.ends_with("hello"), "{told}");
    assert!(told.contains("POST /v1?a=b HTTP/1.1") && told.contains("authorization: Bearer ****"), "{told}");
    assert!(!told.contains("canary"), "{told}");
    assert!(echo.requests()[0].contains(&format!("authorization: Bearer {SECRET}\r\n")));

    let status = host.status("p").unwrap();
    assert_eq!((status.allowed[0].is_asked_for, status.allowed[0].is_set), (true, Some(true)));
    let shown = format!("{status:?} {}", serde_json::to_string(&status).unwrap());
    assert!(!shown.contains("canary"), "{shown}");
}

#[tokio::test]
async fn nothing_else_is_reached() {
    let (granted, other) = (Server::keeping(ok("here")).await, Server::keeping(ok("there")).await);
    let host = host_of(reaching("reaches", &granted)).await;
    for (url, expected) in [
        (format!("http://{}/", other.address), "was not granted"),
        ("http://169.254.169.254/latest/meta-data/".to_owned(), "was not granted"),
        (format!("http://{}@{}/", granted.address, other.address), "InvalidRequest"),
    ] {
        let told = ask(&host, format!("GET {url}")).await.unwrap();
        assert!(told.contains(expected), "{expected:?} is not in {told}");
    }
    assert_eq!((granted.connections(), other.connections()), (0, 0));

    // What is not asked for is not in force: it asks for 127.0.0.1. What is not granted is nothing.
    let by_name = format!("http://localhost:{}/", granted.address.port());
    let not_asked_for = Allow { url: format!("{by_name}*"), credential: None, ..allow(&granted) };
    let by_address = format!("http://{}/", granted.address);
    for (registration, url) in [(behaving("reaches").allow(not_asked_for), by_name), (behaving("reaches"), by_address)]
    {
        let told = ask(&host_of(registration).await, format!("GET {url}")).await.unwrap();
        assert!(told.contains("Denied"), "{told}");
    }
    assert_eq!(granted.connections(), 0);
}

#[tokio::test]
async fn who_tries_to_send_a_secret_gets_no_second_try() {
    let server = Server::keeping(ok("here")).await;
    let host = host_of(reaching("reaches", &server)).await;
    for prompt in
        [format!("GET http://{}/?q={SECRET}", server.address), format!("POST http://{}/ {SECRET}", server.address)]
    {
        let error = ask(&host, prompt).await.unwrap_err();
        assert_eq!((error.kind(), error.submitted()), (ErrorKind::Leak, Submitted::No), "{error}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_guest_is_told_how_long_a_rate_has_it_wait() {
    let server = Server::keeping(ok(&"a".repeat(100))).await;
    let rate = RequestRate { requests: NonZero::<u32>::MIN, per: Duration::from_secs(3600) };
    let host =
        host_of(behaving("reaches").config("credential", "key").allow(Allow { rate: Some(rate), ..allow(&server) }))
            .await;
    let get = format!("GET http://{}/", server.address);
    assert!(ask(&host, get.clone()).await.unwrap().starts_with("200"));
    let told = ask(&host, get).await.unwrap();
    // An hour, but for what has passed of it.
    assert!(told.starts_with("HttpError::RateLimited(3"), "{told}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_answer_in_pieces_is_handed_on_as_it_comes() {
    let (go_on, wait) = tokio::sync::mpsc::channel::<()>(1);
    let wait = std::sync::Arc::new(tokio::sync::Mutex::new(wait));
    let server = Server::start(move |mut peer| {
        let wait = wait.clone();
        async move {
            peer.request().await;
            peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\nfirst\n\r\n").await;
            wait.lock().await.recv().await;
            peer.write("7\r\nsecond\n\r\n0\r\n\r\n").await;
        }
    })
    .await;
    let host = host_of(reaching("reaches-in-pieces", &server)).await;
    let prompt = format!("GET http://{}/", server.address);
    let mut answer = host.get("p").unwrap().chat_stream(prompt).unwrap();
    let mut pieces = Vec::new();
    while let Some(event) = answer.next().await {
        if let Event::Text(text) = event.unwrap() {
            pieces.push(text);
            // The second time nobody waits for it.
            let _gone = go_on.try_send(());
        }
    }
    assert_eq!(pieces, ["first\n", "second\n"]);
}

#[tokio::test]
async fn an_upstream_that_says_nothing_ends_with_the_call() {
    let silent = Server::start(|mut peer| async move { peer.closed().await }).await;
    let limits = Limits { timeout: Duration::from_millis(300), ..Limits::default() };
    let host = host_of(reaching("reaches", &silent).limits(limits)).await;
    let ended = within(Duration::from_secs(2), ask(&host, format!("GET http://{}/", silent.address))).await;
    match ended {
        Ok(told) => assert!(told.starts_with("HttpError::Timeout"), "{told}"),
        Err(error) => {
            assert_eq!((error.kind(), error.submitted()), (ErrorKind::Deadline, Submitted::Unknown), "{error}");
        }
    }
}

#[tokio::test]
async fn what_a_failure_says_of_a_request_is_checked_against_what_has_left() {
    let server = Server::keeping(ok("done")).await;
    let host = host_of(reaching("reaches-and-fails", &server)).await;
    let submitted = async |prompt: String| ask(&host, prompt).await.unwrap_err().submitted();
    assert_eq!(submitted("GET http://example.com/".to_owned()).await, Submitted::No);
    assert_eq!(submitted(format!("GET http://{}/", server.address)).await, Submitted::Unknown);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_picture_is_imported_and_known_for_what_it_is() {
    let png = b"\x89PNG\r\n\x1a\n and so on";
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n", png.len());
    let server = Server::keeping([head.as_bytes(), png].concat()).await;
    let host = host_of(behaving("imports").allow(Allow { credential: None, ..allow(&server) })).await;
    assert_eq!(ask(&host, format!("http://{}/a", server.address)).await.unwrap(), "image/png of Ok(18) bytes");
    for (status, expected) in [("404 Not Found", "NotFound"), ("410 Gone", "Expired"), ("503 Busy", "answered 503")] {
        let missing = Server::keeping(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n")).await;
        let host = host_of(behaving("imports").allow(Allow { credential: None, ..allow(&missing) })).await;
        let told = ask(&host, format!("http://{}/a", missing.address)).await.unwrap();
        assert!(told.contains(expected), "{told}");
    }
}

#[tokio::test]
async fn one_call_has_few_requests_at_one_time() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        peer.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n").await;
        peer.closed().await;
    })
    .await;
    let host = host_of(reaching("reaches-and-hoards", &server)).await;
    let told = ask(&host, format!("GET http://{}/", server.address)).await.unwrap();
    assert!(
        told.starts_with("8 and Some(HttpError::InvalidRequest(\"a call may have 8 requests at one time"),
        "{told}"
    );
}

#[tokio::test]
async fn a_grant_that_cannot_be_kept_is_refused_when_it_is_made() {
    let host = builder().build().await.unwrap();
    let error = async |registration: Registration| host.register("q", registration.isolation(PLACE)).await.unwrap_err();
    let asks = || behaving("reaches");
    for (registration, expected) in [
        (asks().allow(Allow::new("http://example.com/*")), "write `https`"),
        (asks().allow(Allow::new("https://*/*")), "a bare `*`"),
        (asks().allow(Allow::new("https://metadata.google.internal/*")), "keeps credentials"),
    ] {
        let error = error(registration).await;
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.message().contains(expected), "{expected:?} is not in {error}");
    }
}
