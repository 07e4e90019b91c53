//! The provider of fal in the sandbox, by the way out, against a server that answers as fal does: its jobs are submitted, asked
//! after and stopped as a host does it.

#[path = "fal/host.rs"]
mod host;

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
    time::Duration,
};

use palisade_core::{
    Call, CallOptions, CancelResult, Capability, Dimensions, ErrorKind, JobCall, JobState, JobToken, Media,
    Provider as _, Request, Response, Result, Scope, Submitted, Unit, Usage, Warning, http, http::Outlet,
    image_to_video, text_to_image, text_to_video,
};
use palisade_egress::{Credential, Egress, Grant, Grants, Network, Place, Settings};
use palisade_sandbox::{Component, LoadOptions, Loader, Sandbox};
use palisade_vendors::{Counts, Failure, Fal, Listen, Pace, Running, Vendor as _};

use super::PLACE;
use crate::support::{cache, compiler, hollow_png, providers};

const FLUX: &str = "flux-dev";
const WAN: &str = "wan-25-preview-text-to-video";
const KLING: &str = "kling-video-v2.5-turbo-pro-image-to-video";

/// Shared, because a component is checked and compiled once.
static LOADER: LazyLock<Loader> =
    LazyLock::new(|| Loader::new(Sandbox::shared(None).unwrap(), compiler(), cache().open().unwrap()));

/// Fal, whose jobs go on when the test says so, and the provider that is let through to it.
struct Studio {
    vendor: Running<Fal>,
    provider: Component,
    outlet: Outlet,
}

impl Studio {
    async fn open() -> Self {
        let vendor = Fal::at(Pace::ByHand).listen(Listen::default()).await.unwrap();
        let outlet = outlet(&vendor);
        Self { provider: provider(&vendor).await, vendor, outlet }
    }

    async fn submit(&self, model: &str, request: impl Into<Request>) -> Result<JobToken> {
        self.submit_with(model, request, false, self.outlet.clone()).await
    }

    async fn submit_with(
        &self,
        model: &str,
        request: impl Into<Request>,
        strict: bool,
        outlet: Outlet,
    ) -> Result<JobToken> {
        let options = CallOptions {
            model: model.parse().unwrap(),
            idempotency_key: "key".to_owned(),
            timeout: Some(Duration::from_secs(20)),
            provider_options: BTreeMap::new(),
            scope: Scope::default(),
            strict,
        };
        let (progress, key_value, stores, events) = Default::default();
        let call = Call { request: Arc::new(request.into()), options, progress, outlet, key_value, stores, events };
        self.provider.submit(call).await.map(|(token, _)| token)
    }

    fn job(&self, capability: Capability, token: &JobToken) -> JobCall {
        let (token, outlet) = (token.clone(), self.outlet.clone());
        let (scope, key_value, stores) = Default::default();
        JobCall { capability, token, timeout: Some(Duration::from_secs(20)), scope, outlet, key_value, stores }
    }

    async fn poll(&self, capability: Capability, token: &JobToken) -> Result<JobState> {
        self.provider.poll(self.job(capability, token)).await.map(|(state, _)| state)
    }

    async fn cancel(&self, token: &JobToken) -> CancelResult {
        self.provider.cancel(self.job(Capability::TextToImage, token)).await.unwrap()
    }

    /// The last job that was submitted.
    fn last(&self) -> String {
        self.vendor.jobs().pop().unwrap()
    }

    /// What came of a picture whose job ends so.
    async fn painted(&self, prompt: &str, failure: Option<Failure>) -> JobState {
        let token = self.submit(FLUX, text_to_image::Request::new(prompt)).await.unwrap();
        match failure {
            Some(failure) => assert!(self.vendor.fail(&self.last(), failure)),
            None => assert!(self.vendor.complete(&self.last())),
        }
        self.poll(Capability::TextToImage, &token).await.unwrap()
    }
}

