use std::{sync::mpsc, time::Duration};

use bytes::Bytes;
use palisade_core::{ErrorKind, PicoUsd, Scope, Submitted};

use super::*;
use crate::{
    Options, Storage,
    test_support::{attempted, begin, begin_and_drop, fal, flux, hash, in_memory, joined, lease, spent},
};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn finish(storage: &Storage, key: &str, result: impl Into<Bytes>) {
    attempted(storage, key).await.finished(result.into(), None).await.unwrap();
}

async fn uncertain(storage: &Storage, key: &str) -> Uncertain {
    match begin(storage, key).await {
        Begin::Uncertain(uncertain) => uncertain,
        other => panic!("{key} is not uncertain: {other:?}"),
    }
}

async fn result(storage: &Storage, key: &str) -> Option<Bytes> {
    match begin(storage, key).await {
        Begin::Finished(finished) => finished.result,
        other => panic!("{key} is not finished: {other:?}"),
    }
}

#[tokio::test]
async fn a_finished_job_is_replayed_to_the_same_request_of_the_same_scope() {
    let (storage, _) = in_memory(Options::default());
    finish(&storage, "a", "picture").await;
    let Begin::Finished(finished) = begin(&storage, "a").await else { panic!() };
    assert_eq!(finished.attempt.as_ref().map(|attempt| &attempt.provider), Some(&fal()));
    assert_eq!(finished.into_result().unwrap(), "picture");
    let of_other = |scope: Scope, request| {
        let storage = storage.clone();
        async move { storage.ledger().begin(&scope, "a", hash(request)).await.unwrap() }
    };
    assert!(matches!(of_other(Scope::default(), 2).await, Begin::Conflict));
    assert!(matches!(of_other(Scope::new("b"), 2).await, Begin::New(_)));
}

#[tokio::test]
async fn a_lease_that_is_dropped_is_free_before_an_attempt_and_uncertain_after() {
    let (storage, _) = in_memory(Options::default());
    drop(lease(&storage, "a").await);
    drop(attempted(&storage, "a").await);
    let uncertain = uncertain(&storage, "a").await;
    assert_eq!((uncertain.provider, uncertain.model, uncertain.upstream_id), (fal(), flux(), None));
}

#[tokio::test]
async fn an_attempt_whose_caller_goes_away_before_it_is_noted_submits_nothing() {
    let (storage, _) = in_memory(Options::default());
    let mut job = lease(&storage, "a").await;
    let held = hold(&storage);
    begin_and_drop(job.attempt(&fal(), &flux(), vec![spent("b", 0, 5)]));
    drop(job);
    drop(held);
    // Whoever comes now waits until what was noted is taken back.
    drop(lease(&storage, "a").await);
    assert_eq!(storage.spent().await.unwrap(), [spent("b", 0, 0)]);
}

/// Keeps the storage from writing until what is returned is dropped.
fn hold(storage: &Storage) -> mpsc::Sender<()> {
    let (held, let_go) = mpsc::channel();
    drop(storage.ledger().store.write_and(None, Vec::new(), move || assert!(let_go.recv().is_err())));
    held
}

#[tokio::test]
async fn an_end_that_nobody_waits_for_is_written() {
    let (storage, _) = in_memory(Options::default());
    drop(attempted(&storage, "a").await.finished("picture".into(), None));
    assert!(matches!(joined(&storage, "a").await, Begin::Finished(_)));
    assert_eq!(result(&storage, "a").await.unwrap(), "picture");
}

#[tokio::test]
async fn a_second_call_joins_the_first() {
    let (storage, _) = in_memory(Options::default());
    let first = attempted(&storage, "a").await;
    let join = || async {
        let Begin::InFlight(joined) = begin(&storage, "a").await else { panic!() };
        joined
    };
    let (second, third) = (join().await, join().await);
    assert!(matches!(storage.ledger().begin(&Scope::default(), "a", hash(2)).await.unwrap(), Begin::Conflict));
    first.finished("picture".into(), None).await.unwrap();
    for joined in [second, third] {
        let Begin::Finished(finished) = joined.wait().await.unwrap() else { panic!() };
        assert_eq!(finished.into_result().unwrap(), "picture");
    }
}

