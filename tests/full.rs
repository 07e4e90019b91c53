//! A host all of whose sandboxes are in use. A program of its own: a process has one sandbox, and this one is small.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{future::ready, time::Duration};

use palisade::{
    CachePlace, Compiler, ErrorKind, Host, Limits, ProviderHandle, Registration, Result, SandboxSettings, rerank,
};
use palisade_tests::Guest;
use tokio::sync::Mutex;

/// Calls for which there is room.
const CALLS: u32 = 4;
/// Never reached: a call ends when it is dropped.
const HOUR: Duration = Duration::from_secs(3600);

/// Held by the test that uses the sandboxes.
static SANDBOXES: Mutex<()> = Mutex::const_new(());

/// A host with one that behaves well, and two that never end: one takes half of the places at the most.
async fn small_host() -> Host {
    let host = Host::builder()
        .sandbox(SandboxSettings { calls: CALLS, ..SandboxSettings::default() })
        .compiler(Compiler::Program(env!("CARGO_BIN_EXE_palisade-worker").into()))
        .cache(CachePlace::Nowhere)
        .build()
        .await
        .unwrap();
    let endless = Limits { fuel: u64::MAX, timeout: HOUR, cpu_time: HOUR, ..Limits::default() };
    let spinner = Guest::ranker().at("rerank", "(loop $again (br $again))").component();
    host.register("well-behaved", Guest::ranker().component()).await.unwrap();
    for id in ["spinner", "other-spinner"] {
        let spinner = Registration::bytes(spinner.clone()).limits(endless.clone());
        host.register(id, spinner).await.unwrap();
    }
    host
}

async fn rank(provider: &ProviderHandle) -> Result<()> {
    provider.rerank(rerank::Request::new("where?", ["in woods"])).await.map(drop)
}

#[tokio::test]
async fn who_comes_when_all_sandboxes_are_in_use_is_told_to_come_again_and_then_is_served() {
    let _alone = SANDBOXES.lock().await;
    let host = small_host().await;
    let well_behaved = host.get("well-behaved").unwrap();
    let spinners = [host.get("spinner").unwrap(), host.get("other-spinner").unwrap()];
    // More rounds than there is room for, so that what one round keeps would be missed in the next.
    for round in 0..=CALLS {
        let mut calls: Vec<_> = (0..CALLS as usize).map(|number| Box::pin(rank(&spinners[number % 2]))).collect();
        for call in &mut calls {
            tokio::select! {
                biased;
                ended = call => panic!("it ended: {ended:?}"),
                () = ready(()) => {}
            }
        }
        let error = rank(&well_behaved).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::HostBusy, "{round}: {error}");
        assert!(error.kind().is_retryable());
        assert_eq!(error.provider(), Some(well_behaved.id()));
        let error = host.register("newcomer", Guest::talker().component()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::HostBusy, "it cannot be asked what it is: {error}");

        calls.pop();
        rank(&well_behaved).await.expect("one has come back");
        drop(calls);
        let all = futures_util::future::join_all((0..CALLS).map(|_| rank(&well_behaved))).await;
        assert!(all.iter().all(Result::is_ok), "{round}: {all:?}");
    }
}

#[tokio::test]
async fn who_never_has_room_is_told_so_once_and_not_to_come_again() {
    let _alone = SANDBOXES.lock().await;
    let host = small_host().await;
    let crowded = Guest::ranker().crowded(8 * CALLS as usize);
    let error = host.register("crowded", crowded.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResourceLimit, "{error}");
    assert!(error.message().contains("the room of 5 calls, and the sandbox has room for 4"), "{error}");
    host.register("less-crowded", Guest::ranker().crowded(8 * CALLS as usize - 8)).await.unwrap();
    rank(&host.get("less-crowded").unwrap()).await.unwrap();
}
