//! JSON Schemas that providers publish, and the host checks JSON against.
//!
//! A stranger wrote them, and checking runs on the host, outside of fuel. So a schema is taken only when the work of
//! checking is bounded by its size times the size of the JSON: no references (a chain of them doubles the work with
//! each link), no keyword that visits the same place again, patterns in linear time. What is more than a fixed amount of
//! work is refused.

use std::{fmt, sync::Arc};

use jsonschema::{PatternOptions, Validator};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::text::escape;

/// Most bytes of a schema.
pub(crate) const MAX_BYTES: usize = 64 << 10;
/// Most nodes of the schema times nodes of the JSON: some tens of milliseconds.
const MAX_WORK: usize = 20_000_000;
/// Most patterns of a schema: each is compiled when the schema is read.
const MAX_PATTERNS: usize = 16;
/// Most bytes of a compiled pattern.
const MAX_PATTERN_BYTES: usize = 64 << 10;
/// Most characters of a reason.
const MAX_REASON: usize = 300;

/// Keywords whose value is a schema.
const SCHEMA: &[&str] = &["items", "additionalProperties", "not", "propertyNames"];
/// Keywords whose value is a list of schemas.
const SCHEMAS: &[&str] = &["anyOf", "oneOf", "allOf", "prefixItems"];
/// Keywords whose value is an object of schemas.
const NAMED_SCHEMAS: &[&str] = &["properties"];
/// Keywords whose value is something else.
const PLAIN: &[&str] = &[
    "$schema",
    "$comment",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "type",
    "enum",
    "const",
    "required",
    "minProperties",
    "maxProperties",
    "minItems",
    "maxItems",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
];

/// A JSON Schema without references.
#[derive(Clone)]
pub struct Schema {
    value: Value,
    nodes: usize,
    validator: Arc<Validator>,
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    ///
    /// Says what is wrong with it: no JSON, too long, a keyword that is not taken.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_BYTES {
            return Err(format!("{} bytes, and at most {MAX_BYTES} are taken", text.len()));
        }
        let value: Value = serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
        let mut patterns = 0;
        check_keywords(&value, &mut patterns)?;
        if patterns > MAX_PATTERNS {
            return Err(format!("{patterns} patterns, and at most {MAX_PATTERNS} are taken"));
        }
        let patterns = PatternOptions::regex().size_limit(MAX_PATTERN_BYTES).dfa_size_limit(MAX_PATTERN_BYTES);
        let options = jsonschema::options().with_pattern_options(patterns);
        let validator = options.build(&value).map_err(|error| escape(&error.to_string(), MAX_REASON))?;
        Ok(Self { nodes: nodes(&value), value, validator: Arc::new(validator) })
    }

    /// Checks that it allows the value.
    ///
    /// # Errors
    ///
    /// Says where the value is wrong, and how.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        if self.nodes.saturating_mul(nodes(value)) > MAX_WORK {
            return Err("it is too large to be checked against its schema".to_owned());
        }
        self.validator.validate(value).map_err(|error| {
            let path = error.instance_path().to_string();
            let reason = escape(&error.to_string(), MAX_REASON);
            if path.is_empty() { reason } else { format!("at `{}`: {reason}", escape(&path, MAX_REASON)) }
        })
    }

    /// The schema as JSON.
    #[must_use]
    pub fn as_json(&self) -> &Value {
        &self.value
    }
}

fn check_keywords(schema: &Value, patterns: &mut usize) -> Result<(), String> {
    let Value::Object(keywords) = schema else {
        return if schema.is_boolean() { Ok(()) } else { Err("a schema is an object, true or false".to_owned()) };
    };
    for (keyword, value) in keywords {
        let keyword = keyword.as_str();
        if SCHEMA.contains(&keyword) {
            check_keywords(value, patterns)?;
        } else if SCHEMAS.contains(&keyword) {
            value.as_array().into_iter().flatten().try_for_each(|schema| check_keywords(schema, patterns))?;
        } else if NAMED_SCHEMAS.contains(&keyword) {
            value.as_object().into_iter().flatten().try_for_each(|(_, schema)| check_keywords(schema, patterns))?;
        } else if keyword == "pattern" {
            *patterns += 1;
        } else if !PLAIN.contains(&keyword) {
            return Err(format!("the keyword `{}` is not taken: write out what it stands for", escape(keyword, 40)));
        }
    }
    Ok(())
}

fn nodes(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(nodes).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(nodes).sum::<usize>(),
        // A pattern or a length is checked character by character.
        Value::String(text) => 1 + text.len() / 64,
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Schema({})", self.value)
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema(value: Value) -> Result<Schema, String> {
        Schema::parse(&value.to_string())
    }

    #[test]
    fn values_are_checked_and_the_place_is_named() {
        let schema = schema(json!({
            "type": "object",
            "properties": {"level": {"type": "integer", "minimum": 1}, "tags": {"items": {"pattern": "^[a-z]+$"}}},
            "required": ["level"],
            "additionalProperties": false,
        }))
        .unwrap();
        schema.check(&json!({"level": 1, "tags": ["a"]})).unwrap();
        assert_eq!(schema.check(&json!({"level": 0})).unwrap_err(), "at `/level`: 0 is less than the minimum of 1");
        assert_eq!(schema.check(&json!({})).unwrap_err(), "\"level\" is a required property");
        assert!(schema.check(&json!({"level": 1, "tags": ["a", "B"]})).unwrap_err().starts_with("at `/tags/1`"));
    }

    #[test]
    fn schemas_that_would_take_long_are_refused() {
        let bad = [
            json!({"$ref": "#"}),
            json!({"items": {"$ref": "https://example.com/schema"}}),
            json!({"anyOf": [{"$dynamicRef": "#x"}]}),
            json!({"properties": {"a": {"unevaluatedProperties": false}}}),
            json!({"uniqueItems": true}),
            json!({"pattern": "("}),
            json!({"pattern": "((a{1000}){1000}){1000}"}),
            json!({"anyOf": vec![json!({"pattern": "a"}); 17]}),
            json!({"type": "nonsense"}),
            json!([]),
            json!({"description": "x".repeat(MAX_BYTES)}),
        ];
        for bad in bad {
            assert!(schema(bad.clone()).is_err(), "{bad} was taken");
        }
        let slow = schema(json!({"items": {"anyOf": vec![json!({"const": 1}); 1000]}})).unwrap();
        assert!(slow.check(&json!(vec![2; 20_000])).unwrap_err().contains("too large"));
    }

    #[test]
    fn a_property_may_be_called_like_a_keyword() {
        schema(json!({"properties": {"$ref": {"type": "string"}}})).unwrap();
    }

    #[test]
    fn what_the_value_says_is_escaped() {
        let reason = schema(json!({"type": "integer"})).unwrap().check(&json!("\u{1b}[31m")).unwrap_err();
        assert!(!reason.chars().any(char::is_control), "{reason}");
    }
}
