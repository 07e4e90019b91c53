//! Providers that reach upstreams by `wasi:http`: what they are let through to is what any provider is.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use palisade::{
    Allow, ErrorKind, Host, Lend, Limits, Place, Registration, Result, Reuse, Secret, Submitted, chat::Event,
};
use palisade_vendors::raw::{Server, ok};
use tokio::sync::{Barrier, Mutex, mpsc};

use super::PLACE;
use crate::support::{builder, fetcher_path, languages, within};

const SECRET: &str = "sk-canary-0123456789";

/// A provider with this behaviour, which is let through to this server with the credential `key`.
fn fetching(behaviour: &str, server: &Server) -> Registration {
    allowed(Registration::path(fetcher_path()), server).config("behaviour", behaviour)
}

fn allowed(registration: Registration, server: &Server) -> Registration {
    let place = Place::Header("authorization".to_owned());
    let lend = Lend { name: None, secret: Secret::Value(SECRET.into()), place, format: "Bearer {}".to_owned() };
    let url = format!("http://{}/*", server.address);
    let allow = Allow { credential: Some(lend), allow_private: vec![server.address], ..Allow::new(url) };
    registration.allow(allow)
}

async fn host_of(registration: Registration) -> Host {
    let host = builder().build().await.unwrap();
    host.register("p", registration.isolation(PLACE)).await.unwrap();
    host
}

async fn ask(host: &Host, prompt: String) -> Result<String> {
    host.get("p").unwrap().chat(prompt).await.map(|completion| completion.response.text)
}

/// Says back what it was told.
async fn echo() -> Server {
    Server::start(|mut peer| async move {
        while let Some(request) = peer.request().await {
            peer.write(ok(&request)).await;
        }
    })
    .await
}

#[tokio::test]
async fn without_an_address_it_is_not_loaded() {
    let host = builder().build().await.unwrap();
    let error = host.register("p", Registration::path(fetcher_path()).isolation(PLACE)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UngrantedImport);
    assert!(error.message().contains("`wasi:http/outgoing-handler@0.2.12`"), "{error}");
    assert!(error.message().contains("it speaks `wasi:http`"), "{error}");
}

#[tokio::test]
async fn a_request_goes_out_with_a_credential_that_its_provider_never_sees() {
    let server = echo().await;
    let host = host_of(fetching("fetches", &server).config("credential", "key")).await;
    let told = ask(&host, format!("POST http://{}/v1?a=b hello", server.address)).await.unwrap();
    assert!(told.starts_with("200\n") && told.ends_with("hello"), "{told}");
    assert!(told.contains("POST /v1?a=b HTTP/1.1") && told.contains("authorization: Bearer ****"), "{told}");
    assert!(told.contains("content-length: 5\r\n") && !told.contains("canary"), "{told}");
    let sent = server.requests().remove(0);
    assert!(sent.contains(&format!("authorization: Bearer {SECRET}\r\n")), "{sent}");
    assert!(!sent.contains("palisade-credential"), "{sent}");

    let told = ask(&host, format!("GET http://{}/", server.address)).await.unwrap();
    assert!(told.contains("GET / HTTP/1.1") && told.contains("Bearer ****"), "{told}");
}

