//! The same through a host, which routes, notes what it has submitted, and asks after it.

use std::{path::Path, time::Duration};

use palisade::{
    Allow, CallSettings, CancelResult, Capability, ErrorKind, Host, JobState, Lend, Place, Polling, ProgressSink,
    Registration, Response, Secret, Submitted, Unit, image_to_video, text_to_image, text_to_video,
};
use palisade_vendors::{Counts, Failure, Fal, Listen, Pace, Running, Vendor as _};

use super::{super::PLACE, FLUX, picture, used};
use crate::support::{builder, providers};

const PROMPT: &str = "a red fox";

/// A host whose one provider is let through to this server, and asks after its jobs all the time.
async fn host_of(vendor: &Running<Fal>, folder: Option<&Path>) -> Host {
    let host = match folder {
        Some(folder) => builder().storage(folder.join("palisade.redb")),
        None => builder(),
    };
    let host = host.build().await.unwrap();
    let place = Place::Header("authorization".to_owned());
    let lend = Lend { name: None, secret: Secret::Value(Fal::KEY.into()), place, format: "Key {}".to_owned() };
    let url = vendor.url("");
    let allow = Allow { credential: Some(lend), allow_private: vec![vendor.address], ..Allow::new(format!("{url}/*")) };
    let often = Duration::from_millis(1);
    let registration = Registration::path(providers().join("fal.wasm"))
        .config("base_url", url)
        .allow(allow)
        .isolation(PLACE)
        .polling(Polling { first: often, longest: often });
    host.register("fal", registration).await.unwrap();
    host
}

async fn by_hand() -> Running<Fal> {
    Fal::at(Pace::ByHand).listen(Listen::default()).await.unwrap()
}

async fn submit(host: &Host) -> palisade::Job {
    let search = host.find_best_provider(Capability::TextToImage).model(FLUX);
    search.submit(text_to_image::Request::new(PROMPT), CallSettings::default()).await.unwrap()
}

async fn wait(job: &palisade::Job) -> palisade::Result<palisade::Completion<Response>> {
    job.wait(Some(Duration::from_secs(20)), ProgressSink::default()).await
}

/// What was asked of the vendor to have something done.
fn submissions(vendor: &Running<Fal>) -> usize {
    vendor.counts().submissions
}

#[tokio::test]
async fn a_call_has_its_picture_and_its_films_made() {
    let vendor = Fal::start().await;
    let host = host_of(&vendor, None).await;
    let provider = host.get("fal").unwrap();
    let drawn = provider.text_to_image(PROMPT).await.unwrap().response;
    assert!(drawn.images[0].content.data.starts_with(b"\x89PNG"));
    assert_eq!(used(&drawn.usage, &Unit::Image), Some(1.0));
    let filmed = provider.text_to_video(text_to_video::Request::new("a fox runs")).await.unwrap().response;
    assert_eq!((filmed.videos.len(), filmed.videos[0].content.media_type.as_str()), (1, "video/mp4"));
    let filmed = provider.image_to_video(image_to_video::Request::new(picture())).await.unwrap().response;
    assert!(used(&filmed.usage, &Unit::VideoSecond).is_some());
    // Two polls find each in the queue, one at work, and one completed.
    assert_eq!(vendor.counts(), Counts { submissions: 3, polls: 12, results: 3, cancels: 0 });
}

#[tokio::test]
async fn a_job_outlives_its_host() {
    let (vendor, folder) = (by_hand().await, tempfile::tempdir().unwrap());
    let host = host_of(&vendor, Some(folder.path())).await;
    let job = submit(&host).await;
    let JobState::Queued(progress) = job.poll().await.unwrap() else { panic!("it waits") };
    assert_eq!(progress.queue_position, Some(0));
    host.shutdown(Duration::from_secs(1)).await;
    assert_eq!(wait(&job).await.unwrap_err().job(), Some(&*job.id().to_string()));
    drop(host);

    let host = host_of(&vendor, Some(folder.path())).await;
    vendor.complete(&vendor.jobs()[0]);
    let made = wait(&host.job(job.id().to_string()).await.unwrap()).await.unwrap();
    let Response::TextToImage(drawn) = made.response else { panic!("no picture") };
    assert!(drawn.images[0].content.data.starts_with(b"\x89PNG"));
    assert_eq!(submissions(&vendor), 1);
}

#[tokio::test]
async fn a_job_is_stopped() {
    let vendor = by_hand().await;
    let host = host_of(&vendor, None).await;
    let job = submit(&host).await;
    assert_eq!(job.cancel().await.unwrap(), CancelResult::Cancelled);
    assert_eq!(wait(&job).await.unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!((submissions(&vendor), vendor.counts().cancels), (1, 1));
}

#[tokio::test]
async fn one_that_is_forgotten_or_fails_is_not_submitted_again() {
    let vendor = by_hand().await;
    let host = host_of(&vendor, None).await;
    type End = fn(&Running<Fal>, &str) -> bool;
    let ends: [(End, ErrorKind); 3] = [
        (|vendor, id| vendor.expire(id), ErrorKind::MaybeBilled),
        (|vendor, id| vendor.fail(id, Failure::Policy), ErrorKind::ContentPolicy),
        (|vendor, id| vendor.fail(id, Failure::Invalid), ErrorKind::InvalidInput),
    ];
    for (index, (end, kind)) in ends.into_iter().enumerate() {
        let job = submit(&host).await;
        assert!(end(&vendor, &vendor.jobs()[index]));
        let error = wait(&job).await.unwrap_err();
        assert_eq!((error.kind(), error.submitted()), (kind, Submitted::Yes), "{error}");
        assert_eq!(submissions(&vendor), index + 1);
        assert!(!format!("{error:?}").contains(Fal::KEY));
    }
}

#[tokio::test]
async fn what_is_refused_was_not_submitted() {
    let vendor = by_hand().await;
    let host = host_of(&vendor, None).await;
    for (word, kind) in [("policy", ErrorKind::ContentPolicy), ("invalid", ErrorKind::InvalidInput)] {
        let request = text_to_image::Request::new(format!("{PROMPT}, fail:{word}"));
        let error = host.get("fal").unwrap().text_to_image(request).await.unwrap_err();
        assert_eq!((error.kind(), error.submitted()), (kind, Submitted::No), "{error}");
    }
    assert!(vendor.jobs().is_empty());
}
