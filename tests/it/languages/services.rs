//! What the SDKs reach through the host: a server, credentials and values that are kept.

use std::net::SocketAddr;

use palisade::{Allow, ErrorKind, Host, Lend, Place, Registration, Result, Secret, Submitted, custom};
use palisade_vendors::raw::{Server, ok};
use serde_json::{Value, json};
use tokio::net::TcpSocket;

use super::{SAMPLERS, SMALL, component};
use crate::support::builder;

const SECRET: &str = "sk-canary-0123456789";

/// A host with one of the samplers, which is let through to the server there with the credential `key`.
async fn host_of(sampler: &str, server: SocketAddr) -> Host {
    let place = Place::Header("authorization".to_owned());
    let lend = Lend { name: None, secret: Secret::Value(SECRET.into()), place, format: "Bearer {}".to_owned() };
    let url = format!("http://{server}/*");
    let allow = Allow { credential: Some(lend), allow_private: vec![server], ..Allow::new(url) };
    let host = builder().build().await.unwrap();
    let registration = Registration::path(component(sampler)).allow(allow).key_value(1000);
    host.register(sampler, registration).await.unwrap();
    host
}

async fn reach(host: &Host, wanted: Value) -> Result<Value> {
    let [provider] = host.names().try_into().unwrap_or_else(|names| panic!("{names:?}"));
    let request = custom::Request::new("reach", wanted);
    host.get(provider.as_str()).unwrap().custom(request).await.map(|made| made.response.output)
}