async fn provider(vendor: &Running<Fal>) -> Component {
    let options = LoadOptions {
        config: BTreeMap::from([("base_url".to_owned(), vendor.url(""))]),
        isolation: PLACE,
        reaches_out: true,
        ..LoadOptions::default()
    };
    LOADER.verify_file(&providers().join("fal.wasm"), options).await.unwrap().describe().await.unwrap()
}

/// A way out to this server alone, with its key.
fn outlet(vendor: &Running<Fal>) -> Outlet {
    let place = Place::Header("authorization".to_owned());
    let credential = Credential::new("api-key", place, "Key {}", Some(Fal::KEY.into())).unwrap();
    let grant = Grant {
        credential: Some(credential),
        allow_private: vec![vendor.address],
        ..Grant::new(format!("{}/*", vendor.url("")))
    };
    let grants = Arc::new(Grants::new("fal".parse().unwrap(), [grant]).unwrap());
    let egress = Egress::new(Settings::default(), Network::default()).unwrap();
    Outlet::new(egress.client(grants, Scope::default(), Arc::new(http::Traffic::default())))
}

fn used(usage: &Usage, unit: &Unit) -> Option<f64> {
    usage.items.iter().find(|item| item.unit == *unit).map(|item| item.quantity)
}

fn picture() -> Media {
    hollow_png(64, 64)
}

#[tokio::test]
async fn a_picture_waits_is_made_and_arrives() {
    let studio = Studio::open().await;
    let request = text_to_image::Request {
        n: 2,
        size: Dimensions::Pixels(512, 512),
        quality: Some("high".to_owned()),
        ..text_to_image::Request::new("a red fox")
    };
    let token = studio.submit(FLUX, request).await.unwrap();
    assert!(!String::from_utf8_lossy(token.bytes()).contains("http"), "it names no address");
    let poll = || studio.poll(Capability::TextToImage, &token);
    let JobState::Queued(progress) = poll().await.unwrap() else { panic!("it waits") };
    assert_eq!(progress.queue_position, Some(0));
    studio.vendor.advance(&studio.last());
    assert!(matches!(poll().await.unwrap(), JobState::Running(_)));
    studio.vendor.advance(&studio.last());

    // As after a restart: the token is all that is left.
    let studio = Studio { provider: provider(&studio.vendor).await, outlet: outlet(&studio.vendor), ..studio };
    let state = studio.poll(Capability::TextToImage, &token).await.unwrap();
    let JobState::Succeeded(response) = state else { panic!("{state:?}") };
    let Response::TextToImage(made) = *response else { panic!("no pictures") };
    assert_eq!(made.images.len(), 2);
    for image in &made.images {
        assert_eq!((image.content.media_type.as_str(), image.width, image.height), ("image/png", Some(512), Some(512)));
        assert!(image.content.data.starts_with(b"\x89PNG") && image.seed.is_some());
    }
    assert_eq!((used(&made.usage, &Unit::Image), used(&made.usage, &Unit::Megapixel)), (Some(2.0), Some(2.0)));
    assert_eq!(
        made.warnings,
        [Warning::IgnoredParameter { name: "quality".to_owned() }],
        "it was known at the beginning"
    );
    assert_eq!(studio.vendor.counts(), Counts { submissions: 1, polls: 3, results: 1, cancels: 0 });
}

#[tokio::test]
async fn the_key_goes_to_the_queue_and_nowhere_else() {
    let studio = Studio::open().await;
    let token = studio.submit(FLUX, text_to_image::Request::new("a red fox")).await.unwrap();
    studio.vendor.complete(&studio.last());
    let state = studio.poll(Capability::TextToImage, &token).await.unwrap();
    assert!(matches!(state, JobState::Succeeded(_)), "{state:?}");
    let (files, pages): (Vec<_>, Vec<_>) =
        studio.vendor.requests().into_iter().partition(|request| request.path.starts_with("/files/"));
    let key = format!("Key {}", Fal::KEY);
    assert!(pages.len() == 3 && pages.iter().all(|page| page.header("authorization") == Some(&key)));
    assert!(files.len() == 1 && files.iter().all(|file| file.header("authorization").is_none()));
    let shown = format!("{state:?} {}", String::from_utf8_lossy(token.bytes()));
    assert!(!shown.contains(Fal::KEY));
}

