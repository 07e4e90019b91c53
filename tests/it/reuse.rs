//! Instances that are kept between calls: what they remember, and when they are dropped.

use std::time::Duration;

use palisade::{
    CallReport, CallSettings, ErrorKind, Limits, ProviderHandle, Registration, Result, Reuse, Scope, custom, rerank,
    text_to_image::Request,
};
use palisade_tests::Guest;
use serde_json::json;

use crate::support::{Made, behaving, with};

fn kept(behaviour: &str, reuse: Reuse) -> Registration {
    behaving(behaviour).reuse(reuse)
}

async fn call(provider: &ProviderHandle, scope: &'static str) -> Made {
    let settings = CallSettings { scope: Scope::new(scope), ..CallSettings::default() };
    provider.call(Request::new("a fox"), settings).await
}

/// How often the instance had been called that served this scope.
async fn count(provider: &ProviderHandle, scope: &'static str) -> u32 {
    let made = call(provider, scope).await.unwrap();
    let [line] = &made.report.log[..] else { panic!("{:?}", made.report.log) };
    line.text.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn every_call_gets_a_fresh_instance_unless_the_operator_says_otherwise() {
    with(behaving("counts-calls"), async |provider| {
        for _ in 0..3 {
            assert_eq!(count(provider, "a").await, 1);
        }
    })
    .await;
}

#[tokio::test]
async fn an_instance_serves_so_many_calls_and_no_more() {
    with(kept("counts-calls", Reuse { calls: 3, ..Reuse::default() }), async |provider| {
        for round in 0..7 {
            assert_eq!(count(provider, "a").await, round % 3 + 1);
        }
    })
    .await;
}

#[tokio::test]
async fn scopes_never_meet_in_an_instance() {
    with(kept("counts-calls", Reuse::default()), async |provider| {
        for round in 1..=3 {
            for scope in ["a", "b", ""] {
                assert_eq!(count(provider, scope).await, round, "{scope:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn no_more_instances_are_kept_than_allowed() {
    with(kept("counts-calls", Reuse { instances: 1, ..Reuse::default() }), async |provider| {
        assert_eq!(count(provider, "a").await, 1);
        assert_eq!(count(provider, "b").await, 1, "it takes the place of the other");
        assert_eq!(count(provider, "b").await, 2);
        assert_eq!(count(provider, "a").await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_instance_that_nobody_calls_is_dropped() {
    // Its time is that of the real clock: it is over before the next call.
    with(kept("counts-calls", Reuse { idle: Duration::from_nanos(1), ..Reuse::default() }), async |provider| {
        assert_eq!(count(provider, "a").await, 1);
        assert_eq!(count(provider, "a").await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_instance_that_failed_is_never_used_again() {
    with(kept("crashes-later", Reuse::default()), async |provider| {
        for _ in 0..2 {
            assert_eq!(count(provider, "a").await, 1);
            assert_eq!(call(provider, "a").await.unwrap_err().kind(), ErrorKind::Trap);
        }
    })
    .await;
}

/// A ranker that ranks a document that it was not given in the second call of each instance.
pub(crate) fn lies_later() -> Registration {
    let counts = "(global $calls (mut i32) (i32.const 0))";
    let lies = "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
                (i32.store (i32.const 1664) (i32.eq (global.get $calls) (i32.const 2)))";
    let guest = Guest::ranker().at("module", counts).at("rerank", lies);
    Registration::bytes(guest.component()).reuse(Reuse::default())
}

/// Fails unless each instance serves one call well, and none after one that it did not.
pub(crate) async fn check_that_lies_end_an_instance(provider: &ProviderHandle) {
    for _ in 0..3 {
        let rank = || provider.rerank(rerank::Request::new("where?", ["in woods"]));
        rank().await.unwrap();
        assert_eq!(rank().await.unwrap_err().kind(), ErrorKind::BadOutput);
    }
}

#[tokio::test]
async fn an_instance_whose_answer_is_refused_is_never_used_again() {
    with(lies_later(), check_that_lies_end_an_instance).await;
}

#[tokio::test]
async fn what_an_instance_holds_on_to_counts_in_every_call() {
    let limits = Limits { memory_bytes: 64 << 20, ..Limits::default() };
    with(kept("leaks", Reuse::default()).limits(limits), async |provider| {
        let mut peaks = Vec::new();
        let error = loop {
            match call(provider, "a").await {
                Ok(made) => peaks.push(made.report.resources.peak_memory_bytes),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::MemoryLimit);
        assert!((5..8).contains(&peaks.len()) && peaks.is_sorted(), "{peaks:?}");
        assert_eq!(count(provider, "a").await, 1, "the next call starts anew");
    })
    .await;
}

#[tokio::test]
async fn what_the_caller_has_got_counts_in_no_later_call() {
    const CALLS: usize = 10;
    async fn check(behaviour: &str, memory: u64, call: impl AsyncFn(&ProviderHandle) -> Result<CallReport>) {
        let limits = Limits { memory_bytes: memory, ..Limits::default() };
        with(kept(behaviour, Reuse::default()).limits(limits), async |provider| {
            let mut peaks = Vec::new();
            for number in 0..CALLS {
                let report = call(provider).await.unwrap_or_else(|error| panic!("{behaviour}, call {number}: {error}"));
                peaks.push(report.resources.peak_memory_bytes);
            }
            // What the memory of the guest grew by stays.
            assert!(peaks[1..].windows(2).all(|pair| pair[0] == pair[1]), "{behaviour}: {peaks:?}");
        })
        .await;
    }
    // Each time so much that all of them would not fit: a blob, pieces, JSON.
    check("stored-result", 256 << 20, async |provider| Ok(call(provider, "a").await?.report)).await;
    let words = "x".repeat(1 << 20);
    check("well-behaved", 20 << 20, async |provider| Ok(provider.chat(&*words).await?.report)).await;
    let input = json!({ "text": "x".repeat(100 << 10) });
    check("well-behaved", 64 << 20, async |provider| {
        Ok(provider.custom(custom::Request::new("echo", input.clone())).await?.report)
    })
    .await;
}

#[tokio::test]
async fn fuel_and_log_are_those_of_each_call() {
    let limits = Limits { fuel: 100_000_000, log_lines: 1, ..Limits::default() };
    with(kept("counts-calls", Reuse::default()).limits(limits), async |provider| {
        let first = call(provider, "a").await.unwrap().report;
        for _ in 0..20 {
            let next = call(provider, "a").await.unwrap().report;
            assert_eq!((next.log.len(), next.log_lines_dropped), (1, 0));
            assert!(next.resources.fuel <= first.resources.fuel, "{:?}", next.resources);
        }
    })
    .await;
}
