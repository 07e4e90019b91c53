//! Work that is a job: submitted once, and seen through, whatever happens to the host meanwhile.

mod studio;

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::FutureExt as _;
use palisade::{
    Budget, CallSettings, CancelResult, Capability, Completion, ErrorKind, FindProvider, Host, HostEvent, JobState,
    Period, PicoUsd, Polling, ProgressSink, Registration, Response, Result, Selection, Submitted, text_to_image,
    text_to_video,
};

use self::studio::{At, Studio, Upstream, film};
use crate::{
    native::{Doing, Native},
    support::builder,
};

const SECOND: Duration = Duration::from_secs(1);

fn registration(studio: Studio) -> Registration {
    let often = Duration::from_millis(1);
    Registration::native(studio).polling(Polling { first: often, longest: often })
}

fn version(upstream: &Upstream, version: &str, resumes: &[&str]) -> Registration {
    registration(Studio::new(upstream).change(|description| {
        description.version = version.to_owned();
        description.resumes = resumes.iter().map(|&version| version.to_owned()).collect();
    }))
}

async fn host_in(folder: &Path, upstream: &Upstream) -> Host {
    let limit = dollars("10");
    let budget = Budget {
        name: "all".to_owned(),
        scope: None,
        capability: None,
        provider: None,
        limit,
        period: Period::FOREVER,
    };
    let host = builder().storage(folder.join("palisade.redb")).budget(budget).build().await.unwrap();
    host.register("studio", registration(Studio::new(upstream))).await.unwrap();
    host
}

fn dollars(text: &str) -> PicoUsd {
    text.parse().unwrap()
}

fn search(host: &Host) -> FindProvider {
    host.find_best_provider(Capability::TextToVideo)
}

fn fox() -> text_to_video::Request {
    text_to_video::Request { seconds: Some(5.0), ..text_to_video::Request::new("a fox") }
}

fn keyed(key: &str) -> CallSettings {
    CallSettings { idempotency_key: Some(key.to_owned()), ..CallSettings::default() }
}

fn is_the_film(made: Result<Completion<Response>>) -> Completion<Response> {
    let made = made.unwrap();
    assert!(matches!(&made.response, Response::TextToVideo(response) if *response == film()), "{made:?}");
    made
}

/// What is spent of the budget, as a request for all of it is refused.
async fn spent(host: &Host) -> String {
    let request = text_to_video::Request { seconds: Some(100.0), ..fox() };
    let error = match search(host).submit(request, CallSettings::default()).await {
        Ok(job) => {
            job.cancel().await.unwrap();
            job.wait(None, ProgressSink::default()).await.unwrap_err();
            return "$0".to_owned();
        }
        Err(error) => error,
    };
    assert_eq!(error.kind(), ErrorKind::Budget, "{error}");
    let (_, spent) = error.message().split_once("of $10 ").unwrap_or_else(|| panic!("{error}"));
    spent.split(" is spent").next().unwrap().to_owned()
}

#[tokio::test]
async fn a_call_submits_waits_and_tells_how_far_it_is() {
    let (folder, upstream) = (tempfile::tempdir().unwrap(), Upstream::new());
    let host = host_in(folder.path(), &upstream).await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let progress = ProgressSink::new({
        let heard = Arc::clone(&heard);
        move |progress| heard.lock().unwrap().push((progress.permille, progress.message))
    });
    let settings = CallSettings { progress, ..CallSettings::default() };
    let (made, ()) = tokio::join!(search(&host).call(fox(), settings), async {
        upstream.is_asked(2).await;
        upstream.all_are(At::Running);
        upstream.is_asked(2).await;
        upstream.all_are(At::Done);
    });
    let made = made.unwrap();
    assert_eq!((made.response, made.cost), (film(), Some(dollars("0.4"))));
    let heard = std::mem::take(&mut *heard.lock().unwrap());
    assert!(heard.contains(&(None, Some("queued, 2 before it".to_owned()))), "{heard:?}");
    assert!(heard.contains(&(Some(500), Some("running".to_owned()))), "{heard:?}");
    assert_eq!((upstream.submissions(), spent(&host).await), (1, "$0.4".to_owned()));
}

