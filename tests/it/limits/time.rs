//! Limits of time: what is computed, what is waited for, and how the two are told apart.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use palisade::{CallSettings, ErrorKind, Isolation, Limits, ProgressSink, chat};

use super::{check, limits};
use crate::support::{behaving, only_time, with, within};

const SHORT: Duration = Duration::from_millis(100);
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn computing_has_a_limit_of_its_own() {
    let limits = Limits { cpu_time: SHORT, ..only_time(MINUTE) };
    let error = within(SHORT * 4, check("spin", limits, ErrorKind::CpuLimit, "computed longer than 100ms")).await;
    let resources = error.report().unwrap().resources;
    assert!(resources.guest_time >= SHORT / 2, "{resources:?}");
}

#[tokio::test]
async fn a_call_that_shares_its_thread_is_not_charged_for_the_others() {
    let limits = Limits { cpu_time: SHORT * 2, ..only_time(MINUTE) };
    // Six of them take turns on one thread: each computes until its own limit, however long that takes on the wall.
    with(behaving("spin").limits(limits), async |provider| {
        let spin = || async { provider.text_to_image("a fox").await.unwrap_err() };
        let errors = within(SHORT * 30, async { tokio::join!(spin(), spin(), spin(), spin(), spin(), spin()) }).await;
        for error in <[_; 6]>::from(errors) {
            assert_eq!(error.kind(), ErrorKind::CpuLimit);
            let resources = error.report().unwrap().resources;
            assert!(resources.guest_time < resources.wall_time, "{resources:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn each_call_of_a_host_function_costs_fuel() {
    let cheap = limits(|limits| limits.host_calls = u64::MAX);
    let dear = Limits { host_call_fuel: 1_000_000, ..cheap.clone() };
    for (limits, most) in [(cheap, 1_000_000), (dear, 1_000)] {
        let error = check("host-call-flood", limits, ErrorKind::FuelExhausted, "fuel of 1000000000").await;
        let calls = error.report().unwrap().resources.host_calls;
        assert!((most / 10..=most).contains(&calls), "{calls} of {most}");
    }
}

#[tokio::test]
async fn a_stream_that_begins_too_late_has_stalled() {
    for behaviour in ["spin-in-reply", "spin-in-next"] {
        let limits = Limits { first_event_timeout: SHORT, ..only_time(MINUTE) };
        with(behaving(behaviour).limits(limits), async |provider| {
            let error = within(SHORT * 4, provider.chat("hello")).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Stalled, "{behaviour}: {error}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_stream_that_stops_in_the_middle_has_stalled() {
    let limits = Limits { event_gap_timeout: SHORT, ..only_time(MINUTE) };
    with(behaving("spin-after-a-word").limits(limits), async |provider| {
        let stream = provider.stream(chat::Request::new("hello"), CallSettings::default()).unwrap();
        let pieces: Vec<_> = within(SHORT * 4, stream.collect()).await;
        let [Ok(chat::Event::Text(word)), Err(error)] = &pieces[..] else { panic!("{pieces:?}") };
        assert_eq!((word.as_str(), error.kind()), ("a", ErrorKind::Stalled));
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_is_left_lying_gives_its_place_back_at_its_deadline() {
    for isolation in [Isolation::InProcess, Isolation::Process] {
        let narrow = Limits { concurrency: 1, ..only_time(MINUTE) };
        let provider = behaving("well-behaved").limits(narrow).isolation(isolation);
        with(provider, async |provider| {
            let alive = Arc::new(());
            let heard = Arc::clone(&alive);
            let progress = ProgressSink::new(move |_| drop(Arc::clone(&heard)));
            let settings = CallSettings { timeout: Some(SHORT), progress, ..CallSettings::default() };
            let mut stream = provider.stream(chat::Request::new("one two three"), settings).unwrap();
            stream.next().await.unwrap().unwrap();
            assert_eq!(Arc::strong_count(&alive), 2, "the call has not ended");

            // Nobody polls the stream, and there is one place.
            within(SHORT * 10, provider.chat("hello")).await.unwrap();
            assert_eq!(Arc::strong_count(&alive), 1, "nothing is left of the call");
            let rest: Vec<_> = within(SHORT, stream.collect()).await;
            let [Err(error)] = &rest[..] else { panic!("it went on: {rest:?}") };
            assert_eq!(error.kind(), ErrorKind::Deadline);
            assert!(error.report().is_some_and(|report| report.resources.wall_time >= SHORT), "{error:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_listener_that_takes_its_time_is_not_the_provider_that_stalls() {
    let limits = Limits { first_event_timeout: SHORT, event_gap_timeout: SHORT, ..only_time(MINUTE) };
    with(behaving("well-behaved").limits(limits), async |provider| {
        let mut stream = provider.stream(chat::Request::new("one two three"), CallSettings::default()).unwrap();
        let mut pieces = 0;
        while let Some(piece) = stream.next().await {
            piece.unwrap();
            pieces += 1;
            // Longer than the provider itself may take.
            let _elapsed = tokio::time::timeout(SHORT * 2, std::future::pending::<()>()).await;
        }
        assert_eq!(pieces, 4);
    })
    .await;
}
