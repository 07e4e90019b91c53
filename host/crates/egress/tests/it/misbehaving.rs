//! Upstreams that do what no upstream should. Each ends in a typed failure, by itself.

use std::{
    future::{Future, pending},
    time::Duration,
};

use palisade_core::http::{Error, Method, Request};
use palisade_egress::Settings;
use palisade_vendors::{Behaviour, Misbehaving};
use tokio::{
    net::TcpSocket,
    time::{Instant, interval},
};

use crate::{
    server::{Peer, Server, ok},
    setup::{Call, SECRET, WATCHDOG, egress, get, grants, read, settings, short},
};

/// How an answer failed, as a word.
fn word(error: &Error) -> &'static str {
    match error {
        Error::Denied(_) => "denied",
        Error::InvalidRequest(_) => "invalid",
        Error::Connect(_) => "connect",
        Error::Timeout => "timeout",
        Error::RequestTooLarge(_) => "request too large",
        Error::RateLimited(_) => "rate limited",
        Error::ResponseTooLarge(_) => "too large",
        Error::Protocol(_) => "protocol",
        Error::Leak => "leak",
    }
}

/// One request to a server; how it failed, and whether that was while its body was read.
async fn outcome(server: &Server, settings: Settings) -> (Error, bool) {
    let call = Call::new(&egress(settings), &grants(server.address), "tenant");
    let start = Instant::now();
    let failed = match call.send(get(server.address, "/")).await {
        Err(error) => (error, false),
        Ok(mut response) => {
            let error = read(&mut response).await.expect_err("the body is not sound");
            assert_eq!(response.body.read(1).await, Err(error.clone()), "it stays failed");
            (error, true)
        }
    };
    assert!(start.elapsed() < WATCHDOG / 3, "{failed:?} after {:?}", start.elapsed());
    assert_eq!(call.traffic.requests(), 1, "the upstream may have it");
    failed
}

#[track_caller]
fn check(failed: &(Error, bool), expected: &str, in_body: bool) {
    assert_eq!((word(&failed.0), failed.1), (expected, in_body), "{failed:?}");
}

async fn says(answer: impl AsRef<[u8]> + Clone + Send + Sync + 'static) -> (Error, bool) {
    outcome(&Server::saying(answer).await, settings()).await
}

async fn does<F>(serve: impl Fn(Peer) -> F + Send + Sync + 'static) -> (Error, bool)
where
    F: Future<Output = ()> + Send + 'static,
{
    outcome(&Server::start(serve).await, settings()).await
}

/// The same with somebody who does not wait for long.
async fn dawdles<F>(serve: impl Fn(Peer) -> F + Send + Sync + 'static) -> (Error, bool)
where
    F: Future<Output = ()> + Send + 'static,
{
    outcome(&Server::start(serve).await, short()).await
}

#[tokio::test]
async fn what_is_no_answer_is_a_protocol_error() {
    for answer in [
        &b""[..],
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"HTTP/0.9 200 OK\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\na: b\r\n continued\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-",
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\ncontent-length: 3, 4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n\x1f\x8b",
        b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
    ] {
        check(&says(answer).await, "protocol", false);
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_protocol_error() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nonly this\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nonly",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ntoo long\r\n0\r\n\r\n",
    ] {
        check(&says(answer).await, "protocol", true);
    }
}

#[tokio::test]
async fn headers_without_an_end_are_too_large() {
    let many: String = (0..200).map(|number| format!("x-{number}: a\r\n")).collect();
    check(&says(format!("HTTP/1.1 200 OK\r\n{many}\r\n")).await, "too large", false);
    let long = "a".repeat(settings().response_header_bytes);
    check(&says(format!("HTTP/1.1 200 OK\r\nx: {long}\r\n\r\n")).await, "too large", false);
    let endless = does(|mut peer| async move {
        peer.request().await;
        peer.write("HTTP/1.1 200 OK\r\nx: ").await;
        while peer.write([b'a'; 4096]).await {}
    });
    check(&endless.await, "too large", false);
    let announcements = does(|mut peer| async move {
        peer.request().await;
        while peer.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(100)).await {}
    });
    check(&announcements.await, "too large", false);
}

#[tokio::test]
async fn a_body_without_an_end_is_too_large() {
    for (head, piece) in [
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", format!("1000\r\n{}\r\n", "a".repeat(4096))),
        ("HTTP/1.1 200 OK\r\n\r\n", "a".repeat(4096)),
        ("HTTP/1.1 200 OK\r\ncontent-length: 999999999999\r\n\r\n", "a".repeat(4096)),
    ] {
        let endless = does(move |mut peer| {
            let piece = piece.clone();
            async move {
                peer.request().await;
                peer.write(head).await;
                while peer.write(&piece).await {}
            }
        });
        let failed = endless.await;
        check(&failed, "too large", true);
        assert_eq!(failed.0, Error::ResponseTooLarge(settings().response_bytes));
    }
}

#[tokio::test]
async fn who_says_nothing_takes_too_long() {
    let deaf = dawdles(|peer| async move {
        let _open = peer;
        pending().await
    });
    check(&deaf.await, "timeout", false);
    let stalls = |text: &'static str| {
        dawdles(move |mut peer| async move {
            peer.request().await;
            peer.write(text).await;
            pending().await
        })
    };
    check(&stalls("").await, "timeout", false);
    check(&stalls("HTTP/1.1 200 OK\r\nx: ").await, "timeout", false);
    check(&stalls("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nonly").await, "timeout", true);
    check(&stalls("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nonly\r\n").await, "timeout", true);
}