#[tokio::test]
async fn a_job_is_had_as_soon_as_it_is_noted_and_waited_for_later() {
    let (folder, upstream) = (tempfile::tempdir().unwrap(), Upstream::new());
    let host = host_in(folder.path(), &upstream).await;
    let mut events = host.events();
    let job = search(&host).submit(fox(), CallSettings::default()).await.unwrap();
    assert_eq!(upstream.submissions(), 1);
    assert!(matches!(job.poll().await.unwrap(), JobState::Queued(_)));
    let [listed] = &*host.jobs().await.unwrap() else { panic!("there is one job") };
    assert_eq!((listed.id, listed.capability, listed.finished_at), (job.id(), Capability::TextToVideo, None));
    let error = job.wait(Some(Duration::from_millis(5)), ProgressSink::default()).await.unwrap_err();
    let id = job.id().to_string();
    assert_eq!((error.kind(), error.job(), error.submitted()), (ErrorKind::Deadline, Some(&*id), Submitted::Yes));
    assert!(error.message().contains(&format!("palisade jobs wait {id}")), "{error}");
    upstream.all_are(At::Done);
    is_the_film(job.wait(None, ProgressSink::default()).await);
    // Whoever asks again gets it again.
    let again = host.job(&id[..6]).await.unwrap();
    assert!(is_the_film(again.wait(None, ProgressSink::default()).await).is_repeated);
    assert!(again.status().await.unwrap().finished_at.is_some());
    let mut told = Vec::new();
    while let Some(Some(record)) = events.next().now_or_never() {
        match record.event {
            HostEvent::JobSubmitted { job, .. } => told.push((job, "submitted")),
            HostEvent::JobEnded { job, code: None, .. } => told.push((job, "ended")),
            _ => {}
        }
    }
    assert_eq!(told, [(job.id(), "submitted"), (job.id(), "ended")]);
}

#[tokio::test]
async fn it_is_seen_through_by_the_next_process_and_paid_once() {
    let (folder, upstream) = (tempfile::tempdir().unwrap(), Upstream::new());
    let host = host_in(folder.path(), &upstream).await;
    let job = search(&host).submit(fox(), keyed("order-1")).await.unwrap();
    upstream.is_asked(1).await;
    host.shutdown(SECOND).await;
    let error = job.wait(None, ProgressSink::default()).await.unwrap_err();
    assert_eq!(error.job(), Some(&*job.id().to_string()), "{error}");
    drop(host);

    let host = host_in(folder.path(), &upstream).await;
    assert_eq!(spent(&host).await, "$0.5", "what was reserved counts as spent");
    upstream.all_are(At::Done);
    let made = search(&host).call(fox(), keyed("order-1")).await.unwrap();
    assert_eq!((made.response, made.cost, made.is_repeated), (film(), Some(dollars("0.4")), false));
    assert_eq!((upstream.submissions(), spent(&host).await), (1, "$0.4".to_owned()));
    host.shutdown(SECOND).await;
    drop(host);

    let host = host_in(folder.path(), &upstream).await;
    assert_eq!(spent(&host).await, "$0.4");
    let made = search(&host).call(fox(), keyed("order-1")).await.unwrap();
    assert!(made.is_repeated && upstream.submissions() == 1);
}

#[tokio::test]
async fn a_server_that_was_started_again_goes_on_with_all_of_them() {
    let (folder, upstream) = (tempfile::tempdir().unwrap(), Upstream::new());
    let host = host_in(folder.path(), &upstream).await;
    for _ in 0..3 {
        search(&host).submit(fox(), CallSettings::default()).await.unwrap();
    }
    host.shutdown(SECOND).await;
    drop(host);
    let host = host_in(folder.path(), &upstream).await;
    assert_eq!(host.resume_jobs().await.unwrap(), 3);
    upstream.is_asked(4).await;
    upstream.all_are(At::Done);
    for job in host.jobs().await.unwrap() {
        let job = host.job(job.id.to_string()).await.unwrap();
        is_the_film(job.wait(None, ProgressSink::default()).await);
    }
    assert_eq!((upstream.submissions(), spent(&host).await), (3, "$1.2".to_owned()));
}

#[tokio::test]
async fn who_repeats_a_key_gets_the_same_job_and_another_request_is_a_conflict() {
    let (folder, upstream) = (tempfile::tempdir().unwrap(), Upstream::new());
    let host = host_in(folder.path(), &upstream).await;
    let first = search(&host).submit(fox(), keyed("a")).await.unwrap();
    let second = search(&host).submit(fox(), keyed("a")).await.unwrap();
    assert_eq!((first.id(), upstream.submissions()), (second.id(), 1));
    let other = text_to_video::Request::new("a dog");
    assert_eq!(search(&host).submit(other, keyed("a")).await.unwrap_err().kind(), ErrorKind::KeyConflict);
    upstream.all_are(At::Done);
    is_the_film(second.wait(None, ProgressSink::default()).await);
    is_the_film(first.wait(None, ProgressSink::default()).await);
}

#[tokio::test]
async fn a_job_that_is_cancelled_costs_nothing_where_that_stops_the_bill() {
    let (folder, upstream) = (tempfile::tempdir().unwrap(), Upstream::new());
    let host = host_in(folder.path(), &upstream).await;
    let job = search(&host).submit(fox(), CallSettings::default()).await.unwrap();
    assert_eq!(job.cancel().await.unwrap(), CancelResult::Cancelled);
    let error = job.wait(None, ProgressSink::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.job()), (ErrorKind::Cancelled, None));
    assert_eq!((upstream.cancels(), spent(&host).await), (1, "$0".to_owned()));
    assert_eq!(job.status().await.unwrap_err().kind(), ErrorKind::UnknownJob, "it is forgotten");
}