#[tokio::test]
async fn films_are_made_from_words_and_from_pictures() {
    let studio = Studio::open().await;
    let asked = text_to_video::Request { seconds: Some(10.0), ..text_to_video::Request::new("a fox runs") };
    let token = studio.submit(WAN, asked).await.unwrap();
    studio.vendor.complete(&studio.last());
    let state = studio.poll(Capability::TextToVideo, &token).await.unwrap();
    let JobState::Succeeded(response) = state else { panic!("{state:?}") };
    let Response::TextToVideo(made) = *response else { panic!("no film") };
    let [film] = &made.videos[..] else { panic!("{} films", made.videos.len()) };
    assert_eq!((film.content.media_type.as_str(), &film.content.data[4..8]), ("video/mp4", &b"ftyp"[..]));
    assert_eq!(used(&made.usage, &Unit::VideoSecond), Some(10.0));

    let token = studio.submit(KLING, image_to_video::Request::new(picture())).await.unwrap();
    studio.vendor.complete(&studio.last());
    let state = studio.poll(Capability::ImageToVideo, &token).await.unwrap();
    let JobState::Succeeded(response) = state else { panic!("{state:?}") };
    let Response::ImageToVideo(made) = *response else { panic!("no film") };
    assert_eq!((made.videos.len(), used(&made.usage, &Unit::VideoSecond)), (1, Some(5.0)));
    let requests = studio.vendor.requests();
    let sent = requests.iter().rfind(|request| request.method == "POST").unwrap().json();
    assert!(sent["image_url"].as_str().unwrap().starts_with("data:image/png;base64,iVBORw0KGgo"));
}

#[tokio::test]
async fn a_job_is_stopped_unless_it_has_ended() {
    let studio = Studio::open().await;
    for steps in 0..2 {
        let token = studio.submit(FLUX, text_to_image::Request::new("a red fox")).await.unwrap();
        for _ in 0..steps {
            studio.vendor.advance(&studio.last());
        }
        assert_eq!(studio.cancel(&token).await, CancelResult::Cancelled);
        let state = studio.poll(Capability::TextToImage, &token).await.unwrap();
        assert!(matches!(state, JobState::Cancelled(_)), "{state:?}");
    }
    let token = studio.submit(FLUX, text_to_image::Request::new("a red fox")).await.unwrap();
    studio.vendor.complete(&studio.last());
    assert_eq!(studio.cancel(&token).await, CancelResult::TooLate);
    assert_eq!(studio.vendor.counts().cancels, 3);
    studio.vendor.expire(&studio.last());
    assert_eq!(studio.cancel(&token).await, CancelResult::TooLate);
}

#[tokio::test]
async fn what_the_vendor_has_forgotten_is_expired() {
    let studio = Studio::open().await;
    let submit = async || studio.submit(FLUX, text_to_image::Request::new("a red fox")).await.unwrap();
    let token = submit().await;
    studio.vendor.expire(&studio.last());
    assert!(matches!(studio.poll(Capability::TextToImage, &token).await.unwrap(), JobState::Expired));

    // Of a job that is remembered, the files may be gone.
    let token = submit().await;
    studio.vendor.complete(&studio.last());
    studio.vendor.expire_files();
    assert!(matches!(studio.poll(Capability::TextToImage, &token).await.unwrap(), JobState::Expired));
}

