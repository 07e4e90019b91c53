//! What is the same for all vendors.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU16, Ordering},
};

use palisade_vendors::{Anthropic, Failure, Fal, Listen, OpenAi, Running, Stability, Vendor};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::{
    client::{Keyed, ask, get, post, send},
    talk::Talk,
};

impl Keyed for OpenAi {
    fn headers() -> Vec<(&'static str, String)> {
        vec![("authorization", format!("Bearer {}", Self::KEY))]
    }
}

impl Keyed for Anthropic {
    fn headers() -> Vec<(&'static str, String)> {
        vec![("x-api-key", Self::KEY.to_owned()), ("anthropic-version", "2023-06-01".to_owned())]
    }
}

impl Keyed for Fal {
    fn headers() -> Vec<(&'static str, String)> {
        vec![("authorization", format!("Key {}", Self::KEY))]
    }
}

impl Keyed for Stability {
    fn headers() -> Vec<(&'static str, String)> {
        vec![("authorization", format!("Bearer {}", Self::KEY))]
    }
}

/// Whoever has no credential is refused in the words of the vendor, wherever he goes.
async fn demands_its_credential<V: Keyed>(path: &str, wrong: (&str, &str), word: &str) {
    let vendor = V::start().await;
    for headers in [&[][..], &[wrong]] {
        let answer = send(vendor.address, "POST", path, headers, "{}").await;
        assert_eq!(answer.status, 401);
        assert!(answer.json().to_string().contains(word), "{}", answer.text());
    }
    let requests = vendor.requests();
    assert_eq!((requests.len(), requests[1].header(wrong.0)), (2, Some(wrong.1)), "it is recorded too");
    assert_ne!(ask(&vendor, "POST", path, "{}").await.status, 401);
}

#[tokio::test]
async fn each_vendor_demands_its_credential() {
    let bearer = ("authorization", "Bearer sk-wrong");
    demands_its_credential::<OpenAi>("/v1/chat/completions", bearer, "invalid_api_key").await;
    demands_its_credential::<Anthropic>("/v1/messages", ("x-api-key", "sk-wrong"), "authentication_error").await;
    demands_its_credential::<Fal>("/fal-ai/flux", ("authorization", Fal::KEY), "Authentication").await;
    demands_its_credential::<Stability>("/v2beta/stable-image/generate/core", bearer, "unauthorized").await;
}