#[tokio::test]
async fn the_fetch_of_a_javascript_engine_goes_the_same_way_out() {
    let (server, other) = (echo().await, Server::keeping(ok("there")).await);
    let guest = || Registration::path(languages().join("fetcher-javascript.wasm"));
    let host = host_of(allowed(guest(), &server).config("credential", "key")).await;
    let told = ask(&host, format!("POST http://{}/v1?a=b hello", server.address)).await.unwrap();
    assert!(told.starts_with("200\n") && told.ends_with("hello"), "{told}");
    assert!(told.contains("POST /v1?a=b HTTP/1.1") && told.contains("authorization: Bearer ****"), "{told}");
    let sent = server.requests().remove(0);
    assert!(sent.contains(&format!("authorization: Bearer {SECRET}\r\n")), "{sent}");
    assert!(!sent.contains("palisade-credential"), "{sent}");

    let told = ask(&host, format!("GET http://{}/", other.address)).await.unwrap();
    assert!(told.contains("Error"), "{told}");
    assert_eq!(other.connections(), 0);
    let error = ask(&host, format!("POST http://{}/ {SECRET}", server.address)).await.unwrap_err();
    assert_eq!((error.kind(), error.submitted()), (ErrorKind::Leak, Submitted::No), "{error}");
    assert_eq!(server.requests().len(), 1);

    let refused = builder().build().await.unwrap().register("p", guest().isolation(PLACE)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::UngrantedImport, "{refused}");
}

#[tokio::test]
async fn nothing_else_is_reached() {
    let (granted, other) = (Server::keeping(ok("here")).await, Server::keeping(ok("there")).await);
    let host = host_of(fetching("fetches", &granted)).await;
    for url in [format!("http://{}/", other.address), "http://169.254.169.254/latest/meta-data/".to_owned()] {
        assert_eq!(ask(&host, format!("GET {url}")).await.unwrap(), "ErrorCode::HttpRequestDenied", "{url}");
    }
    let completion = host.get("p").unwrap().chat(format!("GET http://{}/", other.address)).await.unwrap();
    let log: Vec<_> = completion.report.log.iter().map(|line| line.text.as_str()).collect();
    assert!(log.iter().any(|line| line.contains("was not granted to this provider")), "{log:?}");

    for (headers, expected) in [
        ("authorization: Bearer mine", "ErrorCode::HttpRequestDenied"),
        ("x-original-url: /admin", "ErrorCode::HttpRequestDenied"),
        ("palisade-credential: other", "ErrorCode::HttpRequestDenied"),
        ("x-forwarded-for: 127.0.0.1", "ErrorCode::InternalError"),
        ("host: elsewhere.example", "forbidden"),
    ] {
        let host = host_of(fetching("fetches", &granted).config("headers", headers)).await;
        let told = ask(&host, format!("GET http://{}/", granted.address)).await.unwrap();
        assert!(told.to_lowercase().contains(&expected.to_lowercase()), "{headers}: {told}");
    }
    assert_eq!((granted.connections(), other.connections()), (0, 0));
}

