//! What the policy costs: requests on a kept connection, pieces of a stream and large bodies, each beside a plain hyper client of
//! the same server in the same run; and what a thousand streams at one time need.
//!
//! The server is a thread of this process, so that its time counts on both sides.

#![allow(clippy::print_stdout, reason = "the figures are what this is for")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what the bench makes up is sound")]

mod plain;
mod server;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use criterion::{Criterion, Throughput};
use http_body_util::BodyExt;
use palisade_core::{
    Scope,
    http::{Client as _, Method, Request, Traffic},
};
use palisade_egress::{Client, Credential, Egress, Grant, Grants, Network, Place, Settings};
use peak_alloc::PeakAlloc;
use tokio::{runtime::Runtime, task::JoinSet};

use crate::{plain::Plain, server::Server};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// A body that holds an image, say.
const LARGE: usize = 1 << 20;
/// Streams at one time.
const STREAMS: usize = 1000;
/// Pieces of each of them.
const PIECES: usize = 200;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = Server::start();
    requests(&mut criterion, &runtime, &server);
    pieces(&mut criterion, &runtime, &server);
    criterion.final_summary();
    if !std::env::args().any(|argument| ["--test", "--list", "--profile-time"].contains(&argument.as_str())) {
        streams(&server);
    }
}

fn requests(criterion: &mut Criterion, runtime: &Runtime, server: &Server) {
    let client = client(server);
    for (name, size) in [("request", 0), ("request with 1 MiB", LARGE)] {
        let mut group = criterion.benchmark_group(name);
        let body = Bytes::from(vec![b'a'; size]);
        if size > 0 {
            group.throughput(Throughput::Bytes(size as u64));
        }
        group.bench_function("egress", |bencher| {
            bencher.to_async(runtime).iter(async || {
                let mut response = client.send(request(server, "/small", body.clone())).await.unwrap();
                while !response.body.read(usize::MAX).await.unwrap().is_empty() {}
            });
        });
        group.bench_function("hyper", |bencher| {
            let plain = tokio::sync::Mutex::new(runtime.block_on(Plain::connect(server.place)));
            bencher.to_async(runtime).iter(async || {
                let mut answer = plain.lock().await.send("/small", body.clone()).await;
                while answer.frame().await.is_some() {}
            });
        });
        group.finish();
    }
}

fn pieces(criterion: &mut Criterion, runtime: &Runtime, server: &Server) {
    let mut group = criterion.benchmark_group("piece of a stream");
    group.bench_function("egress", |bencher| {
        let client = client(server);
        bencher.to_async(runtime).iter_custom(async |pieces| {
            let mut response = client.send(request(server, "/stream", Bytes::new())).await.unwrap();
            let start = Instant::now();
            for _ in 0..pieces {
                assert!(!response.body.read(1 << 20).await.unwrap().is_empty());
            }
            start.elapsed()
        });
    });
    group.bench_function("hyper", |bencher| {
        bencher.to_async(runtime).iter_custom(async |pieces| {
            let mut answer = Plain::connect(server.place).await.send("/stream", Bytes::new()).await;
            let start = Instant::now();
            for _ in 0..pieces {
                assert!(!answer.frame().await.unwrap().unwrap().into_data().unwrap().is_empty());
            }
            start.elapsed()
        });
    });
    group.finish();
}

/// Time and memory of many streams at one time, the server's included.
fn streams(server: &Server) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (client, place) = (Arc::new(client(server)), server.place);
    let measure = |name: &str, run: &dyn Fn(&mut JoinSet<()>)| {
        ALLOCATOR.reset_peak_usage();
        let (before, start) = (ALLOCATOR.current_usage(), Instant::now());
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            run(&mut tasks);
            while let Some(ended) = tasks.join_next().await {
                ended.unwrap();
            }
        });
        let (took, peak) = (start.elapsed(), ALLOCATOR.peak_usage().saturating_sub(before));
        let each = took / u32::try_from(STREAMS * PIECES).unwrap();
        println!(
            "{STREAMS} streams of {PIECES} pieces, {name}: {took:.2?}, {each:.1?} a piece, {} KiB a stream",
            peak / STREAMS / 1024
        );
    };
    measure("egress", &|tasks| {
        for _ in 0..STREAMS {
            let (client, request) = (client.clone(), request(server, "/stream", Bytes::new()));
            tasks.spawn(async move {
                let mut response = client.send(request).await.unwrap();
                for _ in 0..PIECES {
                    assert!(!response.body.read(1 << 20).await.unwrap().is_empty());
                }
            });
        }
    });
    measure("hyper", &|tasks| {
        for _ in 0..STREAMS {
            tasks.spawn(async move {
                let mut answer = Plain::connect(place).await.send("/stream", Bytes::new()).await;
                for _ in 0..PIECES {
                    assert!(!answer.frame().await.unwrap().unwrap().into_data().unwrap().is_empty());
                }
            });
        }
    });
}

/// With a credential, as nearly all have one: its secret is looked for in all that goes out and comes back.
fn client(server: &Server) -> Client {
    let secret = Some("sk-proj-0123456789abcdefghijklmnopqrstuvwxyz".into());
    let credential = Credential::new("main", Place::Header("authorization".into()), "Bearer {}", secret).unwrap();
    let url = format!("http://{}/*", server.place);
    let grant = Grant { credential: Some(credential), allow_private: vec![server.place], ..Grant::new(url) };
    let grants = Arc::new(Grants::new("provider".parse().unwrap(), [grant]).unwrap());
    let settings = Settings {
        requests_per_call: u64::MAX,
        concurrent_per_call: STREAMS,
        connections: 2 * STREAMS,
        response_bytes: u64::MAX,
        bytes_per_call: u64::MAX,
        total: Duration::MAX,
        ..Settings::default()
    };
    let egress = Egress::new(settings, Network::default()).unwrap();
    egress.client(grants, Scope::default(), Arc::new(Traffic::default()))
}

fn request(server: &Server, path: &str, body: Bytes) -> Request {
    let url = format!("http://{}{path}", server.place);
    Request { body, credential: Some("main".to_owned()), ..Request::new(Method::Post, url) }
}