#[tokio::test]
async fn who_says_one_letter_at_a_time_takes_too_long() {
    let slowly = dawdles(|mut peer| async move {
        peer.request().await;
        peer.write("HTTP/1.1 200 OK\r\nx: ").await;
        let mut pace = interval(Duration::from_millis(20));
        while peer.write("a").await {
            pace.tick().await;
        }
    });
    check(&slowly.await, "timeout", false);
    let for_ever = dawdles(|mut peer| async move {
        peer.request().await;
        let mut pace = interval(Duration::from_millis(20));
        while peer.write("HTTP/1.1 100 Continue\r\n\r\n").await {
            pace.tick().await;
        }
    });
    check(&for_ever.await, "timeout", false);
}

#[tokio::test]
async fn trailers_and_extensions_of_chunks_are_bounded() {
    for (start, piece) in [
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;", "extension"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n", "x: y\r\n"),
    ] {
        let endless = does(move |mut peer| async move {
            peer.request().await;
            peer.write(start).await;
            while peer.write(piece.repeat(100)).await {}
        });
        assert!(endless.await.1, "while the body was read");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_leads_nowhere() {
    let metadata = "http://169.254.169.254/latest/meta-data/";
    let server =
        Server::saying(format!("HTTP/1.1 302 Found\r\nlocation: {metadata}\r\ncontent-length: 0\r\n\r\n")).await;
    let call = Call::to(server.address);
    let (response, _) = call.get(server.address, "/").await.unwrap();
    assert_eq!(response.status, 302);
    assert!(response.headers.iter().any(|header| header.name == "location" && header.value == metadata));
    assert_eq!(server.connections(), 1);
    // The guest may follow it by itself, which is a request like any other.
    let followed = Request::new(Method::Get, metadata);
    assert_eq!(word(&call.send(followed).await.unwrap_err()), "denied");
    assert_eq!((call.traffic.requests(), call.traffic.refusals()), (1, 1));
}

#[tokio::test]
async fn what_follows_an_answer_does_not_become_the_next_one() {
    let server = Server::keeping(ok("first") + &ok("poison")).await;
    let call = Call::to(server.address);
    for _ in 0..3 {
        assert_eq!(call.get(server.address, "/").await.unwrap().1, b"first");
    }
    assert_eq!(server.connections(), 3, "none was used twice");
}

#[tokio::test]
async fn nobody_at_the_other_end_is_no_connection() {
    // Taken, so that no other test listens there, and not listened to.
    let taken = TcpSocket::new_v4().unwrap();
    taken.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let place = taken.local_addr().unwrap();
    let call = Call::to(place);
    let error = call.send(get(place, "/")).await.unwrap_err();
    let Error::Connect(why) = error else { panic!("{error:?}") };
    assert_eq!(call.traffic.requests(), 0);
    assert!(why.contains("refused") && !why.contains(&place.port().to_string()), "{why}");
}

/// How a vendor's misbehaviour ends: as a word of ours and whether that is while the body is read, or as a status.
fn end(behaviour: Behaviour) -> Result<u16, (&'static str, bool)> {
    match behaviour {
        Behaviour::Silent | Behaviour::Mute | Behaviour::SlowHeaders => Err(("timeout", false)),
        Behaviour::SlowBody | Behaviour::StalledStream => Err(("timeout", true)),
        Behaviour::EndlessHeaders | Behaviour::HeaderFlood => Err(("too large", false)),
        Behaviour::EndlessBody => Err(("too large", true)),
        Behaviour::GzipBomb | Behaviour::ConflictingLengths | Behaviour::NotHttp | Behaviour::HangUp => {
            Err(("protocol", false))
        }
        Behaviour::CutBody | Behaviour::CutStream => Err(("protocol", true)),
        Behaviour::Redirect => Ok(307),
        Behaviour::TooMany | Behaviour::TooManyWithHint => Ok(429),
        // What it says is the business of the provider, but for the credential.
        Behaviour::Echo | Behaviour::HalfCharacters | Behaviour::ErrorInside | Behaviour::ErrorInStream => Ok(200),
    }
}

#[tokio::test]
async fn each_vendor_that_misbehaves_comes_to_an_end() {
    for (name, behaviour) in Behaviour::ALL {
        let vendor = Misbehaving::start(behaviour).await;
        // Only what is to take too long has little time.
        let slow = matches!(end(behaviour), Err(("timeout", _)));
        let settings = if slow { short() } else { settings() };
        let call = Call::new(&egress(settings), &grants(vendor.address), "tenant");
        let start = Instant::now();
        let deadline = slow.then(|| (start + Duration::from_secs(1)).into_std());
        let found = match call.send(Request { deadline, ..get(vendor.address, "/") }).await {
            Err(error) => Err((word(&error), false)),
            Ok(mut response) => match read(&mut response).await {
                Err(error) => Err((word(&error), true)),
                Ok(body) => {
                    let headers: String = response.headers.iter().map(|header| header.value.as_str()).collect();
                    let said = headers + &String::from_utf8_lossy(&body);
                    assert!(!said.contains(SECRET), "{name}: {said}");
                    assert!(vendor.requests()[0].contains(SECRET), "{name} had it to say");
                    Ok(response.status)
                }
            },
        };
        assert_eq!(found, end(behaviour), "{name}");
        // Ten times what those may take that are waited for.
        assert!(start.elapsed() < WATCHDOG / 3, "{name} took {:?}", start.elapsed());
    }
}