#[tokio::test]
async fn one_of_those_that_joined_takes_over_a_job_that_failed_unbilled() {
    let (storage, _) = in_memory(Options::default());
    let first = attempted(&storage, "a").await;
    let Begin::InFlight(second) = begin(&storage, "a").await else { panic!() };
    let Begin::InFlight(third) = begin(&storage, "a").await else { panic!() };
    first.failed_unbilled().await.unwrap();
    let Begin::New(mut lease) = second.wait().await.unwrap() else { panic!() };
    lease.attempt(&fal(), &flux(), Vec::new()).await.unwrap();
    let third = tokio::spawn(third.wait());
    lease.failed_maybe_billed(Some("job-7")).await.unwrap();
    let Begin::Uncertain(known) = third.await.unwrap().unwrap() else { panic!() };
    assert_eq!(known.upstream_id.as_deref(), Some("job-7"));
    assert_eq!(uncertain(&storage, "a").await, known);
}

#[tokio::test]
async fn another_request_does_not_keep_out_the_right_one_while_it_is_looked_up() {
    let (storage, _) = in_memory(Options::default());
    finish(&storage, "a", "picture").await;
    let calls = (0..50).map(|call| {
        let storage = storage.clone();
        tokio::spawn(async move {
            let begin = storage.ledger().begin(&Scope::default(), "a", hash(1 + call % 2)).await.unwrap();
            (call, if let Begin::InFlight(other) = begin { other.wait().await.unwrap() } else { begin })
        })
    });
    for call in calls.collect::<Vec<_>>() {
        let (call, begin) = call.await.unwrap();
        let right = if call % 2 == 0 { matches!(begin, Begin::Finished(_)) } else { matches!(begin, Begin::Conflict) };
        assert!(right, "call {call} got {begin:?}");
    }
}

#[tokio::test]
async fn another_attempt_needs_the_word_that_the_one_before_is_not_billed() {
    let (storage, _) = in_memory(Options::default());
    let mut lease = attempted(&storage, "a").await;
    lease.accepted("job-1").await.unwrap();
    let other = "replicate".parse().unwrap();
    let refused = lease.attempt(&other, &flux(), Vec::new()).await.unwrap_err();
    assert_eq!((refused.kind(), refused.submitted()), (ErrorKind::MaybeBilled, Submitted::Unknown));
    assert_eq!((refused.provider(), refused.upstream_id()), (Some(&fal()), Some("job-1")));
    lease.not_billed();
    lease.attempt(&other, &flux(), Vec::new()).await.unwrap();
    drop(lease);
    assert_eq!(uncertain(&storage, "a").await.provider, other);
}

#[tokio::test]
async fn what_is_known_is_forgotten_in_time() {
    let (storage, time) = in_memory(Options::default());
    finish(&storage, "finished", "picture").await;
    drop(attempted(&storage, "uncertain").await);
    time.pass(DAY - HOUR);
    assert!(result(&storage, "finished").await.is_some());
    time.pass(HOUR);
    finish(&storage, "finished", "another").await;
    time.pass(DAY * 6 - HOUR);
    uncertain(&storage, "uncertain").await;
    time.pass(HOUR);
    drop(lease(&storage, "uncertain").await);
}

