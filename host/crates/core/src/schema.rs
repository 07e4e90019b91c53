//! JSON Schemas that providers publish, and the host checks JSON against.
//!
//! A stranger wrote them, and checking runs on the host, outside of fuel. So a schema is taken only when the work of
//! checking is bounded by its size times the size of the JSON: no references (a chain of them doubles the work with
//! each link), no keyword that visits the same place again, no other draft with other meanings, few patterns. What is
//! more than a fixed amount of work is refused; and where it is more than little, what is wrong is not looked for, since
//! that copies the JSON for every branch of the schema.

use std::{fmt, sync::Arc};

use jsonschema::{Draft, PatternOptions, Validator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::text::escape;

/// Most bytes of a schema.
pub(crate) const MAX_BYTES: usize = 64 << 10;
/// Most nodes of the schema times nodes of the JSON.
const MAX_WORK: usize = 20_000_000;
/// The same, up to which what is wrong is told.
const MAX_TOLD_WORK: usize = 200_000;
/// Most patterns times bytes of the JSON: a pattern may take hundreds of steps for each byte.
const MAX_PATTERN_WORK: usize = 1 << 20;
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
    patterns: usize,
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
        let mut value: Value = serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
        // The draft is ours to say: in another one, keywords that are taken here mean something else, or nothing.
        if let Some(keywords) = value.as_object_mut() {
            keywords.remove("$schema");
        }
        let mut patterns = 0;
        check_keywords(&value, &mut patterns)?;
        if patterns > MAX_PATTERNS {
            return Err(format!("{patterns} patterns, and at most {MAX_PATTERNS} are taken"));
        }
        let linear = PatternOptions::regex().size_limit(MAX_PATTERN_BYTES).dfa_size_limit(MAX_PATTERN_BYTES);
        let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(false);
        let validator = options.with_pattern_options(linear).build(&value);
        let validator = validator.map_err(|error| escape(&error.to_string(), MAX_REASON))?;
        Ok(Self { nodes: nodes(&value), patterns, value, validator: Arc::new(validator) })
    }

    /// Checks that it allows the value.
    ///
    /// # Errors
    ///
    /// Says where the value is wrong, and how.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let size = nodes(value);
        let work = self.nodes.saturating_mul(size);
        let pattern_work = self.patterns.saturating_mul(size).saturating_mul(NODE_BYTES);
        if work > MAX_WORK || pattern_work > MAX_PATTERN_WORK {
            return Err("it is too large to be checked against its schema".to_owned());
        }
        if self.validator.is_valid(value) {
            return Ok(());
        }
        if work > MAX_TOLD_WORK {
            return Err("it is not what its schema allows".to_owned());
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

/// Bytes of text that count as a node: they are looked at one by one.
const NODE_BYTES: usize = 64;

fn nodes(value: &Value) -> usize {
    let text = |text: &str| 1 + text.len() / NODE_BYTES;
    match value {
        Value::Array(items) => 1 + items.iter().map(nodes).sum::<usize>(),
        Value::Object(members) => 1 + members.iter().map(|(name, value)| text(name) + nodes(value)).sum::<usize>(),
        Value::String(value) => text(value),
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

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::parse(&value.to_string()).map_err(de::Error::custom)
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
    fn what_is_wrong_with_something_large_is_not_looked_for() {
        let refused = |schema_json: Value, value: Value| schema(schema_json).unwrap().check(&value).unwrap_err();
        let long = |length| json!({"x".repeat(length): 1});
        let branches = |branch: Value| json!({"anyOf": vec![branch; 2500]});
        let says = refused(branches(json!({"minProperties": 2})), long(30 << 10));
        assert!(says.contains("not what its schema allows"), "{says}");
        let says = refused(branches(json!({"minProperties": 2})), long(30 << 20));
        assert!(says.contains("too large"), "{says}");
        let says = refused(json!({"propertyNames": branches(json!({"minLength": 99_999_999}))}), long(30 << 20));
        assert!(says.contains("too large"), "{says}");
        let says = refused(json!({"pattern": "[ab]*a[ab]{30}c"}), json!("ab".repeat(1 << 20)));
        assert!(says.contains("too large"), "{says}");
    }

    #[test]
    fn the_draft_is_not_the_schemas_to_choose() {
        let draft = "http://json-schema.org/draft-07/schema#";
        let taken = schema(json!({"$schema": draft, "format": "email", "prefixItems": [{"type": "string"}]})).unwrap();
        taken.check(&json!("no address")).unwrap();
        assert!(taken.check(&json!([1])).is_err());
        assert!(schema(json!({"items": {"$schema": draft}})).is_err());
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