#[tokio::test]
async fn one_that_fails_is_no_reason_to_pay_another() {
    let (folder, upstream) = (tempfile::tempdir().unwrap(), Upstream::new());
    let host = host_in(folder.path(), &upstream).await;
    host.register("second", registration(Studio::new(&upstream))).await.unwrap();
    for (at, kind, cost) in [
        // It is said that it bills nothing that fails.
        (At::Failed(ErrorKind::ContentPolicy), ErrorKind::ContentPolicy, "$0"),
        (At::Failed(ErrorKind::ProviderFailed), ErrorKind::ProviderFailed, "$0.5"),
        (At::Forgotten, ErrorKind::MaybeBilled, "$1"),
    ] {
        let before = upstream.submissions();
        let job = search(&host).submit(fox(), CallSettings::default()).await.unwrap();
        upstream.all_are(at);
        let error = job.wait(None, ProgressSink::default()).await.unwrap_err();
        assert_eq!((error.kind(), upstream.submissions(), spent(&host).await), (kind, before + 1, cost.to_owned()));
    }
}

#[tokio::test]
async fn it_goes_on_while_nobody_can_tell_where_it_is() {
    let (folder, upstream) = (tempfile::tempdir().unwrap(), Upstream::new());
    let host = host_in(folder.path(), &upstream).await;
    let job = search(&host).submit(fox(), CallSettings::default()).await.unwrap();
    upstream.all_are(At::Unreachable(ErrorKind::Overloaded));
    upstream.is_asked(10).await;
    upstream.all_are(At::Unreachable(ErrorKind::Auth));
    let error = job.wait(None, ProgressSink::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.job().is_some()), (ErrorKind::Auth, true), "what does not pass is told");
    upstream.all_are(At::Done);
    is_the_film(host.job(job.id().to_string()).await.unwrap().wait(None, ProgressSink::default()).await);
    // It was disabled until somebody mends its account.
    host.start(Selection::All).await.into_iter().for_each(|(_, started)| started.unwrap());
    assert_eq!((upstream.submissions(), spent(&host).await), (1, "$0.4".to_owned()));
}

#[tokio::test]
async fn a_version_that_is_replaced_sees_its_jobs_through() {
    let (folder, upstream) = (tempfile::tempdir().unwrap(), Upstream::new());
    let host = host_in(folder.path(), &upstream).await;
    let job = search(&host).submit(fox(), CallSettings::default()).await.unwrap();
    host.replace("studio", version(&upstream, "2.0.0", &[])).await.unwrap();
    upstream.is_asked(2).await;
    upstream.all_are(At::Done);
    is_the_film(job.wait(None, ProgressSink::default()).await);
}

#[tokio::test]
async fn the_next_process_has_a_version_that_resumes_or_the_job_waits_for_one() {
    let (folder, upstream) = (tempfile::tempdir().unwrap(), Upstream::new());
    let host = host_in(folder.path(), &upstream).await;
    let id = search(&host).submit(fox(), CallSettings::default()).await.unwrap().id().to_string();
    host.shutdown(SECOND).await;
    drop(host);

    let host = host_in(folder.path(), &upstream).await;
    host.replace("studio", version(&upstream, "3.0.0", &["2.0.0"])).await.unwrap();
    let wait = async || host.job(&id).await.unwrap().wait(None, ProgressSink::default()).await;
    let error = wait().await.unwrap_err();
    assert!(error.message().contains("submitted by version 1.0.0"), "{error}");
    assert_eq!((error.kind(), error.job()), (ErrorKind::Unsupported, Some(&*id)));
    host.unregister("studio").await.unwrap();
    let error = wait().await.unwrap_err();
    assert_eq!((error.kind(), error.job()), (ErrorKind::UnknownProvider, Some(&*id)));
    host.register("studio", version(&upstream, "2.0.0", &["1.0.0"])).await.unwrap();
    upstream.all_are(At::Done);
    is_the_film(wait().await);
    assert_eq!(upstream.submissions(), 1);
}

#[tokio::test]
async fn what_is_answered_at_once_is_no_job() {
    let host = builder().build().await.unwrap();
    host.register("native", Registration::native(Native::new(Doing::Answer))).await.unwrap();
    let search = host.find_best_provider(Capability::TextToImage);
    let error = search.submit(text_to_image::Request::new("fox"), CallSettings::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(host.job("0123abcd").await.unwrap_err().kind(), ErrorKind::UnknownJob);
    assert_eq!(host.job("no id").await.unwrap_err().kind(), ErrorKind::UnknownJob);
}

#[tokio::test]
async fn a_provider_that_is_called_by_its_id_works_the_same() {
    let (folder, upstream) = (tempfile::tempdir().unwrap(), Upstream::new());
    let host = host_in(folder.path(), &upstream).await;
    let studio = host.get("studio").unwrap();
    let (made, ()) = tokio::join!(studio.text_to_video(fox()), async {
        upstream.is_asked(1).await;
        upstream.all_are(At::Done);
    });
    assert_eq!(made.unwrap().response, film());
    let [listed] = &*host.jobs().await.unwrap() else { panic!("there is one job") };
    assert!(listed.finished_at.is_some());
}
