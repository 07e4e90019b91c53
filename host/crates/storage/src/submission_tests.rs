use palisade_core::PicoUsd;

use super::*;
use crate::{
    Begin, Lease, Options, Storage,
    test_support::{attempted, begin, fal, flux, hash, in_memory, joined, spent},
};

fn film() -> Submission {
    let token = JobToken::new(b"request-42".to_vec()).unwrap();
    Submission::new(token, Capability::TextToVideo, Scope::default(), "1.0.0".to_owned(), b"a fox".to_vec())
}

async fn submitted(storage: &Storage, key: &str) -> Lease {
    let mut lease = attempted(storage, key).await;
    lease.submitted(film()).await.unwrap();
    lease
}

async fn resumed(storage: &Storage, key: &str) -> Lease {
    match joined(storage, key).await {
        Begin::Submitted(lease) => lease,
        other => panic!("{key} is not submitted: {other:?}"),
    }
}

#[tokio::test]
async fn submitted_work_is_asked_after_and_never_submitted_again() {
    let (storage, _) = in_memory(Options::default());
    let lease = submitted(&storage, "a").await;
    let id = lease.id();
    drop(lease);
    let lease = resumed(&storage, "a").await;
    let job = lease.submitted_job().unwrap();
    assert_eq!((job.id, job.provider, job.model, job.finished_at), (id, fal(), flux(), None));
    assert_eq!(job.submission, film());
    lease.finished("a film".into(), None).await.unwrap();
    let Begin::Finished(finished) = begin(&storage, "a").await else { panic!("it is done") };
    assert_eq!(finished.into_result().unwrap(), "a film");
    let listed = storage.ledger().submitted(None).await.unwrap();
    assert!(matches!(&*listed, [job] if job.id == id && job.finished_at.is_some()));
}

#[tokio::test]
async fn whoever_waits_goes_on_when_the_one_who_asked_after_it_is_gone() {
    let (storage, _) = in_memory(Options::default());
    let lease = submitted(&storage, "a").await;
    let Begin::InFlight(other) = begin(&storage, "a").await else { panic!("it is under way") };
    drop(lease);
    assert!(matches!(other.wait().await.unwrap(), Begin::Submitted(_)));
    let conflict = storage.ledger().begin(&Scope::default(), "a", hash(2)).await.unwrap();
    assert!(matches!(conflict, Begin::Conflict));
}

#[tokio::test]
async fn it_is_found_by_its_id_in_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("storage.redb");
    let storage = Storage::open(&file, Options::default()).await.unwrap();
    let reserved = vec![spent("month", 0, 70)];
    let mut lease = crate::test_support::lease(&storage, "a").await;
    lease.attempt(&fal(), &flux(), reserved.clone()).await.unwrap();
    lease.submitted(film()).await.unwrap();
    let id = lease.id();
    std::mem::forget(lease);
    storage.close().await.unwrap();

    let storage = Storage::open(&file, Options::default()).await.unwrap();
    let ledger = storage.ledger();
    let [job] = &*ledger.submitted(Some(&id.to_string()[..6])).await.unwrap() else { panic!("there is one") };
    assert_eq!((job.id, job.submission.spent()), (id, &*reserved));
    assert_eq!(ledger.submitted(Some("0000")).await.unwrap(), []);
    let Some(Begin::Submitted(lease)) = ledger.begin_job(id).await.unwrap() else { panic!("it is under way") };
    lease.finished("a film".into(), Some(PicoUsd(30))).await.unwrap();
    assert!(matches!(ledger.begin_job(id).await.unwrap(), Some(Begin::Finished(_))));
    storage.close().await.unwrap();
}

#[tokio::test]
async fn a_job_that_failed_and_costs_nothing_is_forgotten() {
    let (storage, _) = in_memory(Options::default());
    let mut lease = submitted(&storage, "a").await;
    let id = lease.id();
    lease.not_billed();
    lease.failed_unbilled().await.unwrap();
    assert_eq!(storage.ledger().submitted(None).await.unwrap(), []);
    assert!(storage.ledger().begin_job(id).await.unwrap().is_none());
    assert!(matches!(begin(&storage, "a").await, Begin::New(_)));
}

#[tokio::test]
async fn one_that_failed_and_may_be_billed_can_be_asked_after_again() {
    let (storage, _) = in_memory(Options::default());
    submitted(&storage, "a").await.failed_maybe_billed(Some("42")).await.unwrap();
    drop(resumed(&storage, "a").await);
}

#[tokio::test]
async fn a_result_that_is_too_large_to_keep_is_asked_for_again_and_paid_once() {
    let (storage, _) = in_memory(Options { result_bytes: 3, ..Options::default() });
    let mut lease = crate::test_support::lease(&storage, "a").await;
    lease.attempt(&fal(), &flux(), vec![spent("month", 0, 70)]).await.unwrap();
    lease.submitted(film()).await.unwrap();
    lease.finished("a film".into(), Some(PicoUsd(30))).await.unwrap();
    let lease = resumed(&storage, "a").await;
    assert_eq!(lease.submitted_job().unwrap().submission.spent(), []);
    lease.finished("a film".into(), Some(PicoUsd(30))).await.unwrap();
}
