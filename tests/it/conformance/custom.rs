//! Who does tasks of their own.

use palisade::{Capability, ErrorKind, ProviderHandle, Request as AnyRequest, custom::Request};
use serde_json::{Value, json};

use super::{assert_field, settings, those_who};
use crate::support::{behaving, examples, with};

const TEXT: &str =
    "# Palisade\n\nRuns [providers](https://example.com) safely.\n\n## Install\n\n```sh\ncargo install\n```\n";

fn doers() -> Vec<ProviderHandle> {
    those_who(Capability::Custom)
}

fn outline(input: Value) -> Request {
    Request::new("outline", input)
}

#[test]
fn every_task_is_described_and_is_a_parameter_of_its_models() {
    for doer in doers() {
        let status = examples().status(doer.id()).unwrap();
        assert!(!status.tasks.is_empty());
        for task in &status.tasks {
            assert!(!task.summary.is_empty(), "{}", task.id);
            let knows = |name: &str| status.models[0].parameters.iter().any(|own| own.name == name);
            assert!(knows(Request::TASK));
        }
    }
}

#[tokio::test]
async fn a_text_is_outlined() {
    let provider =
        examples().find_best_provider(Capability::Custom).for_request(&outline(json!({})).into()).await.unwrap();
    let output = provider.custom(outline(json!({"markdown": TEXT}))).await.unwrap().response.output;
    assert_eq!(output["title"], "Palisade");
    assert_eq!(output["sections"][1]["slug"], "install");
    assert_eq!(output["sections"][1]["parent"], 0);
    assert_eq!(output["links"][0]["url"], "https://example.com");
}

#[tokio::test]
async fn a_task_that_nobody_knows_finds_nobody_and_says_who_knows_what() {
    let request: AnyRequest = Request::new("mind-reading", json!({})).into();
    let error = examples().find_best_provider(Capability::Custom).for_request(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoProvider);
    let outliner = error.rejected().iter().find(|rejection| rejection.provider.as_str() == "outline").unwrap();
    assert_eq!(outliner.to_string(), "outline/outline: limit(task mind-reading, takes outline)");
}

#[tokio::test]
async fn input_is_held_to_the_schema_before_anything_runs() {
    let outliner = examples().get("outline").unwrap();
    let cases = [
        ("input", outline(json!({}))),
        ("input", outline(json!({"markdown": 1}))),
        ("input", outline(json!({"markdown": "x", "max_depth": 9}))),
        ("input", outline(json!({"markdown": "x", "other": 1}))),
        ("input", outline(json!(null))),
        ("task", Request::new("inline", json!({}))),
        ("task", Request::new("", json!({}))),
        ("task", Request::new("x".repeat(10_000_000), json!({}))),
        ("input", outline(json!({"markdown": "x".repeat(20_000_000)}))),
    ];
    for (field, request) in cases {
        let error = outliner.custom(request).await.unwrap_err();
        assert_field(&outliner, &error, field);
        assert!(error.report().is_none(), "nothing ran");
    }
}

#[tokio::test]
async fn any_text_is_outlined_and_never_crashes() {
    let outliner = examples().get("outline").unwrap();
    let texts =
        ["", "\0", "#", &"#".repeat(1000), &"> ".repeat(10_000), &"- ".repeat(10_000), &"[".repeat(100_000), "---\n"];
    for text in texts {
        outliner.call(outline(json!({"markdown": text})), settings(true)).await.unwrap();
    }
}

#[tokio::test]
async fn output_that_is_not_what_the_schema_says_is_bad_output() {
    for (behaviour, says) in [
        ("output-without-json", "no JSON"),
        ("deep-output", "no JSON: recursion"),
        ("output-of-another-schema", "\"echo\" is a required property"),
    ] {
        with(behaving(behaviour), async |doer| {
            let error = doer.custom(Request::new("echo", json!({}))).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BadOutput, "{behaviour}: {error}");
            assert!(error.message().contains(says), "{behaviour}: {error}");
            crate::support::assert_harmless(error.message());
        })
        .await;
    }
    let made =
        with(behaving("well-behaved"), async |doer| doer.custom(Request::new("echo", json!({"a": 1}))).await.unwrap());
    assert_eq!(made.await.response.output, json!({"echo": {"a": 1}}));
}
