//! Every wall that a call hits in this process, it hits in a worker.

use std::{future::ready, time::Duration};

use futures_util::StreamExt as _;
use palisade::{
    CallSettings, ErrorKind, Isolation, Limits, Media, Registration, Reuse, Scope, chat, image_upscale, text_to_image,
};
use tokio::time::timeout;

use super::{hostile, paint, worker};
use crate::{
    refusals::lookalike,
    support::{assert_harmless, assert_the_neighbour_answers, behaving, only_time, providers, shared, with, within},
};

fn few() -> Limits {
    Limits { fuel: 1_000_000_000, ..Limits::default() }
}

fn small() -> Limits {
    Limits { memory_bytes: 32 << 20, ..few() }
}

#[tokio::test]
async fn a_call_ends_at_each_limit_with_the_same_error() {
    let briefly = only_time(Duration::from_millis(200));
    let cases = [
        ("spin", few(), ErrorKind::FuelExhausted),
        ("bulk-fill", few(), ErrorKind::FuelExhausted),
        ("spin", briefly.clone(), ErrorKind::Deadline),
        ("hash-blobs", briefly.clone(), ErrorKind::Deadline),
        (
            "spin",
            Limits { cpu_time: Duration::from_millis(100), ..only_time(Duration::from_secs(20)) },
            ErrorKind::CpuLimit,
        ),
        ("eat-memory", small(), ErrorKind::MemoryLimit),
        ("many-blobs", small(), ErrorKind::MemoryLimit),
        ("handle-flood", few(), ErrorKind::ResourceLimit),
        ("host-call-flood", Limits { host_calls: 1000, ..few() }, ErrorKind::HostCallLimit),
        ("progress", Limits { host_calls: 3, ..few() }, ErrorKind::HostCallLimit),
        ("huge-result", few(), ErrorKind::ResultTooLarge),
        ("stack-overflow", few(), ErrorKind::Trap),
        ("trap", few(), ErrorKind::Trap),
        ("no-images", few(), ErrorKind::BadOutput),
    ];
    for (behaviour, limits, kind) in cases {
        let memory = limits.memory_bytes;
        let there = with(hostile(behaviour).limits(limits.clone()), async |provider| paint(provider).await).await;
        let here = with(behaving(behaviour).limits(limits), async |provider| paint(provider).await).await;
        let (here, there) = (here.unwrap_err(), there.unwrap_err());
        assert_eq!(there.kind(), kind, "{behaviour}: {there}");
        assert_eq!((here.kind(), here.message()), (there.kind(), there.message()), "{behaviour}");
        assert_harmless(there.message());
        let resources = there.report().unwrap().resources;
        // On a busy machine the host may end a call before its worker has said what it used.
        assert!(
            kind == ErrorKind::Deadline
                || resources.fuel > Some(0) && (1..=memory).contains(&resources.peak_memory_bytes),
            "{resources:?}"
        );
        assert_the_neighbour_answers().await;
    }
}

#[tokio::test]
async fn a_large_result_within_the_limits_arrives_whole() {
    let wide = Limits { result_bytes: 64 << 20, ..Limits::default() };
    for behaviour in ["huge-result", "stored-result"] {
        let picture = with(hostile(behaviour).limits(wide.clone()), async |provider| paint(provider).await).await;
        assert_eq!(picture.unwrap().len(), 40 << 20, "{behaviour}");
    }
}

