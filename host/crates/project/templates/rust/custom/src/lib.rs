//! Counts the words of a text.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

use palisade_guest::catalog::Model;
use palisade_guest::custom::{Request, Response, Task};
use palisade_guest::{CallOptions, Custom, Description, Provider, Result};
use serde::{Deserialize, Serialize};

const TEXT: &str = r#"{
    "type": "object",
    "properties": { "text": { "type": "string" } },
    "required": ["text"],
    "additionalProperties": false
}"#;
const COUNTS: &str = r#"{
    "type": "object",
    "properties": { "words": { "type": "integer" }, "longest": { "type": "string" } },
    "required": ["words", "longest"]
}"#;

#[derive(Debug, Deserialize)]
struct Input {
    text: String,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Counts {
    words: usize,
    longest: String,
}

/// The provider.
#[derive(Debug)]
pub struct MyProvider;

impl Provider for MyProvider {
    fn describe() -> Description {
        Description::new("my-provider").summary("Counts the words of a text.").model(Model::new("counter").free())
    }
}

impl Custom for MyProvider {
    fn tasks() -> Vec<Task> {
        vec![Task::new("count", "Counts words, and finds the longest.", TEXT, COUNTS)]
    }

    fn run(request: Request, _: &CallOptions) -> Result<Response> {
        Response::json(&count(&request.input::<Input>()?.text))
    }
}

palisade_guest::export!(MyProvider: custom);

fn count(text: &str) -> Counts {
    // Of several that are as long, the first.
    let longest = text.split_whitespace().rev().max_by_key(|word| word.chars().count());
    Counts { words: text.split_whitespace().count(), longest: longest.unwrap_or_default().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted() {
        assert_eq!(count("a red fox"), Counts { words: 3, longest: "red".to_owned() });
        assert_eq!(count(" "), Counts { words: 0, longest: String::new() });
    }

    #[test]
    fn the_task_answers_in_json() {
        let request = Request::new("count", r#"{"text": "a red fox"}"#);
        let response = MyProvider::run(request, &CallOptions::new("counter"));
        assert_eq!(response.map(|response| response.output), Ok(r#"{"words":3,"longest":"red"}"#.to_owned()));
    }
}
