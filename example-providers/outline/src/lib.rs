//! A provider that turns Markdown into its outline: headings, links and languages as JSON.
//!
//! `document` reads the Markdown, with `slug` for anchors and `text` for counts.

#![allow(clippy::result_large_err, reason = "the interface says what a failure holds")]

mod document;
mod slug;
mod text;

use document::{MAX_ITEMS, Outline as Document};
use palisade_guest::catalog::Model;
use palisade_guest::custom::{Request, Response, Task};
use palisade_guest::{CallOptions, Custom, Description, Failure, Provider, Result};
use serde::Deserialize;

/// The only task.
const TASK: &str = "outline";

/// The provider.
#[derive(Debug)]
pub struct Outline;

/// What the task takes, as its schema says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    markdown: String,
    max_depth: Option<usize>,
}

impl Provider for Outline {
    fn describe() -> Description {
        Description::new("outline")
            .summary("Lists the headings, links and code languages of a Markdown document.")
            .model(Model::new("outline").free())
    }
}

impl Custom for Outline {
    fn tasks() -> Vec<Task> {
        let (input, output) = (include_str!("input.schema.json"), include_str!("output.schema.json"));
        vec![Task::new(TASK, "Turns Markdown into a list of its headings, links and code languages.", input, output)]
    }

    fn run(request: Request, options: &CallOptions) -> Result<Response> {
        if request.task != TASK {
            return Err(Failure::invalid_input("task", format!("must be one of: {TASK}")));
        }
        let mut warnings = options.warnings();
        if !request.media.is_empty() {
            warnings.ignored("media")?;
        }
        let input: Input = request.input()?;
        let max_depth = input.max_depth.unwrap_or(6);
        if !(1..=6).contains(&max_depth) {
            return Err(Failure::invalid_input("input.max_depth", "must be 1 to 6"));
        }
        let document = Document::read(&input.markdown, max_depth);
        for (more, list) in [(document.more_sections, "sections"), (document.more_links, "links")] {
            if more {
                warnings.adjusted(list, format!("the first {MAX_ITEMS}"))?;
            }
        }
        Ok(Response::json(&document)?.warnings(warnings.into_vec()))
    }
}

palisade_guest::export!(Outline: custom);

#[cfg(test)]
mod document_tests;

#[cfg(test)]
mod tests {
    use palisade_guest::{FailureKind, Media, Warning};
    use serde_json::{Value, json};

    use super::*;

    fn run(input: &Value) -> Result<Response> {
        Outline::run(Request::new(TASK, input.to_string()), &CallOptions::new("outline"))
    }

    #[track_caller]
    fn check_refused(request: Request, field: &str) {
        let FailureKind::InvalidInput(bad) = Outline::run(request, &CallOptions::new("outline")).unwrap_err().kind
        else {
            panic!("another kind");
        };
        assert_eq!(bad.field, field);
    }

    #[test]
    fn an_outline_is_what_the_schema_says() {
        let input = json!({"markdown": "# A *title*\n\n[Two words](https://example.com)\n\n```Rust,ignore\nx\n```\n"});
        let response = run(&input).unwrap();
        let expected = json!({
            "title": "A title",
            "words": 4,
            "sections": [{"level": 1, "title": "A title", "slug": "a-title", "line": 1, "words": 2, "parent": null}],
            "links": [{"text": "Two words", "url": "https://example.com"}],
            "code_languages": ["rust"],
        });
        assert_eq!(serde_json::from_str::<Value>(&response.output).unwrap(), expected);
        assert_eq!(response.warnings, []);
    }

    #[test]
    fn the_schemas_are_json_and_plain() {
        let known = [
            "type",
            "enum",
            "const",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "minItems",
            "maxItems",
            "minLength",
            "maxLength",
            "minimum",
            "maximum",
            "description",
            "title",
            "default",
            "anyOf",
        ];
        fn keywords(schema: &Value, found: &mut Vec<String>) {
            for (keyword, value) in schema.as_object().into_iter().flatten() {
                found.push(keyword.clone());
                match (keyword.as_str(), value) {
                    ("properties", Value::Object(properties)) => {
                        properties.values().for_each(|property| keywords(property, found));
                    }
                    (_, Value::Array(schemas)) => schemas.iter().for_each(|schema| keywords(schema, found)),
                    _ => keywords(value, found),
                }
            }
        }
        for task in Outline::tasks() {
            for schema in [&task.input_schema, &task.output_schema] {
                let mut found = Vec::new();
                keywords(&serde_json::from_str(schema).unwrap(), &mut found);
                assert!(found.len() > 5);
                assert!(found.iter().all(|keyword| known.contains(&keyword.as_str())), "{found:?}");
            }
        }
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        check_refused(Request::new("summary", "{}"), "task");
        check_refused(Request::new(TASK, "{}"), "input");
        check_refused(Request::new(TASK, r#"{"markdown": "", "depth": 1}"#), "input");
        check_refused(Request::new(TASK, r#"{"markdown": "", "max_depth": 7}"#), "input.max_depth");
        let failure = Outline::run(Request::new("summary", "{}"), &CallOptions::new("outline")).unwrap_err();
        assert_eq!(failure.message, "task: must be one of: outline");
    }

    #[test]
    fn media_are_ignored() {
        let request = || {
            let media = vec![Media::new("image/png", vec![1]).unwrap()];
            Request { media, ..Request::new(TASK, r#"{"markdown": ""}"#) }
        };
        let mut options = CallOptions::new("outline");
        let warnings = Outline::run(request(), &options).unwrap().warnings;
        assert_eq!(warnings, [Warning::IgnoredParameter("media".into())]);
        options.strict = true;
        assert!(matches!(Outline::run(request(), &options).unwrap_err().kind, FailureKind::Unsupported(_)));
    }

    #[test]
    fn more_than_can_be_listed_is_said() {
        let response = run(&json!({"markdown": "# a\n".repeat(MAX_ITEMS + 1)})).unwrap();
        let adjusted = Warning::AdjustedParameter(("sections".into(), "the first 10000".into()));
        assert_eq!(response.warnings, [adjusted]);
    }
}