#[tokio::test]
async fn a_request_that_the_provider_has_no_memory_for_ends_nobody_else() {
    let limits = Limits { memory_bytes: 16 << 20, concurrency: 1, result_bytes: 4 << 20, ..few() };
    let pixels = || Registration::path(providers().join("pixels.wasm")).limits(limits.clone());
    let picture = Media { media_type: "image/png".to_owned(), data: vec![0; 300 << 20] };
    let request = image_upscale::Request::new(picture);
    with(pixels(), async |provider| {
        let error = provider.call(request.clone(), CallSettings::default()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
    })
    .await;
    shared().register("small", pixels().isolation(Isolation::Process)).await.unwrap();
    let before = worker(shared(), "small");
    let provider = shared().get("small").unwrap();
    let error = provider.call(request, CallSettings::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
    provider.check().await.unwrap();
    assert_eq!(worker(shared(), "small"), before, "its worker has not died");
    shared().unregister("small").await.unwrap();
}

#[tokio::test]
async fn instances_that_are_kept_leave_room_for_the_calls() {
    let limits = Limits { concurrency: 1, instances: 8, memories: 2, tables: 8, ..few() };
    let registration = hostile("well-behaved").limits(limits).reuse(Reuse::default());
    with(registration, async |provider| {
        for scope in ["a", "b", "c", "d", "e", "f"] {
            let settings = CallSettings { scope: Scope::new(scope), ..CallSettings::default() };
            provider.call(text_to_image::Request::new("a fox"), settings).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_component_of_many_instances_fits_the_worker_of_a_single_call() {
    // It has no types, which is found when it runs.
    let many = format!("(core module $part) {}", "(core instance (instantiate $part))".repeat(60));
    let registration = lookalike(&many, "", "").limits(Limits { concurrency: 1, ..few() });
    let here = shared().register("many", registration.clone()).await.unwrap_err();
    let there = shared().register("many", registration.isolation(Isolation::Process)).await.unwrap_err();
    assert_eq!((here.kind(), here.message()), (there.kind(), there.message()));
}

#[tokio::test]
async fn a_stream_that_stops_in_the_middle_has_stalled() {
    let limits = Limits { event_gap_timeout: Duration::from_millis(100), ..only_time(Duration::from_secs(60)) };
    with(hostile("spin-after-a-word").limits(limits), async |provider| {
        let stream = provider.chat_stream("hello").unwrap();
        let pieces: Vec<_> = within(Duration::from_secs(1), stream.collect()).await;
        let [Ok(chat::Event::Text(word)), Err(error)] = &pieces[..] else { panic!("{pieces:?}") };
        assert_eq!((word.as_str(), error.kind()), ("a", ErrorKind::Stalled));
    })
    .await;
}

#[tokio::test]
async fn calls_that_are_dropped_end_in_the_worker_too() {
    let limits = Limits { concurrency: 2, ..only_time(Duration::from_secs(60)) };
    shared().register("dropped-there", hostile("spin").limits(limits)).await.unwrap();
    let provider = shared().get("dropped-there").unwrap();
    let before = worker(shared(), "dropped-there");
    // Far more than it has sandboxes for.
    for _ in 0..100 {
        tokio::select! {
            biased;
            made = provider.text_to_image("a fox") => panic!("it ended: {made:?}"),
            () = ready(()) => {}
        }
    }
    let mut stream = provider.chat_stream("one two three").unwrap();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    // Whoever is in the way would be told of.
    let settings = CallSettings { timeout: Some(Duration::from_secs(3)), ..CallSettings::default() };
    let error = provider.call(text_to_image::Request::new("a fox"), settings).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Deadline, "{error}");
    assert_eq!(worker(shared(), "dropped-there"), before, "the worker let go of every call");
    shared().unregister("dropped-there").await.unwrap();
}

#[tokio::test]
async fn who_comes_when_others_have_just_gone_gets_their_sandboxes() {
    let limits = Limits { concurrency: 8, ..only_time(Duration::from_secs(60)) };
    with(hostile("spin").limits(limits), async |provider| {
        // They compute when they are dropped, and their sandboxes are free at the next tick.
        for round in 0..20 {
            let calls = futures_util::future::try_join_all((0..8).map(|_| provider.text_to_image("a fox")));
            let ended = timeout(Duration::from_millis(20), calls).await;
            assert!(ended.is_err(), "{round}: {ended:?}");
        }
        // A guest that is asked whether it is well answers within seconds, or not at all: there is room for it.
        provider.check().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_listener_that_takes_its_time_is_waited_for() {
    with(hostile("well-behaved"), async |provider| {
        let mut first = provider.chat_stream("one two").unwrap();
        assert_eq!(first.next().await.unwrap().unwrap(), chat::Event::Text("one ".to_owned()));
        // Nobody else waits with it.
        assert_eq!(provider.chat("three").await.unwrap().response.text, "three");
        assert_eq!(first.next().await.unwrap().unwrap(), chat::Event::Text("two".to_owned()));
    })
    .await;
}