#[tokio::test]
async fn a_vendor_demands_the_credential_that_it_was_told() {
    let listen = Listen { key: Some("other".to_owned()), ..Listen::default() };
    let vendor = OpenAi.listen(listen).await.unwrap();
    assert_eq!(get(&vendor, "/v1/models").await.status, 401);
    let answer = send(vendor.address, "GET", "/v1/models", &[("authorization", "Bearer other")], "").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn what_was_asked_is_kept() {
    let vendor = OpenAi::start().await;
    post(&vendor, "/v1/embeddings?trace=1", &json!({ "model": "text-embedding-3-small", "input": "a" })).await;
    let requests = vendor.requests();
    let [request] = &requests[..] else { panic!("{requests:?}") };
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/v1/embeddings?trace=1"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("authorization"), Some(&*format!("Bearer {}", OpenAi::KEY)));
    assert_eq!(request.json()["input"], "a");
    assert!(request.text().contains("text-embedding-3-small"));
    assert_eq!(vendor.connections(), 1);
}

/// A port that nobody else gets while nobody listens there: below those that the system gives to tests that ask for any, and to their clients
/// (from 32768 on Linux, from 49152 elsewhere).
fn own_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(20_000);
    loop {
        let port = NEXT.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

#[tokio::test]
async fn a_vendor_ends_with_its_connections() {
    let vendor = OpenAi.listen(Listen { port: own_port(), key: None }).await.unwrap();
    let address = vendor.address;
    let mut open = Talk::to(address).await;
    open.say("GET /v1/models HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(open.hear_until("invalid_api_key").await);
    drop(vendor);
    open.hear_to_the_end().await;
    assert!(TcpStream::connect(address).await.is_err(), "its port is closed");
}

#[tokio::test]
async fn a_vendor_that_was_stopped_leaves_its_port_to_the_next() {
    let port = own_port();
    let vendor = OpenAi.listen(Listen { port, key: None }).await.unwrap();
    let mut open = Talk::to(vendor.address).await;
    open.say("GET /v1/models HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(open.hear_until("invalid_api_key").await);
    vendor.stop().await;
    let next = OpenAi.listen(Listen { port, key: None }).await.unwrap();
    assert_eq!(get(&next, "/v1/models").await.status, 200);
    assert_eq!(next.requests().len(), 1, "it knows nothing of what was before");
    open.hear_to_the_end().await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error() {
    let vendor = OpenAi::start().await;
    assert!(Fal::default().listen(Listen { port: vendor.address.port(), key: None }).await.is_err());
}

/// The status and a word of each failure that is no matter of the request; asked for in the request, and by the test.
async fn fails_as_asked<V: Keyed>(path: &str, expected: &[(&str, Failure, u16, &str)]) {
    let vendor: Running<V> = V::start().await;
    for (name, failure, status, word) in expected {
        let asked = post(&vendor, path, &json!({ "prompt": format!("a fox, fail:{name}") })).await;
        vendor.fail_next(*failure);
        let queued = post(&vendor, path, &json!({ "prompt": "a fox" })).await;
        for answer in [asked, queued] {
            let body: Value = answer.json();
            assert_eq!(answer.status, *status, "{name}: {body}");
            assert!(body.to_string().contains(word), "{name}: {body}");
            let hint = if name.ends_with(":7") { "7" } else { "" };
            assert_eq!(answer.header("retry-after"), hint, "{name}");
        }
    }
}

const HINTED: Failure = Failure::RateLimited { retry_after: Some(7) };
const LIMITED: Failure = Failure::RateLimited { retry_after: None };

#[tokio::test]
async fn openai_fails_as_asked() {
    fails_as_asked::<OpenAi>(
        "/v1/images/generations",
        &[
            ("invalid", Failure::Invalid, 400, "invalid_request_error"),
            ("unauthorized", Failure::Unauthorized, 401, "invalid_api_key"),
            ("no-credit", Failure::NoCredit, 429, "insufficient_quota"),
            ("forbidden", Failure::Forbidden, 403, "request_forbidden"),
            ("not-found", Failure::NotFound, 404, "model_not_found"),
            ("too-large", Failure::TooLarge, 400, "context_length_exceeded"),
            ("rate-limited", LIMITED, 429, "rate_limit_exceeded"),
            ("rate-limited:7", HINTED, 429, "rate_limit_exceeded"),
            ("internal", Failure::Internal, 500, "server_error"),
            ("unavailable", Failure::Unavailable, 503, "server_error"),
            ("overloaded", Failure::Overloaded, 503, "server_is_overloaded"),
            ("policy", Failure::Policy, 400, "content_policy_violation"),
        ],
    )
    .await;
}

#[tokio::test]
async fn anthropic_fails_as_asked() {
    fails_as_asked::<Anthropic>(
        "/v1/messages",
        &[
            ("invalid", Failure::Invalid, 400, "invalid_request_error"),
            ("forbidden", Failure::Forbidden, 403, "permission_error"),
            ("not-found", Failure::NotFound, 404, "not_found_error"),
            ("too-large", Failure::TooLarge, 413, "request_too_large"),
            ("rate-limited", LIMITED, 429, "rate_limit_error"),
            ("rate-limited:7", HINTED, 429, "rate_limit_error"),
            ("internal", Failure::Internal, 500, "api_error"),
            ("overloaded", Failure::Overloaded, 529, "overloaded_error"),
            ("policy", Failure::Policy, 400, "content filtering"),
        ],
    )
    .await;
}

#[tokio::test]
async fn fal_fails_as_asked() {
    fails_as_asked::<Fal>(
        "/fal-ai/flux/dev",
        &[
            ("invalid", Failure::Invalid, 422, "missing"),
            ("no-credit", Failure::NoCredit, 403, "Exhausted balance"),
            ("not-found", Failure::NotFound, 404, "not found"),
            ("rate-limited", LIMITED, 429, "Too many"),
            ("rate-limited:7", HINTED, 429, "Too many"),
            ("internal", Failure::Internal, 500, "internal_error"),
            ("unavailable", Failure::Unavailable, 503, "runner_scheduling_failure"),
            ("policy", Failure::Policy, 422, "content_policy_violation"),
        ],
    )
    .await;
}

#[tokio::test]
async fn stability_fails_as_asked() {
    fails_as_asked::<Stability>(
        "/v2beta/stable-image/generate/core",
        &[
            ("invalid", Failure::Invalid, 400, "bad_request"),
            ("no-credit", Failure::NoCredit, 402, "payment_required"),
            ("too-large", Failure::TooLarge, 413, "payload_too_large"),
            ("rate-limited", LIMITED, 429, "rate_limit_exceeded"),
            ("rate-limited:7", HINTED, 429, "rate_limit_exceeded"),
            ("internal", Failure::Internal, 500, "internal_error"),
            ("policy", Failure::Policy, 403, "content_moderation"),
        ],
    )
    .await;
}