/// An answer with this status, which says back what it was told.
async fn answering(status: &'static str) -> Server {
    Server::start(move |mut peer| async move {
        while let Some(request) = peer.request().await {
            let length = request.len();
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nX-Colour: red\r\nRetry-After: 7\r\n");
            peer.write(format!("{head}\r\n{request}")).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_request_goes_out_with_a_credential_that_its_provider_never_sees() {
    for sampler in SAMPLERS {
        let server = answering("200 OK").await;
        let host = host_of(sampler, server.address).await;
        let url = format!("http://{}/v1?a=b", server.address);
        let wanted = json!({"method": "POST", "url": url, "json": {"fox": "röd"}, "credential": "key",
            "headers": {"x-mine": "1"}});
        let told = reach(&host, wanted).await.unwrap();
        assert_eq!((&told[0], &told[1]), (&json!(200), &json!("red")), "{sampler}");
        let echo = told[2].as_str().unwrap();
        assert!(echo.starts_with("POST /v1?a=b HTTP/1.1") && echo.contains("x-mine: 1\r\n"), "{sampler}: {echo}");
        assert!(echo.contains("authorization: Bearer ****") && !echo.contains("canary"), "{sampler}: {echo}");
        let (_, body) = echo.split_once("\r\n\r\n").unwrap();
        assert_eq!(serde_json::from_str::<Value>(body).unwrap(), json!({"fox": "röd"}), "{sampler}");
        assert!(echo.contains("content-type: application/json\r\n"), "{sampler}: {echo}");
        assert!(server.requests()[0].contains(&format!("authorization: Bearer {SECRET}\r\n")), "{sampler}");

        assert_eq!(reach(&host, json!({"has": "key"})).await.unwrap(), json!(true), "{sampler}");
        let error = reach(&host, json!({"has": "other"})).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth, "{sampler}: {error}");
    }
}

#[tokio::test]
async fn an_answer_is_read_in_lines_and_a_file_fetched() {
    for sampler in SAMPLERS {
        let server = Server::keeping(ok("one\nzwö\r\n\nlast")).await;
        let host = host_of(sampler, server.address).await;
        let url = format!("http://{}/", server.address);
        let lines = reach(&host, json!({"url": url, "lines": true})).await.unwrap();
        assert_eq!(lines, json!(["one", "zwö", "", "last"]), "{sampler}");
        let fetched = reach(&host, json!({ "fetch": url })).await.unwrap();
        assert_eq!(fetched[1], json!("one\nzwö\r\n\nlast".len()), "{sampler}: {fetched}");
    }
}

/// What each status means, as the SDK for Rust has it too.
const REFUSALS: [(u16, ErrorKind); 13] = [
    (400, ErrorKind::InvalidInput),
    (401, ErrorKind::Auth),
    (402, ErrorKind::InsufficientCredit),
    (404, ErrorKind::ModelNotFound),
    (405, ErrorKind::Upstream),
    (408, ErrorKind::UpstreamTimeout),
    (413, ErrorKind::LimitExceeded),
    (422, ErrorKind::InvalidInput),
    (429, ErrorKind::RateLimited),
    (500, ErrorKind::Upstream),
    (503, ErrorKind::Overloaded),
    (504, ErrorKind::UpstreamTimeout),
    (529, ErrorKind::Overloaded),
];

/// An answer with the status that the path of its request names.
async fn refusing() -> Server {
    Server::start(move |mut peer| async move {
        while let Some(request) = peer.request().await {
            let status = request.split(['/', ' ']).find_map(|word| word.parse::<u16>().ok()).unwrap();
            peer.write(format!("HTTP/1.1 {status} No\r\nretry-after: 7\r\ncontent-length: 3\r\n\r\nsad")).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_refusal_of_an_upstream_means_the_same_in_every_language() {
    for sampler in SAMPLERS.into_iter().chain(SMALL) {
        let server = refusing().await;
        let host = host_of(sampler, server.address).await;
        for (status, kind) in REFUSALS {
            let url = format!("http://{}/{status}", server.address);
            let is_small = SMALL.contains(&sampler);
            let wanted = if is_small { json!(url) } else { json!({"url": url, "throws": true}) };
            let error = reach(&host, wanted).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{sampler}: {status}: {error}");
            assert!(error.to_string().contains(&format!("the upstream answered with status {status}: sad")), "{error}");
            // Whoever answers has the request, and nothing of the answer says what it bills.
            assert_eq!(error.submitted(), Submitted::Yes, "{sampler}: {status}");
            let wait = matches!(kind, ErrorKind::RateLimited | ErrorKind::Overloaded).then_some(7);
            assert_eq!(error.retry_after().map(|wait| wait.as_secs()), wait, "{sampler}: {status}");
            if !is_small {
                let told = reach(&host, json!({"url": url})).await.unwrap();
                assert_eq!(told[0], json!(status), "{sampler}: a status is an answer too");
            }
        }
    }
}

#[tokio::test]
async fn what_was_not_granted_and_who_is_not_there_is_told() {
    for sampler in SAMPLERS {
        let (granted, other) = (Server::keeping(ok("here")).await, Server::keeping(ok("there")).await);
        let host = host_of(sampler, granted.address).await;
        let error = reach(&host, json!({"url": format!("http://{}/", other.address)})).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth, "{sampler}: {error}");
        let error = reach(&host, json!({"fetch": format!("http://{}/", other.address)})).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Auth, "{sampler}: {error}");
        assert_eq!(other.connections(), 0, "{sampler}");
        // Taken, so that no other test listens there, and not listened to.
        let taken = TcpSocket::new_v4().unwrap();
        taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let nobody = taken.local_addr().unwrap();
        let host = host_of(sampler, nobody).await;
        let error = reach(&host, json!({"url": format!("http://{nobody}/")})).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Overloaded, "{sampler}: {error}");
    }
}

#[tokio::test]
async fn the_sockets_of_a_language_reach_nothing() {
    for sampler in ["sampler-go", "sampler-python"] {
        let server = Server::keeping(ok("here")).await;
        let host = host_of(sampler, server.address).await;
        let told = reach(&host, json!({"connect": server.address.port()})).await.unwrap();
        assert!(told.as_str().is_some_and(|why| !why.is_empty()), "{sampler}: {told}");
        assert_eq!(server.connections(), 0, "{sampler}");
    }
}

#[tokio::test]
async fn values_are_kept_between_calls() {
    for sampler in SAMPLERS {
        let server = Server::keeping(ok("")).await;
        let host = host_of(sampler, server.address).await;
        for before in ["0", "1", "2"] {
            let told = reach(&host, json!({"keep": true})).await.unwrap();
            assert_eq!(told, json!([before, ["count"], []]), "{sampler}");
        }
    }
}

#[tokio::test]
async fn in_c_and_zig_a_server_is_reached_and_values_are_kept() {
    for sampler in SMALL {
        let server = answering("200 OK").await;
        let host = host_of(sampler, server.address).await;
        let asked = async |host: &Host, task: &str, input: Value| {
            host.get(sampler).unwrap().custom(custom::Request::new(task, input)).await.map(|made| made.response)
        };
        let url = |address: SocketAddr| json!(format!("http://{address}/v1"));
        let made = asked(&host, "reach", url(server.address)).await.unwrap();
        assert_eq!(made.output, json!([200, "red", true]), "{sampler}");
        let echo = String::from_utf8(made.media[0].data.clone()).unwrap();
        assert!(echo.starts_with("POST /v1 HTTP/1.1") && echo.contains("x-mine: 1\r\n"), "{sampler}: {echo}");
        assert!(echo.ends_with("\r\n\r\nfox") && !echo.contains("canary"), "{sampler}: {echo}");
        assert!(server.requests()[0].contains(&format!("authorization: Bearer {SECRET}\r\n")), "{sampler}");
        for before in 0..3 {
            assert_eq!(asked(&host, "keep", json!(null)).await.unwrap().output, json!(before), "{sampler}");
        }
        let file = asked(&host, "fetch", url(server.address)).await.unwrap().output;
        assert!(file[0].is_string() && file[1].as_u64().is_some_and(|size| size > 20), "{sampler}: {file}");

        let other = Server::keeping(ok("there")).await;
        for task in ["reach", "fetch"] {
            let error = asked(&host, task, url(other.address)).await.unwrap_err();
            assert_eq!((error.kind(), other.connections()), (ErrorKind::Auth, 0), "{sampler}: {task}: {error}");
        }
    }
}
