//! What a guest may do, and how much of it.

use std::{num::NonZero, sync::Arc, time::Duration};

use palisade_core::http::{Client as _, Error, Header, Method, Request};
use palisade_egress::{Credential, Egress, Grant, Place, Rate, Settings};
use tokio::sync::Notify;

use crate::{
    memory::Memory,
    server::{Server, ok},
    setup::{CREDENTIAL, Call, WATCHDOG, credential, egress, get, grant, granted, grants, read, settings},
};

#[tokio::test]
async fn a_request_arrives_as_it_was_made_and_its_answer_comes_back() {
    let answer =
        "HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nSet-Cookie: a=b\r\ncontent-length: 5\r\n\r\nhello";
    let server = Server::keeping(answer).await;
    let call = Call::to(server.address);
    let mut request = get(server.address, "/v1/chat?a=b");
    request.method = Method::Post;
    request.headers = vec![Header::new("Content-Type", "application/json"), Header::new("accept-encoding", "gzip")];
    request.body = "{\"a\": 1}".into();
    let mut response = call.send(request).await.unwrap();
    assert_eq!(response.status, 201);
    let expected = [Header::new("content-type", "text/plain"), Header::new("content-length", "5")];
    assert_eq!(response.headers, expected);
    assert_eq!(response.body.read(2).await.unwrap(), "he");
    assert_eq!(read(&mut response).await.unwrap(), b"llo");

    let sent = server.requests().remove(0);
    let (head, body) = sent.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<&str> = head.lines().collect();
    assert_eq!(lines.remove(0), "POST /v1/chat?a=b HTTP/1.1");
    lines.sort_unstable();
    let host = format!("host: {}", server.address);
    let secret = format!("authorization: Bearer {}", crate::setup::SECRET);
    let agent = concat!("user-agent: palisade/", env!("CARGO_PKG_VERSION"));
    let expected =
        ["accept-encoding: identity", &secret, "content-length: 8", "content-type: application/json", &host, agent];
    assert_eq!(lines, expected);
    assert_eq!(body, "{\"a\": 1}");
}