#[tokio::test]
async fn a_result_without_room_is_gone_and_its_key_is_not() {
    let options = Options { result_bytes: 10, results_bytes: 25, ..Options::default() };
    let (storage, time) = in_memory(options);
    finish(&storage, "large", vec![0; 11]).await;
    for key in ["a", "b", "c"] {
        finish(&storage, key, vec![0; 10]).await;
        time.pass(HOUR);
    }
    let mut held = Vec::new();
    for key in ["large", "a", "b", "c"] {
        held.push(result(&storage, key).await.is_some());
    }
    assert_eq!(held, [false, false, true, true]);
    let Begin::Finished(gone) = begin(&storage, "a").await else { panic!() };
    let error = gone.into_result().unwrap_err();
    assert_eq!((error.kind(), error.submitted()), (ErrorKind::MaybeBilled, Submitted::Yes));
    // What has expired makes room as well.
    time.pass(DAY);
    finish(&storage, "d", vec![0; 10]).await;
    finish(&storage, "e", vec![0; 10]).await;
    assert!(result(&storage, "d").await.is_some());
}

#[tokio::test]
async fn more_jobs_than_may_be_known_are_refused_and_not_forgotten() {
    let (storage, time) = in_memory(Options { records: 2, ..Options::default() });
    finish(&storage, "a", "1").await;
    drop(attempted(&storage, "b").await);
    let mut refused = lease(&storage, "c").await;
    let error = refused.attempt(&fal(), &flux(), vec![spent("x", 0, 5)]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HostBusy);
    drop(refused);
    // What is known can still change.
    assert_eq!(result(&storage, "a").await.unwrap(), "1");
    time.pass(DAY);
    finish(&storage, "c", "3").await;
    uncertain(&storage, "b").await;
    assert_eq!(storage.spent().await.unwrap(), []);
}

#[tokio::test]
async fn what_was_spent_follows_the_job() {
    let (storage, time) = in_memory(Options::default());
    let of = |amount| vec![spent("day", 0, amount), spent("fal", 0, amount)];
    let total = || async { storage.spent().await.unwrap().iter().map(|spent| spent.amount.0).collect::<Vec<_>>() };
    let attempt = |key: &'static str, amount| {
        let storage = storage.clone();
        async move {
            let mut lease = lease(&storage, key).await;
            lease.attempt(&fal(), &flux(), of(amount)).await.unwrap();
            lease
        }
    };
    let settled = attempt("settled", 100).await;
    assert_eq!(total().await, [100, 100]);
    settled.finished(Bytes::new(), Some(PicoUsd(30))).await.unwrap();
    assert_eq!(total().await, [30, 30]);
    // Unknown is what was reserved, and so is what was dropped.
    attempt("unknown", 200).await.finished(Bytes::new(), None).await.unwrap();
    drop(attempt("dropped", 1000).await);
    assert_eq!(total().await, [1230, 1230]);
    attempt("free", 5000).await.failed_unbilled().await.unwrap();
    assert_eq!(total().await, [1230, 1230]);
    // The second attempt has its own reservation.
    let mut second = attempt("second", 7).await;
    second.not_billed();
    second.attempt(&fal(), &flux(), vec![spent("day", 0, 9)]).await.unwrap();
    assert_eq!(total().await, [1239, 1230]);
    second.finished(Bytes::new(), Some(PicoUsd(10))).await.unwrap();
    assert_eq!(total().await, [1240, 1230]);
    // A call without a key.
    let other = [spent("day", 0, 60)];
    storage.reserve(&other).await.unwrap();
    storage.settle(&other, PicoUsd(50)).await.unwrap();
    assert_eq!(total().await, [1290, 1230]);
    // A window that is over is not asked for, and is forgotten a day later when another begins.
    time.pass(DAY * 2);
    storage.reserve(&[spent("day", 2, 3)]).await.unwrap();
    assert_eq!(storage.spent().await.unwrap(), [spent("day", 2, 3)]);
}

#[tokio::test]
async fn a_storage_that_is_closed_refuses_and_a_job_of_it_is_not_submitted() {
    let (storage, _) = in_memory(Options::default());
    let mut job = lease(&storage, "a").await;
    storage.close().await.unwrap();
    let error = job.attempt(&fal(), &flux(), Vec::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Shutdown);
    let error = storage.ledger().begin(&Scope::default(), "b", hash(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Shutdown);
    storage.close().await.unwrap();
}
