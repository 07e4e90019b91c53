//! Providers that misbehave when they are asked what they are.

use std::time::Duration;

use palisade::{ErrorKind, Limits};

use super::check;
use crate::support::{assert_harmless, behaving, only_time, shared, within};

#[tokio::test]
async fn a_catalogue_that_breaks_a_rule_is_refused_with_the_rule() {
    let cases = [
        ("bad-id", "id:"),
        ("empty-host", "hosts: it is empty"),
        ("long-summary", "summary: 2000 bytes"),
        ("red-version", "version: `1.0\\u{7}`"),
        ("red-host", "hosts: `\\u{1b}[2J.com`"),
        ("red-output", "output-types: `image/\\u{1b}[31mred`"),
        ("red-tag", "tags: `\\u{1b}[31mred`"),
        ("red-choice", "style: `\\u{1b}[31mred`"),
        ("red-unit", "unit: `\\u{1b}[31mred`"),
        ("no-models", "models: there are none"),
        ("too-many-models", "at most 4096"),
        ("endless-pages", "at most 256"),
        ("same-model-twice", "the id is there twice"),
        ("bad-model-id", "is not an id"),
        ("bad-status", "status:"),
        ("nan-range", "NaN to 1 is no range"),
        ("infinite-range", "0 to inf is no range"),
        ("inverted-range", "2 to 1 is no range"),
        ("zero-step", "a step of 0"),
        ("empty-choice", "a choice of nothing"),
        ("bad-parameter", "is no name"),
        ("bad-operator", "`~` is none of"),
        ("bad-condition", "is no JSON"),
        ("deep-condition", "at most 256 are taken"),
        ("fat-condition", "at most 256 are taken"),
        ("fat-pages", "bytes of models"),
        ("zero-window", "a window of 0 ms"),
        ("zero-concurrency", "0 calls at one time"),
        ("claims-what-it-lacks", "image-edit is claimed, and not exported"),
        ("no-tasks", "tasks: there are none"),
        ("bad-task", "task: `\\u{1b}[31mred` is not an id"),
        ("same-task-twice", "tasks: `echo` is there twice"),
        ("many-tasks", "1000 tasks, and at most 32"),
        ("schema-with-reference", "`$ref` is not taken"),
        ("schema-that-is-none", "no JSON"),
        ("fat-schema", "at most 65536 are taken"),
        ("deep-schema", "at most 65536 are taken"),
        ("fat-pattern", "input-schema:"),
    ];
    for (behaviour, says) in cases {
        let error = check(behaviour, behaving(behaviour), ErrorKind::InvalidCatalogue, says).await;
        assert!(error.report().is_some_and(|report| report.resources.fuel > Some(0)), "{behaviour}");
    }
}

#[tokio::test]
async fn describing_without_end_is_stopped_by_fuel() {
    for behaviour in ["spin-in-describe", "spin-in-models"] {
        let fuel = Limits { fuel: 50_000_000, ..Limits::default() };
        check(behaviour, behaving(behaviour).limits(fuel), ErrorKind::FuelExhausted, "fuel of 50000000").await;
    }
}

#[tokio::test]
async fn describing_without_end_is_stopped_by_its_own_limits_however_much_a_call_may_use() {
    // A catalogue may take 2 G of fuel and 10 s at the most.
    let limits = only_time(Duration::from_secs(3600));
    let registration = behaving("spin-in-describe").limits(limits);
    let kind = ErrorKind::FuelExhausted;
    within(Duration::from_secs(10), check("spin-forever", registration, kind, "fuel of 2000000000")).await;
}

#[tokio::test]
async fn describing_without_end_is_stopped_by_time() {
    let limits = Limits { timeout: Duration::from_millis(50), ..Limits::default() };
    let registration = behaving("spin-in-describe").limits(limits);
    within(Duration::from_secs(2), check("spin-in-time", registration, ErrorKind::Deadline, "longer than 50ms")).await;
}

#[tokio::test]
async fn a_crash_while_describing_is_refused_with_what_the_provider_said() {
    let says = "nothing to say";
    let error = check("trap-in-describe", behaving("trap-in-describe"), ErrorKind::Trap, says).await;
    assert!(error.report().unwrap().log.iter().any(|line| line.text.contains(says)));
}

#[tokio::test]
async fn answers_that_cannot_be_read_are_refused() {
    let cases = [
        ("invalid-utf8", ErrorKind::BadOutput, "utf-8"),
        ("huge-summary", ErrorKind::ResultTooLarge, "more than 8388608 bytes"),
        ("failing-models", ErrorKind::InvalidCatalogue, "no \\u{1b}[31mcatalogue"),
    ];
    for (behaviour, kind, says) in cases {
        check(behaviour, behaving(behaviour), kind, says).await;
    }
}

#[tokio::test]
async fn a_million_models_end_at_a_limit() {
    let tight = Limits { memory_bytes: 64 << 20, ..Limits::default() };
    let registration = behaving("million-models").limits(tight);
    check("million-models", registration, ErrorKind::MemoryLimit, "67108864 bytes of memory").await;
    let wide = Limits { memory_bytes: 2 << 30, ..Limits::default() };
    let registration = behaving("million-models").limits(wide);
    check("million-models", registration, ErrorKind::ResultTooLarge, "more than 8388608 bytes").await;
}

#[tokio::test]
async fn what_it_claims_and_does_not_export_it_does_not_have() {
    shared().register("claims-more", behaving("claims-more")).await.unwrap();
    let status = serde_json::to_value(shared().status("claims-more").unwrap()).unwrap();
    assert!(!status["capabilities"].to_string().contains("mind-reading"));
    assert_eq!(status["models"][0]["capabilities"], serde_json::json!(["text-to-image"]));
    shared().unregister("claims-more").await.unwrap();
}

#[tokio::test]
async fn a_summary_is_kept_as_it_is_and_its_json_is_harmless() {
    shared().register("red-summary", behaving("red-summary")).await.unwrap();
    let status = shared().status("red-summary").unwrap();
    assert!(!serde_json::to_string(&status).unwrap().contains('\u{1b}'));
    assert_eq!(status.description.unwrap().summary, "all \u{1b}[31mred\u{202e}");
    shared().unregister("red-summary").await.unwrap();
}

#[tokio::test]
async fn health_is_checked_within_the_limits() {
    for (behaviour, kind) in [("spin-in-check", ErrorKind::FuelExhausted), ("unhealthy", ErrorKind::ProviderFailed)] {
        let limits = Limits { fuel: 50_000_000, ..Limits::default() };
        shared().register(behaviour, behaving(behaviour).limits(limits)).await.unwrap();
        let error = shared().get(behaviour).unwrap().check().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_harmless(error.message());
        shared().unregister(behaviour).await.unwrap();
    }
}
