//! Bodies of requests: how long they are held, and how many at one time.

use std::{future::pending, sync::Arc, time::Duration};

use bytes::Bytes;
use palisade_core::http::{Client as _, Error, Method, Request};
use palisade_egress::Settings;
use tokio::{io::AsyncReadExt, sync::Notify};

use crate::{
    server::{Server, ok},
    setup::{Call, WATCHDOG, egress, get, grants, read, settings},
};

/// A body of so many bytes, and what is told when nobody holds it any more.
fn body(length: usize) -> (Bytes, Arc<Notify>) {
    struct Watched(Vec<u8>, Arc<Notify>);
    impl AsRef<[u8]> for Watched {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    impl Drop for Watched {
        fn drop(&mut self) {
            self.1.notify_one();
        }
    }
    let dropped = Arc::new(Notify::new());
    (Bytes::from_owner(Watched(vec![b'a'; length], dropped.clone())), dropped)
}

fn post(server: &Server, body: Bytes) -> Request {
    Request { method: Method::Post, body, ..get(server.address, "/") }
}

/// Takes connections and reads nothing.
async fn deaf() -> Server {
    Server::start(|peer| async move {
        let _open = peer;
        pending().await
    })
    .await
}

/// Answers before it has read more than the beginning, and keeps the connection.
async fn early(answer: &'static str) -> Server {
    Server::start(move |mut peer| async move {
        peer.stream.read_u8().await.unwrap();
        peer.write(answer).await;
        pending().await
    })
    .await
}

#[tokio::test]
async fn a_body_is_dropped_when_its_answer_begins() {
    let server = early("HTTP/1.1 413 Content Too Large\r\ntransfer-encoding: chunked\r\n\r\n5\r\nmuch\n\r\n").await;
    let call = Call::to(server.address);
    let mut responses = Vec::new();
    for _ in 0..8 {
        let (body, dropped) = body(16 << 20);
        let mut response = call.send(post(&server, body)).await.unwrap();
        tokio::time::timeout(Duration::ZERO, dropped.notified()).await.expect("nobody holds it any more");
        assert_eq!((response.status, response.body.read(100).await.unwrap()), (413, "much\n".into()));
        responses.push(response);
    }
}

#[tokio::test]
async fn a_body_is_dropped_when_it_was_sent() {
    let server = Server::start(|mut peer| async move {
        peer.request().await;
        pending().await
    })
    .await;
    for length in [1000, 1 << 20] {
        let (body, dropped) = body(length);
        let call = Call::to(server.address);
        tokio::select! {
            answer = call.send(post(&server, body)) => panic!("{answer:?}"),
            dropped = tokio::time::timeout(WATCHDOG, dropped.notified()) => dropped.unwrap(),
        }
    }
}

#[tokio::test]
async fn a_connection_is_kept_after_a_long_body_and_not_after_half_of_one() {
    let server = Server::keeping(ok("hello")).await;
    let egress = egress(settings());
    let call = Call::new(&egress, &grants(server.address), "a");
    for _ in 0..2 {
        let mut response = call.send(post(&server, vec![b'a'; 3 << 20].into())).await.unwrap();
        assert_eq!(read(&mut response).await.unwrap(), b"hello");
    }
    assert_eq!((server.connections(), egress.idle_connections()), (1, 1));
    assert_eq!(server.requests()[1].split("\r\n\r\n").nth(1).unwrap().len(), 3 << 20);

    let early = early("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno").await;
    let call = Call::new(&egress, &grants(early.address), "a");
    for connections in 1..3 {
        let mut response = call.send(post(&early, vec![b'a'; 32 << 20].into())).await.unwrap();
        assert_eq!(read(&mut response).await.unwrap(), b"no");
        assert_eq!((early.connections(), egress.idle_connections()), (connections, 1));
    }
}

#[tokio::test]
async fn a_call_has_so_many_bytes_under_way_and_a_host_too() {
    let (deaf, server) = (deaf().await, Server::keeping(ok("hello")).await);
    let limits = Settings {
        request_bytes_per_call: 40 << 20,
        request_bytes_in_all: 60 << 20,
        connect: Duration::from_millis(300),
        ..settings()
    };
    let egress = egress(limits);
    let large = || Bytes::from(vec![b'a'; 32 << 20]);
    let first = Call::new(&egress, &grants(deaf.address), "a");
    let second = Call::new(&egress, &grants(server.address), "a");
    let fails = async || {
        while deaf.connections() == 0 {
            tokio::task::yield_now().await;
        }
        let own = first.client.send(post(&deaf, large())).await;
        let other = second.client.send(post(&server, large())).await;
        (own.unwrap_err(), other.unwrap_err(), second.get(server.address, "/").await.is_ok())
    };
    let (own, other, small) = tokio::select! {
        answer = first.client.send(post(&deaf, large())) => panic!("{answer:?}"),
        failed = fails() => failed,
    };
    assert!(matches!(&own, Error::InvalidRequest(why) if why.contains("41943040 bytes")), "{own:?}");
    assert!(matches!(&other, Error::Connect(why) if why.contains("this host")), "{other:?}");
    assert!(small, "what is small has room");
    assert_eq!((second.traffic.requests(), second.traffic.refusals(), first.traffic.refusals()), (1, 0, 1));
    assert!(second.client.send(post(&server, large())).await.is_ok(), "the first was given up");
}
