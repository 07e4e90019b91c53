//! What a worker is told of what its provider reaches, and what is left of it when either ends.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::StreamExt as _;
use nix::sys::signal::Signal;
use palisade::{ErrorKind, Host, Isolation, Registration, Submitted, chat::Event};
use palisade_vendors::raw::{Server, ok};

use super::{
    death::{end, wrapper},
    is_running, until, worker,
};
use crate::{
    canary::{assert_clean, echo, prompt, reaching},
    keeping::ask,
    support::{behaving, builder, within},
};

async fn host_of(registration: Registration) -> Host {
    let host = builder().build().await.unwrap();
    host.register("p", registration.isolation(Isolation::Process)).await.unwrap();
    host
}

#[tokio::test]
async fn no_message_to_a_worker_has_a_piece_of_the_secret() {
    let (server, folder) = (echo().await, tempfile::tempdir().unwrap());
    let told = folder.path().join("told");
    let script = format!("tee -a {} | env -i {} \"$@\"", told.display(), env!("CARGO_BIN_EXE_palisade-worker"));
    let host = builder().compiler(wrapper(folder.path(), &script)).build().await.unwrap();
    let registration = reaching("reaches", &server).isolation(Isolation::Process);
    host.register("p", registration).await.unwrap();
    let answer = host.get("p").unwrap().chat(prompt(&server)).await.unwrap().response.text;
    assert!(answer.contains("authorization: Bearer ****"), "{answer}");
    assert!(server.requests()[0].contains("authorization: Bearer sk-canary"));
    let told = std::fs::read(told).unwrap();
    let has = |text: &str| told.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(has("Bearer ****") && has("said-by-the-upstream"), "it was told what the upstream said");
    assert_clean("what a worker was told", &told);
}

#[tokio::test]
async fn values_are_kept_when_a_worker_is_not() {
    let host = builder().build().await.unwrap();
    host.register("p", behaving("keeps").key_value(1000).isolation(Isolation::Process)).await.unwrap();
    assert_eq!(ask(&host, "p", "a", "set session of a").await, "kept");
    let process = worker(&host, "p").process.unwrap();
    end(process, Signal::SIGKILL);
    until(|| !is_running(process)).await;
    assert_eq!(ask(&host, "p", "a", "get session").await, "of a");
    assert_ne!(worker(&host, "p").process, Some(process));
}

/// A server that begins an answer and never ends it, and how many connections have been closed.
async fn endless(beginning: &'static str) -> (Server, Arc<AtomicUsize>) {
    let closed = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&closed);
    let server = Server::start(move |mut peer| {
        let count = Arc::clone(&count);
        async move {
            peer.request().await;
            peer.write(beginning).await;
            peer.closed().await;
            count.fetch_add(1, Ordering::Relaxed);
        }
    })
    .await;
    (server, closed)
}

#[tokio::test]
async fn a_stream_that_is_dropped_closes_its_connection() {
    let (server, closed) = endless("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\nfirst\n\r\n").await;
    let host = host_of(reaching("reaches-in-pieces", &server)).await;
    for count in 1..=3 {
        let mut answer = host.get("p").unwrap().chat_stream(prompt(&server)).unwrap();
        let Some(Ok(Event::Text(text))) = answer.next().await else { panic!("no piece came") };
        assert_eq!((text.as_str(), closed.load(Ordering::Relaxed)), ("first\n", count - 1));
        drop(answer);
        until(|| closed.load(Ordering::Relaxed) == count).await;
    }
    assert_eq!(worker(&host, "p").starts, 1, "the worker goes on");
}

#[tokio::test]
async fn a_request_ends_with_its_worker() {
    let (server, closed) = endless("").await;
    let host = host_of(reaching("reaches", &server)).await;
    let provider = host.get("p").unwrap();
    let killer = async {
        until(|| !server.requests().is_empty()).await;
        end(worker(&host, "p").process.unwrap(), Signal::SIGKILL);
    };
    let (asked, ()) = within(Duration::from_secs(5), async {
        futures_util::future::join(provider.chat(prompt(&server)), killer).await
    })
    .await;
    let error = asked.unwrap_err();
    assert_eq!((error.kind(), error.submitted()), (ErrorKind::Trap, Submitted::Unknown), "{error}");
    until(|| closed.load(Ordering::Relaxed) == 1).await;
}

#[tokio::test]
async fn what_a_leaking_call_has_logged_is_told() {
    let server = Server::keeping(ok("here")).await;
    let host = host_of(reaching("reaches", &server)).await;
    let leaking = format!("GET http://{}/?q=sk-canary-7Qf3xT9wLmZ2", server.address);
    let started = Instant::now();
    let error = host.get("p").unwrap().chat(leaking).await.unwrap_err();
    assert_eq!((error.kind(), error.submitted()), (ErrorKind::Leak, Submitted::No), "{error}");
    let report = error.report().unwrap();
    assert!(report.resources.fuel.is_some(), "its worker has said what it used: {report:?}");
    println!("a leak was told after {:?}", started.elapsed());
    assert!(host.get("p").unwrap().chat(prompt(&server)).await.is_ok(), "the worker goes on");
    assert_eq!(worker(&host, "p").starts, 1);
}

/// Prints what a request costs in a worker, beside one in this process.
#[tokio::test]
async fn a_request_from_a_worker_is_as_good_as_one_from_here() {
    for (what, length) in [("100 bytes", 100), ("1 MiB", 1 << 20)] {
        let server = Server::keeping(ok(&"x".repeat(length))).await;
        for isolation in [Isolation::InProcess, Isolation::Process] {
            let host = builder().build().await.unwrap();
            host.register("p", reaching("reaches", &server).isolation(isolation)).await.unwrap();
            let provider = host.get("p").unwrap();
            let mut times = Vec::new();
            for _ in 0..20 {
                let started = Instant::now();
                let answer = provider.chat(prompt(&server)).await.unwrap().response.text;
                times.push(started.elapsed());
                assert!(answer.ends_with("xxx") && answer.len() > length);
            }
            times.sort();
            println!("a request whose answer has {what}, {isolation}: {:?}", times[times.len() / 2]);
        }
    }
}