#[tokio::test]
async fn answers_without_a_body_end_at_once() {
    for (method, answer) in [
        (Method::Head, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"),
        (Method::Get, "HTTP/1.1 204 No Content\r\n\r\n"),
        (Method::Head, "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n"),
        (Method::Get, "HTTP/1.1 304 Not Modified\r\ncontent-encoding: br\r\n\r\n"),
        (Method::Get, "HTTP/1.1 204 No Content\r\ncontent-encoding: gzip\r\n\r\n"),
        (Method::Get, "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 0\r\n\r\n"),
        (Method::Delete, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
        (Method::Get, "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"),
    ] {
        let server = Server::keeping(answer).await;
        let call = Call::to(server.address);
        for _ in 0..2 {
            let mut response = call.send(Request { method, ..get(server.address, "/") }).await.unwrap();
            assert_eq!(read(&mut response).await.unwrap(), b"", "{answer}");
        }
        assert_eq!(server.connections(), 1, "{answer}");
    }
}

#[tokio::test]
async fn a_piece_is_there_as_soon_as_it_was_sent() {
    let taken = Arc::new(Notify::new());
    let next = taken.clone();
    let server = Server::start(move |mut peer| {
        let next = next.clone();
        async move {
            peer.request().await;
            peer.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
            for number in 0..5 {
                peer.write(format!("9\r\ndata: {number}\n\n\r\n")).await;
                next.notified().await;
            }
            peer.write("0\r\n\r\n").await;
            peer.closed().await;
        }
    })
    .await;
    let call = Call::to(server.address);
    let mut response = call.send(get(server.address, "/")).await.unwrap();
    for number in 0..5 {
        assert_eq!(response.body.read(1024).await.unwrap(), format!("data: {number}\n\n"));
        taken.notify_one();
    }
    assert_eq!(response.body.read(1024).await.unwrap(), "");
    assert_eq!(response.body.read(1024).await.unwrap(), "");
}

#[tokio::test]
async fn a_connection_is_kept_for_the_same_use_and_for_no_other() {
    let server = Server::keeping(ok("hello")).await;
    let egress = egress(settings());
    let second =
        Credential::new("second", Place::Header("authorization".into()), "{}", Some("another-secret".into())).unwrap();
    let both = || granted([grant(server.address), Grant { credential: Some(second.clone()), ..grant(server.address) }]);
    let other = palisade_egress::Grants::new("other".parse().unwrap(), [grant(server.address)]).unwrap();
    let (first, other) = (both(), Arc::new(other));
    let send = async |grants: &_, scope: &str, credential: Option<&str>| {
        let mut request = get(server.address, "/");
        request.credential = credential.map(str::to_owned);
        let mut response = Call::new(&egress, grants, scope).send(request).await.unwrap();
        read(&mut response).await.unwrap();
        server.connections()
    };
    assert_eq!(send(&first, "a", Some(CREDENTIAL)).await, 1);
    assert_eq!(send(&first, "a", Some(CREDENTIAL)).await, 1, "the same use in another call");
    assert_eq!(send(&first, "b", Some(CREDENTIAL)).await, 2, "another scope");
    assert_eq!(send(&first, "a", Some("second")).await, 3, "another credential");
    assert_eq!(send(&first, "a", None).await, 4, "no credential");
    assert_eq!(send(&other, "a", Some(CREDENTIAL)).await, 5, "another provider");
    assert_eq!(send(&first, "b", Some(CREDENTIAL)).await, 5);
    assert_eq!(egress.idle_connections(), 5);
}

#[tokio::test]
async fn no_more_connections_are_kept_than_allowed() {
    let server = Server::keeping(ok("hello")).await;
    let limits = Settings { idle_connections: 3, idle_per_use: 2, ..settings() };
    let egress = egress(limits);
    for scope in ["a", "b", "c", "d", "e"] {
        let call = Call::new(&egress, &grants(server.address), scope);
        let mut responses = [call.send(get(server.address, "/")).await, call.send(get(server.address, "/")).await];
        for response in &mut responses {
            read(response.as_mut().unwrap()).await.unwrap();
        }
        assert!(egress.idle_connections() <= 3);
    }
    assert_eq!(egress.idle_connections(), 3);
}

#[tokio::test]
async fn a_host_has_so_many_connections_at_one_time() {
    let server = Server::keeping("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello").await;
    let limits = Settings { connections: 2, connect: Duration::from_millis(300), ..settings() };
    let egress = egress(limits);
    let grants = grants(server.address);
    let send = async |scope: &str| Call::new(&egress, &grants, scope).send(get(server.address, "/")).await;
    let (first, _second) = (send("a").await.unwrap(), send("b").await.unwrap());
    let error = send("c").await.unwrap_err();
    assert!(matches!(&error, Error::Connect(why) if why.contains("this host")), "{error:?}");
    let (third, ()) = tokio::join!(send("c"), async { drop(first) });
    assert!(third.is_ok(), "it waited for the first");
}

#[tokio::test]
async fn a_connection_that_is_kept_makes_room_for_one_that_is_needed() {
    let server = Server::keeping(ok("hello")).await;
    let egress = egress(Settings { connections: 2, ..settings() });
    for scope in ["a", "b", "c", "d"] {
        let call = Call::new(&egress, &grants(server.address), scope);
        call.get(server.address, "/").await.unwrap();
        assert!(egress.idle_connections() < 2, "one is left for whoever comes next");
    }
}

#[tokio::test]
async fn who_has_many_connections_makes_room_for_who_has_few() {
    let memory =
        Memory::serving(|mut peer| async move { while peer.request().await.is_some() && peer.write(ok("a")).await {} });
    let egress = Egress::new(Settings { idle_connections: 4, ..settings() }, memory.network()).unwrap();
    let allow_private = vec!["10.1.2.3:80".parse().unwrap()];
    let grants = granted([Grant { allow_private, ..Grant::new("http://*.example.com/*") }]);
    let send = async |scope: &str, host: &str| {
        let request = Request::new(Method::Get, format!("http://{host}.example.com/"));
        read(&mut Call::new(&egress, &grants, scope).send(request).await.unwrap()).await.unwrap();
        memory.connected().len()
    };
    assert_eq!(send("few", "a").await, 1);
    for number in 0..20 {
        send("many", &format!("h{number}")).await;
    }
    assert_eq!((send("few", "a").await, egress.idle_connections()), (21, 4), "it is still there");
}

#[tokio::test]
async fn a_connection_that_was_closed_meanwhile_is_replaced() {
    // Says that it keeps the connection, and closes it.
    let server = Server::saying(ok("hello")).await;
    let call = Call::to(server.address);
    for _ in 0..5 {
        let (response, body) = call.get(server.address, "/").await.unwrap();
        assert_eq!((response.status, body), (200, b"hello".to_vec()));
    }
    assert_eq!((server.connections(), call.traffic.requests()), (5, 5));
}

#[tokio::test]
async fn a_connection_is_free_with_the_last_byte_that_was_announced() {
    let egress = egress(settings());
    for (method, answer, expected) in [
        (Method::Get, ok("hello"), "hello"),
        (Method::Head, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n".to_owned(), ""),
        (Method::Get, "HTTP/1.1 204 No Content\r\n\r\n".to_owned(), ""),
    ] {
        let server = Server::keeping(answer).await;
        let call = Call::new(&egress, &grants(server.address), "a");
        // Eight of them are kept, and the ninth needs no place: nothing is under way.
        let mut responses = Vec::new();
        for _ in 0..9 {
            let mut response = call.send(Request { method, ..get(server.address, "/") }).await.unwrap();
            if !expected.is_empty() {
                assert_eq!(response.body.read(1024).await.unwrap(), expected);
            }
            responses.push(response);
        }
        assert_eq!(server.connections(), 1, "{method} {expected}");
        for mut response in responses {
            assert_eq!(response.body.read(1024).await.unwrap(), "");
        }
    }
}

#[tokio::test]
async fn an_answer_in_chunks_whose_end_is_there_frees_its_connection_when_it_is_dropped() {
    let chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n";
    let server = Server::keeping(chunks).await;
    let call = Call::to(server.address);
    for _ in 0..3 {
        let mut response = call.send(get(server.address, "/")).await.unwrap();
        assert_eq!(response.body.read(1024).await.unwrap(), "data: [DONE]\n\n");
    }
    assert_eq!(server.connections(), 1);
}

/// Answers the first request of each connection; reads the second, says this and closes it.
async fn stale(last_words: &'static str) -> Server {
    Server::start(move |mut peer| async move {
        peer.request().await;
        peer.write("HTTP/1.1 204 No Content\r\n\r\n").await;
        peer.request().await;
        peer.write(last_words).await;
    })
    .await
}

#[tokio::test]
async fn what_only_reads_is_sent_again_where_a_kept_connection_was_closed_meanwhile() {
    let egress = egress(settings());
    let (silent, talks) = (stale("").await, stale("HTTP/1.1 20").await);
    let send = async |server: &Server, method: Method| {
        let call = Call::new(&egress, &grants(server.address), "a");
        let answer = call.send(Request { method, ..get(server.address, "/") }).await;
        let status = answer.map(|response| response.status);
        (status, call.traffic.requests(), call.traffic.answers(), server.connections())
    };
    let broken = |answer: &Result<u16, Error>| matches!(answer, Err(Error::Protocol(_)));
    for (method, connections) in [(Method::Get, 1), (Method::Head, 3)] {
        // Makes the connection, and finds it closed.
        assert_eq!(send(&silent, Method::Delete).await, (Ok(204), 1, 1, connections));
        let again = send(&silent, method).await;
        assert_eq!(again, (Ok(204), 2, 1, connections + 1), "it may have left twice");
        let other = send(&silent, Method::Post).await;
        assert!(broken(&other.0) && other.1 == 1, "who knows what it did: {other:?}");
    }
    assert_eq!(send(&talks, Method::Get).await, (Ok(204), 1, 1, 1));
    let heard = send(&talks, Method::Get).await;
    assert!(broken(&heard.0) && heard.1 == 1, "somebody has it: {heard:?}");
}

#[tokio::test]
async fn an_answer_that_is_dropped_closes_its_connection() {
    let closed = Arc::new(Notify::new());
    let tell = closed.clone();
    let server = Server::start(move |mut peer| {
        let tell = tell.clone();
        async move {
            peer.request().await;
            peer.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello\n").await;
            peer.closed().await;
            tell.notify_one();
        }
    })
    .await;
    let egress = egress(settings());
    let call = Call::new(&egress, &grants(server.address), "a");
    let mut response = call.send(get(server.address, "/")).await.unwrap();
    assert_eq!(response.body.read(100).await.unwrap(), "hello\n");
    drop(response);
    tokio::time::timeout(WATCHDOG, closed.notified()).await.unwrap();
    assert_eq!(egress.idle_connections(), 0);
}

#[tokio::test]
async fn a_request_that_is_given_up_closes_its_connection() {
    let (heard, closed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell_heard, tell_closed) = (heard.clone(), closed.clone());
    let server = Server::start(move |mut peer| {
        let (heard, closed) = (tell_heard.clone(), tell_closed.clone());
        async move {
            peer.request().await;
            heard.notify_one();
            peer.closed().await;
            closed.notify_one();
        }
    })
    .await;
    let call = Call::new(&egress(Settings::default()), &grants(server.address), "a");
    tokio::select! {
        answer = call.send(get(server.address, "/")) => panic!("{answer:?}"),
        () = heard.notified() => {}
    }
    tokio::time::timeout(WATCHDOG, closed.notified()).await.unwrap();
    assert_eq!((call.traffic.requests(), call.traffic.answers()), (1, 0));
}

#[tokio::test]
async fn a_call_has_so_many_requests_and_so_many_at_one_time() {
    let server = Server::keeping(ok("hello")).await;
    let limits = Settings { requests_per_call: 5, concurrent_per_call: 2, ..settings() };
    let call = Call::new(&egress(limits), &grants(server.address), "a");
    let first = call.send(get(server.address, "/")).await.unwrap();
    let mut second = call.send(get(server.address, "/")).await.unwrap();
    let third = call.send(get(server.address, "/")).await.unwrap_err();
    assert!(matches!(&third, Error::InvalidRequest(why) if why.contains("at one time")), "{third:?}");
    drop(first);
    read(&mut second).await.unwrap();
    for _ in 0..2 {
        call.get(server.address, "/").await.unwrap();
    }
    let last = call.send(get(server.address, "/")).await.unwrap_err();
    assert!(matches!(&last, Error::InvalidRequest(why) if why.contains("5 requests")), "{last:?}");
    assert_eq!((call.traffic.requests(), call.traffic.answers(), call.traffic.refusals()), (4, 4, 2));
}

#[tokio::test]
async fn a_rate_is_kept_over_calls_and_by_scope() {
    let server = Server::keeping(ok("hello")).await;
    let rate = Some(Rate { requests: NonZero::new(2).unwrap(), per: Duration::from_secs(3600) });
    let (egress, grants) = (egress(settings()), granted([Grant { rate, ..grant(server.address) }]));
    let send = async |scope: &str| Call::new(&egress, &grants, scope).get(server.address, "/").await;
    assert!(send("a").await.is_ok() && send("a").await.is_ok() && send("b").await.is_ok());
    assert!(matches!(send("a").await, Err(Error::RateLimited(wait)) if wait > Duration::from_secs(1000)));
}

#[tokio::test]
async fn the_hosts_of_a_star_share_their_rate() {
    let rate = Some(Rate { requests: NonZero::new(2).unwrap(), per: Duration::from_secs(3600) });
    let memory = Memory::silent();
    let egress = Egress::new(settings(), memory.network()).unwrap();
    let call = Call::new(&egress, &granted([Grant { rate, ..Grant::new("https://*.example.com/*") }]), "a");
    for (host, expected) in [("a", "no host"), ("b", "no host"), ("c", "as many requests as were granted")] {
        let error = call.failure(Request::new(Method::Get, format!("https://{host}.example.com/"))).await;
        assert!(error.to_string().contains(expected), "{host}: {error}");
    }
}

#[tokio::test]
async fn what_cannot_be_sent_leaves_nothing() {
    let server = Server::keeping(ok("hello")).await;
    let call = Call::new(&egress(Settings { request_bytes: 10, ..settings() }), &grants(server.address), "a");
    let to = |path: &str| get(server.address, path);
    let header = |name: &str| Request { headers: vec![Header::new(name, "x")], ..to("/") };
    let refused = [
        Request { url: "nonsense".into(), ..to("/") },
        Request { url: format!("https://{}/", server.address), ..to("/") },
        Request { url: "https://example.com/".into(), ..to("/") },
        Request { credential: Some("other".into()), ..to("/") },
        Request { body: "a".into(), ..to("/") },
        Request { method: Method::Post, body: "12345678901".into(), ..to("/") },
        header("host"),
        header("authorization"),
        header("transfer-encoding"),
        header("a b"),
    ];
    for request in refused {
        let error = call.send(request.clone()).await.unwrap_err();
        let known = matches!(error, Error::Denied(_) | Error::InvalidRequest(_) | Error::RequestTooLarge(10));
        assert!(known, "{request:?}: {error:?}");
    }
    assert_eq!((server.connections(), call.traffic.requests(), call.traffic.bytes_out()), (0, 0, 0));
}

#[tokio::test]
async fn a_provider_learns_which_credentials_it_has() {
    let unset = Credential::new("unset", Place::Query("key".into()), "{}", None).unwrap();
    let set = Grant { credential: Some(credential()), ..Grant::new("https://a.example.com/*") };
    let grants = granted([set, Grant { credential: Some(unset), ..Grant::new("https://b.example.com/*") }]);
    let client = Call::new(&egress(settings()), &grants, "a").client;
    assert_eq!(["main", "unset", "other"].map(|name| client.has_credential(name)), [Some(true), Some(false), None]);
}
