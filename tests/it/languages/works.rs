//! Work of the SDKs that is jobs: what an author's ticket goes through.

use std::time::Duration;

use palisade::{
    CallSettings, CancelResult, Capability, Dimensions, ErrorKind, Host, JobState, Media, Polling, Registration,
    Warning, image_to_video, text_to_image, text_to_video,
};

use super::{SAMPLERS, SMALL, component};
use crate::support::builder;

/// A host with one of the samplers.
async fn host_of(sampler: &str) -> Host {
    let host = builder().build().await.unwrap();
    let often = Duration::from_millis(1);
    let registration = Registration::path(component(sampler)).polling(Polling { first: often, longest: often });
    host.register(sampler, registration).await.unwrap();
    host
}

fn film(prompt: &str) -> text_to_video::Request {
    text_to_video::Request { seconds: Some(2.5), ..text_to_video::Request::new(prompt) }
}

#[tokio::test]
async fn a_film_is_made_from_what_was_submitted() {
    for sampler in SAMPLERS.into_iter().chain(SMALL) {
        let host = host_of(sampler).await;
        let provider = host.get(sampler).unwrap();
        let made = provider.text_to_video(text_to_video::Request { fps: Some(24), ..film("a fox") }).await.unwrap();
        let [video] = made.response.videos.as_slice() else { panic!("{:?}", made.response) };
        assert_eq!((video.width, video.seconds, video.revised_prompt.as_deref()), (Some(64), Some(2.5), Some("a fox")));
        assert_eq!((video.content.media_type.as_str(), video.content.data.len()), ("video/mp4", 24), "{sampler}");
        assert_eq!(made.response.usage.items[0].unit.to_string(), "video-second");
        // What the SDK found when it was submitted is told when it is done.
        let warnings: Vec<_> = made.response.warnings.iter().map(ToString::to_string).collect();
        assert!(warnings.len() == 2 && warnings[0].contains("`fps`") && warnings[1] == "grainy", "{warnings:?}");

        let frame = Media { media_type: "image/png".to_owned(), data: b"\x89PNG\r\n\x1a\n".to_vec() };
        let made = provider.image_to_video(image_to_video::Request::new(frame)).await.unwrap();
        assert_eq!(made.response.videos[0].revised_prompt.as_deref(), Some("8 bytes"), "{sampler}");
    }
}

#[tokio::test]
async fn pictures_may_take_longer_than_a_call() {
    for painter in ["painter-c", "painter-go", "painter-javascript", "painter-python", "painter-zig"] {
        let host = host_of(painter).await;
        assert_eq!(host.status(painter).unwrap().capabilities, [Capability::TextToImage], "{painter}");
        let request = text_to_image::Request {
            n: 2,
            size: Dimensions::Pixels(30, 20),
            seed: Some(7),
            quality: Some("high".to_owned()),
            ..text_to_image::Request::new("a fox")
        };
        let made = host.get(painter).unwrap().text_to_image(request).await.unwrap().response;
        let [image, _] = made.images.as_slice() else { panic!("{painter}: {made:?}") };
        assert_eq!((image.width, image.seed, image.revised_prompt.as_deref()), (Some(30), Some(7), Some("a fox")));
        assert!(matches!(&made.warnings[..], [Warning::IgnoredParameter { name }] if name == "quality"), "{painter}");
    }
}

#[tokio::test]
async fn what_becomes_of_a_job_is_what_its_provider_says() {
    for sampler in SAMPLERS.into_iter().chain(SMALL) {
        let host = host_of(sampler).await;
        let submit = async |prompt: &str| {
            let search = host.find_best_provider(Capability::TextToVideo);
            search.submit(film(prompt), CallSettings::default()).await
        };
        let job = submit("wait").await.unwrap();
        let JobState::Running(progress) = job.poll().await.unwrap() else { panic!("{sampler}: it does not run") };
        assert_eq!((progress.permille, progress.remaining), (Some(500), Some(Duration::from_secs(1))), "{sampler}");
        let preview = progress.preview.unwrap();
        assert_eq!((preview.media_type.as_str(), preview.data.len()), ("image/svg+xml", 41), "{sampler}");
        assert_eq!(job.cancel().await.unwrap(), CancelResult::Cancelled);
        let job = submit("queue").await.unwrap();
        let JobState::Queued(progress) = job.poll().await.unwrap() else { panic!("{sampler}: it is not queued") };
        assert_eq!(progress.queue_position, Some(3));
        assert_eq!(job.cancel().await.unwrap(), CancelResult::TooLate);

        let provider = host.get(sampler).unwrap();
        for (prompt, kind) in [
            ("refuse", ErrorKind::InvalidInput),
            ("fail", ErrorKind::RateLimited),
            ("stop", ErrorKind::Cancelled),
            ("expire", ErrorKind::MaybeBilled),
        ] {
            let error = provider.text_to_video(film(prompt)).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{sampler}: {prompt}: {error}");
        }
        let strict = CallSettings { strict: true, ..CallSettings::default() };
        let refused = provider.call(text_to_video::Request { audio: Some(false), ..film("a fox") }, strict).await;
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported, "{sampler}");
    }
}
