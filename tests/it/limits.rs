//! Every wall that a call can hit: the call ends with the right error and a report, and the host goes on.

mod admission;
mod neighbours;
mod output;
mod time;

use std::time::Duration;

use palisade::{Error, ErrorKind, Limits};

use crate::support::{assert_harmless, assert_the_neighbour_answers, behaving, call_once, only_time, shared, within};

/// Fails unless a call with this behaviour ends in this kind of error, which says so, with what the call used.
async fn check(behaviour: &str, limits: Limits, kind: ErrorKind, says: &str) -> Error {
    let memory = limits.memory_bytes;
    let Err(error) = call_once(behaving(behaviour).limits(limits)).await else {
        panic!("{behaviour} succeeded");
    };
    assert_eq!(error.kind(), kind, "{behaviour}: {error}");
    assert!(error.message().contains(says), "{behaviour}: {says:?} is not in {:?}", error.message());
    assert_harmless(error.message());
    assert!(error.provider().is_some());
    let resources = error.report().expect("no report").resources;
    assert!(resources.fuel > Some(0), "{behaviour}: {resources:?}");
    assert!((1..=memory).contains(&resources.peak_memory_bytes), "{behaviour}: {resources:?}");
    assert_the_neighbour_answers().await;
    error
}

fn limits(change: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits { fuel: 1_000_000_000, ..Limits::default() };
    change(&mut limits);
    limits
}

#[tokio::test]
async fn computing_without_end_uses_up_the_fuel_to_the_last() {
    for behaviour in ["spin", "bulk-fill"] {
        let error = check(behaviour, limits(|_| {}), ErrorKind::FuelExhausted, "fuel of 1000000000").await;
        let fuel = error.report().unwrap().resources.fuel.unwrap();
        assert!(fuel > 900_000_000, "{behaviour} used {fuel}");
    }
}

#[tokio::test]
async fn computing_without_end_is_stopped_by_the_clock_when_fuel_never_ends() {
    for behaviour in ["spin", "bulk-fill"] {
        let timeout = Duration::from_millis(300);
        let call = check(behaviour, only_time(timeout), ErrorKind::Deadline, "longer than 300ms");
        let error = within(timeout * 4, call).await;
        assert!(error.report().unwrap().resources.wall_time >= timeout);
    }
}

#[tokio::test]
async fn work_that_only_the_host_does_is_stopped_by_the_clock() {
    for behaviour in ["hash-blobs", "log-newlines"] {
        let timeout = Duration::from_millis(300);
        let call = check(behaviour, only_time(timeout), ErrorKind::Deadline, "longer than 300ms");
        let error = within(timeout * 4, call).await;
        println!("{behaviour}: {:?} of {timeout:?}", error.report().unwrap().resources.wall_time);
    }
}

#[tokio::test]
async fn the_time_of_one_call_can_only_be_shortened() {
    let registration = behaving("spin").limits(only_time(Duration::from_millis(200)));
    shared().register("short", registration).await.unwrap();
    let handle = shared().get("short").unwrap();
    for (asked, says) in [(Duration::from_millis(50), "50ms"), (Duration::from_secs(3600), "200ms")] {
        let settings = palisade::CallSettings { timeout: Some(asked), ..palisade::CallSettings::default() };
        let call = handle.call(palisade::text_to_image::Request::new("a fox"), settings);
        let error = within(Duration::from_secs(1), call).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Deadline);
        assert!(error.message().contains(says), "{error}");
    }
    shared().unregister("short").await.unwrap();
}

#[tokio::test]
async fn memory_is_refused_at_the_limit_wherever_it_is_kept() {
    const MIB: u64 = 1 << 20;
    for behaviour in ["eat-memory", "many-blobs"] {
        let small = limits(|limits| limits.memory_bytes = 32 * MIB);
        let error = check(behaviour, small, ErrorKind::MemoryLimit, "33554432 bytes of memory").await;
        let peak = error.report().unwrap().resources.peak_memory_bytes;
        assert!(peak > 24 * MIB, "{behaviour} was refused at {peak} bytes");
    }
}

