//! Vectors, orders, verdicts and tasks, the right ones and wrong ones.

use palisade_guest::custom::{self, Task};
use palisade_guest::moderation::{Category, Verdict};
use palisade_guest::{Result, embedding, moderation, rerank};

pub(crate) fn embed(behaviour: &str, request: &embedding::Request) -> embedding::Response {
    let count = request.items.len();
    let vectors: Vec<Vec<f32>> = match behaviour {
        "too-few-vectors" => Vec::new(),
        "empty-vectors" => vec![Vec::new(); count],
        "ragged-vectors" => (1..=count).map(|length| vec![1.0; length]).collect(),
        "nan-vectors" => vec![vec![f32::NAN]; count],
        _ => vec![vec![1.0]; count],
    };
    embedding::Response::new(vectors)
}

pub(crate) fn rank(behaviour: &str, request: &rerank::Request) -> rerank::Response {
    let all = (0_u32..).zip(&request.documents);
    rerank::Response::new(match behaviour {
        "same-document-twice" => all.map(|_| rerank::Ranked::new(0, 1.0)).collect(),
        "document-from-elsewhere" => all.map(|(index, _)| rerank::Ranked::new(index + 1, 1.0)).collect(),
        "ascending-scores" => all.map(|(index, _)| rerank::Ranked::new(index, index.into())).collect(),
        "too-few-documents" => Vec::new(),
        _ => all.map(|(index, _)| rerank::Ranked::new(index, 1.0)).collect::<Vec<_>>(),
    })
}

pub(crate) fn judge(behaviour: &str, request: &moderation::Request) -> moderation::Response {
    let of = |flagged, category, score| Verdict { flagged, categories: vec![Category::new("red", category, score)] };
    let verdict = |_| match behaviour {
        "contradicts-itself" => of(false, true, 1.0),
        "surer-than-sure" => of(true, true, 2.0),
        "red-category" => Verdict { flagged: false, categories: vec![Category::new("\u{1b}[31mred", false, 0.0)] },
        _ => of(false, false, 0.0),
    };
    moderation::Response::new(request.items.iter().map(verdict))
}

/// Any object in, an object with an `echo` out.
pub(crate) fn tasks(behaviour: &str) -> Vec<Task> {
    let of =
        |id: &str, input: &str| Task::new(id, "Says it again.", input, r#"{"type": "object", "required": ["echo"]}"#);
    let task = |id: &str| of(id, r#"{"type": "object"}"#);
    match behaviour {
        "no-tasks" => Vec::new(),
        "bad-task" => vec![task("\u{1b}[31mred")],
        "same-task-twice" => vec![task("echo"), task("echo")],
        "many-tasks" => (0..1000).map(|index| task(&format!("t{index}"))).collect(),
        "schema-with-reference" => vec![of("echo", r##"{"allOf": [{"$ref": "#"}, {"$ref": "#"}]}"##)],
        "schema-that-is-none" => vec![of("echo", "{")],
        "fat-schema" => vec![of("echo", &format!(r#"{{"title": "{}"}}"#, "x".repeat(70_000)))],
        "deep-schema" => vec![of("echo", &r#"{"items":"#.repeat(10_000))],
        "fat-pattern" => vec![of("echo", r#"{"pattern": "((a{100}){100}){100}"}"#)],
        _ => vec![task("echo")],
    }
}

pub(crate) fn run(behaviour: &str, request: &custom::Request) -> Result<custom::Response> {
    Ok(match behaviour {
        "output-without-json" => custom::Response::new("{"),
        "output-of-another-schema" => custom::Response::new(r#"{"\u001b[31m": 1}"#),
        "many-nodes" => custom::Response::new(format!("[{}0]", "{\"\":0},".repeat(1_000_000))),
        "deep-output" => custom::Response::new("[".repeat(100_000)),
        _ => custom::Response::new(format!(r#"{{"echo": {}}}"#, request.input)),
    })
}