#[tokio::test]
async fn who_tries_to_send_a_secret_learns_nothing_of_it() {
    let server = Server::keeping(ok("here")).await;
    for behaviour in ["fetches", "guesses"] {
        let host = host_of(fetching(behaviour, &server)).await;
        let error = ask(&host, format!("GET http://{}/?a={SECRET}", server.address)).await.unwrap_err();
        assert_eq!((error.kind(), error.submitted()), (ErrorKind::Leak, Submitted::No), "{behaviour}: {error}");
    }
    assert_eq!(server.connections(), 0);
    let host = host_of(fetching("guesses", &server)).await;
    assert!(ask(&host, format!("GET http://{}/", server.address)).await.unwrap().starts_with("it is"));
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let elsewhere = Server::keeping(ok("there")).await;
    let head = format!("HTTP/1.1 302 Found\r\nlocation: http://{}/\r\ncontent-length: 0\r\n\r\n", elsewhere.address);
    let server = Server::keeping(head).await;
    let host = host_of(fetching("fetches", &server)).await;
    let told = ask(&host, format!("GET http://{}/", server.address)).await.unwrap();
    assert!(told.starts_with("302\n"), "{told}");
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn an_answer_in_pieces_is_handed_on_as_it_comes() {
    let (go_on, wait) = mpsc::channel::<()>(1);
    let wait = Arc::new(Mutex::new(wait));
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
    let host = host_of(fetching("hands-on-pieces", &server)).await;
    let mut answer = host.get("p").unwrap().chat_stream(format!("GET http://{}/", server.address)).unwrap();
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
async fn an_answer_that_breaks_off_is_no_shorter_answer() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello").await;
    let host = host_of(fetching("hands-on-pieces", &server)).await;
    let error = ask(&host, format!("GET http://{}/", server.address)).await.unwrap_err();
    assert!(error.message().contains("Some(ErrorCode::HttpResponseIncomplete)"), "{error}");
    assert_eq!(error.submitted(), Submitted::Unknown);
}

#[tokio::test]
async fn requests_go_on_at_one_time() {
    // Answers when both have come.
    let both = Arc::new(Barrier::new(2));
    let server = Server::start(move |mut peer| {
        let both = both.clone();
        async move {
            peer.request().await;
            both.wait().await;
            peer.write(ok("both")).await;
        }
    })
    .await;
    let host = host_of(fetching("fetches-two-at-a-time", &server)).await;
    let told = within(Duration::from_secs(2), ask(&host, format!("GET http://{}/", server.address))).await.unwrap();
    assert_eq!(told.matches("both").count(), 2, "{told}");
}

#[tokio::test]
async fn an_upstream_that_says_nothing_ends_with_the_call() {
    let silent = Server::start(|mut peer| async move { peer.closed().await }).await;
    let limits = Limits { timeout: Duration::from_millis(300), ..Limits::default() };
    let host = host_of(fetching("fetches", &silent).limits(limits)).await;
    match within(Duration::from_secs(2), ask(&host, format!("GET http://{}/", silent.address))).await {
        Ok(told) => assert_eq!(told, "ErrorCode::HttpResponseTimeout"),
        Err(error) => {
            assert_eq!((error.kind(), error.submitted()), (ErrorKind::Deadline, Submitted::Unknown), "{error}");
        }
    }
}

#[tokio::test]
async fn what_it_keeps_of_requests_is_memory_of_the_call() {
    let server = echo().await;
    let limits = Limits { memory_bytes: 16 << 20, ..Limits::default() };
    let prompt = format!("POST http://{}/", server.address);
    let host = host_of(fetching("hoards-headers", &server).limits(limits.clone())).await;
    let error = ask(&host, prompt.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MemoryLimit, "{error}");

    let host = host_of(fetching("hoards-body", &server).limits(limits)).await;
    let completion = host.get("p").unwrap().chat(prompt).await.unwrap();
    assert!(completion.response.text.contains("LastOperationFailed"), "{}", completion.response.text);
    let peak = completion.report.resources.peak_memory_bytes;
    assert!((12 << 20..=16 << 20).contains(&peak), "{peak}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn an_answer_that_is_too_large_to_be_kept_ends_the_call() {
    let server = Server::keeping(ok(&"a".repeat(20 << 20))).await;
    let limits = Limits { memory_bytes: 16 << 20, ..Limits::default() };
    let host = host_of(fetching("fetches", &server).limits(limits)).await;
    let error = ask(&host, format!("GET http://{}/", server.address)).await.unwrap_err();
    assert_eq!((error.kind(), error.submitted()), (ErrorKind::MemoryLimit, Submitted::Unknown), "{error}");
}

#[tokio::test]
async fn a_body_that_was_given_up_does_not_leave() {
    let server = echo().await;
    let host = host_of(fetching("never-finishes", &server)).await;
    let told = ask(&host, format!("POST http://{}/", server.address)).await.unwrap();
    assert!(told.contains("its body was not finished"), "{told}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn what_was_not_sent_when_its_call_ended_never_is() {
    let server = echo().await;
    let host = host_of(fetching("sends-later", &server).reuse(Reuse::default())).await;
    let prompt = format!("POST http://{}/", server.address);
    assert_eq!(ask(&host, prompt.clone()).await.unwrap(), "begun");
    let told = ask(&host, prompt).await.unwrap();
    assert_eq!(told, "Some(Ok(Err(ErrorCode::HttpRequestDenied)))");
    assert_eq!(server.connections(), 0);
}