#[tokio::test]
async fn a_provider_that_copes_with_the_refusal_of_memory_answers() {
    for behaviour in ["eat-memory-politely", "many-blobs-politely"] {
        let small = limits(|limits| limits.memory_bytes = 32 << 20);
        let made = call_once(behaving(behaviour).limits(small)).await.unwrap();
        let peak = made.report.resources.peak_memory_bytes;
        assert!((24 << 20..=32 << 20).contains(&peak), "{behaviour} had {peak} bytes");
    }
}

#[tokio::test]
async fn what_is_given_back_may_be_used_again() {
    let small = limits(|limits| limits.memory_bytes = 8 << 20);
    let made = call_once(behaving("blob-churn").limits(small)).await.unwrap();
    assert!(made.report.resources.host_calls > 128, "{:?}", made.report.resources);
}

#[tokio::test]
async fn media_for_a_provider_count_as_its_memory() {
    let small = limits(|limits| limits.memory_bytes = 8 << 20);
    shared().register("small", behaving("well-behaved").limits(small)).await.unwrap();
    let mut request = palisade::custom::Request::new("echo", serde_json::json!({}));
    request.media = vec![palisade::Media { media_type: "image/png".to_owned(), data: vec![1; 16 << 20] }];
    let error = shared().get("small").unwrap().custom(request).await.unwrap_err();
    // The caller asked for too much, not the provider.
    assert_eq!((error.kind(), error.field()), (ErrorKind::LimitExceeded, Some("media[0]")), "{error}");
    shared().unregister("small").await.unwrap();
}

#[tokio::test]
async fn handles_end_at_their_limit() {
    let few = limits(|limits| limits.handles = 100);
    let error = check("handle-flood", few, ErrorKind::ResourceLimit, "more than 100 handles").await;
    assert!(error.report().unwrap().resources.host_calls >= 100);
    check("handle-flood", limits(|_| {}), ErrorKind::ResourceLimit, "more than 4096 handles").await;
}

#[tokio::test]
async fn calls_of_the_host_end_at_their_limit() {
    let few = limits(|limits| limits.host_calls = 1000);
    let error = check("host-call-flood", few, ErrorKind::HostCallLimit, "more than 1000 times").await;
    assert_eq!(error.report().unwrap().resources.host_calls, 1000);
}

#[tokio::test]
async fn more_bytes_than_allowed_are_not_taken_over() {
    check("huge-result", limits(|_| {}), ErrorKind::ResultTooLarge, "33554432 bytes at a time").await;
    check("huge-argument", limits(|_| {}), ErrorKind::ResultTooLarge, "33554432 bytes at a time").await;
    let wide = limits(|limits| limits.result_bytes = 64 << 20);
    let made = call_once(behaving("huge-result").limits(wide)).await.unwrap();
    assert_eq!(made.report.resources.bytes_out, 40 << 20);
    // A blob is charged to the memory instead, and handed over without a copy.
    let made = call_once(behaving("stored-result").limits(limits(|_| {}))).await.unwrap();
    assert_eq!(made.report.resources.bytes_out, 40 << 20);
}

#[tokio::test]
async fn a_crash_is_told_with_what_the_provider_said_last() {
    let error = check("trap", limits(|_| {}), ErrorKind::Trap, "the paint \\u{1b}[31mran out").await;
    assert!(error.kind().is_retryable());
    let log = &error.report().unwrap().log;
    assert!(log.iter().any(|line| line.level == palisade::LogLevel::Error), "{log:?}");
}

#[tokio::test]
async fn recursion_without_end_is_a_crash_of_the_provider_alone() {
    check("stack-overflow", limits(|_| {}), ErrorKind::Trap, "the provider crashed").await;
}

#[tokio::test]
async fn a_limit_of_time_that_no_clock_reaches_is_none() {
    let endless = limits(|limits| limits.timeout = Duration::MAX);
    call_once(behaving("well-behaved").limits(endless)).await.unwrap();
}
