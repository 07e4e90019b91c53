//! Whatever a provider does, it does the same in a worker.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use futures_util::StreamExt as _;
use palisade::{
    CallSettings, Completion, Host, Isolation, Operation, ProgressSink, ProviderHandle, Registration, Response, Scope,
    chat, custom, embedding, image_upscale, rerank, text_to_image, text_to_speech,
};
use serde_json::json;

use super::{hostile, is_running, until, worker};
use crate::support::{behaving, builder, examples, providers, shared, with};

/// The same provider here and in a worker.
async fn both(id: &str) -> (ProviderHandle, ProviderHandle, Host) {
    let host = builder().build().await.unwrap();
    let registration = Registration::path(providers().join(format!("{id}.wasm")));
    host.register("here", registration.clone()).await.unwrap();
    host.register("there", registration.isolation(Isolation::Process)).await.unwrap();
    (host.get("here").unwrap(), host.get("there").unwrap(), host)
}

/// The same key, which decides what is random; each time for somebody else, since nobody is served twice under one key.
fn seeded() -> CallSettings {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let scope = Scope::new(CALLS.fetch_add(1, Ordering::Relaxed).to_string());
    CallSettings { idempotency_key: Some("the same".to_owned()), scope, ..CallSettings::default() }
}

/// Fails unless both give the same for this, at the same cost.
async fn check<O: Operation>(id: &str, request: O)
where
    Response: From<O::Response>,
{
    let (here, there, _host) = both(id).await;
    let here = here.call(request.clone(), seeded()).await.unwrap();
    let there = there.call(request, seeded()).await.unwrap();
    let shown = |completion: Completion<O::Response>| {
        let resources = completion.report.resources;
        let used = (resources.fuel, resources.host_calls, resources.bytes_in, resources.bytes_out);
        (format!("{:?}", Response::from(completion.response)), used, completion.report.log, completion.cost)
    };
    assert_eq!(shown(here), shown(there), "{id}");
}

#[tokio::test]
async fn answers_and_what_they_cost_are_the_same() {
    check("card", text_to_image::Request { seed: Some(7), ..text_to_image::Request::new("a red fox") }).await;
    check("eliza", chat::Request::new("I am sad about my mother")).await;
    check("hash-embed", embedding::Request::new(["a fox", "in the snow"])).await;
    check("bm25", rerank::Request::new("fox", ["a fox", "snow"])).await;
    check("outline", custom::Request::new("outline", json!({ "markdown": "# One\n\n## Two\n" }))).await;
    check("morse", text_to_speech::Request::new("sos")).await;
}

#[tokio::test]
async fn a_picture_goes_in_and_a_larger_one_comes_out() {
    let (here, there, _host) = both("pixels").await;
    let small =
        examples().get("card").unwrap().text_to_image("a fox").await.unwrap().response.images[0].content.clone();
    let request = image_upscale::Request::new(small);
    let (here, there) = (here.call(request.clone(), seeded()).await, there.call(request, seeded()).await);
    assert_eq!(here.unwrap().response.image.content, there.unwrap().response.image.content);
}

#[tokio::test]
async fn a_stream_comes_piece_by_piece_and_only_when_it_is_asked_for() {
    with(hostile("well-behaved"), async |provider| {
        let asked = Arc::new(Mutex::new(0));
        let counter = Arc::clone(&asked);
        let progress = ProgressSink::new(move |_| *counter.lock().unwrap() += 1);
        let settings = CallSettings { progress, ..CallSettings::default() };
        let mut stream = provider.stream(chat::Request::new("one two three"), settings).unwrap();
        for (pulled, expected) in (1..).zip(["one ", "two ", "three"]) {
            let piece = stream.next().await.unwrap().unwrap();
            assert_eq!(piece, chat::Event::Text(expected.to_owned()));
            assert_eq!(*asked.lock().unwrap(), pulled, "it did not run ahead");
        }
        assert!(matches!(stream.next().await, Some(Ok(chat::Event::Finish(_)))));
        assert_eq!(stream.completion().unwrap().response.text, "one two three");
        assert!(stream.next().await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_sound_is_the_same_in_pieces() {
    let (here, there, _host) = both("morse").await;
    let mut sounds = Vec::new();
    for provider in [here, there] {
        let mut stream = provider.stream(text_to_speech::Request::new("sos"), seeded()).unwrap();
        let mut pieces = Vec::new();
        while let Some(piece) = stream.next().await {
            pieces.push(piece.unwrap());
        }
        sounds.push(pieces);
    }
    assert!(sounds[0].len() > 2);
    assert_eq!(sounds[0], sounds[1]);
}

#[tokio::test]
async fn many_calls_at_one_time_meet_nobody_else() {
    with(hostile("well-behaved"), async |provider| {
        let calls = (0..50).map(|_| provider.text_to_image("a fox"));
        for made in futures_util::future::join_all(calls).await {
            assert_eq!(made.unwrap().response.images.len(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_logged_and_what_failed_arrives_as_it_was() {
    for behaviour in ["trap", "log-flood", "control-characters-response"] {
        let there = with(hostile(behaviour), async |provider| provider.text_to_image("a fox").await).await;
        let here = with(behaving(behaviour), async |provider| provider.text_to_image("a fox").await).await;
        match (here, there) {
            (Ok(here), Ok(there)) => {
                assert_eq!(
                    (here.report.log, here.report.log_lines_dropped),
                    (there.report.log, there.report.log_lines_dropped)
                );
            }
            (Err(here), Err(there)) => {
                assert_eq!((here.kind(), here.message()), (there.kind(), there.message()));
                assert_eq!(here.report().unwrap().log, there.report().unwrap().log);
            }
            (here, there) => panic!("{behaviour}: {here:?} and {there:?}"),
        }
    }
}

#[tokio::test]
async fn the_worker_ends_with_its_provider() {
    shared().register("ends", hostile("well-behaved")).await.unwrap();
    let process = worker(shared(), "ends").process.unwrap();
    assert!(is_running(process));
    shared().unregister("ends").await.unwrap();
    until(|| !is_running(process)).await;

    let host = builder().build().await.unwrap();
    host.register("ends", hostile("well-behaved")).await.unwrap();
    let process = worker(&host, "ends").process.unwrap();
    host.shutdown(std::time::Duration::from_secs(1)).await;
    until(|| !is_running(process)).await;
}
