//! Who gets the places of a small pool. A program of its own: a process has one sandbox.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers do too"
)]

use std::{future::ready, time::Duration};

use palisade::{
    CachePlace, Compiler, ErrorKind, Host, Isolation, Limit, LimitSource, Limits, ProviderHandle, Registration, Result,
    Reuse, SandboxSettings, rerank,
};
use palisade_sandbox::check_component;
use palisade_tests::Guest;
use tokio::sync::{Mutex, MutexGuard};

/// Calls for which there is room.
const CALLS: u32 = 4;
/// Never reached: a call ends when it is dropped.
const HOUR: Duration = Duration::from_secs(3600);

/// An empty host, with the pool to itself as long as the guard lives.
async fn small_host() -> (Host, MutexGuard<'static, ()>) {
    static POOL: Mutex<()> = Mutex::const_new(());
    let guard = POOL.lock().await;
    let host = Host::builder()
        .sandbox(SandboxSettings { calls: CALLS, ..SandboxSettings::default() })
        .compiler(Compiler::Program(env!("CARGO_BIN_EXE_palisade-worker").into()))
        .cache(CachePlace::Nowhere)
        .build()
        .await
        .unwrap();
    (host, guard)
}

async fn rank(provider: &ProviderHandle) -> Result<()> {
    provider.rerank(rerank::Request::new("where?", ["in woods"])).await.map(drop)
}

/// Adds core modules that have nothing but a memory.
fn with_memories(mut component: Vec<u8>, count: u8) -> Vec<u8> {
    let modules = check_component(&component, &Limits::default()).unwrap().modules;
    let module = wat::parse_str("(module (memory 0))").unwrap();
    // The section of a module, and that of its instances.
    component.extend([1, u8::try_from(module.len()).unwrap()]);
    component.extend(module);
    component.extend([2, 1 + 3 * count, count]);
    component.extend([0, u8::try_from(modules).unwrap(), 0].repeat(count.into()));
    component
}

/// Begins as many calls of one that never ends as there is room for, and has another one called.
async fn check_that_one_leaves_room_for_another(more_memories: u8, takes: u32) {
    let (host, _alone) = small_host().await;
    let endless = Limits { fuel: u64::MAX, timeout: HOUR, cpu_time: HOUR, ..Limits::default() };
    let spinner = Guest::ranker().at("rerank", "(loop $again (br $again))").component();
    let spinner = with_memories(spinner, more_memories);
    host.register("neighbour", Guest::ranker().component()).await.unwrap();
    host.register("spinner", Registration::bytes(spinner).limits(endless)).await.unwrap();
    let component = host.status("spinner").unwrap().component.unwrap();
    assert_eq!(component.limits.concurrency, takes);
    assert_eq!(component.limit_sources.of(Limit::Concurrency), LimitSource::Sandbox);
    assert_eq!(component.limit_sources.of(Limit::Memory), LimitSource::Application);

    let (neighbour, spinner) = (host.get("neighbour").unwrap(), host.get("spinner").unwrap());
    let mut calls: Vec<_> = (0..CALLS).map(|_| Box::pin(rank(&spinner))).collect();
    for call in &mut calls {
        tokio::select! {
            biased;
            ended = call => panic!("it ended: {ended:?}"),
            () = ready(()) => {}
        }
    }
    rank(&neighbour).await.unwrap();
}

#[tokio::test]
async fn one_provider_takes_half_of_the_pool_at_the_most() {
    check_that_one_leaves_room_for_another(0, CALLS / 2).await;
}

#[tokio::test]
async fn a_provider_with_many_memories_runs_fewer_calls_at_one_time() {
    // With its own they are four: the memories of two calls.
    check_that_one_leaves_room_for_another(3, 1).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_worker_has_room_for_all_calls_of_its_provider_whatever_they_take() {
    let (host, _alone) = small_host().await;
    // Each takes the places of eight calls, and computes for some ticks, so that all are there at one time.
    let limits = Limits { concurrency: 4, fuel: 100_000_000, ..Limits::default() };
    let spinner = with_memories(Guest::ranker().at("rerank", "(loop $again (br $again))").component(), 15);
    let spinner = Registration::bytes(spinner).limits(limits).isolation(Isolation::Process);
    host.register("spinner", spinner).await.unwrap();
    let component = host.status("spinner").unwrap().component.unwrap();
    assert_eq!(component.limits.concurrency, 4);
    let spinner = host.get("spinner").unwrap();
    let ended = futures_util::future::join_all((0..4).map(|_| rank(&spinner))).await;
    for error in ended.into_iter().map(Result::unwrap_err) {
        assert_eq!(error.kind(), ErrorKind::FuelExhausted, "{error}");
    }
}

#[tokio::test]
async fn kept_instances_make_room_for_a_call() {
    let (host, _alone) = small_host().await;
    let kept = Reuse { calls: u32::MAX, idle: HOUR, instances: u32::MAX };
    // Each may keep one: the pool is full of them, and then of those of the last four.
    for number in 0..CALLS * 2 {
        let name = format!("kept-{number}");
        host.register(&name, Registration::bytes(Guest::ranker().component()).reuse(kept)).await.unwrap();
        rank(&host.get(&name).unwrap()).await.unwrap();
    }
    for number in 0..CALLS * 2 {
        rank(&host.get(format!("kept-{number}")).unwrap()).await.unwrap();
    }
    host.register("newcomer", Guest::ranker().component()).await.unwrap();
    rank(&host.get("newcomer").unwrap()).await.unwrap();
}