#[tokio::test]
async fn a_submission_that_is_refused_is_the_kind_of_failure_that_it_is() {
    let studio = Studio::open().await;
    for (word, kind, submitted) in [
        ("invalid", ErrorKind::InvalidInput, Submitted::No),
        ("unauthorized", ErrorKind::Auth, Submitted::No),
        ("forbidden", ErrorKind::Auth, Submitted::No),
        ("no-credit", ErrorKind::InsufficientCredit, Submitted::No),
        ("not-found", ErrorKind::ModelNotFound, Submitted::No),
        ("too-large", ErrorKind::LimitExceeded, Submitted::No),
        ("rate-limited:2", ErrorKind::RateLimited, Submitted::No),
        ("policy", ErrorKind::ContentPolicy, Submitted::No),
        ("internal", ErrorKind::Upstream, Submitted::Unknown),
        ("unavailable", ErrorKind::Overloaded, Submitted::Unknown),
    ] {
        let prompt = format!("a red fox, fail:{word}");
        let error = studio.submit(FLUX, text_to_image::Request::new(prompt)).await.unwrap_err();
        assert_eq!((error.kind(), error.submitted()), (kind, submitted), "{word}: {error}");
        assert!(!format!("{error:?}").contains(Fal::KEY));
        let wait = if word == "rate-limited:2" { Some(Duration::from_secs(2)) } else { None };
        assert_eq!(error.retry_after(), wait, "{word}");
        if word == "invalid" {
            assert_eq!(error.field(), Some("prompt"));
        }
    }
    assert!(studio.vendor.jobs().is_empty());
}

#[tokio::test]
async fn a_job_that_fails_says_why() {
    let studio = Studio::open().await;
    for (word, failure, kind) in [
        ("", Some(Failure::Invalid), ErrorKind::InvalidInput),
        ("", Some(Failure::Policy), ErrorKind::ContentPolicy),
        ("", Some(Failure::Internal), ErrorKind::Upstream),
        ("", Some(Failure::Unavailable), ErrorKind::Overloaded),
        ("fail:midway", None, ErrorKind::Upstream),
        ("fail:withheld", None, ErrorKind::ContentPolicy),
    ] {
        let state = studio.painted(&format!("a red fox {word}"), failure).await;
        let JobState::Failed(error) = state else { panic!("{word} {failure:?}: {state:?}") };
        assert_eq!((error.kind(), error.submitted()), (kind, Submitted::Yes), "{word} {failure:?}: {error}");
        assert_eq!(error.upstream_id(), Some(studio.last().as_str()));
    }
}

#[tokio::test]
async fn a_question_that_fails_leaves_the_job() {
    let studio = Studio::open().await;
    let token = studio.submit(FLUX, text_to_image::Request::new("a red fox")).await.unwrap();
    for failure in [Failure::RateLimited { retry_after: Some(1) }, Failure::Unauthorized, Failure::Unavailable] {
        studio.vendor.fail_next(failure);
        let error = studio.poll(Capability::TextToImage, &token).await.unwrap_err();
        assert_eq!(error.submitted(), Submitted::Yes, "{failure:?}: {error}");
    }
    assert!(matches!(studio.poll(Capability::TextToImage, &token).await.unwrap(), JobState::Queued(_)));
}

#[tokio::test]
async fn what_cannot_be_had_or_is_not_granted_is_not_submitted() {
    let studio = Studio::open().await;
    let request =
        || text_to_image::Request { quality: Some("high".to_owned()), ..text_to_image::Request::new("a fox") };
    let error = studio.submit_with(FLUX, request(), true, studio.outlet.clone()).await.unwrap_err();
    assert_eq!((error.kind(), error.submitted()), (ErrorKind::Unsupported, Submitted::No));
    let error = studio.submit_with(FLUX, request(), false, Outlet::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.submitted()), (ErrorKind::Auth, Submitted::No));
    let error = studio.submit(WAN, request()).await.unwrap_err();
    assert_eq!((error.kind(), error.submitted()), (ErrorKind::ModelNotFound, Submitted::No));
    assert!(studio.vendor.requests().is_empty());
}

#[tokio::test]
async fn a_check_asks_the_queue() {
    let studio = Studio::open().await;
    studio.provider.check(studio.outlet.clone()).await.unwrap();
    assert_eq!(studio.vendor.counts(), Counts { polls: 1, ..Counts::default() }, "which costs nothing");
    studio.vendor.stop().await;
    assert!(studio.provider.check(studio.outlet).await.is_err());
}
